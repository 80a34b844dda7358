"""Receipts on the desk: the list, one receipt, writing one for a gift, and taking one back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from handpress.accounts.delivery import can_mail
from handpress.donations import receipt_tasks, sealing
from handpress.donations.actions.receipts import issue_receipt, void_receipt
from handpress.donations.core.receipt_words import Paper, text_of
from handpress.donations.core.receipts import PROFILES, RefusedReceipt, sponsor_faults
from handpress.donations.forms_receipts import ReceiptForm, VoidForm
from handpress.donations.models import Donor, Movement, Receipt, ReceiptKind
from handpress.donations.queries.gifts import gifts
from handpress.donations.queries.receipt_years import issuer_of, recipient_of
from handpress.donations.queries.receipts import (
    counted_of,
    number_of,
    outdated,
    paper_of_receipt,
    receipt_of,
    receipts,
    years_with_receipts,
)
from handpress.donations.receipt_letters import address_of, write_receipt
from handpress.donations.views.pages import (
    RECEIPT_VOIDED,
    RECEIPT_WRITTEN,
    MoneyPage,
    shown,
)
from handpress.lib import clock
from handpress.lib.languages import direction_of

_PAGE = 50
_TRAIL = (("donations_receipts", "Receipts"),)


class ReceiptsView(MoneyPage, TemplateView):
    """The list, newest first, found by number and year; six queries, however many are shown."""

    permission_required = "donations.view_receipt"
    template_name = "donations/receipts.html"
    page_title = "Receipts"
    header_icon = "doc-full"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Lead to the receipts of a whole year."""
        if not self.may("add_receipt"):
            return []
        url = reverse("donations_receipt_year")
        return [HeaderButton("Receipts of a year", url=url, icon_name="date", priority=10)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of receipts, and those that are not true any more."""
        sought = self.request.GET.get("q", "").strip()[:40]
        year = _number(self.request.GET.get("year", ""))
        page = Paginator(receipts(sought, year=year), _PAGE).get_page(self.request.GET.get("p"))
        stale = outdated()
        return super().get_context_data(**kwargs) | {
            "q": sought,
            "year": year,
            "years": years_with_receipts(),
            "page": page,
            "rows": [_row(each) for each in page],
            "outdated": [
                {"receipt": each, "number": number_of(each)}
                for each in dict.fromkeys(one.receipt for one in stale)
            ],
        }


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) <= 4 else None


def _row(receipt: Receipt) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "number": number_of(receipt),
        "sum": shown(receipt.total_minor, receipt.currency),
        "to": _recipient(receipt),
        "voids": number_of(receipt.voids) if receipt.voids else "",
        "voided_by": number_of(former) if (former := _voided_by(receipt)) else "",
    }


def _voided_by(receipt: Receipt) -> Receipt | None:
    return getattr(receipt, "voided_by", None)


def _recipient(receipt: Receipt) -> str:
    try:
        return paper_of_receipt(receipt).to[0]
    except (sealing.Forgotten, sealing.KeysUnusable):
        return ""


class ReceiptView(MoneyPage, TemplateView):
    """One receipt: its text, its PDF, its gifts."""

    permission_required = "donations.view_receipt"
    template_name = "donations/receipt.html"
    header_icon = "doc-full"
    trail = _TRAIL
    kwargs: dict[str, Any]

    @cached_property
    def receipt(self) -> Receipt:
        """Return the receipt whose page it is."""
        return get_object_or_404(receipts(), pk=self.kwargs["pk"])

    @cached_property
    def paper(self) -> Paper | None:
        """Return what it says; None where that cannot be read, and `trouble` says why."""
        try:
            return paper_of_receipt(self.receipt)
        except (sealing.Forgotten, sealing.KeysUnusable) as error:
            self.trouble = str(error) or _CLOSED
            return None

    trouble = ""

    def get_page_title(self) -> str:
        """Say which it is."""
        return f"Receipt {number_of(self.receipt)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add its words, its gifts and what may be done."""
        receipt, paper = self.receipt, self.paper
        former = _voided_by(receipt)
        counts = receipt.kind != ReceiptKind.VOID and former is None
        lines = receipt.lines.select_related("movement").order_by("pk")
        return super().get_context_data(**kwargs) | {
            **_row(receipt),
            "text": text_of(paper) if paper else "",
            "language": paper.language if paper else "",
            "direction": direction_of(paper.language) if paper else "",
            "trouble": self.trouble,
            "form": PROFILES[receipt.profile].label if receipt.profile in PROFILES else "",
            "former": former,
            "lines": [
                {"gift": line.movement, "sum": shown(line.amount_minor, receipt.currency)}
                for line in lines
            ],
            "changed": [
                {"gift": each.gift, "counts": shown(each.counts, receipt.currency)}
                for each in (outdated(receipt) if counts else [])
            ],
            "pdf": _pdf_state(receipt),
            "may_void": counts and self.may("add_receipt"),
            "may_add": self.may("add_receipt"),
            "open_gift": self._open_gift(former),
            "donor": receipt.donor,
        }

    def _open_gift(self, former: Receipt | None) -> Movement | None:
        """Return the gift for which a new receipt can be written in place of this one."""
        if former is None or self.receipt.kind != ReceiptKind.SINGLE:
            return None
        line = self.receipt.lines.select_related("movement").first()
        gift = line.movement if line else None
        return gift if gift and counted_of(gift) and receipt_of(gift) is None else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have the PDF made again that could not be made."""
        if not self.may("add_receipt"):
            raise Http404
        if receipt_tasks.try_again(self.receipt):
            messages.success(request, "The PDF is tried again; it takes a moment.")
        return HttpResponseRedirect(_url(self.receipt))


_CLOSED = (
    "The time is over for which this receipt had to be kept: its number and its sum stay, name and "
    "address cannot be read any more."
)


def _pdf_state(receipt: Receipt) -> str:
    if receipt_tasks.has_pdf(receipt):
        return "there"
    return {"": "waits", receipt_tasks.NO_FONT: "no-font"}.get(receipt.pdf_sha256, "failed")


def _url(receipt: Receipt) -> str:
    return reverse("donations_receipt", args=[receipt.pk])


class ReceiptFileView(ReceiptView):
    """A receipt as a file: PDF or text."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the file; 404 where there is none."""
        made, kind = self._file(kwargs["form"])
        if not made:
            raise Http404
        response = HttpResponse(made, content_type=kind)
        name = f"receipt-{number_of(self.receipt)}.{kwargs['form']}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _file(self, form: str) -> tuple[bytes, str]:
        if form == "txt" and self.paper:
            return text_of(self.paper).encode(), "text/plain; charset=utf-8"
        if form != "pdf":
            return b"", ""
        try:
            whole = Receipt.objects.get(pk=self.receipt.pk)
            return receipt_tasks.pdf_bytes(whole), "application/pdf"
        except sealing.KeysUnusable:
            return b"", ""


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
        return HttpResponseRedirect(_url(self.receipt))


class IssueView(MoneyPage, FormView):
    """Write a receipt for one gift."""

    permission_required = "donations.add_receipt"
    template_name = "donations/receipt_issue.html"
    page_title = "Write a receipt"
    header_icon = "doc-full"
    form_class = ReceiptForm
    trail = _TRAIL
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
        return HttpResponseRedirect(_url(there)) if there else super().get(request)

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
        return HttpResponseRedirect(_url(receipt))
