"""Writes of the donations: one function, one use case, one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from handpress.donations.models import Campaign


def run_campaigns(now: datetime) -> Campaign | None:
    """Let the campaign run whose time it is, and no other; return it.

    When the times of several overlap, the one that started last runs. Writes only on a change.
    """
    with transaction.atomic():
        due = Campaign.objects.filter(starts_at__lte=now)
        due = due.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        campaign = due.order_by("-starts_at", "-id").first()
        others = Campaign.objects.filter(is_running=True)
        if campaign:
            others = others.exclude(pk=campaign.pk)
        others.update(is_running=False)
        if campaign and not campaign.is_running:
            Campaign.objects.filter(pk=campaign.pk).update(is_running=True)
            campaign.is_running = True
    return campaign


def adopt_appeal(
    *, name: str, heading: str, full_text: str, compact_text: str, now: datetime
) -> tuple[Campaign | None, str]:
    """Take an imported appeal over as a running campaign, unless the outlet has one already.

    Returns the campaign with "imported", or None with "unchanged" (the same words are there) or
    "kept" (another campaign runs: the imported one is stored with its time over).
    """
    with transaction.atomic():
        words = {"heading": heading, "full_text": full_text, "compact_text": compact_text}
        if Campaign.objects.filter(**words).exists():
            return None, "unchanged"
        running = run_campaigns(now)
        start = now - timedelta(seconds=1)
        campaign = Campaign(name=name, starts_at=start, ends_at=now if running else None, **words)
        campaign.save()
    return (None, "kept") if running else (campaign, "imported")
