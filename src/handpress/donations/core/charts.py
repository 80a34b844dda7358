"""Charts of money as whole units: bars that are never longer than their room, and add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handpress.donations.core.splitting import split

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Covered:
    """An item of a month's costs, and how much of it the month's gifts pay."""

    what: str
    cost: int
    paid: int

    @property
    def width(self) -> int:
        """How much of the bar is filled, in units of `WIDTH`."""
        return self.paid * WIDTH // self.cost if self.cost else WIDTH

    @property
    def is_paid(self) -> bool:
        """Whether nothing is missing."""
        return self.paid >= self.cost


def covered(costs: Sequence[tuple[str, int]], income: int) -> list[Covered]:
    """Pay items in order with what came, until nothing is left."""
    left, items = max(0, income), []
    for what, cost in costs:
        paid = min(left, cost)
        left -= paid
        items.append(Covered(what, cost, paid))
    return items


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: where it begins, and how wide it is."""

    start: int
    width: int


def stacked(parts: Sequence[int], length: int = WIDTH) -> list[Piece]:
    """Divide a bar of this length by parts, exactly; what is below zero has no piece."""
    shares = [max(0, part) for part in parts]
    widths = split(length, shares) if any(shares) else [0] * len(shares)
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return [Piece(start, width) for start, width in zip(starts, widths, strict=True)]


def months_until(last: date, count: int) -> list[date]:
    """Return the first days of the last months, the one of ``last`` at the end."""
    number = last.year * 12 + last.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(number - count + 1, number + 1)]
