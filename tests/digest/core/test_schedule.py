"""When editions are due, in every zone and through every change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.digest.core.schedule import (
    Next,
    Timetable,
    due_slot,
    local_day,
    moment_of,
    next_slot,
    slot_on,
)

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
TIMES = [time(0, 0), time(0, 30), time(2, 30), time(6, 0)]
HOUR = timedelta(hours=1)
zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))


def daily(zone: str = "Europe/Berlin", at: time = time(6)) -> Timetable:
    return Timetable(zone=ZoneInfo(zone), at=at)


@pytest.mark.parametrize("at", TIMES, ids=str)
def test_every_zone_has_one_edition_on_each_day_of_a_year(at: time) -> None:
    for name in ZONES:
        zone, before = ZoneInfo(name), None
        for number in range(380):
            on = date(2026, 1, 1) + timedelta(days=number)
            moment = moment_of(on, at, zone)
            shown = moment.astimezone(zone)
            assert (shown.date(), shown.time().replace(second=0)) >= (on, at)
            assert shown.date() == on, (name, on)
            if before is not None:
                assert 21.9 * HOUR <= moment - before <= 26.1 * HOUR, (name, on)
            before = moment


@pytest.mark.parametrize(
    ("zone", "on", "at", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),  # skipped
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # twice
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30"),
        ("Asia/Beirut", date(2026, 3, 29), time(0, 0), "2026-03-28T22:00"),  # no midnight
        ("Pacific/Apia", date(2011, 12, 30), time(6, 0), "2011-12-30T10:00"),  # no such day
        ("Asia/Seoul", date(2026, 11, 26), time(6, 0), "2026-11-25T21:00"),
    ],
)
def test_clock_changes(zone: str, on: date, at: time, utc: str) -> None:
    assert moment_of(on, at, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") == utc


@given(zones, times, st.dates(date(1972, 1, 1), date(2037, 1, 1)))
def test_no_earlier_moment_shows_that_time_or_a_later_one(
    zone: ZoneInfo, at: time, on: date
) -> None:
    moment = moment_of(on, at, zone)
    assert moment.astimezone(zone).replace(tzinfo=None) >= datetime.combine(on, at)
    just_before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert just_before < datetime.combine(on, at)


@given(zones, times, moments, st.none() | st.integers(0, 6))
def test_at_most_one_slot_is_due_and_it_is_never_a_stale_one(
    zone: ZoneInfo, at: time, now: datetime, weekday: int | None
) -> None:
    table = Timetable(zone=zone, at=at, weekday=weekday)
    due = due_slot(now, table)
    if due is None:
        return
    slot, step = due
    assert slot.compose_at <= now < slot.deadline_at
    assert step is (Next.HOLD if now > slot.hold_after else Next.COMPOSE)
    assert weekday is None or slot.on.weekday() == weekday


@given(zones, times, moments)
def test_asking_every_quarter_of_an_hour_misses_no_day(
    zone: ZoneInfo, at: time, start: datetime
) -> None:
    table = Timetable(zone=zone, at=at)
    asked = [due_slot(start + n * HOUR / 4, table) for n in range(4 * 24 * 3)]
    composed = {due[0].on for due in asked if due and due[1] is Next.COMPOSE}
    inner = {local_day(start, zone) + timedelta(days=n) for n in (1, 2)}
    assert inner - composed <= {local_day(start + 71 * HOUR, zone)}


@given(zones, times, moments, st.none() | st.integers(0, 6))
def test_the_next_one_is_to_come_and_none_lies_before_it(
    zone: ZoneInfo, at: time, now: datetime, weekday: int | None
) -> None:
    table = Timetable(zone=zone, at=at, weekday=weekday)
    found = next_slot(now, table)
    step = timedelta(days=1 if weekday is None else 7)
    assert found.send_at > now >= slot_on(found.on - step, table).send_at


def test_a_morning_goes_by() -> None:
    table = daily()
    six = datetime(2026, 11, 26, 5, tzinfo=UTC)

    def at(after: timedelta) -> tuple[date, Next] | None:
        due = due_slot(six + after, table)
        return due and (due[0].on, due[1])

    today, tomorrow = date(2026, 11, 26), date(2026, 11, 27)
    assert at(-31 * HOUR / 60) is None
    assert at(-HOUR / 2) == (today, Next.COMPOSE)
    assert at(3 * HOUR) == (today, Next.COMPOSE)
    assert at(3 * HOUR + timedelta(seconds=1)) == (today, Next.HOLD)
    assert at(22 * HOUR) == (today, Next.HOLD)
    assert at(23 * HOUR) is None
    assert at(23.5 * HOUR) == (tomorrow, Next.COMPOSE)


def test_a_weekly_one_ends_before_the_next() -> None:
    table = Timetable(zone=ZoneInfo("Asia/Seoul"), at=time(7), weekday=5)
    slot = next_slot(datetime(2026, 11, 26, tzinfo=UTC), table)
    assert slot.on == date(2026, 11, 28)
    assert slot.deadline_at - slot.send_at == timedelta(days=7) - HOUR
