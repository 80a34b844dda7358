"""Donors: what they told about themselves, each under a key of its own."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from handpress.lib import clock


class Donor(models.Model):
    """Somebody who gives. ``sealed`` holds name, e-mail and address, encrypted with a key that
    is this donor's alone; ``wrapped_key`` is that key, encrypted with the newsroom's.

    ``email_mark`` finds a donor by address without telling it. Erasing throws the key away, here
    and in the list beside the newsroom's key, so that no backup brings it back; the row
    stays, empty, and the books add up. See `donations.sealing`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    wrapped_key = models.TextField(blank=True, editable=False)
    sealed = models.TextField(blank=True, editable=False)
    email_mark = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    language = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(wrapped_key="", sealed="", email_mark__isnull=True),
                name="erased_donor_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"donor {self.pk}"
