"""Direct debits on the desk: mandates that came on paper, and files for the bank."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, View
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from handpress.donations.actions.debits import DebitSheet, NoFile, make_again, make_debit_file
from handpress.donations.actions.mandates import NoMandate, enter_mandate
from handpress.donations.forms_debits import CollectForm, MandateForm
from handpress.donations.models import Campaign, Rail, RailKind
from handpress.donations.queries.debits import due_debits, files_made
from handpress.donations.sealing import KeysUnusable
from handpress.donations.views.pages import DEBITED, MANDATED, MoneyPage, shown
from handpress.lib import clock


class _OfRail(MoneyPage):
    """A page about one way to collect."""

    permission_required = "donations.change_rail"
    header_icon = "download"
    kwargs: dict[str, Any]

    @cached_property
    def rail(self) -> Rail:
        """Return the way that it is about."""
        rows = Rail.objects.filter(kind=RailKind.DEBIT).select_related("sponsor")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        """Say whose it is."""
        return str(self.rail.sponsor)


class DebitsView(_OfRail, FormView):
    """What is due, the files that were made, and the next one."""

    template_name = "donations/debits.html"
    form_class = CollectForm
    trail = (("donations_ways", "Sponsors and ways to give"),)

    def get_page_title(self) -> str:
        """Return the way's name."""
        return self.rail.name

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer to enter a mandate."""
        url = reverse("donations_mandate_add", args=[self.rail.pk])
        return [HeaderButton("Enter a mandate", url=url, icon_name="plus", priority=10)]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form know the notice."""
        return {**super().get_form_kwargs(), "rail": self.rail}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is due and what was made."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        count, minor = due_debits(self.rail, context["form"].earliest)
        return context | {
            "rail": self.rail,
            "earliest": context["form"].earliest,
            "count": count,
            "total": shown(minor, "EUR"),
            "files": [
                {"made": each, "total": shown(each.minor, "EUR")} for each in files_made(self.rail)
            ],
        }

    def form_valid(self, form: CollectForm) -> HttpResponse:
        """Make the file; it is fetched from the list."""
        try:
            _, sheet = make_debit_file(self.rail, now=clock.now(), on=form.cleaned_data["on"])
        except NoFile as refusal:
            form.add_error("on", str(refusal))
            return self.form_invalid(form)
        except KeysUnusable as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        self._tell(sheet)
        return HttpResponseRedirect(reverse("donations_debits", args=[self.rail.pk]))

    def _tell(self, sheet: DebitSheet) -> None:
        for each in sheet.refused:
            messages.warning(self.request, f"Not collected, {each['place']}: {each['why']}.")
        if sheet.message and not sheet.is_again:
            log(self.rail, DEBITED, user=self.request.user, title=self.rail.name)
            words = shown(sheet.total_minor, "EUR")
            messages.success(
                self.request,
                f"“{sheet.message}” holds {sheet.count} debits, {words}. Fetch it below.",
            )
        else:
            messages.info(self.request, "Nothing is due that is not in a file. None was made.")


class DebitFileView(_OfRail, View):
    """A file that was made, to be brought to the bank."""

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Make it again, the same to the byte but for who was erased since."""
        try:
            made, _ = make_again(self.rail, name)
        except (NoFile, KeysUnusable) as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("donations_debits", args=[self.rail.pk]))
        response = HttpResponse(made, content_type="application/xml")
        response["content-disposition"] = f'attachment; filename="{name}.xml"'
        response["cache-control"] = "no-store"
        return response


class MandateView(_OfRail, FormView):
    """Enter a mandate that came on paper."""

    template_name = "donations/mandate.html"
    form_class = MandateForm
    page_title = "Enter a mandate"
    trail = (("donations_ways", "Sponsors and ways to give"),)

    def get_initial(self) -> dict[str, Any]:
        """Begin with the campaign that runs."""
        return {"campaign": Campaign.objects.filter(is_running=True).first()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the way."""
        return super().get_context_data(**kwargs) | {"rail": self.rail}

    def form_valid(self, form: MandateForm) -> HttpResponse:
        """Write it down, once."""
        if not self.rail.is_offered:
            refusal = f"“{self.rail}” is not offered now; nothing is collected by it."
            form.add_error(None, refusal)
            return self.form_invalid(form)
        data = form.cleaned_data
        try:
            plan, is_new = enter_mandate(
                self.rail,
                facts=form.facts,
                amount=data["amount"],
                day=data["day"],
                signed_on=data["signed_on"],
                mandate_id=data["mandate_id"],
                campaign=data["campaign"],
                nonce=data["key"],
                now=clock.now(),
            )
        except NoMandate as refusal:
            form.add_error(refusal.field, str(refusal))
            return self.form_invalid(form)
        except KeysUnusable as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        mandate = plan.mandates.get()
        if is_new:
            # The history names nobody: mandates have no donor in their reference.
            log(self.rail, MANDATED, user=self.request.user, title=self.rail.name)
        messages.success(
            self.request,
            f"Mandate {mandate.remote_id} is entered. {shown(plan.amount_minor, 'EUR')} is due "
            f"first on {plan.next_due:%-d %B %Y}.",
        )
        return HttpResponseRedirect(reverse("donations_debits", args=[self.rail.pk]))
