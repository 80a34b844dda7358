"""Letters to donors that went by post, since no mail reaches them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from handpress.donations.models.giving import Pledge
from handpress.donations.models.plans import LostOrder, Reconsent
from handpress.lib import clock


class PostLetter(models.Model):
    """That somebody sent a letter by post, and on which day; a row that is gone was taken back.

    It is about one of three: standing orders of a donor to an account that is lost (``order``), a
    monthly gift to be agreed to anew (``reconsent``), or a standing order of nobody known, by its
    ``pledge`` and the moment at which the account was lost.
    """

    order = models.OneToOneField(
        LostOrder, null=True, on_delete=models.CASCADE, related_name="post_letter"
    )
    reconsent = models.OneToOneField(
        Reconsent, null=True, on_delete=models.CASCADE, related_name="post_letter"
    )
    pledge = models.ForeignKey(
        Pledge, null=True, on_delete=models.CASCADE, related_name="post_letters"
    )
    lost_at = models.DateTimeField(null=True)
    posted_on = models.DateField()
    at = models.DateTimeField(default=clock.now)
    by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-posted_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(order__isnull=False, reconsent__isnull=True, pledge__isnull=True)
                    | Q(order__isnull=True, reconsent__isnull=False, pledge__isnull=True)
                    | Q(order__isnull=True, reconsent__isnull=True, pledge__isnull=False)
                ),
                name="post_letter_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(pledge__isnull=True, lost_at__isnull=True)
                | Q(pledge__isnull=False, lost_at__isnull=False),
                name="post_letter_of_a_hand_over",
            ),
            models.UniqueConstraint(
                fields=["pledge", "lost_at"], name="one_post_letter_of_a_hand_over"
            ),
        ]

    def __str__(self) -> str:
        return f"letter by post {self.pk}"
