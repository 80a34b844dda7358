"""Days as the newsroom counts them, and bars of what was published on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handpress.newsroom.core.addresses import microseconds


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day of the newsroom, from its first microsecond to that of the next.

    Twenty-three or twenty-five hours long when the clocks change.
    """

    on: date
    start_us: int
    end_us: int


def last_days(now: datetime, zone: ZoneInfo, count: int) -> list[Day]:
    """Return today and the days before it, oldest first."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [Day(on, _start_us(on, zone), _start_us(on + timedelta(days=1), zone)) for on in days]


def _start_us(on: date, zone: ZoneInfo) -> int:
    return microseconds(datetime.combine(on, time(0), zone))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what it stands for, and its place in it."""

    on: date
    count: int
    x: int
    y: int
    height: int
    is_weekend: bool


BAR_WIDTH, BAR_STEP, CHART_HEIGHT = 8, 11, 64


def bars(days: Sequence[Day], counts: Sequence[int]) -> list[Bar]:
    """Return a bar for each day; the busiest is as high as the chart, an empty one a line."""
    highest = max([*counts, 1])
    heights = [max(1 if count == 0 else 3, count * CHART_HEIGHT // highest) for count in counts]
    return [
        Bar(day.on, count, n * BAR_STEP, CHART_HEIGHT - height, height, day.on.weekday() >= 5)
        for n, (day, count, height) in enumerate(zip(days, counts, heights, strict=True))
    ]
