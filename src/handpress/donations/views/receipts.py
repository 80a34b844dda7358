"""Receipts on the desk: the list, and one with its text and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin.widgets.button import HeaderButton

from handpress.donations import receipt_tasks, sealing
from handpress.donations.core.receipt_words import Paper, text_of
from handpress.donations.core.receipts import PROFILES
from handpress.donations.models import Donor, Movement, Receipt, ReceiptKind, Sponsor
from handpress.donations.queries.receipts import (
    counted_of,
    is_trial,
    number_of,
    outdated,
    paper_of_receipt,
    receipt_of,
    receipts,
    years_with_receipts,
)
from handpress.donations.views.pages import MoneyPage, shown
from handpress.lib.languages import direction_of

_PAGE = 50
TRAIL = (("donations_receipts", "Receipts"),)


class ReceiptsView(MoneyPage, TemplateView):
    """The list, newest first, found by number and year; seven queries, however many are shown."""

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
            "sponsors": [
                (each, _form(each.receipt_profile))
                for each in (Sponsor.objects.all() if self.may("change_sponsor") else ())
            ],
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


def _form(code: str) -> str:
    """Return what a form of receipt is called; its code where nobody knows it."""
    return PROFILES[code].label if code in PROFILES else code


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
    trail = TRAIL
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
            "form": _form(receipt.profile),
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
        return HttpResponseRedirect(url_of(self.receipt))


_CLOSED = (
    "The time is over for which this receipt had to be kept: its number and its sum stay, name and "
    "address cannot be read any more."
)


def _pdf_state(receipt: Receipt) -> str:
    if receipt_tasks.has_pdf(receipt):
        return "there"
    return {"": "waits", receipt_tasks.NO_FONT: "no-font"}.get(receipt.pdf_sha256, "failed")


def url_of(receipt: Receipt) -> str:
    """Return the address of a receipt's page."""
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


def receipt_of_gift(page: MoneyPage, gift: Movement) -> dict[str, Any]:
    """Return what a gift's page says of its receipt: which, whether it is true, or if one may be.

    Nothing for who may not see receipts.
    """
    if not page.may("view_receipt"):
        return {}
    there = receipt_of(gift)
    is_open = there is None and not is_trial(gift.rail) and bool(counted_of(gift))
    return {
        "receipt": there,
        "receipt_is_stale": bool(there and outdated(there)),
        "may_write": is_open and page.may("add_receipt"),
    }


def receipts_of_donor(page: MoneyPage, donor: Donor) -> dict[str, Any]:
    """Return a donor's receipts, newest first, for who may see them."""
    rows = receipts().filter(donor=donor) if page.may("view_receipt") else []
    return {"receipts": [_row(each) for each in rows]}
