"""Our books held against a company's list: what differs, by class, with both sides.

Pure: lists go in, differences come out, in an order that depends on nothing but them. What lies
beyond the edges of the window is never called missing for that: `compare` is told of it apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from handpress.donations.core.movements import CAME_BACK, Kind

PAYOUT_WITHIN = timedelta(days=10)
"""So long a payout may be on its way to the bank."""
_BACK = CAME_BACK | {Kind.REFUND, Kind.DISPUTE}
"""What changes what is left of a gift, and cannot be without one."""
_ONE_DAY = timedelta(days=1)


class Difference(StrEnum):
    """What may differ."""

    MISSING = "missing"
    """It is there, and not in our books; or we took it back, and the company did not."""
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
    """It is booked for another promise or another gift than it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement, ours or theirs. ``minor`` is above zero for what came, ``on`` a day in the
    newsroom's zone."""

    kind: Kind
    remote_id: str
    minor: int
    currency: str
    on: date
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


Key = tuple[Kind, str]


def compare(
    ours: Iterable[Line],
    theirs: Iterable[Line],
    *,
    around: Iterable[Line] = (),
    payouts: Iterable[Line] = (),
    bank_until: Mapping[str, date] | None = None,
) -> list[Found]:
    """Return what differs between two lists of the same window; [] where nothing does.

    ``ours`` is what must be there, and what is there and here; ``around`` are other movements of
    ours that the list is about: gifts of before, and what was done to them. ``payouts`` are those
    of any time that the bank does not have, and what came back of payouts; ``bank_until`` is the
    day up to which the bank's statements are known, by currency: beyond it nobody can tell.
    """
    left = {(each.kind, each.remote_id): each for each in ours}
    right = _by_name(theirs)
    beyond = {(each.kind, each.remote_id): each for each in around}
    listed = {key: lines[0] for key, lines in right.items()}
    gifts = {name for kind, name in (*left, *right, *beyond) if kind == Kind.CAPTURE}
    found: list[Found] = []
    for key in left.keys() | right.keys():
        found += _differences(left.get(key), right.get(key, []), gifts)
    found += _overdrawn(listed, beyond | left)
    found += _late_payouts(payouts, bank_until or {}, listed)
    return sorted(found, key=lambda each: (each.difference, each.remote_id, _kind_of(each)))


def _by_name(lines: Iterable[Line]) -> dict[Key, list[Line]]:
    """Return what is listed under each name: more than one where sums differ."""
    there: dict[Key, list[Line]] = {}
    for each in lines:
        known = there.setdefault((each.kind, each.remote_id), [])
        if (each.minor, each.currency) not in {(one.minor, one.currency) for one in known}:
            known.append(each)
    return there


def _kind_of(found: Found) -> str:
    there = found.ours or found.theirs
    return there.kind if there else ""


def _differences(ours: Line | None, listed: Sequence[Line], gifts: set[str]) -> Iterator[Found]:
    theirs = listed[0] if listed else None
    there = ours or theirs
    if there is None:
        return

    def found(difference: Difference) -> Found:
        return Found(difference=difference, remote_id=there.remote_id, ours=ours, theirs=theirs)

    if len(listed) > 1:
        sums = ours and (ours.minor, ours.currency)
        theirs = next(each for each in listed[::-1] if (each.minor, each.currency) != sums)
        yield found(Difference.DOUBLE)
    elif theirs and _is_orphan(theirs, gifts):
        yield found(Difference.ORPHAN)
    elif ours and theirs:
        yield from (found(each) for each in _between(ours, theirs))
    elif not (ours and ours.is_undone):
        yield found(_one_sided(there, is_ours=theirs is None))


def _is_orphan(theirs: Line, gifts: set[str]) -> bool:
    if theirs.kind in _BACK:
        return theirs.of not in gifts
    return theirs.kind == Kind.FEE and theirs.of != "" and theirs.of not in gifts


def _one_sided(line: Line, *, is_ours: bool) -> Difference:
    if line.kind in {Kind.DISPUTE, Kind.DISPUTE_WON}:
        return Difference.DISPUTE_LOST_AND_WON
    if line.kind == Kind.FEE:
        return Difference.FEE
    return Difference.EXTRA if is_ours else Difference.MISSING


def _between(ours: Line, theirs: Line) -> Iterator[Difference]:
    if ours.is_undone:
        yield Difference.MISSING
    if ours.currency != theirs.currency:
        yield Difference.CURRENCY
    elif ours.minor != theirs.minor:
        yield Difference.FEE if ours.kind == Kind.FEE else Difference.AMOUNT
    if abs(ours.on - theirs.on) > _ONE_DAY:
        yield Difference.DAY
    if _is_of_another(ours, theirs):
        yield Difference.REFERENCE


def _is_of_another(ours: Line, theirs: Line) -> bool:
    if ours.of and theirs.of and ours.of != theirs.of:
        return True
    # What a gift is for, it says itself; fees are nobody's, and refunds are their gift's.
    return ours.kind == Kind.CAPTURE and theirs.reference not in {"", ours.reference}


def _overdrawn(theirs: Mapping[Key, Line], ours: Mapping[Key, Line]) -> Iterator[Found]:
    """Look at every gift that something listed is about, with all that is known of it."""
    back: Counter[str] = Counter()
    whole = {key: each for key, each in ours.items() if not each.is_undone} | dict(theirs)
    about = {each.of for each in theirs.values() if each.kind in _BACK}
    for each in whole.values():
        gift = whole.get((Kind.CAPTURE, each.of))
        if each.kind in _BACK and gift and gift.currency == each.currency:
            back[each.of] += each.minor
    for name in about:
        key = (Kind.CAPTURE, name)
        gift = whole.get(key)
        if gift and gift.minor + back[name] < 0:
            yield Found(
                difference=Difference.OVERDRAWN,
                remote_id=name,
                ours=ours.get(key),
                theirs=theirs.get(key),
            )


def _late_payouts(
    payouts: Iterable[Line], bank_until: Mapping[str, date], theirs: Mapping[Key, Line]
) -> Iterator[Found]:
    out: list[Line] = []
    for each in sorted(payouts, key=lambda one: (one.on, one.minor, one.remote_id)):
        if each.minor < 0:
            out.append(each)
            continue
        # One that came back to the company is no longer on its way: the last one of its sum.
        sent = [one for one in out if (one.minor, one.currency) == (-each.minor, each.currency)]
        if sent:
            out.remove(sent[-1])
    for each in out:
        known = bank_until.get(each.currency)
        if known and known - each.on > PAYOUT_WITHIN:
            yield Found(
                difference=Difference.PAYOUT,
                remote_id=each.remote_id,
                ours=each,
                theirs=theirs.get((each.kind, each.remote_id)),
            )
