"""When monthly gifts are due: days, months that are too short, months that were missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.schedule import (
    AGAIN,
    AT_LEAST,
    day_in,
    latest_due,
    may_charge_on,
    next_after,
    period_of,
    try_again_on,
)

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
ANCHORS = st.integers(1, 31)


@pytest.mark.parametrize(
    ("month", "anchor", "expected"),
    [
        ((2026, 11), 31, date(2026, 11, 30)),
        ((2026, 2), 29, date(2026, 2, 28)),
        ((2028, 2), 31, date(2028, 2, 29)),
        ((2026, 12), 31, date(2026, 12, 31)),
        ((2026, 3), 1, date(2026, 3, 1)),
    ],
)
def test_a_month_that_is_too_short_has_its_last_day(
    month: tuple[int, int], anchor: int, expected: date
) -> None:
    assert day_in(*month, anchor) == expected


def test_after_a_short_month_the_day_is_its_own_again() -> None:
    days = [date(2027, 1, 31)]
    for _ in range(4):
        days.append(next_after(days[-1], 31))
    assert days[1:] == [
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


@given(DAYS, ANCHORS)
def test_each_month_has_one_due_day(day: date, anchor: int) -> None:
    due = day_in(day.year, day.month, anchor)
    seen = []
    for _ in range(14):
        seen.append(period_of(due))
        due = next_after(due, anchor)
    assert len(set(seen)) == 14
    assert seen == sorted(seen)


@given(DAYS, ANCHORS, st.integers(0, 400))
def test_of_missed_months_only_the_last_is_due(day: date, anchor: int, later: int) -> None:
    first = day_in(day.year, day.month, anchor)
    today = first + timedelta(days=later)
    due = latest_due(first, anchor, today)
    assert first <= due <= today < next_after(due, anchor)


@given(DAYS, ANCHORS)
def test_the_next_day_is_three_to_five_weeks_away(day: date, anchor: int) -> None:
    due = day_in(day.year, day.month, anchor)
    assert timedelta(days=28) <= next_after(due, anchor) - due <= timedelta(days=31)


@given(DAYS, st.integers(0, 20))
def test_two_gifts_keep_their_distance(last: date, days: int) -> None:
    assert may_charge_on(last + timedelta(days=days), last) == (days >= AT_LEAST.days)
    assert may_charge_on(last, None)


def test_a_declined_gift_is_tried_twice_more_at_most() -> None:
    today = date(2026, 11, 27)
    day = timedelta(days=1)
    assert [try_again_on(today, tries, day) for tries in (1, 2, 3, 9)] == [
        today + AGAIN[0],
        today + AGAIN[1],
        None,
        None,
    ]


def test_without_advice_it_is_not_tried_again() -> None:
    assert try_again_on(date(2026, 11, 27), 1, None) is None


@given(st.integers(1, 2), st.integers(0, 30))
def test_it_is_never_tried_again_at_once_nor_sooner_than_advised(tries: int, days: int) -> None:
    today = date(2026, 11, 27)
    on = try_again_on(today, tries, timedelta(days=days))
    assert on is not None
    assert on >= today + timedelta(days=max(3, days))
