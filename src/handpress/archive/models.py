"""Where articles stand in listings. Derived from the newsroom's rows, kept for speed."""

from __future__ import annotations

from django.db import models

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
