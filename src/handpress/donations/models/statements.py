"""What banks say: statements that were brought, and their lines."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from handpress.donations.models.giving import Rail
from handpress.donations.models.ledger import Movement
from handpress.lib import clock


class BankStatement(models.Model):
    """A file that was taken over; the file itself is not kept."""

    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="statements")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    sheet = models.JSONField(default=dict)
    brought_at = models.DateTimeField(default=clock.now)
    by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class LineState(models.TextChoices):
    """What became of a line."""

    OPEN = "open", "to be looked at"
    BOOKED = "booked", "in the books"
    ASIDE = "aside", "no gift"


class BankLine(models.Model):
    """A line of a statement, once, in however many files it stands (`statements.identities`).

    Who paid and what they wrote is ``sealed`` as a donor's facts are, under a key of its own.
    ``was_found`` says that its reference told what it was for, and no person did.
    """

    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="bank_lines")
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    identity = models.CharField(max_length=64)
    on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_reversal = models.BooleanField(default=False)
    wrapped_key = models.TextField(blank=True, editable=False)
    sealed = models.TextField(blank=True, editable=False)
    state = models.CharField(max_length=10, choices=LineState, default=LineState.OPEN)
    movement = models.OneToOneField(
        Movement, null=True, on_delete=models.PROTECT, related_name="bank_line"
    )
    was_found = models.BooleanField(default=False)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rail", "identity"], name="bank_line_once"),
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="bank_line_state"),
            models.CheckConstraint(
                condition=Q(state=LineState.BOOKED, movement__isnull=False)
                | (~Q(state=LineState.BOOKED) & Q(movement__isnull=True)),
                name="bank_line_booked_by_a_movement",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-on", "-id"], condition=Q(state=LineState.OPEN), name="bank_line_open"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.pk}"
