"""Lists of readers that were brought to the desk: looked through first, then taken over."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from handpress.lib import clock


class ImportState(models.IntegerChoices):
    """LOOKING and IMPORTING are at work; ``beat_at`` says whether they still are."""

    LOOKING = 0, "being looked through"
    LOOKED = 1, "looked through"
    IMPORTING = 2, "being taken over"
    DONE = 3, "taken over"
    FAILED = 4, "cannot be read"


class ReaderImport(models.Model):
    """One list. Its file lies below ``var`` until it is taken over, thrown away, or a day old."""

    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=40)
    format = models.CharField(max_length=20)
    columns: Any = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    state = models.PositiveSmallIntegerField(choices=ImportState, default=ImportState.LOOKING)
    lines = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    sheet: Any = models.JSONField(default=dict)
    trouble = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    beat_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "list of readers"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="reader_import_state"
            )
        ]

    def __str__(self) -> str:
        return self.file_name
