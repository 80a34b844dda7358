"""The accounts as they are made public: months in which nobody's gift can be read off.

A month is shown by itself where at least `ENOUGH` gifts came in it, or where nothing moved at
all. Else it is shown together with those after it, until there are enough. Groups are made
from the first month of the books on, so that what was shown once is never shown in parts: a
difference between two editions of the page tells no single gift. The last months wait, unseen,
until enough came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

ENOUGH = 3
"""So many gifts hide one another."""

SHOWN_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved in a month in one currency: how many gifts came and were not undone, gifts less
    what was given back, and fees, in minor units."""

    gifts: int = 0
    net: int = 0
    fees: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(self.gifts + other.gifts, self.net + other.net, self.fees + other.fees)

    @property
    def is_still(self) -> bool:
        """Say whether nothing moved."""
        return not self.gifts and not self.net and not self.fees


@dataclass(frozen=True, slots=True)
class Group:
    """Months that are shown together, from the first day of one to the first of the last."""

    first: date
    last: date
    net: int
    fees: int

    @property
    def months(self) -> int:
        """How many months they are."""
        return _number(self.last) - _number(self.first) + 1


def groups_of(months: Mapping[date, Moved], until: date) -> list[Group]:
    """Return what is shown of a currency, the oldest first: of the months before ``until``.

    ``months`` has the first day of each month in which anything moved. Groups that end within the
    last `SHOWN_MONTHS` are returned, each whole.
    """
    if not months or min(months) >= until:
        return []
    found: list[Group] = []
    first, sums = None, Moved()
    for number in range(_number(min(months)), _number(until)):
        month = _month(number)
        moved = months.get(month, Moved())
        if first is None and moved.is_still:
            found.append(Group(month, month, 0, 0))
            continue
        first, sums = first or month, sums + moved
        if sums.gifts >= ENOUGH:
            found.append(Group(first, month, sums.net, sums.fees))
            first, sums = None, Moved()
    return [each for each in found if _number(each.last) >= _number(until) - SHOWN_MONTHS]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart, in whole units of its room: ``y`` is counted from the top."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars for groups, and the height at which a month's costs lie; None where none are known."""

    width: int
    height: int
    zero: int
    bars: tuple[Bar, ...]
    costs: int | None


def chart_of(
    groups: list[Group], *, costs: int | None, is_mirrored: bool, height: int = 160
) -> Chart:
    """Draw groups as bars: as wide as their months, as high as one of these months on average.

    Never higher than it is; ``is_mirrored`` lets time run from the right to the left.
    """
    step = 24
    width = step * sum(each.months for each in groups)
    averages = [each.net // each.months for each in groups]
    top, low = max([1, costs or 0, *averages]), min([0, *averages])
    span = top - low

    def up(minor: int) -> int:
        return (minor - low) * height // span

    zero, bars, x = height - up(0), [], 0
    for group, average in zip(groups, averages, strict=True):
        wide = step * group.months
        at = height - up(average)
        left = width - x - wide if is_mirrored else x
        bars.append(Bar(left + 2, min(at, zero), wide - 4, abs(zero - at)))
        x += wide
    return Chart(width, height, zero, tuple(bars), height - up(costs) if costs else None)


def _number(month: date) -> int:
    return month.year * 12 + month.month - 1


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
