"""What came back: refusals, complaints, addresses that are not mailed any more, alarms."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from handpress.lib import clock
from handpress.mail.core.bounces import Reason
from handpress.mail.core.receivers import name_of


class EventKind(models.IntegerChoices):
    """REFUSED is said while mail is handed over, BOUNCED and the others come back later."""

    REFUSED = 1, "refused at the door"
    BOUNCED = 2, "bounced"
    DELAYED = 3, "delayed"
    COMPLAINED = 4, "complained"
    LEFT = 5, "asked to leave"
    REPORTED = 6, "reported on"
    AUTOMATIC = 7, "answered by itself"
    DELIVERED = 8, "delivered"
    OTHER = 9, "something else"


class Outcome(models.IntegerChoices):
    """What was done about an event."""

    NOTED = 0, "noted"
    COUNTED = 1, "counted against the address"
    SUPPRESSED = 2, "address is not mailed any more"
    LEFT = 3, "reader has left"
    UNDONE = 4, "taken back: the receiver refused everybody"
    ANSWERED = 5, "not proven who wrote: a link to leave was mailed"


class SuppressionReason(models.IntegerChoices):
    """Why an address is not mailed any more."""

    BOUNCED = 1, "it does not exist"
    KEEPS_BOUNCING = 2, "it kept bouncing"
    COMPLAINED = 3, "its reader complained of spam"
    BY_HAND = 4, "entered by hand"
    IMPORTED = 5, "came suppressed from another system"


class MailEvent(models.Model):
    """Something that came back, once: ``fingerprint`` keeps a replay from counting twice.

    ``list_id`` and ``reader_id`` are what the bounce address said (list 0 are letters).
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    kind = models.PositiveSmallIntegerField(choices=EventKind)
    outcome = models.PositiveSmallIntegerField(choices=Outcome, default=Outcome.NOTED)
    reason = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Reason])
    is_permanent = models.BooleanField(default=False)
    status = models.CharField(max_length=12, blank=True)
    said = models.CharField(max_length=400, blank=True)
    address_key = models.CharField(max_length=320, blank=True, db_index=True)
    receiver = models.CharField(max_length=255, blank=True)
    list_id = models.BigIntegerField(null=True)
    reader_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField(default=clock.now)
    happened_on = models.DateField()

    # Whether it came for the first time, for whoever has just handed it in.
    is_new = False

    class Meta:
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="mail_event_kind"),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="mail_event_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["receiver", "happened_on"], name="mail_event_receiver"),
            models.Index(fields=["happened_at"], name="mail_event_when"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class Suppression(models.Model):
    """An address that is not mailed any more, until somebody lifts it; lifted rows are kept."""

    address_key = models.CharField(max_length=320)
    reason = models.PositiveSmallIntegerField(choices=SuppressionReason)
    said = models.CharField(max_length=400, blank=True)
    event = models.ForeignKey(
        MailEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="suppressions"
    )
    created_at = models.DateTimeField(default=clock.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["address_key"],
                condition=Q(lifted_at__isnull=True),
                name="suppressed_once",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=SuppressionReason.values), name="suppression_reason"
            ),
            models.CheckConstraint(condition=~Q(address_key=""), name="suppression_has_address"),
        ]
        indexes = [models.Index(fields=["created_at"], name="suppression_when")]

    def __str__(self) -> str:
        return self.address_key


class ReceiverDay(models.Model):
    """What one receiver refused on one day, counted; with an alarm if it was everybody.

    What is refused on an alarming day suppresses nobody and counts against nobody.
    """

    receiver = models.CharField(max_length=255)
    day = models.DateField()
    refused_for_us = models.PositiveIntegerField(default=0)
    refused_as_dead = models.PositiveIntegerField(default=0)
    refused_otherwise = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, blank=True)
    said = models.CharField(max_length=400, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-day", "receiver"]
        constraints = [models.UniqueConstraint(fields=["receiver", "day"], name="one_receiver_day")]
        indexes = [
            models.Index(
                fields=["-day"], name="alarming_days", condition=Q(alarmed_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.receiver}, {self.day}"

    @property
    def name(self) -> str:
        """What people call the receiver."""
        return name_of(self.receiver)

    @property
    def refused(self) -> int:
        """How many were refused, whatever for."""
        return self.refused_for_us + self.refused_as_dead + self.refused_otherwise
