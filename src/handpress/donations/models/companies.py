"""What was asked of companies, and what they told: written down before it is acted on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from handpress.donations.models.giving import Pledge, Rail
from handpress.donations.models.ledger import Movement
from handpress.donations.models.plans import Plan
from handpress.lib import clock


class Purpose(models.TextChoices):
    """What an attempt is for."""

    BEGIN = "begin", "a page for the donor"
    CHARGE = "charge", "a gift by a mandate"
    REFUND = "refund", "giving back"


class AttemptState(models.TextChoices):
    """How far an attempt is. It is `SENT` before a single byte goes out."""

    PREPARED = "prepared", "written down"
    SENT = "sent", "asked, no answer yet"
    UNKNOWN = "unknown", "asked, and nobody knows"
    ANSWERED = "answered", "answered; money may follow"
    DONE = "done", "done"
    DECLINED = "declined", "declined"
    DEAD = "dead", "came to nothing"


SETTLED = frozenset({AttemptState.DONE, AttemptState.DECLINED, AttemptState.DEAD})


class Attempt(models.Model):
    """One thing that is asked of a company once, however often it has to be sent.

    ``key`` makes it one at the company; ``asked`` is what is sent, so that sending again is the
    same to the byte. ``look_at`` is when to look at it next: null where nothing is
    expected any more. ``leased_until`` keeps a second worker away.
    """

    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="attempts")
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="attempts")
    purpose = models.CharField(max_length=10, choices=Purpose)
    key = models.CharField(max_length=64, unique=True)
    asked = models.JSONField(default=dict)
    refund_of = models.ForeignKey(
        Movement, null=True, blank=True, on_delete=models.PROTECT, related_name="refund_attempts"
    )
    state = models.CharField(max_length=10, choices=AttemptState, default=AttemptState.PREPARED)
    remote_id = models.CharField(max_length=300, blank=True)
    url = models.TextField(blank=True)
    code = models.CharField(max_length=120, blank=True)
    again_on = models.DateField(null=True, blank=True)
    looks = models.PositiveIntegerField(default=0)
    look_at = models.DateTimeField(null=True, blank=True, db_index=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["rail", "remote_id"], name="attempt_by_remote")]
        constraints = [
            models.UniqueConstraint(
                fields=["pledge", "purpose"],
                condition=~Q(purpose=Purpose.REFUND) & ~Q(state__in=sorted(SETTLED)),
                name="one_open_attempt_of_a_pledge",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AttemptState.values), name="attempt_state"
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="attempt_purpose"),
        ]

    def __str__(self) -> str:
        return self.key


class EventState(models.TextChoices):
    """What became of an event."""

    NEW = "new", "waits"
    DONE = "done", "looked up"
    IGNORED = "ignored", "about nothing of ours"
    FAILED = "failed", "could not be looked up"
    REJECTED = "rejected", "forged"


class CompanyEvent(models.Model):
    """What a company sent, as it came; it is answered first, and understood afterwards.

    ``sealed`` holds the body, encrypted, for 90 days; of a forged one nothing is kept. Setting
    ``state`` back to new has it understood once more.
    """

    rail = models.ForeignKey(Rail, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=200)
    remote_id = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=120, blank=True)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.NEW)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    look_at = models.DateTimeField(null=True, blank=True, db_index=True)
    came_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "event_id"], name="one_event_of_a_rail"),
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="event_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Health(models.TextChoices):
    """How a company answers now."""

    UNKNOWN = "unknown", "not asked yet"
    UP = "up", "works"
    DOWN = "down", "does not answer"
    HALF_OPEN = "half_open", "is tried again"
    PAYOUTS_BLOCKED = "payouts_blocked", "takes money and keeps it"
    REVOKED = "revoked", "has closed our account"


class RailHealth(models.Model):
    """How a company's rail is; one row for each, changed in place."""

    rail = models.OneToOneField(Rail, on_delete=models.CASCADE, related_name="health")
    state = models.CharField(max_length=20, choices=Health, default=Health.UNKNOWN)
    since = models.DateTimeField(default=clock.now)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveSmallIntegerField(default=0)
    """How often in a row the rail was taken off."""
    good_checks = models.PositiveSmallIntegerField(default=0)
    check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=Health.values), name="rail_health_state"),
        ]

    def __str__(self) -> str:
        return f"{self.rail_id} {self.state}"


class HealthChange(models.Model):
    """That a rail's health changed, for the chart."""

    rail = models.ForeignKey(Rail, on_delete=models.CASCADE, related_name="health_changes")
    state = models.CharField(max_length=20, choices=Health)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.rail_id} {self.state}"


class RefundState(models.TextChoices):
    """How far giving back is, where two people have to agree."""

    ASKED = "asked", "waits for a second person"
    AGREED = "agreed", "agreed"
    REFUSED = "refused", "refused"


class RefundAsked(models.Model):
    """That somebody wants to give a gift back; whoever agrees is somebody else.

    ``by`` and ``answered_by`` are users' numbers: the books outlive accounts of people.
    """

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="refunds_asked")
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    key = models.CharField(max_length=64, unique=True)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.ASKED)
    by = models.BigIntegerField()
    by_name = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=clock.now)
    answered_by = models.BigIntegerField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state"),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=models.F("by")),
                name="two_people_for_a_refund",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Reconciliation(models.Model):
    """One comparison of our books with a company's list; it can be done again at any time.

    ``differences`` is a list of objects with ``kind`` and both sides. Days are of the window
    [since, until), at UTC.
    """

    rail = models.ForeignKey(Rail, on_delete=models.CASCADE, related_name="reconciliations")
    since = models.DateTimeField()
    until = models.DateTimeField()
    ours = models.PositiveIntegerField(default=0)
    theirs = models.PositiveIntegerField(default=0)
    booked = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list)
    ran_at = models.DateTimeField(default=clock.now, db_index=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-ran_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.rail_id} {self.since:%Y-%m-%d}"


class RemoteName(models.Model):
    """What a company calls something of ours: a subscription it keeps by itself, a customer, a gift
    that it took by itself though nobody wanted it."""

    rail = models.ForeignKey(Rail, on_delete=models.CASCADE, related_name="remote_names")
    kind = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=300)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT)
    pledge = models.ForeignKey(Pledge, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "kind", "remote_id"], name="one_remote_name"),
        ]

    def __str__(self) -> str:
        return self.remote_id
