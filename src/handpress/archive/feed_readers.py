"""Who follows a topic by feed: the newest number that each reading service gave of itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Sum

from handpress.archive.models import EVERYTHING, FeedReader
from handpress.lib import clock
from handpress.newsroom.followers import Following
from handpress.newsroom.models import Topic, TopicAlias

MOST_NAMES = 200
"""Names beyond these are not believed to be services."""
_STALE = timedelta(days=30)
_FEED = re.compile(r"/topics/([a-z0-9_-]{1,120})/feed\.xml")


def keep_feed_readers(said: Iterable[tuple[str, str, int]]) -> int:
    """Write down what services said (path, name, number); return how many rows that made.

    Only feeds that there are count; the newest number takes the place of the one before.
    """
    today = clock.now().date()
    noted = list(said)
    listings = _listings({path for path, _, _ in noted})
    with transaction.atomic():
        FeedReader.objects.filter(seen_on__lt=today - _STALE).delete()
        newest = {
            (listings[path], name): number
            for path, name, number in _believed(noted)
            if path in listings
        }
        rows = [
            FeedReader(listing=listing, name=name, subscribers=number, seen_on=today)
            for (listing, name), number in sorted(newest.items())
        ]
        FeedReader.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["listing", "name"],
            update_fields=["subscribers", "seen_on"],
        )
    return len(rows)


def _believed(noted: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    known = set(FeedReader.objects.values_list("name", flat=True).distinct())
    fresh = sorted({name for _, name, _ in noted} - known)
    known.update(fresh[: max(0, MOST_NAMES - len(known))])
    return [row for row in noted if row[1] in known]


def _listings(paths: Collection[str]) -> dict[str, int]:
    slugs = {match[1]: path for path in paths if (match := _FEED.fullmatch(path))}
    found = {"/feed.xml": EVERYTHING}
    for slug, topic in TopicAlias.objects.filter(slug__in=slugs, topic__isnull=False).values_list(
        "slug", "topic_id"
    ):
        found[slugs[slug]] = topic
    for slug, topic in Topic.objects.filter(slug__in=slugs, live=True).values_list("slug", "pk"):
        found[slugs[slug]] = topic
    return found


def _counts(topics: Collection[int]) -> Mapping[int, int]:
    rows = FeedReader.objects.filter(listing__in=topics, seen_on__gte=_since(clock.now().date()))
    return dict(rows.order_by().values_list("listing").annotate(Sum("subscribers")))


def _since(today: date) -> date:
    return today - _STALE


def _move(topic: int, into: int) -> None:
    """Add the readers of a merged topic to those of the other; its feed goes on at its address."""
    there = {row.name: row for row in FeedReader.objects.filter(listing=into)}
    for row in FeedReader.objects.filter(listing=topic):
        if other := there.get(row.name):
            other.subscribers += row.subscribers
            other.save()
            row.delete()
        else:
            row.listing = into
            row.save()


BY_FEED = Following(
    "feed",
    _counts,
    lambda number: f"at least {number} by feed, as their reading services say",
    _move,
)
