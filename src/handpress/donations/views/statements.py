"""Bank statements on the desk: bring one, and decide about the lines without a reference."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import FormView
from wagtail.log_actions import log

from handpress.donations import sealing
from handpress.donations.actions import lines as decided
from handpress.donations.actions import statements as actions
from handpress.donations.actions.payouts import book_payout
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.core.references import ReferenceError, grouped, parse_reference
from handpress.donations.models import (
    BankLine,
    BankStatement,
    Campaign,
    LineState,
    Movement,
    Pledge,
    Rail,
    RailKind,
)
from handpress.donations.queries.lines import (
    likely_gifts,
    likely_payouts,
    likely_promises,
    perhaps_known,
    words_of,
)
from handpress.donations.statements import LARGEST, NotAStatement
from handpress.donations.views.pages import BROUGHT, RECORDED, MoneyPage, shown

_PAGE = 25
_STATES = {
    LineState.OPEN: "To be looked at",
    LineState.BOOKED: "In the books",
    LineState.ASIDE: "No gifts",
}


class StatementForm(forms.Form):
    """A file, and whose account it is of."""

    rail = forms.ModelChoiceField(Rail.objects.none(), label="Account", empty_label=None)
    file = forms.FileField(
        label="Statement",
        allow_empty_file=True,
        help_text="CAMT.053 (XML), OFX or a table (CSV), as your bank hands it out. Lines that are "
        "known from an earlier file are left out by themselves.",
    )
    dates = forms.ChoiceField(
        label="In its dates, first comes",
        required=False,
        choices=[("", "what can be seen"), ("dmy", "the day"), ("mdy", "the month")],
    )

    def __init__(self, *args: Any, rails: QuerySet[Rail], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rail: Any = self.fields["rail"]
        rail.queryset = rails
        rail.label_from_instance = lambda row: f"{row.name} ({row.sponsor}, {row.account_ref})"

    def clean_file(self) -> Any:
        """Refuse what no statement is as large as, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("That is far larger than any statement.")
        return file


class StatementsView(MoneyPage, FormView):
    """The queue, and the form that fills it; the same number of queries whatever waits."""

    permission_required = "donations.view_bankline"
    template_name = "donations/statements.html"
    page_title = "Bank statements"
    form_class = StatementForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer every account, of any sponsor: money comes to old ones for a long time."""
        rails = Rail.objects.filter(kind=RailKind.BANK).select_related("sponsor")
        return {**super().get_form_kwargs(), "rails": rails}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines of one state, and what was brought last."""
        state = self.request.GET.get("state", LineState.OPEN)
        state = state if state in LineState.values else LineState.OPEN
        lines = BankLine.objects.filter(state=state).select_related(
            "rail", "statement", "movement__pledge", "movement__campaign"
        )
        page = Paginator(lines, _PAGE).get_page(self.request.GET.get("p"))
        may_book = self.may("add_movement")
        promises = likely_promises(list(page)) if state == LineState.OPEN and may_book else {}
        payouts = likely_payouts(list(page)) if state == LineState.OPEN and may_book else {}
        gifts = likely_gifts(list(page)) if state == LineState.OPEN and may_book else {}
        known = perhaps_known(list(page)) if state == LineState.OPEN and may_book else {}
        return super().get_context_data(**kwargs) | {
            "state": state,
            "states": list(_STATES.items()),
            "page": page,
            "rows": [
                _row(line, promises.get(line.pk, []), payouts.get(line.pk, []))
                | {"gifts": gifts.get(line.pk, []), "known": known.get(line.pk)}
                for line in page
            ],
            "campaigns": Campaign.objects.order_by("-starts_at")[:50] if may_book else [],
            "running": Campaign.objects.filter(is_running=True).first(),
            "may_book": may_book,
            "has_accounts": Rail.objects.filter(kind=RailKind.BANK).exists(),
            "last": [_brought(each) for each in BankStatement.objects.select_related("rail")[:5]],
            "fates": actions.FATES,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a statement over, for who may record gifts."""
        if not self.may("add_movement"):
            raise Http404
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: StatementForm) -> HttpResponse:
        """Take it over, whole or not at all."""
        file = form.cleaned_data["file"]
        try:
            sheet = actions.bring_statement(
                form.cleaned_data["rail"],
                file.read(),
                file_name=file.name,
                dates=form.cleaned_data["dates"],
                by=self.request.user,
            )
        except (NotAStatement, sealing.KeysUnusable) as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        row = BankStatement.objects.latest("pk")
        log(row, BROUGHT, user=self.request.user, title=f"statement {row.pk}")
        said = [f"{getattr(sheet, name)} {what}" for name, what in actions.FATES]
        counted = [words for words in said if not words.startswith("0 ")]
        messages.success(self.request, f"“{file.name}”: {'; '.join(counted) or 'no lines'}.")
        for each in sheet.refusals:
            messages.warning(self.request, f"Not read, {each['place']}: {each['why']}.")
        return HttpResponseRedirect(reverse("donations_statements"))


def _brought(row: BankStatement) -> dict[str, Any]:
    counts = [(row.sheet.get(name, 0), what) for name, what in actions.FATES]
    return {"row": row, "counts": [each for each in counts if each[0]]}


def _row(line: BankLine, promises: list[Pledge], payouts: list[Movement]) -> dict[str, Any]:
    try:
        said, trouble = words_of(line), ""
    except sealing.KeysUnusable as error:
        said, trouble = {}, str(error)
    movement = line.movement
    # What a bank took back is told on the page of its gift.
    gift = movement and (movement.of_id or movement.pk)
    return {
        "line": line,
        "amount": shown(line.amount_minor, line.currency),
        "payer": said.get("payer", ""),
        "text": said.get("text", ""),
        "trouble": trouble,
        "promises": [
            {"pk": each.pk, "reference": grouped(each.reference), "on": each.created_at}
            for each in promises
        ],
        "payouts": payouts,
        "gift": gift,
        "is_payout": movement is not None and movement.kind == Kind.PAYOUT_IN,
        "reference": grouped(movement.pledge.reference) if movement and movement.pledge else "",
    }


class LineView(StatementsView):
    """What a person decides about one line; each decision is a POST and happens once."""

    http_method_names = ["post"]
    permission_required = "donations.add_movement"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button said, and return to the queue."""
        line = get_object_or_404(BankLine.objects.select_related("rail"), pk=self.kwargs["pk"])
        wish = request.POST.get("do", "")
        if wish == "book":
            self._book(line)
        elif wish.startswith("payout-"):
            self._book_payout(line, wish.removeprefix("payout-"))
        elif wish.startswith("gift-"):
            self._join(line, wish.removeprefix("gift-"))
        elif wish == "aside":
            self._tell(decided.set_aside(line), "It is set aside as no gift.")
        elif wish == "again":
            self._tell(decided.take_up_again(line), "It waits again.")
        state = LineState.ASIDE if wish == "again" else LineState.OPEN
        return HttpResponseRedirect(f"{reverse('donations_statements')}?state={state}")

    def _tell(self, is_done: bool, words: str) -> None:
        if is_done:
            messages.success(self.request, words)
        else:
            messages.info(self.request, "Somebody has decided about this line before.")

    def _book(self, line: BankLine) -> None:
        try:
            pledge = self._pledge()
            # What was promised for a campaign counts for that one, also once another one runs.
            campaign = (pledge and pledge.campaign) or self._campaign()
            movement = decided.book_line(line, pledge=pledge, campaign=campaign)
        except (ReferenceError, RefusedMovement) as refusal:
            messages.error(self.request, f"{refusal} Nothing was booked.")
            return
        if movement:
            log(movement, RECORDED, user=self.request.user, title=f"gift {movement.pk}")
        amount = shown(line.amount_minor, line.currency)
        self._tell(movement is not None, f"{amount} is in the books.")

    def _book_payout(self, line: BankLine, number: str) -> None:
        payouts = Movement.objects.filter(kind=Kind.PAYOUT.value).select_related("rail")
        payout = get_object_or_404(payouts, pk=int(number) if number.isdecimal() else 0)
        try:
            movement = book_payout(line, payout)
        except RefusedMovement as refusal:
            messages.error(self.request, f"{refusal} Nothing was booked.")
            return
        self._tell(movement is not None, f"The payout of {payout.rail.name} has come.")

    def _join(self, line: BankLine, number: str) -> None:
        gift = get_object_or_404(Movement, pk=int(number) if number.isdecimal() else 0)
        try:
            is_done = decided.join_line(line, gift)
        except RefusedMovement as refusal:
            messages.error(self.request, f"{refusal} Nothing was changed.")
            return
        self._tell(is_done, "It is the gift that was recorded before; nothing is booked twice.")

    def _pledge(self) -> Pledge | None:
        typed = self.request.POST.get("reference", "").strip()
        if not typed:
            return None
        pledge = Pledge.objects.filter(reference=parse_reference(typed)).first()
        if pledge is None:
            raise ReferenceError("No promise has this reference.")
        return pledge

    def _campaign(self) -> Campaign | None:
        given = self.request.POST.get("campaign", "")
        return Campaign.objects.filter(pk=given).first() if given.isdecimal() else None
