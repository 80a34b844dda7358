"""Putting rows in order by numbers with room between them. Pure rules."""

from __future__ import annotations

from collections.abc import Sequence

STEP = 1_000
"""So far apart rows are put when all are counted anew."""


def move(rows: Sequence[tuple[int, int]], row: int, to: int) -> dict[int, int]:
    """Return the new positions, by id, that put a row at index ``to`` (beyond the end: last).

    ``rows`` are (id, position) as they stand in order. As few as possible change, since a row
    that changes is printed wherever it is named: the moved one alone if there is room, else all
    that do not stand where they should.
    """
    rest = [pair for pair in rows if pair[0] != row]
    to = max(0, min(to, len(rest)))
    if [pk for pk, _ in rows].index(row) == to:
        return {}
    between = _between(rest[to - 1][1] if to else None, rest[to][1] if to < len(rest) else None)
    if between is not None:
        return {row: between}
    order = [pk for pk, _ in rest]
    order.insert(to, row)
    former = dict(rows)
    counted = {pk: (place + 1) * STEP for place, pk in enumerate(order)}
    return {pk: position for pk, position in counted.items() if former[pk] != position}


def _between(before: int | None, after: int | None) -> int | None:
    """Return a position strictly between two, where there is one."""
    if after is None:
        return (before or 0) + STEP
    low = -1 if before is None else before
    middle = (low + after) // 2
    return middle if low < middle < after else None
