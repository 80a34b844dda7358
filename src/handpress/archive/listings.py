"""Keeping listings: which articles stand where, and which of their pages that makes stale.

A listing orders its articles by (sort_at_us, id). Its numbered pages are runs of fifteen counted
from the oldest, so a new article changes at most one of them; the head page shows the newest
fifteen. Page n exists once its run is full. Its link to newer articles leads to page n + 1 when
that page exists and has a successor in sight, else to the head page, which then shows just what
comes next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from handpress.archive.models import EVERYTHING, Length, Placement, Run
from handpress.lib.batches import batched
from handpress.newsroom.core.addresses import CARDS_PER_PAGE
from handpress.newsroom.models import Article, ArticleTopic
from handpress.press.core.plan import Plan

Key = tuple[int, int]
"""Where an article stands in a listing: (sort_at_us, id)."""

SHARD = 500
"""Articles of 500 consecutive ids share one sitemap file."""


@dataclass(slots=True)
class Changes:
    """What happened to listings in one expansion."""

    moved: dict[int, Key] = field(default_factory=dict)
    """Listing -> the oldest place at which an article came or went."""
    edited: dict[int, set[Key]] = field(default_factory=lambda: defaultdict(set))
    """Listing -> places of articles whose cards may have changed."""


def place_articles(ids: set[int], plan: Plan) -> None:
    """Bring the placements of changed articles up to date and note what that touches."""
    changes = plan.notes.setdefault("archive", Changes())
    plan.at_end("archive", finish_listings)
    for some in batched(sorted(ids), 500):
        _place(some, changes, plan)


def _place(ids: Sequence[int], changes: Changes, plan: Plan) -> None:
    former = set(
        Placement.objects.filter(article_id__in=ids).values_list("listing", "at_us", "article_id")
    )
    present = _placements(ids)
    _delete_placements(former - present)
    Placement.objects.bulk_create(
        Placement(listing=listing, at_us=at_us, article_id=pk)
        for listing, at_us, pk in sorted(present - former)
    )
    for listing, *key in former ^ present:
        place = (key[0], key[1])
        changes.moved[listing] = min(place, changes.moved.get(listing, place))
    for listing, *key in former | present:
        changes.edited[listing].add((key[0], key[1]))
    _touch_shards({row[2] for row in former | present}, {row[2] for row in former ^ present}, plan)


def _placements(ids: Sequence[int]) -> set[tuple[int, int, int]]:
    ranks = dict(Article.objects.filter(pk__in=ids, live=True).values_list("pk", "sort_at_us"))
    rows = ArticleTopic.objects.filter(article_id__in=ranks, topic__live=True)
    filed = set(rows.order_by().values_list("topic_id", "article_id"))
    filed |= {(EVERYTHING, pk) for pk in ranks}
    return {(listing, ranks[pk] or 0, pk) for listing, pk in filed}


def _delete_placements(rows: Iterable[tuple[int, int, int]]) -> None:
    by_listing = defaultdict(list)
    for listing, _, article in rows:
        by_listing[listing].append(article)
    for listing, articles in by_listing.items():
        Placement.objects.filter(listing=listing, article_id__in=articles).delete()


def _touch_shards(shown: set[int], moved: set[int], plan: Plan) -> None:
    for shard in {pk // SHARD for pk in shown}:
        plan.touch("sitemap-shard", shard + 1)
    for shard in {pk // SHARD for pk in moved}:
        ids = range(shard * SHARD, (shard + 1) * SHARD)
        left = Placement.objects.filter(
            listing=EVERYTHING, article_id__gte=ids.start, article_id__lt=ids.stop
        )
        if left[: len(moved) + 1].count() <= len(moved):
            plan.touch("sitemap", "")


def finish_listings(plan: Plan) -> None:
    """Move runs and lengths on, and touch the pages of every listing that changed."""
    changes: Changes = plan.notes["archive"]
    for listing in sorted(changes.moved.keys() | changes.edited.keys()):
        if listing == EVERYTHING:
            plan.touch("home", "")
            plan.touch("feed", EVERYTHING)
            continue
        plan.touch("topic", listing)
        plan.touch("feed", listing)
        if listing in changes.moved:
            _renumber(listing, changes.moved[listing], plan)
        for key in changes.edited[listing]:
            number, start = _run_at(listing, key)
            if start and not _is_beyond_run(listing, start, key):
                plan.touch("topic-page", f"{listing}/{number}", key[0])


def _renumber(listing: int, since: Key, plan: Plan) -> None:
    """Count the runs anew from the one that holds the place ``since``."""
    number, start = _run_at(listing, since)
    first = max(number, 1)
    rows = _places_from(listing, start)
    starts = [rows[i] for i in range(0, len(rows) - CARDS_PER_PAGE + 1, CARDS_PER_PAGE)]
    runs = Run.objects.filter(listing=listing, number__gte=first)
    former = {n: (at_us, pk) for n, at_us, pk in runs.values_list("number", "at_us", "article_id")}
    present = {first + i: key for i, key in enumerate(starts)}
    _store_runs(listing, former, present)
    touched = first + bisect_left(rows, since) // CARDS_PER_PAGE
    for page in range(touched, max(former.keys() | present.keys(), default=0) + 1):
        rank = (present.get(page) or former[page])[0]
        plan.touch("topic-page", f"{listing}/{page}", rank)
    _store_length(listing, (first - 1) * CARDS_PER_PAGE + len(rows), plan)


def _store_runs(listing: int, former: dict[int, Key], present: dict[int, Key]) -> None:
    different = [n for n, key in present.items() if former.get(n) != key]
    stale = [*different, *(former.keys() - present.keys())]
    for some in batched(stale, 250):
        Run.objects.filter(listing=listing, number__in=some).delete()
    Run.objects.bulk_create(
        Run(listing=listing, number=n, at_us=present[n][0], article_id=present[n][1])
        for n in different
    )


def _store_length(listing: int, articles: int, plan: Plan) -> None:
    former = Length.objects.filter(listing=listing).values_list("articles", flat=True).first() or 0
    if former == articles:
        return
    Length.objects.update_or_create(listing=listing, defaults={"articles": articles})
    low, high = sorted((former, articles))
    for page in range(max(1, low // CARDS_PER_PAGE - 1), high // CARDS_PER_PAGE + 1):
        if has_newer_page(page, low) != has_newer_page(page, high):
            plan.touch("topic-page", f"{listing}/{page}", 0)


def has_newer_page(number: int, articles: int) -> bool:
    """Say whether page ``number`` of a listing of so many articles links to its successor."""
    return articles > CARDS_PER_PAGE * (number + 1)


def older_than_head(articles: int) -> int | None:
    """Return the page that continues where the head page ends, or None when all are shown."""
    if articles <= CARDS_PER_PAGE:
        return None
    return (articles - CARDS_PER_PAGE - 1) // CARDS_PER_PAGE + 1


# Look-ups along the index -----------------------------------------------------------------


def _run_at(listing: int, key: Key) -> tuple[int, Key | None]:
    """Return number and start of the last run that starts at or before a place."""
    sql = (
        f"SELECT number, at_us, article_id FROM {Run._meta.db_table} WHERE listing = %s "  # noqa: S608
        "AND (at_us, article_id) <= (%s, %s) ORDER BY at_us DESC, article_id DESC LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [listing, *key])
        row = cursor.fetchone()
    return (row[0], (row[1], row[2])) if row else (0, None)


def _is_beyond_run(listing: int, start: Key, key: Key) -> bool:
    sql = (
        f"SELECT count(*) FROM (SELECT 1 FROM {Placement._meta.db_table} WHERE listing = %s "  # noqa: S608
        "AND (at_us, article_id) >= (%s, %s) AND (at_us, article_id) < (%s, %s) LIMIT %s) AS run"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [listing, *start, *key, CARDS_PER_PAGE])
        return bool(cursor.fetchone()[0] >= CARDS_PER_PAGE)


def _places_from(listing: int, start: Key | None) -> list[Key]:
    sql = f"SELECT at_us, article_id FROM {Placement._meta.db_table} WHERE listing = %s"  # noqa: S608
    parameters = [listing]
    if start is not None:
        sql += " AND (at_us, article_id) >= (%s, %s)"
        parameters += start
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY at_us, article_id", parameters)
        return [(at_us, pk) for at_us, pk in cursor.fetchall()]


def runs_after(listing: int, number: int, *, limit: int) -> list[tuple[int, int, int]]:
    """Return the runs that follow one, as (listing, number, at_us), by listing and number."""
    sql = (
        f"SELECT listing, number, at_us FROM {Run._meta.db_table} "  # noqa: S608
        "WHERE (listing, number) > (%s, %s) ORDER BY listing, number LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [listing, number, limit])
        return list(cursor.fetchall())


def newest(listings: Iterable[int], *, limit: int = CARDS_PER_PAGE) -> dict[int, list[int]]:
    """Return the ids of the newest articles of each listing, newest first; one query."""
    one = (
        f"SELECT listing, at_us, article_id FROM {Placement._meta.db_table} "  # noqa: S608
        "WHERE listing = %s ORDER BY at_us DESC, article_id DESC LIMIT %s"
    )
    rows = _union(one, [[listing, limit] for listing in listings])
    return _by_listing(sorted(rows, reverse=True))


def pages_of(
    pages: Sequence[tuple[int, int]],
) -> dict[tuple[int, int], list[int]]:
    """Return the ids of the articles on numbered pages (listing, number), newest first.

    Two queries; a page that does not exist is left out.
    """
    listings = {listing for listing, _ in pages}
    numbers = {number for _, number in pages}
    runs = Run.objects.filter(listing__in=listings, number__in=numbers)
    starts = {
        (listing, number): (at_us, pk)
        for listing, number, at_us, pk in runs.values_list(
            "listing", "number", "at_us", "article_id"
        )
    }
    wanted = [page for page in pages if page in starts]
    one = (
        f"SELECT listing, %s AS number, at_us, article_id FROM {Placement._meta.db_table} "  # noqa: S608
        "WHERE listing = %s AND (at_us, article_id) >= (%s, %s) "
        "ORDER BY at_us, article_id LIMIT %s"
    )
    values = [[n, listing, *starts[listing, n], CARDS_PER_PAGE] for listing, n in wanted]
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for listing, number, _, pk in sorted(_union(one, values), reverse=True):
        found[listing, int(number)].append(pk)
    return found


def _union(one: str, values: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    if not values:
        return []
    parts = " UNION ALL ".join(
        f"SELECT * FROM ({one}) AS part{number}"  # noqa: S608
        for number in range(len(values))
    )
    with connection.cursor() as cursor:
        cursor.execute(parts, [value for row in values for value in row])
        return list(cursor.fetchall())


def _by_listing(rows: Iterable[tuple[int, ...]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for listing, _, article in rows:
        found[listing].append(article)
    return found
