"""Public accounts: no gift can be read off, whatever months and editions are compared."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.accounts import ENOUGH, Group, Moved, chart_of, groups_of
from handpress.donations.core.funding import funded_until


def month(number: int) -> date:
    return date(2025 + number // 12, number % 12 + 1, 1)


def books(*gifts: int) -> dict[date, Moved]:
    """Months from January 2025 on with so many gifts of 100; -1 stands for a refund alone."""
    return {
        month(number): Moved(max(0, count), 100 * count, 2 * max(0, count))
        for number, count in enumerate(gifts)
        if count
    }


def shown(*gifts: int, until: int | None = None) -> list[tuple[int, int, int]]:
    """First and last month by number, and the net, of what is shown."""
    groups = groups_of(books(*gifts), month(len(gifts) if until is None else until))
    return [
        (each.first.month - 1 + 12 * (each.first.year - 2025), each.months, each.net)
        for each in groups
    ]


@pytest.mark.parametrize(
    ("gifts", "expected"),
    [
        ((3, 4), [(0, 1, 300), (1, 1, 400)]),
        # Few are shown together with what comes after them.
        ((2, 1, 5), [(0, 2, 300), (2, 1, 500)]),
        ((1, 0, 0, 2), [(0, 4, 300)]),
        # A month in which nothing moved tells nothing, and stands alone.
        ((3, 0, 3), [(0, 1, 300), (1, 1, 0), (2, 1, 300)]),
        # A refund alone would tell what somebody had given.
        ((3, -1, 3), [(0, 1, 300), (1, 2, 200)]),
        # What is too little at the end waits.
        ((3, 2), [(0, 1, 300)]),
        ((2,), []),
        ((), []),
    ],
)
def test_months_with_few_gifts_are_shown_together(
    gifts: tuple[int, ...], expected: list[tuple[int, int, int]]
) -> None:
    assert shown(*gifts) == expected


def test_the_month_that_is_not_over_and_what_is_long_ago_are_not_shown() -> None:
    assert shown(3, 3, 3, until=2) == [(0, 1, 300), (1, 1, 300)]
    assert shown(*[3] * 30) == [(number, 1, 300) for number in range(6, 30)]
    # A group that reaches into the time that is shown is shown whole.
    assert shown(*[0] * 4, 1, 1, 1, *[3] * 23)[0] == (4, 3, 300)
    assert groups_of(books(3), month(0)) == []


@given(st.lists(st.integers(-1, 5), max_size=40))
def test_what_was_shown_once_never_comes_apart(gifts: list[int]) -> None:
    """Whoever keeps every edition learns no sum of fewer gifts than `ENOUGH`."""
    published: set[Group] = set()
    counts = {month(number): max(0, count) for number, count in enumerate(gifts)}
    moved = {month(number) for number, count in enumerate(gifts) if count}
    for until in range(1, len(gifts) + 1):
        groups = groups_of(books(*gifts), month(until))
        published |= set(groups)
        days = [each.first for each in groups]
        assert days == sorted(days)
    spans = sorted(published, key=lambda each: each.first)
    for one, other in itertools.pairwise(spans):
        assert one.last < other.first, "two editions never overlap in part"
    for each in spans:
        inside = [day for day in moved if each.first <= day <= each.last]
        assert not inside or sum(counts[day] for day in inside) >= ENOUGH


@given(st.lists(st.integers(-1, 9), min_size=1, max_size=24), st.integers(0, 2000), st.booleans())
def test_bars_stay_in_their_room_and_do_not_overlap(
    gifts: list[int], costs: int, mirrored: bool
) -> None:
    groups = groups_of(books(*gifts), month(len(gifts)))
    if not groups:
        return
    chart = chart_of(groups, costs=costs or None, is_mirrored=mirrored)
    bars = sorted(chart.bars, key=lambda bar: bar.x)
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width for bar in bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= chart.height for bar in bars)
    for one, other in itertools.pairwise(bars):
        assert one.x + one.width <= other.x
    assert chart.costs is None or 0 <= chart.costs <= chart.zero
    if mirrored:
        assert [bar.x for bar in chart.bars] == [bar.x for bar in bars][::-1]


def test_the_highest_bar_is_the_best_month() -> None:
    groups = groups_of(books(3, 6, -1, 4), month(4))
    chart = chart_of(groups, costs=300, is_mirrored=False, height=120)
    assert [bar.height for bar in chart.bars] == [60, 120, 30]
    assert chart.costs == 60
    assert chart.zero == 120


# Funded until -----------------------------------------------------------------------------

START = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("raised", "until"),
    [
        (0, None),
        (-5, None),
        (1, None),
        (19, None),
        (20, date(2026, 11, 1)),
        (39, date(2026, 11, 1)),
        (599, date(2026, 11, 29)),
        (600, date(2026, 11, 30)),
        (900, date(2026, 12, 15)),
        (1199, date(2026, 12, 30)),
        (1200, date(2026, 12, 31)),
        (600 * 12, date(2027, 10, 31)),
    ],
)
def test_funded_until_is_never_rounded_up(raised: int, until: date | None) -> None:
    assert funded_until(raised, 600, START) == until


def test_funded_until_at_the_ends() -> None:
    assert funded_until(100, 0, START) is None
    assert funded_until(10**18, 1, START) == date.max
    # From the last day of a month the next one is cut, and comes back after it.
    assert funded_until(600, 600, date(2027, 1, 31)) == date(2027, 2, 27)
    assert funded_until(1200, 600, date(2027, 1, 31)) == date(2027, 3, 30)


@given(st.integers(1, 10**7), st.integers(1, 10**6), st.dates(date(2000, 1, 1), date(2400, 1, 1)))
def test_every_day_that_is_promised_is_paid_for(raised: int, costs: int, start: date) -> None:
    until = funded_until(raised, costs, start)
    if until in {None, date.max}:
        return
    assert until >= start
    # What is left of the costs up to that day is not below nothing, and a cent more never less.
    more = funded_until(raised + 1, costs, start)
    assert more is not None
    assert until <= more <= until + timedelta(days=1 + (31 // costs if costs < 31 else 0))
