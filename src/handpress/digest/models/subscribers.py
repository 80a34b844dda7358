"""Readers who asked for the digest: who they are, what they chose, and proof that they asked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from handpress.lib import clock


class Frequency(models.IntegerChoices):
    """How often a reader wants the digest."""

    DAILY = 1, "daily"
    WEEKLY = 2, "weekly"


class SubscriberState(models.IntegerChoices):
    """Only ACTIVE readers are mailed."""

    PENDING = 0, "has not confirmed"
    ACTIVE = 1, "reads it"
    PAUSED = 2, "has paused"
    LEFT = 3, "has left"
    SUPPRESSED = 4, "cannot be reached"
    ERASED = 5, "was erased"


class TopicChoice(models.Model):
    """A set of topics that somebody chose; readers who chose the same share the row.

    ``key`` is the sorted ids of the topics, joined by commas: an edition is composed once for
    each choice, never once for each reader.
    """

    key = models.CharField(max_length=1000, unique=True)
    topics = models.ManyToManyField("newsroom.Topic", related_name="+")

    def __str__(self) -> str:
        return self.key


class Subscriber(models.Model):
    """One reader. ``address_key`` is what makes two spellings of an address the same reader.

    An erased reader keeps the row, without address and key, so that deliveries still add up.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address = models.CharField(max_length=320, blank=True)
    address_key = models.CharField(max_length=320, unique=True, null=True, blank=True)
    domain = models.CharField(max_length=255, blank=True, db_index=True)
    state = models.PositiveSmallIntegerField(
        choices=SubscriberState, default=SubscriberState.PENDING
    )
    frequency = models.PositiveSmallIntegerField(choices=Frequency, default=Frequency.DAILY)
    choice = models.ForeignKey(
        TopicChoice, null=True, blank=True, on_delete=models.PROTECT, related_name="subscribers"
    )
    language = models.CharField(max_length=20, blank=True)
    origin = models.CharField(max_length=40, default="form")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "reader"
        permissions = [("export_subscriber", "Can export readers")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SubscriberState.values), name="reader_state"
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="reader_pace"),
            models.CheckConstraint(
                condition=Q(state=SubscriberState.ERASED, address="", address_key=None)
                | (
                    ~Q(state=SubscriberState.ERASED) & ~Q(address="") & Q(address_key__isnull=False)
                ),
                name="reader_has_address_until_erased",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "frequency", "id"], name="reader_mailable"),
            # Who came and who left is counted from these alone.
            models.Index(fields=["confirmed_at", "state"], name="reader_came"),
            models.Index(
                fields=["left_at", "confirmed_at", "state"],
                name="reader_left",
                condition=Q(left_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.address or f"reader {self.pk}"


class ConsentWording(models.Model):
    """The words that a reader agreed to; a change of words is a new row."""

    sha256 = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    language = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.text[:60]


class Consent(models.Model):
    """Proof that a reader asked: when, for what, to which words, and when it was confirmed.

    No IP address.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="consents")
    wording = models.ForeignKey(ConsentWording, null=True, blank=True, on_delete=models.PROTECT)
    frequency = models.PositiveSmallIntegerField(choices=Frequency, null=True, blank=True)
    origin = models.CharField(max_length=40, default="form")
    asked_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.origin}, {self.asked_at:%Y-%m-%d}"


class Erasure(models.Model):
    """That an address was erased, as a mark that only the address itself can be held against.

    No list that is imported later may bring such a reader back; signing up again does.
    """

    mark = models.CharField(max_length=64, unique=True)
    erased_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"{self.erased_at:%Y-%m-%d}"
