"""Sort keys that keep the order of a page whose articles mostly state no date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True, slots=True)
class PlaceHint:
    """What is known of one article's place in time, in microseconds since 1970 (UTC).

    ``stated_us`` is its date of publication, where one is stated; ``known_us`` the sort key that
    it already has, where it was imported before.
    """

    stated_us: int | None = None
    known_us: int | None = None


def order_keys(articles: Sequence[PlaceHint], *, now_us: int) -> list[int]:
    """Choose a sort key for each article of a page that stands newest first.

    - A stated date is kept. Articles of one date follow the page by a few microseconds more,
      never by as much as a day; so does one whose date is another's key already.
    - A known key is kept wherever it agrees with the page's order; where known keys contradict
      it, as few as possible are chosen afresh. An article may be known and dated: then its key
      is kept as long as it lies in the day that begins with ``stated_us``.
    - Every other article goes just below the next newer kept key, a second apart for each place
      on the page, closer where there is less room; above all kept keys, just below ``now_us``.

    So keys are all different, and descend but for dates that contradict the page's order. Keys
    given back as known ones come out unchanged. The cost is n log n.
    """
    anchors = _find_anchors(articles)
    kept = _pick_descending(articles, anchors)
    keys = {i: anchors[i] for i in kept}
    against_order = [i for i, hint in enumerate(articles) if i not in keys and _is_dated(hint)]
    waiting = [i for i, hint in enumerate(articles) if i not in keys and not _is_dated(hint)]
    for i, key in _fill_gaps(waiting, kept, anchors, now_us):
        keys[i] = key
    taken = set(keys.values())
    for i in reversed(against_order):
        keys[i] = _next_free(anchors[i], taken, end_us=(articles[i].stated_us or 0) + DAY_US)
        taken.add(keys[i])
    return [keys[i] for i in range(len(articles))]


def _is_dated(hint: PlaceHint) -> bool:
    return hint.stated_us is not None


def _find_anchors(articles: Sequence[PlaceHint]) -> dict[int, int]:
    """Return the key that each dated or known article would have, by its place on the page."""
    anchors: dict[int, int] = {}
    last_of_date: dict[int, int] = {}
    for i in reversed(range(len(articles))):
        stated, known = articles[i].stated_us, articles[i].known_us
        if stated is None:
            if known is not None:
                anchors[i] = known
            continue
        older = last_of_date.get(stated)
        if known is not None and stated <= known < stated + DAY_US:
            anchors[i] = known
        elif older is not None:
            # As many microseconds as places: whatever stands between the two finds room.
            anchors[i] = min(anchors[older] + older - i, stated + DAY_US - 1)
        else:
            anchors[i] = stated
        last_of_date[stated] = i
    return anchors


def _pick_descending(articles: Sequence[PlaceHint], anchors: Mapping[int, int]) -> list[int]:
    """Return the places of the anchors that can all stay: the most known ones, then the most dated.

    Two anchors agree when the newer exceeds the older by at least a microsecond for each place
    between them. Adding the place to the key turns that into "not less than", so this is the
    heaviest non-increasing subsequence, found with a Fenwick tree of maxima.
    """
    places = sorted(anchors)
    levels = {i: anchors[i] + i for i in places}
    ranks = {
        level: rank for rank, level in enumerate(sorted(set(levels.values()), reverse=True), 1)
    }
    tree: list[tuple[int, int]] = [(0, -1)] * (len(ranks) + 1)
    before: dict[int, int] = {}
    best = (0, -1)
    for i in places:
        rank = ranks[levels[i]]
        weight, before[i] = max(tree[node] for node in _downward(rank))
        # A dated article keeps its key whether it is picked or not, so it counts last.
        mine = (weight + (1 if _is_dated(articles[i]) else len(articles) + 1), i)
        best = max(best, mine)
        for node in _upward(rank, len(tree)):
            tree[node] = max(tree[node], mine)
    picked = []
    place = best[1]
    while place >= 0:
        picked.append(place)
        place = before[place]
    return picked[::-1]


def _downward(node: int) -> Iterator[int]:
    yield 0
    while node > 0:
        yield node
        node &= node - 1


def _upward(node: int, size: int) -> Iterator[int]:
    while node < size:
        yield node
        node += node & -node


def _fill_gaps(
    waiting: Sequence[int], kept: Sequence[int], anchors: Mapping[int, int], now_us: int
) -> Iterator[tuple[int, int]]:
    """Yield place and key of all that have none yet; both sequences run down the page."""
    gaps = zip([None, *kept], [*kept, None], strict=True)
    newer, older = next(gaps)
    from_place, from_us, step_us = _measure_gap(newer, older, anchors, now_us)
    for i in waiting:
        while older is not None and i > older:
            newer, older = next(gaps)
            from_place, from_us, step_us = _measure_gap(newer, older, anchors, now_us)
        yield i, from_us - step_us * (i - from_place)


def _measure_gap(
    newer: int | None, older: int | None, anchors: Mapping[int, int], now_us: int
) -> tuple[int, int, int]:
    """Return where a gap begins (place and key) and how far its articles stand apart."""
    from_place, from_us = (-1, now_us) if newer is None else (newer, anchors[newer])
    if older is None:
        return from_place, from_us, SECOND_US
    room_us, places = from_us - anchors[older], older - from_place
    if room_us < places:
        # Only above the topmost kept key, when that lies at or beyond this moment.
        return from_place, anchors[older] + places * SECOND_US, SECOND_US
    return from_place, from_us, min(SECOND_US, room_us // places)


def _next_free(key: int, taken: set[int], *, end_us: int) -> int:
    """Return the nearest key that nobody has: above, or below where the day ends first."""
    free = key
    while free in taken and free < end_us:
        free += 1
    if free < end_us:
        return free
    while key in taken:
        key -= 1
    return key
