"""What is done with receipts on the desk: one is written or taken back, a donor’s name is told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView
from wagtail.log_actions import log

from handpress.accounts.delivery import can_mail
from handpress.donations import sealing
from handpress.donations.actions.donors import change_donor, facts_of
from handpress.donations.actions.receipts import issue_receipt, void_receipt
from handpress.donations.core.receipts import PROFILES, RefusedReceipt, sponsor_faults
from handpress.donations.forms_receipts import DonorForm, ReceiptForm, VoidForm
from handpress.donations.models import Donor, Movement
from handpress.donations.queries.gifts import gifts
from handpress.donations.queries.receipt_years import issuer_of, recipient_of
from handpress.donations.queries.receipts import counted_of, number_of, receipt_of
from handpress.donations.receipt_letters import address_of, write_receipt
from handpress.donations.views.pages import (
    DONOR_CHANGED,
    RECEIPT_VOIDED,
    RECEIPT_WRITTEN,
    MoneyPage,
    shown,
)
from handpress.donations.views.receipts import TRAIL, ReceiptView, url_of
from handpress.lib import clock


def mail_to(donor: Donor | None) -> str:
    """Return where a receipt would be mailed to; "" where no mail leaves or nobody told."""
    return address_of(donor) if can_mail() else ""


class VoidView(ReceiptView, FormView):
    """Take a receipt back by another one."""

    permission_required = "donations.add_receipt"
    template_name = "donations/receipt_void.html"
    form_class = VoidForm

    def get_page_title(self) -> str:
        """Name the step."""
        return f"Take receipt {number_of(self.receipt)} back"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say where a letter would go."""
        return {**FormView.get_form_kwargs(self), "mail_to": mail_to(self.receipt.donor)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        form = kwargs.get("form") or self.get_form()
        return {**super().get_context_data(**kwargs), "form": form}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take what the form says."""
        return FormView.post(self, request, *args, **kwargs)

    def form_valid(self, form: VoidForm) -> HttpResponse:
        """Do it, once."""
        try:
            with transaction.atomic():
                void, is_new = void_receipt(
                    self.receipt, form.cleaned_data["reason"], now=clock.now()
                )
                if is_new and form.cleaned_data.get("by_mail"):
                    write_receipt(void)
        except (RefusedReceipt, sealing.KeysUnusable) as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        number = number_of(self.receipt)
        if is_new:
            log(void, RECEIPT_VOIDED, user=self.request.user, title=f"receipt {number}")
            words = f"Receipt {number} is taken back by {number_of(void)}."
            messages.success(self.request, words)
        else:
            messages.info(self.request, f"Receipt {number} was taken back before.")
        return HttpResponseRedirect(url_of(self.receipt))


class IssueView(MoneyPage, FormView):
    """Write a receipt for one gift."""

    permission_required = "donations.add_receipt"
    template_name = "donations/receipt_issue.html"
    page_title = "Write a receipt"
    header_icon = "doc-full"
    form_class = ReceiptForm
    trail = TRAIL
    kwargs: dict[str, Any]

    @cached_property
    def gift(self) -> Movement:
        """Return the gift that it is for."""
        rows = gifts().select_related("rail__sponsor", "campaign", "pledge__donor")
        return get_object_or_404(rows, pk=self.kwargs["gift"])

    @cached_property
    def donor(self) -> Donor | None:
        """Return who gave it, as far as that is known still."""
        donor = self.gift.pledge.donor if self.gift.pledge else None
        return donor if donor and donor.erased_at is None else None

    @cached_property
    def profile(self) -> Any:
        """Return the form of the sponsor's receipts; the plain one where nobody knows it."""
        return PROFILES.get(self.gift.rail.sponsor.receipt_profile, PROFILES["plain"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the receipt where there is one."""
        there = receipt_of(self.gift)
        return HttpResponseRedirect(url_of(there)) if there else super().get(request)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask what the form of receipt needs."""
        return {
            **super().get_form_kwargs(),
            "mail_to": mail_to(self.donor),
            "takes_return": self.profile.takes_return,
            "needs_address": self.profile.needs_address,
        }

    def get_initial(self) -> dict[str, Any]:
        """Begin with what is known of the donor."""
        try:
            to = recipient_of(self.profile, self.donor)
        except sealing.KeysUnusable:
            return {}
        return {"name": to.name, "address": "\n".join(to.address)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what it will be over, and what the sponsor lacks for it."""
        gift, sponsor = self.gift, self.gift.rail.sponsor
        counts = counted_of(gift)
        return super().get_context_data(**kwargs) | {
            "gift": gift,
            "sponsor": sponsor,
            "sum": shown(counts, gift.currency),
            "came": shown(gift.amount_minor, gift.currency) if counts < gift.amount_minor else "",
            "profile": self.profile,
            "faults": sponsor_faults(self.profile, issuer_of(sponsor)),
            "may_change_sponsor": self.may("change_sponsor"),
        }

    def form_valid(self, form: ReceiptForm) -> HttpResponse:
        """Write it, once."""
        data = form.cleaned_data
        try:
            with transaction.atomic():
                receipt, is_new = issue_receipt(
                    self.gift, now=clock.now(), to=form.to, in_return=data.get("in_return", "")
                )
                is_mailed = is_new and bool(data.get("by_mail")) and write_receipt(receipt)
        except (RefusedReceipt, sealing.KeysUnusable) as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        number = number_of(receipt)
        if is_new:
            log(receipt, RECEIPT_WRITTEN, user=self.request.user, title=f"receipt {number}")
            mailed = " It goes out by mail." if is_mailed else ""
            messages.success(self.request, f"Receipt {number} is written.{mailed}")
        else:
            messages.info(self.request, f"The gift stands on receipt {number} already.")
        return HttpResponseRedirect(url_of(receipt))


class DonorFactsView(MoneyPage, FormView):
    """Tell under which name and address a donor gets receipts."""

    permission_required = "donations.change_donor"
    template_name = "donations/receipt_donor.html"
    page_title = "Name and address"
    header_icon = "user"
    form_class = DonorForm
    trail = (("donations_donors", "Donors"),)
    kwargs: dict[str, Any]

    @cached_property
    def donor(self) -> Donor:
        """Return the donor, who is not erased."""
        return get_object_or_404(Donor, uuid=self.kwargs["uuid"], erased_at__isnull=True)

    def get_initial(self) -> dict[str, Any]:
        """Begin with what is known."""
        try:
            facts = facts_of(self.donor)
        except sealing.KeysUnusable:
            return {}
        return {name: facts.get(name, "") for name in ("name", "address")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whose it is."""
        return super().get_context_data(**kwargs) | {"donor": self.donor}

    def form_valid(self, form: DonorForm) -> HttpResponse:
        """Keep it; receipts that are written already stay as they are."""
        try:
            change_donor(self.donor, form.cleaned_data)
        except (sealing.Forgotten, sealing.KeysUnusable) as refusal:
            form.add_error(None, str(refusal) or "This donor was erased meanwhile.")
            return self.form_invalid(form)
        log(self.donor, DONOR_CHANGED, user=self.request.user, title=f"donor {self.donor.pk}")
        messages.success(self.request, "Name and address are kept, encrypted.")
        return HttpResponseRedirect(reverse("donations_donor", args=[self.donor.uuid]))
