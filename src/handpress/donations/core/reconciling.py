"""Our books held against a company's list: what differs, by class, with both sides.

Pure: two lists go in, differences come out, in an order that depends on nothing but them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handpress.donations.core.movements import Kind

_ABOUT = frozenset({Kind.REFUND, Kind.DISPUTE, Kind.DISPUTE_WON, Kind.FEE})
PAYOUT_WITHIN = timedelta(days=10)
"""So long a payout may be on its way to the bank."""


class Difference(StrEnum):
    """What may differ."""

    MISSING = "missing"
    """It is there, and not in our books."""
    EXTRA = "extra"
    """It is in our books, and not there."""
    AMOUNT = "amount"
    CURRENCY = "currency"
    DAY = "day"
    """The days are more than one apart."""
    FEE = "fee"
    """The fees of a gift differ."""
    ORPHAN = "orphan"
    """It is about a gift that is neither there nor here."""
    OVERDRAWN = "overdrawn"
    """More was given back than came."""
    DOUBLE = "double"
    """The list holds it twice, with different sums."""
    DISPUTE_LOST_AND_WON = "dispute"
    """A dispute was won there, and is not won here, or the other way round."""
    PAYOUT = "payout"
    """A payout has not come to the bank."""
    REFERENCE = "reference"
    """It is booked for another promise than it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement, ours or theirs. ``minor`` is above zero for what came."""

    kind: Kind
    remote_id: str
    minor: int
    currency: str
    at: datetime
    of: str = ""
    reference: str = ""
    is_undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One difference. A side that has nothing is None."""

    difference: Difference
    remote_id: str
    ours: Line | None = None
    theirs: Line | None = None


def compare(
    ours: Iterable[Line],
    theirs: Iterable[Line],
    *,
    payouts_come: frozenset[str] = frozenset(),
    now: datetime,
    known: frozenset[str] = frozenset(),
) -> list[Found]:
    """Return what differs between two lists of the same window; [] where nothing does.

    ``payouts_come`` are names of payouts that the bank has; ``known`` names of gifts outside the
    window that are in our books. The lists may overlap the window's edges by a day: what is in
    both is compared wherever it lies.
    """
    left = {(each.kind, each.remote_id): each for each in ours}
    right, found = _by_name(theirs)
    for key in sorted(left.keys() | right.keys()):
        found += _compare(left.get(key), right.get(key))
    found += _orphans(left, right, known)
    found += _overdrawn(right)
    found += _payouts(left, payouts_come, now)
    return sorted(found, key=lambda each: (each.difference, each.remote_id))


def _by_name(lines: Iterable[Line]) -> tuple[dict[tuple[Kind, str], Line], list[Found]]:
    there: dict[tuple[Kind, str], Line] = {}
    found = []
    for each in lines:
        key = (each.kind, each.remote_id)
        known = there.setdefault(key, each)
        if (known.minor, known.currency) != (each.minor, each.currency):
            found.append(
                Found(
                    difference=Difference.DOUBLE,
                    remote_id=each.remote_id,
                    ours=known,
                    theirs=each,
                )
            )
    return there, found


def _compare(ours: Line | None, theirs: Line | None) -> list[Found]:
    if ours is None or theirs is None:
        there = ours or theirs
        assert there is not None
        if ours is not None and ours.is_undone:
            return []
        is_dispute = there.kind in {Kind.DISPUTE, Kind.DISPUTE_WON}
        one_sided = Difference.MISSING if ours is None else Difference.EXTRA
        if there.kind == Kind.FEE:
            one_sided = Difference.FEE
        kind = Difference.DISPUTE_LOST_AND_WON if is_dispute else one_sided
        return [Found(difference=kind, remote_id=there.remote_id, ours=ours, theirs=theirs)]
    differs: list[Difference] = []
    if ours.currency != theirs.currency:
        differs.append(Difference.CURRENCY)
    elif ours.minor != theirs.minor:
        differs.append(Difference.FEE if ours.kind == Kind.FEE else Difference.AMOUNT)
    if abs(ours.at - theirs.at) > timedelta(days=2):
        differs.append(Difference.DAY)
    if ours.reference and theirs.reference and ours.reference != theirs.reference:
        differs.append(Difference.REFERENCE)
    return [
        Found(difference=each, remote_id=ours.remote_id, ours=ours, theirs=theirs)
        for each in differs
    ]


def _orphans(
    left: dict[tuple[Kind, str], Line],
    right: dict[tuple[Kind, str], Line],
    known: frozenset[str],
) -> list[Found]:
    gifts = {name for kind, name in (*left, *right) if kind == Kind.CAPTURE} | known
    return [
        Found(difference=Difference.ORPHAN, remote_id=each.remote_id, theirs=each)
        for each in right.values()
        if each.kind in _ABOUT and each.of and each.of not in gifts
    ]


def _overdrawn(right: dict[tuple[Kind, str], Line]) -> list[Found]:
    gifts = {each.remote_id: each for each in right.values() if each.kind == Kind.CAPTURE}
    back: Counter[str] = Counter()
    steps: dict[str, list[Line]] = defaultdict(list)
    for each in right.values():
        if each.kind in {Kind.REFUND, Kind.DISPUTE, Kind.DISPUTE_WON} and each.of in gifts:
            back[each.of] += each.minor
            steps[each.of].append(each)
    return [
        Found(difference=Difference.OVERDRAWN, remote_id=name, theirs=gifts[name])
        for name, minor in back.items()
        if gifts[name].minor + minor < 0
    ]


def _payouts(
    left: dict[tuple[Kind, str], Line], come: frozenset[str], now: datetime
) -> list[Found]:
    return [
        Found(difference=Difference.PAYOUT, remote_id=each.remote_id, ours=each)
        for each in left.values()
        if each.kind == Kind.PAYOUT
        and not each.is_undone
        and each.remote_id not in come
        and now - each.at > PAYOUT_WITHIN
    ]
