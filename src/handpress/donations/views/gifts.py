"""Gifts on the desk: the list, one gift with all that was done to it, and what may be done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from handpress.donations import actions, sealing
from handpress.donations.actions.refunds import is_given_back_by_company
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.core.pledges import pledge_state
from handpress.donations.core.references import grouped
from handpress.donations.days import today
from handpress.donations.forms_books import GiftForm
from handpress.donations.models import (
    COMPANY_KINDS,
    Campaign,
    Entry,
    Movement,
    Pledge,
    Rail,
)
from handpress.donations.queries.gifts import GiftLine, gifts, line_of
from handpress.donations.views.pages import RECORDED, MoneyPage, shown
from handpress.donations.views.receipts import receipt_of_gift
from handpress.donations.views.refunds import refunds_of

_PAGE = 50


class GiftsView(MoneyPage, TemplateView):
    """The list, newest first; seven queries, however many are shown."""

    template_name = "donations/gifts.html"
    page_title = "Gifts"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer to record a gift."""
        return self.buttons_to_record()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of gifts."""
        sought = self.request.GET.get("q", "").strip()[:200]
        try:
            found = gifts(sought)
        except sealing.KeysUnusable as error:
            messages.error(self.request, str(error))
            found, sought = gifts(), ""
        page = Paginator(found, _PAGE).get_page(self.request.GET.get("p"))
        return super().get_context_data(**kwargs) | {
            "q": sought,
            "page": page,
            "rows": [_row(line_of(gift)) for gift in page],
            "may_record": self.may("add_movement"),
        }


def _row(line: GiftLine) -> dict[str, Any]:
    gift = line.gift
    changed = line.left != gift.amount_minor
    return {
        "gift": gift,
        "amount": shown(gift.amount_minor, gift.currency),
        "left": shown(line.left, gift.currency) if changed and line.left else "",
        "state": line.state,
        "is_late": line.is_late,
        "reference": grouped(gift.pledge.reference) if gift.pledge else "",
    }


class RecordView(MoneyPage, FormView):
    """Write down a gift that came."""

    permission_required = "donations.add_movement"
    page_title = "Record a gift"
    template_name = "donations/record.html"
    form_class = GiftForm
    trail = (("donations_gifts", "Gifts"),)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer every rail, the ones in use first: money comes by old ones for a long time."""
        # What a company took, the company itself says.
        rails = Rail.objects.exclude(kind__in=COMPANY_KINDS).select_related("sponsor")
        return {**super().get_form_kwargs(), "rails": rails.order_by("sponsor__state", "position")}

    def get_initial(self) -> dict[str, Any]:
        """Begin with today, the campaign that runs, and the currency of the last gift."""
        campaign = Campaign.objects.filter(is_running=True).first()
        last = Movement.objects.order_by("-pk").values_list("currency", flat=True).first()
        currency = (campaign and campaign.currency) or last or ""
        return {"on": today(), "campaign": campaign, "currency": currency}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether there is any way at all by which a gift can have come."""
        return super().get_context_data(**kwargs) | {
            "has_rails": Rail.objects.exists(),
            "may_add_ways": self.may("add_sponsor"),
        }

    def form_valid(self, form: GiftForm) -> HttpResponse:
        """Book it, once."""
        try:
            movement, is_new = _record(form)
        except (RefusedMovement, sealing.KeysUnusable) as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        words = shown(movement.amount_minor, movement.currency)
        if is_new:
            # The log names nobody, and its title no reference by which one could be found.
            log(movement, RECORDED, user=self.request.user, title=f"gift {movement.pk}")
            messages.success(self.request, f"{words} is in the books.")
        else:
            messages.info(self.request, f"{words} was in the books already, from this same form.")
        return HttpResponseRedirect(reverse("donations_gift", args=[movement.pk]))


def _record(form: GiftForm) -> tuple[Movement, bool]:
    data = form.cleaned_data
    gift = actions.Gift(
        rail=data["rail"],
        key=str(data["key"]),
        amount=data["amount"],
        fee=data["fee"],
        currency=data["currency"],
        on=data["on"],
        campaign=data["campaign"],
        pledge=data["reference"],
    )
    if form.donor:
        return actions.record_named_gift(gift, donor=form.donor, nonce=data["key"])
    return actions.record_gift(gift)


class GiftView(MoneyPage, TemplateView):
    """One gift: what is known, what was done to it, and the entries in the books."""

    template_name = "donations/gift.html"
    trail = (("donations_gifts", "Gifts"),)
    kwargs: dict[str, Any]

    @cached_property
    def gift(self) -> Movement:
        """Return the gift whose page it is."""
        rows = gifts().select_related("rail__sponsor", "campaign", "pledge__donor")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def line(self) -> GiftLine:
        """Return it with what was done to it."""
        return line_of(self.gift)

    def get_page_title(self) -> str:
        """Say how much, and when."""
        gift = self.gift
        return f"{shown(gift.amount_minor, gift.currency)}, {gift.occurred_on:%-d %B %Y}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all that is known; the entries cost two queries, however many there are."""
        gift = self.gift
        steps = [each for step in gift.steps.all() for each in (step, *step.steps.all())]
        return super().get_context_data(**kwargs) | {
            **_row(self.line),
            "pledge": gift.pledge and _promise(gift.pledge),
            "fee": shown(gift.fee_minor, gift.currency) if gift.fee_minor else "",
            "donor": self.donor,
            "entries": _entries([gift, *steps]),
            "steps": self._steps(),
            "undoable": self._undoable(steps),
            "refunds": refunds_of(gift),
            **receipt_of_gift(self, self.gift),
        }

    @cached_property
    def donor(self) -> dict[str, Any] | None:
        """Return what is known of the donor, and why it cannot be read where it cannot."""
        donor = self.gift.pledge.donor if self.gift.pledge else None
        if donor is None:
            return None
        try:
            facts, trouble = actions.facts_of(donor), ""
        except sealing.KeysUnusable as error:
            facts, trouble = {}, str(error)
        return {"facts": facts, "trouble": trouble, "is_erased": donor.erased_at is not None}

    def _steps(self) -> list[str]:
        """Return what may be done now, by whom is looking."""
        donor = self.donor
        steps = []
        if self.may("add_movement") and self.line.left:
            steps.append("refund")
            if self.gift.kind == Kind.CHEQUE_IN and not self.line.state:
                steps.append("bounce")
            if not self.line.state and self.gift.kind != Kind.CAPTURE:
                steps.append("undo")
        if donor and not donor["is_erased"] and self.may("delete_donor"):
            steps.append("forget")
        return steps

    def _undoable(self, steps: list[Movement]) -> list[Movement]:
        """Return refunds and bounces that can be taken back: those that were written by hand."""
        if not self.may("add_movement") or is_given_back_by_company(self.gift):
            return []
        undone = {step.of_id for step in steps if step.kind == Kind.REVERSAL}
        return [each for each in steps if each.kind != Kind.REVERSAL and each.pk not in undone]


SAID = {
    Kind.BANK_IN: "Came by bank transfer",
    Kind.CHEQUE_IN: "Came as a cheque",
    Kind.CASH_IN: "Came in cash",
    Kind.LINK_IN: "Came by a link",
    Kind.REFUND: "Given back",
    Kind.REFUND_BACK: "What was given back did not reach the donor, and came back",
    Kind.CHEQUE_BOUNCE: "The cheque came back unpaid",
    Kind.REVERSAL: "Undone by its reverse",
    Kind.CAPTURE: "Came by a company",
    Kind.DISPUTE: "The donor’s bank took it back",
    Kind.DISPUTE_WON: "The dispute was won",
}


def _promise(pledge: Pledge) -> dict[str, str]:
    movements = pledge.movements.values_list("kind", "amount_minor")
    state = pledge_state(pledge.amount_minor, [(Kind(kind), minor) for kind, minor in movements])
    return {
        "reference": grouped(pledge.reference),
        "amount": shown(pledge.amount_minor, pledge.currency),
        "for_fee": shown(pledge.cover_minor, pledge.currency) if pledge.cover_minor else "",
        "state": state.value,
    }


def _entries(movements: list[Movement]) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(number__in=[each.entry_id for each in movements])
    rows = rows.select_related("seal").prefetch_related("postings__account")
    known = {row.number: row for row in rows}
    return [_entry(each, known[each.entry_id]) for each in movements]


def _entry(movement: Movement, entry: Any) -> dict[str, Any]:
    return {
        "movement": movement,
        "what": SAID[Kind(movement.kind)],
        "entry": entry,
        "seal": entry.seal.hash[:16],
        "postings": [
            {
                "account": posting.account.code,
                "left": shown(posting.amount_minor, posting.currency)
                if posting.amount_minor > 0
                else "",
                "right": shown(-posting.amount_minor, posting.currency)
                if posting.amount_minor < 0
                else "",
            }
            for posting in entry.postings.all()
        ],
    }
