"""Receipts: numbered without a gap by sponsor and year, and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from handpress.donations.models.giving import Sponsor
from handpress.donations.models.ledger import Movement
from handpress.donations.models.people import Donor
from handpress.lib import clock


class ReceiptKind(models.TextChoices):
    """What a receipt is for."""

    SINGLE = "single", "one gift"
    ANNUAL = "annual", "all gifts of a year"
    VOID = "void", "takes another back"


class Receipt(models.Model):
    """A receipt as it was given out: names as they were that day, sums as the books had them.

    ``sealed`` holds the donor's name and address and the lines, encrypted with the key ``wrapped``
    of its own: what the law asks to keep outlives a donor's wish to be forgotten, until
    ``keep_until``.
    """

    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, related_name="receipts")
    fiscal_year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ReceiptKind)
    donor = models.ForeignKey(
        Donor, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    sponsor_name = models.CharField(max_length=140)
    sponsor_tax_id = models.CharField(max_length=60, blank=True)
    profile = models.CharField(max_length=20, default="plain")
    language = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    wrapped = models.TextField(blank=True)
    sealed = models.TextField(blank=True)
    voids = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="voided_by"
    )
    pdf = models.BinaryField(blank=True, default=b"")
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField(default=clock.now)
    keep_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["pdf_sha256"], name="receipt_pdf")]
        constraints = [
            models.UniqueConstraint(
                fields=["sponsor", "fiscal_year", "number"], name="one_receipt_of_a_number"
            ),
            models.CheckConstraint(condition=Q(kind__in=ReceiptKind.values), name="receipt_kind"),
            models.CheckConstraint(
                condition=Q(kind=ReceiptKind.VOID, voids__isnull=False)
                | (~Q(kind=ReceiptKind.VOID) & Q(voids__isnull=True)),
                name="void_receipt_names_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year}-{self.number}"


class ReceiptLine(models.Model):
    """That a gift stands on a receipt; on one that counts it stands once."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="receipt_lines")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "movement"], name="one_line_for_a_gift"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor}"
