"""Where articles stand in listings (derived, kept for speed), and what leads the front page."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable, PreviewableMixin

from handpress.newsroom.models import Article
from handpress.press.previews import preview_response

EVERYTHING = 0
"""The listing that holds every article; other listings bear the id of their topic."""


class Placement(models.Model):
    """A public article stands in a listing, at the place that (at_us, article_id) gives it."""

    listing = models.BigIntegerField()
    at_us = models.BigIntegerField()
    article_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "at_us", "article_id"], name="placement_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.listing}: {self.article_id}"


class Run(models.Model):
    """A full page of a listing: its number, counted from the oldest, and its oldest article."""

    listing = models.BigIntegerField()
    number = models.IntegerField()
    at_us = models.BigIntegerField()
    article_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="run_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="run_counts_from_one"),
        ]
        indexes = [
            models.Index(fields=["listing", "at_us", "article_id"], name="run_start"),
            models.Index(fields=["at_us", "listing", "number"], name="run_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.listing}/{self.number}"


class Length(models.Model):
    """How many articles stand in a listing."""

    listing = models.BigIntegerField(primary_key=True)
    articles = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.listing}: {self.articles}"


class FrontPage(PreviewableMixin, ClusterableModel):
    """What editors choose for the front page. One row; left empty, the front page fills itself."""

    lead = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "front page"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="only_one_front_page")]

    def __str__(self) -> str:
        return "Front page"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return preview_response("front-page", self)


class FrontPick(Orderable):
    """An article that editors recommend on the front page, whatever its age."""

    front_page = ParentalKey(FrontPage, on_delete=models.CASCADE, related_name="picks")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="front_picks")

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["article"], name="front_pick_once")]


class FeedReader(models.Model):
    """For how many people a reading service fetches a feed, as it said last. Nothing else."""

    listing = models.BigIntegerField()
    name = models.CharField(max_length=40)
    subscribers = models.PositiveIntegerField()
    seen_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "name"], name="feed_reader_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.listing}"
