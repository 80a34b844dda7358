"""What the peer stores."""

from __future__ import annotations

from django.db import models


class Heard(models.Model):
    """A body, and when it came."""

    body = models.TextField()
    came_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.came_at}"
