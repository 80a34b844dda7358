"""What each relay carried on each day, and how it was when it was last seen."""

from __future__ import annotations

from django.db import models


class RelayDay(models.Model):
    """One relay on one day (UTC)."""

    relay = models.CharField(max_length=40)
    day = models.DateField()
    carried = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)
    slowed = models.CharField(max_length=200, blank=True)
    alarm = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relay", "day"], name="relay_has_a_row_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.relay} {self.day}"
