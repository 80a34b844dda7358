"""Writes of the donations: one function, one use case, one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from handpress.donations.models import Campaign
from handpress.newsroom.brought_in import is_as_brought_in, note_brought_in
from handpress.newsroom.never_named import why_not_printed


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
    *,
    name: str,
    heading: str,
    full_text: str,
    compact_text: str,
    now: datetime,
    is_later: bool = False,
) -> tuple[Campaign | None, str]:
    """Take an imported appeal over as a running campaign, unless the outlet has one already.

    ``is_later`` says that its page was imported before: then it takes the place of one that was
    imported and that nobody has changed on the desk since. Returns the campaign with "imported" or
    "updated", or None with "unchanged" (the same words are there), "kept" (another campaign
    runs) or "named" (they name what nothing that is printed does, `newsroom.never_named`): then
    the imported one is stored with its time over.
    """
    words = {"heading": heading, "full_text": full_text, "compact_text": compact_text}
    with transaction.atomic():
        if Campaign.objects.filter(**words).exists():
            return None, "unchanged"
        running = run_campaigns(now)
        if why_not_printed(*words.values()):
            _store(name=name, now=now, is_over=True, words=words)
            return None, "named"
        if running and is_later and is_as_brought_in(running):
            former = {word: getattr(running, word) for word in words}
            _store(name=running.name, now=now, is_over=True, words=former)
            for word, text in {"name": name, **words}.items():
                setattr(running, word, text)
            running.save()
            note_brought_in(running)
            return running, "updated"
        campaign = _store(name=name, now=now, is_over=bool(running), words=words)
        if running is None:
            note_brought_in(campaign)
    return (None, "kept") if running else (campaign, "imported")


def _store(*, name: str, now: datetime, is_over: bool, words: dict[str, str]) -> Campaign:
    start = now - timedelta(seconds=1)
    campaign = Campaign(name=name, starts_at=start, ends_at=now if is_over else None, **words)
    campaign.save()
    return campaign
