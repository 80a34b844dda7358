"""Keeping listings: which articles stand where, and which of their pages that makes stale.

A listing orders its articles by (sort_at_us, id). Its numbered pages are runs of fifteen counted
from the oldest, so a new article changes at most one of them; the head page shows the newest
fifteen. Page n exists once its run is full. Its link to newer articles leads to page n + 1 when
that page exists and has a successor in sight, else to the head page, which then shows just what
comes next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handpress.archive.models import EVERYTHING
from handpress.lib.batches import batched
from handpress.newsroom.core.addresses import CARDS_PER_PAGE
from handpress.press.core.plan import Plan
from handpress.press.sql import Row, as_moment, execute_many, fetch, fetch_for, union_all

Key = tuple[int, int]
"""Where an article stands in a listing: (sort_at_us, id)."""

SHARD = 200
"""Articles of 200 consecutive ids share one sitemap file."""


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
    former = set(fetch_for(_FORMER, ids))
    present = set(fetch_for(_PRESENT, ids)) | set(fetch_for(_PRESENT_EVERYWHERE, ids))
    execute_many(_REMOVE, former - present)
    execute_many(_ADD, sorted(present - former))
    for listing, *key in former ^ present:
        place = (key[0], key[1])
        changes.moved[listing] = min(place, changes.moved.get(listing, place))
    for listing, *key in former | present:
        changes.edited[listing].add((key[0], key[1]))
    _touch_shards({row[2] for row in former | present}, {row[2] for row in former ^ present}, plan)


_FORMER = "SELECT listing, at_us, article_id FROM archive_placement WHERE article_id IN_IDS"
_PRESENT = """
    SELECT f.topic_id, a.sort_at_us, a.id FROM newsroom_articletopic f
    JOIN newsroom_article a ON a.id = f.article_id JOIN newsroom_topic t ON t.id = f.topic_id
    WHERE f.article_id IN_IDS AND a.live AND t.live
"""
_PRESENT_EVERYWHERE = f"""
    SELECT {EVERYTHING}, sort_at_us, id FROM newsroom_article WHERE id IN_IDS AND live
"""  # noqa: S608
_REMOVE = "DELETE FROM archive_placement WHERE listing = %s AND at_us = %s AND article_id = %s"
_ADD = "INSERT INTO archive_placement (listing, at_us, article_id) VALUES (%s, %s, %s)"
# The plus keeps databases from going through the listing of everything instead of the shard.
_IN_SHARD = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM archive_placement
        WHERE article_id >= %s AND article_id < %s AND +listing = {EVERYTHING} LIMIT %s
    ) AS shard
"""  # noqa: S608


def _touch_shards(shown: set[int], moved: set[int], plan: Plan) -> None:
    for shard in {pk // SHARD for pk in shown}:
        plan.touch("sitemap-shard", shard + 1)
    for shard in {pk // SHARD for pk in moved}:
        # The first article of a shard, or the loss of its last, changes the index of sitemaps.
        few = len(moved) + 1
        if fetch(_IN_SHARD, [shard * SHARD, (shard + 1) * SHARD, few])[0][0] < few:
            plan.touch("sitemap", "")


def finish_listings(plan: Plan) -> None:
    """Move runs and lengths on, and touch the pages of every listing that changed."""
    changes: Changes = plan.notes["archive"]
    for listing in sorted(changes.moved.keys() | changes.edited.keys()):
        if listing == EVERYTHING:
            plan.touch("home", "")
        else:
            plan.touch("topic", listing)
    touch_feeds(changes.moved.keys() | changes.edited.keys(), plan)
    changes.moved.pop(EVERYTHING, None)
    changes.edited.pop(EVERYTHING, None)
    for some in batched(sorted(changes.moved.items()), _AT_ONCE):
        _renumber(some, plan)
    edited = [(listing, key) for listing, keys in changes.edited.items() for key in keys]
    for listing, number, rank in pages_with(edited):
        plan.touch("topic-page", f"{listing}/{number}", rank)


def touch_feeds(listings: Collection[int], plan: Plan) -> None:
    """Touch the feeds of listings, also where they once stood."""
    for listing in listings:
        plan.touch("feed", listing)
    for (alias,) in fetch_for(_ALIASES, listings):
        plan.touch("feed-alias", alias, 0)


_ALIASES = "SELECT id FROM newsroom_topicalias WHERE topic_id IN_IDS"
_AT_ONCE = 100


def _renumber(moved: Sequence[tuple[int, Key]], plan: Plan) -> None:
    """Count the runs of listings anew, each from the run that holds a certain place."""
    begins = runs_at(moved)
    starts = {listing: begins.get((listing, key), (1, _LOWEST)) for listing, key in moved}
    places = _places_from(starts)
    former = _runs_from({listing: number for listing, (number, _) in starts.items()})
    kept, gone, lengths = [], [], []
    for listing, since in moved:
        first = starts[listing][0]
        rows = places[listing]
        present = {
            first + i // CARDS_PER_PAGE: rows[i]
            for i in range(0, len(rows) - CARDS_PER_PAGE + 1, CARDS_PER_PAGE)
        }
        was = former[listing]
        kept += [(listing, n, *key) for n, key in present.items() if was.get(n) != key]
        gone += [(listing, n) for n in was.keys() - present.keys()]
        lengths.append((listing, (first - 1) * CARDS_PER_PAGE + len(rows)))
        touched = first + bisect_left(rows, since) // CARDS_PER_PAGE
        for page in range(touched, max(was.keys() | present.keys(), default=0) + 1):
            rank = (present.get(page) or was[page])[0]
            plan.touch("topic-page", f"{listing}/{page}", rank)
    execute_many("DELETE FROM archive_run WHERE listing = %s AND number = %s", gone)
    execute_many(_KEEP_RUN, kept)
    _store_lengths(lengths, plan)


_LOWEST: Key = (-(2**63), 0)
_KEEP_RUN = """
    INSERT INTO archive_run (listing, number, at_us, article_id) VALUES (%s, %s, %s, %s)
    ON CONFLICT (listing, number) DO UPDATE
    SET at_us = excluded.at_us, article_id = excluded.article_id
"""
_KEEP_LENGTH = """
    INSERT INTO archive_length (listing, articles) VALUES (%s, %s)
    ON CONFLICT (listing) DO UPDATE SET articles = excluded.articles
"""


def _store_lengths(lengths: Sequence[tuple[int, int]], plan: Plan) -> None:
    sql = "SELECT listing, articles FROM archive_length WHERE listing IN_IDS"
    former = dict(fetch_for(sql, [listing for listing, _ in lengths]))
    execute_many(_KEEP_LENGTH, lengths)
    for listing, articles in lengths:
        low, high = sorted((former.get(listing, 0), articles))
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

_RUN_AT = """
    SELECT listing, %s AS at_key, %s AS id_key, number, at_us, article_id FROM archive_run
    WHERE listing = %s AND (at_us, article_id) <= (%s, %s)
    ORDER BY at_us DESC, article_id DESC LIMIT 1
"""
_PLACES_FROM = """
    SELECT listing, at_us, article_id FROM archive_placement
    WHERE listing = %s AND (at_us, article_id) >= (%s, %s)
"""
_RUNS_FROM = """
    SELECT listing, number, at_us, article_id FROM archive_run WHERE listing = %s AND number >= %s
"""
_BETWEEN = """
    SELECT %s AS listing, %s AS number, %s AS at_key, count(*) AS places FROM (
        SELECT 1 FROM archive_placement WHERE listing = %s
        AND (at_us, article_id) >= (%s, %s) AND (at_us, article_id) < (%s, %s) LIMIT %s
    ) AS walked
"""
_RUNS_BEFORE = """
    SELECT at_us, listing, number FROM archive_run
    WHERE (at_us, listing, number) < (%s, %s, %s)
    ORDER BY at_us DESC, listing DESC, number DESC LIMIT %s
"""
_NEWEST = """
    SELECT listing, at_us, article_id FROM archive_placement
    WHERE listing = %s ORDER BY at_us DESC, article_id DESC LIMIT %s
"""
_STARTS = """
    SELECT listing, number, at_us, article_id FROM archive_run
    WHERE listing IN_IDS AND number BETWEEN %s AND %s
"""
_FROM_PAGE = """
    SELECT listing, %s AS first, at_us, article_id FROM archive_placement
    WHERE listing = %s AND (at_us, article_id) >= (%s, %s) ORDER BY at_us, article_id LIMIT %s
"""


def runs_at(places: Iterable[tuple[int, Key]]) -> dict[tuple[int, Key], tuple[int, Key]]:
    """Return number and start of the last run that begins at or before each place."""
    found = {}
    for some in batched(places, _AT_ONCE):
        rows = union_all(_RUN_AT, [[*key, listing, *key] for listing, key in some])
        for listing, at_key, id_key, number, at_us, pk in rows:
            found[listing, (int(at_key), int(id_key))] = (number, (at_us, pk))
    return found


def pages_with(places: Sequence[tuple[int, Key]]) -> list[tuple[int, int, int]]:
    """Return the numbered pages (listing, number, at_us) on which these places stand.

    An article behind the last full run stands on no numbered page yet.
    """
    runs = runs_at(places)
    asked = [
        [listing, number, key[0], listing, *start, *key, CARDS_PER_PAGE]
        for (listing, key), (number, start) in runs.items()
    ]
    found = []
    for some in batched(asked, _AT_ONCE):
        for listing, number, at_us, count in union_all(_BETWEEN, some):
            if count < CARDS_PER_PAGE:
                found.append((int(listing), int(number), int(at_us)))
    return found


def _places_from(starts: Mapping[int, tuple[int, Key]]) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = {listing: [] for listing in starts}
    asked = [[listing, *start] for listing, (_, start) in starts.items()]
    for listing, *key in sorted(union_all(_PLACES_FROM, asked)):
        found[listing].append((key[0], key[1]))
    return found


def _runs_from(numbers: Mapping[int, int]) -> dict[int, dict[int, Key]]:
    found: dict[int, dict[int, Key]] = {listing: {} for listing in numbers}
    for listing, number, at_us, pk in union_all(_RUNS_FROM, list(numbers.items())):
        found[listing][number] = (at_us, pk)
    return found


def runs_before(last: tuple[int, int, int] | None, *, limit: int) -> list[tuple[int, int, int]]:
    """Return runs as (at_us, listing, number), newest first, from the one after ``last`` on."""
    rows = fetch(_RUNS_BEFORE, [*(last or (2**63 - 1, 0, 0)), limit])
    return [(row[0], row[1], row[2]) for row in rows]


def counted(listings: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    """Return how many articles each listing has, and the date of its newest, if that is known.

    One query with a step along an index for each listing, however long it is.
    """
    return {
        pk: (articles, as_moment(moment)) for pk, articles, moment in fetch_for(_COUNTED, listings)
    }


_COUNTED = """
    SELECT l.listing, l.articles, a.published_at FROM archive_length l
    LEFT JOIN newsroom_article a ON a.id = (
        SELECT p.article_id FROM archive_placement p WHERE p.listing = l.listing
        ORDER BY p.at_us DESC, p.article_id DESC LIMIT 1
    ) WHERE l.listing IN_IDS
"""


def former_pages(topics: Collection[int] | None = None) -> list[tuple[int, int]]:
    """Return pages (topic, number) that topics once had and have no longer; two queries.

    One that was taken down has none any longer. Without ``topics``, those of all.
    """
    sql = "SELECT id, former_pages FROM newsroom_topic WHERE former_pages > 0"
    rows = fetch(sql) if topics is None else fetch_for(sql + " AND id IN_IDS", topics)
    sql = "SELECT listing, max(number) FROM archive_run WHERE listing IN_IDS GROUP BY listing"
    stand = dict(fetch_for(sql, [topic for topic, _ in rows]))
    return [
        (topic, number)
        for topic, pages in rows
        for number in range(stand.get(topic, 0) + 1, pages + 1)
    ]


def newest(listings: Iterable[int], *, limit: int = CARDS_PER_PAGE) -> dict[int, list[int]]:
    """Return the ids of the newest articles of each listing, newest first; one query."""
    rows = union_all(_NEWEST, [[listing, limit] for listing in listings])
    found: dict[int, list[int]] = defaultdict(list)
    for listing, _, article in sorted(rows, reverse=True):
        found[listing].append(article)
    return found


def pages_of(pages: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
    """Return the ids of the articles on numbered pages (listing, number), newest first.

    Two queries; a page that does not exist is left out.
    """
    wanted = set(pages)
    rows = fetch_for(_STARTS, {p[0] for p in pages}, *_bounds([p[1] for p in pages]))
    runs = sorted(row for row in rows if (row[0], row[1]) in wanted)
    asked = [
        [stretch[0][1], *stretch[0][:1], *stretch[0][2:], len(stretch) * CARDS_PER_PAGE]
        for stretch in _stretches(runs)
    ]
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    walked: Counter[tuple[int, int]] = Counter()
    for listing, first, _, pk in sorted(union_all(_FROM_PAGE, asked)):
        place = walked[listing, first]
        walked[listing, first] += 1
        found[listing, first + place // CARDS_PER_PAGE].insert(0, pk)
    return found


def _bounds(numbers: Sequence[int]) -> tuple[int, int]:
    return (min(numbers), max(numbers)) if numbers else (1, 0)


def _stretches(runs: Sequence[Row]) -> Iterator[list[Row]]:
    """Group runs, sorted by listing and number, into those that follow one another."""
    stretch: list[Row] = []
    for run in runs:
        if stretch and (run[0], run[1] - 1) != stretch[-1][:2]:
            yield stretch
            stretch = []
        stretch.append(run)
    if stretch:
        yield stretch
