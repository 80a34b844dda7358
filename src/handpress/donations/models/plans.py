"""Monthly gifts: the schedule is ours, whoever takes the money.

A plan belongs to its donor. A mandate is what a company lets us do for it, and dies with the rail;
the plan does not.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from handpress.donations.models.campaigns import Campaign
from handpress.donations.models.giving import Pledge, Rail, Sponsor
from handpress.donations.models.people import Donor
from handpress.lib import clock


class PlanState(models.TextChoices):
    """How a plan is."""

    STARTING = "starting", "begun, not confirmed"
    ACTIVE = "active", "gives"
    PAUSED = "paused", "paused"
    PAST_DUE = "past_due", "the last gift did not come"
    NEEDS_RECONSENT = "needs_reconsent", "must be agreed to anew"
    CANCELLED = "cancelled", "ended"


class Collecting(models.TextChoices):
    """How a plan's gifts come."""

    MANDATE = "mandate", "taken by a mandate"
    REMINDER = "reminder", "by a letter with one link"
    STANDING_ORDER = "standing_order", "by a standing order"


class Plan(models.Model):
    """A gift every month. ``next_due`` is a day in the newsroom's zone; ``anchor_day`` the day of
    the month that it goes back to after shorter months.

    ``wave`` counts how often it had to be agreed to anew. ``source`` and ``source_id`` say where
    an imported one came from.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="plans")
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="plans")
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    anchor_day = models.PositiveSmallIntegerField()
    next_due = models.DateField(db_index=True)
    collecting = models.CharField(max_length=20, choices=Collecting, default=Collecting.MANDATE)
    state = models.CharField(max_length=20, choices=PlanState, default=PlanState.STARTING)
    wave = models.PositiveSmallIntegerField(default=0)
    reconsent_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=20, blank=True)
    source_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="plan_state"),
            models.CheckConstraint(
                condition=Q(collecting__in=Collecting.values), name="plan_collecting"
            ),
            models.CheckConstraint(
                condition=Q(anchor_day__gte=1, anchor_day__lte=31), name="plan_anchor_day"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="plan_of_something"),
            models.CheckConstraint(
                condition=~Q(state=PlanState.CANCELLED) | Q(ended_at__isnull=False),
                name="plan_ended_at_some_time",
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~Q(source=""),
                name="one_plan_for_an_imported",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk}"


class MandateState(models.TextChoices):
    """Whether gifts may be taken by a mandate."""

    PENDING = "pending", "not confirmed"
    ACTIVE = "active", "may be used"
    ENDED = "ended", "ended"


class Mandate(models.Model):
    """What a company lets us do for a plan. ``consent`` is the hash of the words agreed to."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="mandates")
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="mandates")
    remote_id = models.CharField(max_length=300)
    words = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, choices=MandateState, default=MandateState.ACTIVE)
    consent = models.CharField(max_length=64, blank=True)
    agreed_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    """When the company was told that it ended."""

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["rail", "remote_id"], name="one_mandate_of_a_rail"),
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(state=MandateState.ACTIVE),
                name="one_active_mandate_of_a_plan",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MandateState.values), name="mandate_state"
            ),
        ]

    def __str__(self) -> str:
        return f"mandate {self.pk}"


class PlanLetter(models.Model):
    """That a letter about a plan was written, so that none is written twice.

    ``about`` is ``again-0``, ``again-7``, ``again-21`` for agreeing anew in a ``wave``, or
    what happened, with the pledge's number: ``remind-81``, ``declined-81``.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="letters")
    wave = models.PositiveSmallIntegerField(default=0)
    about = models.CharField(max_length=40)
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "wave", "about"], name="one_letter_about_a_thing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} of plan {self.plan_id}"


class Answer(models.TextChoices):
    """What became of a letter that asks to agree anew; the furthest that was reached."""

    OPENED = "opened", "opened the form"
    AGREED = "agreed", "agreed anew"
    DECLINED = "declined", "ended it"


class Reconsent(models.Model):
    """How far a donor came in agreeing anew to a plan, once for a wave."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reconsents")
    wave = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=20, choices=Answer, blank=True)
    pledge = models.ForeignKey(Pledge, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "wave"], name="one_reconsent_of_a_wave"),
        ]

    def __str__(self) -> str:
        return f"{self.answer} plan {self.plan_id}"


class OrderAnswer(models.TextChoices):
    """What a donor says of a standing order to an account that is lost."""

    CHANGED = "changed", "says that it is changed"
    ENDED = "ended", "ended it"


class LostOrder(models.Model):
    """That a donor's standing orders go to an account that is lost, once for a hand-over.

    ``lost_at`` is when the ``sponsor`` was suspended. ``step`` is the day of the last letter that
    asked to change them, 0, 7 or 21, counted from ``written_at``; ``by_post`` says that no mail
    reaches the donor. Whether a gift came to another account since is told by the books.
    """

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="lost_orders")
    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, related_name="lost_orders")
    lost_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    by_post = models.BooleanField(default=False)
    answer = models.CharField(max_length=20, choices=OrderAnswer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["donor", "sponsor", "lost_at"], name="one_lost_order_of_a_hand_over"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", *OrderAnswer.values]), name="lost_order_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"lost order {self.pk}"
