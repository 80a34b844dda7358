"""Editions, and the delivery ledger: one row for each message to each reader."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from handpress.digest.models.subscribers import Frequency, Subscriber, TopicChoice
from handpress.lib import clock


class EditionState(models.IntegerChoices):
    """READY is shown to the editors and goes by itself; HELD waits for one of them."""

    READY = 0, "ready"
    HELD = 1, "held"
    FROZEN = 2, "frozen"
    SENDING = 3, "being sent"
    DONE = 4, "sent"
    SKIPPED = 5, "skipped"
    CANCELLED = 6, "called off"


class Edition(models.Model):
    """One local day of one frequency. The database lets there be one, whatever the clock says.

    ``contents`` is what was composed, as plain JSON: nothing that is published later changes it.
    """

    frequency = models.PositiveSmallIntegerField(choices=Frequency)
    edition_on = models.DateField()
    state = models.PositiveSmallIntegerField(choices=EditionState, default=EditionState.READY)
    subject = models.CharField(max_length=400, blank=True)
    note = models.TextField(blank=True)
    contents: Any = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    covers_from = models.DateTimeField()
    covers_to = models.DateTimeField()
    composed_at = models.DateTimeField(default=clock.now)
    send_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["frequency", "edition_on"], name="one_edition_a_day"),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values), name="edition_pace"
            ),
            models.CheckConstraint(
                condition=Q(state__in=EditionState.values), name="edition_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_frequency_display()} {self.edition_on}"


class EditionArticle(models.Model):
    """An article that went to a list. The database refuses it a second time to the same list."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="articles")
    frequency = models.PositiveSmallIntegerField(choices=Frequency)
    article_uuid = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["frequency", "article_uuid"], name="once_to_a_list")
        ]

    def __str__(self) -> str:
        return str(self.article_uuid)


class DeliveryState(models.IntegerChoices):
    """DOTTED is committed before the final dot: after a crash, what is so may have arrived."""

    PENDING = 0, "waiting"
    CLAIMED = 1, "at a sender"
    DOTTED = 2, "on its way"
    ACCEPTED = 3, "accepted"
    FAILED = 4, "refused"
    RETRY = 5, "to be tried again"
    UNKNOWN = 6, "unknown"
    SUPPRESSED = 7, "not to be mailed"
    EXPIRED = 8, "too late"


class Delivery(models.Model):
    """One message to one reader: where it stands, and what the relay said."""

    pk = models.CompositePrimaryKey("edition_id", "subscriber_id")
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="deliveries")
    choice = models.ForeignKey(TopicChoice, null=True, on_delete=models.PROTECT, db_index=False)
    state = models.PositiveSmallIntegerField(choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    worker = models.BigIntegerField(null=True)
    relay = models.CharField(max_length=40, blank=True)
    reply = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["edition", "state", "next_at"],
                name="delivery_open",
                # Those who wait are found by the key; without them, freezing costs half.
                condition=Q(state__in=[1, 2, 5]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} to {self.subscriber_id}: {self.get_state_display()}"
