"""Campaigns and their appeals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import PreviewableMixin, RevisionMixin

from handpress.lib import clock
from handpress.newsroom.fields import PlainTextField
from handpress.press.previews import preview_response

FULL, COMPACT = "full", "compact"


class Campaign(PreviewableMixin, RevisionMixin, ClusterableModel):
    """A fundraising drive: the words of its appeal, full and compact, and when it runs.

    Each line of an appeal is a paragraph, printed exactly as it is written. What is in another
    language has the appeal of that language (`CampaignWords`), where there is one.
    """

    name = models.CharField(max_length=120, help_text="For the desk only.")
    heading = PlainTextField(rows=1)
    full_text = PlainTextField(
        rows=6, help_text="The appeal at the foot of every page. Each line is a paragraph."
    )
    compact_text = PlainTextField(
        rows=5, help_text="The strip that can be folded away. Each line is a paragraph."
    )
    language = models.CharField(
        max_length=20, blank=True, help_text="Language tag, as in ar or ko. Empty: the outlet's."
    )
    currency = models.CharField(
        max_length=3, blank=True, help_text="As banks write it: EUR, USD, KRW."
    )
    goal_minor = models.PositiveBigIntegerField(null=True, blank=True)
    raised_minor = models.PositiveBigIntegerField(default=0)
    """Counted elsewhere, before or beside the books; what was raised is this and the books'."""
    monthly_costs = models.JSONField(default=list, blank=True)
    """What a month costs, item by item: [[what, minor units], ...] in `currency`."""
    suggested_amounts = models.JSONField(default=list, blank=True)
    """What the form offers to choose from: [[currency, frequency, [minor units, ...]], ...]."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    is_running = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_running"], condition=Q(is_running=True), name="one_running_campaign"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(goal_minor__isnull=True) | (Q(goal_minor__gt=0) & ~Q(currency="")),
                name="campaign_goal_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and start or end campaigns as their dates now say."""
        from handpress.donations.actions import run_campaigns

        with transaction.atomic():
            super().save(*args, **kwargs)
            run_campaigns(clock.now())

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and let the next campaign that is due take its place."""
        from handpress.donations.actions import run_campaigns

        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            run_campaigns(clock.now())
        return deleted

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """The forms of the appeal that the desk shows in the real design."""
        return [
            (FULL, "Full: at the foot of every page"),
            (COMPACT, "Compact: the strip that folds away"),
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Answer with a page that bears this appeal, as it is in the form."""
        return preview_response(f"appeal-{mode_name}", self)

    def clean(self) -> None:
        super().clean()
        starts_at: datetime | None = self.starts_at
        if self.ends_at and starts_at and self.ends_at <= starts_at:
            raise ValidationError({"ends_at": "A campaign ends after it starts."})


class CampaignWords(models.Model):
    """A campaign's appeal in another language: for articles, topics, pages and mail in it."""

    campaign = ParentalKey(Campaign, on_delete=models.CASCADE, related_name="words")
    language = models.CharField(max_length=20, help_text="Name or tag, as in Korean or ko.")
    heading = PlainTextField(rows=1)
    full_text = PlainTextField(rows=6)
    compact_text = PlainTextField(rows=5)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "language"], name="one_appeal_for_a_language"
            ),
            models.CheckConstraint(condition=~Q(language=""), name="words_have_a_language"),
        ]

    def __str__(self) -> str:
        return self.language
