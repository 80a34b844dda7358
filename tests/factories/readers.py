"""Readers and editions in the tables, for tests of sending."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from handpress.digest.models import Edition, Subscriber
from handpress.digest.models.editions import EditionState
from handpress.digest.models.subscribers import SubscriberState

LONG_AGO = datetime(2026, 1, 5, 9, tzinfo=UTC)


def make_readers(count: int, *, domain: str = "example.com", first: int = 0) -> list[Subscriber]:
    """Add readers r0, r1, … who confirmed long ago."""
    return Subscriber.objects.bulk_create(
        Subscriber(
            address=f"r{number}@{domain}",
            address_key=f"r{number}@{domain}",
            domain=domain,
            state=SubscriberState.ACTIVE,
            confirmed_at=LONG_AGO,
        )
        for number in range(first, first + count)
    )


def make_edition(**fields: Any) -> Edition:
    """Add a daily edition, frozen now and too late in six hours."""
    now = datetime.now(UTC)
    values = {
        "frequency": 1,
        "edition_on": date(2026, 11, 21),
        "state": EditionState.FROZEN,
        "frozen_at": now,
        "subject": "The harbour reopens",
        "covers_from": now - timedelta(days=1),
        "covers_to": now,
        "send_at": now,
        "deadline_at": now + timedelta(hours=6),
    }
    return Edition.objects.create(**values | fields)
