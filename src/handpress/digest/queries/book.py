"""The subscriber book: how many there are, how that grew, and each of them.

At half a million readers every one of these is read from an index.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q, QuerySet

from handpress.digest.core.incoming import write_chosen
from handpress.digest.models import (
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)
from handpress.mail.core.addresses import NotAnAddress, normal_key

DAYS = 90
WORDS = {
    SubscriberState.PENDING: "unconfirmed",
    SubscriberState.ACTIVE: "active",
    SubscriberState.PAUSED: "paused",
    SubscriberState.LEFT: "left",
    SubscriberState.SUPPRESSED: "unreachable",
    SubscriberState.ERASED: "erased",
}
"""States in the words of lists that are taken along."""
_HOURS = {
    "sqlite": "substr({column}, 1, 13)",
    "postgresql": "to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """How many readers there are, by state; of those who read, how often."""

    active: int = 0
    paused: int = 0
    unconfirmed: int = 0
    left: int = 0
    unreachable: int = 0
    erased: int = 0
    daily: int = 0
    weekly: int = 0


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """One local day: who came, who left, and how many read at its end."""

    on: date
    joined: int
    left: int
    readers: int


def totals() -> Totals:
    """Count readers by state and frequency; one query, of an index alone."""
    rows = Subscriber.objects.order_by().values_list("state", "frequency").annotate(Count("id"))
    counts: dict[str, int] = {}
    for state, frequency, count in rows:
        word = WORDS[SubscriberState(state)]
        counts[word] = counts.get(word, 0) + count
        if state == SubscriberState.ACTIVE:
            pace = Frequency(frequency).label
            counts[pace] = counts.get(pace, 0) + count
    return Totals(**counts)


def growth(*, now: datetime, zone: ZoneInfo, readers: int, days: int = DAYS) -> list[GrowthDay]:
    """Return the last ``days`` local days, oldest first, counted back from ``readers`` today.

    Two queries, which group by the hour: a day of a zone that is half an hour off is right to the
    hour.
    """
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    joined = _by_day("confirmed_at", since, zone)
    left = _by_day("left_at", since, zone)
    found = []
    for back in range(days):
        on = today - timedelta(days=back)
        found.append(GrowthDay(on, joined.get(on, 0), left.get(on, 0), readers))
        readers = max(0, readers - joined.get(on, 0) + left.get(on, 0))
    return found[::-1]


def _by_day(column: str, since: datetime, zone: ZoneInfo) -> dict[date, int]:
    hour = _HOURS[connection.vendor].format(column=column)
    # Who never confirmed was no reader, so never ceased to be one. When somebody became
    # unreachable is not known here: they are left out of the line as a whole.
    condition = f"AND confirmed_at IS NOT NULL AND state <> {int(SubscriberState.SUPPRESSED)}"
    days: dict[date, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {hour}, count(*) FROM digest_subscriber "  # noqa: S608  (names of ours)
            f"WHERE {column} >= %s {condition} GROUP BY 1",
            [_as_stored(since)],
        )
        for text, count in cursor.fetchall():
            on = datetime.fromisoformat(f"{text}:00+00:00").astimezone(zone).date()
            days[on] = days.get(on, 0) + count
    return days


def _as_stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def search(rows: QuerySet[Subscriber], text: str) -> QuerySet[Subscriber]:
    """Narrow rows to those whose address contains a text; a whole address is looked up."""
    try:
        return rows.filter(address_key=normal_key(text))
    except NotAnAddress:
        pass
    part = unicodedata.normalize("NFC", text.strip()).casefold()
    if part.isascii():
        return rows.filter(address_key__contains=part) if part else rows
    # Domains are in ASCII in the key, and in their own script only as they are written.
    written = unicodedata.normalize("NFC", text.strip()).lower()
    return rows.filter(Q(address_key__contains=part) | Q(address__icontains=written))


def narrow_to_topic(rows: QuerySet[Subscriber], topic: int) -> QuerySet[Subscriber]:
    """Narrow rows to readers who get a topic: those who chose it, and those who get all."""
    choices = TopicChoice.objects.filter(topics=topic).values_list("id", flat=True)
    return rows.filter(Q(choice__isnull=True) | Q(choice_id__in=list(choices)))


# Of somebody whose topics are all gone: nobody is to read it as “all”.
_NONE_LEFT = "(none any more)"


def exported(rows: QuerySet[Subscriber]) -> Iterator[dict[str, str]]:
    """Yield readers as lines of a list, in constant memory."""
    names = {
        choice.pk: write_chosen([topic.name for topic in choice.topics.all()] or [_NONE_LEFT])
        for choice in TopicChoice.objects.prefetch_related("topics")
    }
    for row in rows.exclude(state=SubscriberState.ERASED).order_by("id").iterator(2_000):
        yield {
            "address": row.address,
            "state": WORDS[SubscriberState(row.state)],
            "frequency": Frequency(row.frequency).label,
            "topics": names.get(row.choice_id or 0, ""),
            "language": row.language,
            "origin": row.origin,
            "signed_up_at": _iso(row.created_at),
            "confirmed_at": _iso(row.confirmed_at),
            "left_at": _iso(row.left_at),
            "paused_until": row.paused_until.isoformat() if row.paused_until else "",
        }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
