"""When editions are due: one moment for each local day, in every zone and through every change.

An edition is its day and frequency, so nothing here can make a second one: a clock that was set
back makes the same edition again, which the database refuses. What is long past is passed over:
a reader never gets an old edition after a newer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_GAP_AT_MOST = timedelta(hours=26)
"""More than a wall clock ever jumped, which was when a zone changed sides of the date line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When the editions of one frequency are sent, as the newsroom's clock shows it.

    ``weekday`` (0 is Monday) is None for a daily one. ``preview`` is how long before it is sent the
    editors see it, ``late`` how long after its time it may still go by itself, and ``margin`` how
    long before the next one its last try ends.
    """

    zone: ZoneInfo
    at: time
    weekday: int | None = None
    preview: timedelta = timedelta(minutes=30)
    late: timedelta = timedelta(hours=3)
    margin: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one edition: its day, when it is made, sent, and given up."""

    on: date
    compose_at: datetime
    send_at: datetime
    hold_after: datetime
    deadline_at: datetime


class Next(Enum):
    """What is to be done about a slot."""

    WAIT = "wait"
    COMPOSE = "compose"
    HOLD = "hold"
    OVER = "over"


def moment_of(on: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clocks of a zone show a time on a day.

    Where they show it twice, the first; where they skip it, the first moment after the gap; where
    they skip the whole day, the moment the next one begins.
    """
    wall = datetime.combine(on, at)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment
    return _first_at_or_after(wall, moment, zone)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _first_at_or_after(wall: datetime, near: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second at which a zone's clocks show ``wall`` or later, near a gap."""
    low, high = near - _GAP_AT_MOST, near + _GAP_AT_MOST
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _wall(middle, zone) < wall:
            low = middle
        else:
            high = middle
    return high


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day that it is in a zone."""
    return moment.astimezone(zone).date()


def slot_on(on: date, table: Timetable) -> Slot:
    """Return the slot of a day; for a weekly timetable the day must be its weekday."""
    send_at = moment_of(on, table.at, table.zone)
    step = _DAY if table.weekday is None else _WEEK
    following = moment_of(on + step, table.at, table.zone)
    deadline_at = max(following - table.margin, send_at)
    return Slot(
        on,
        send_at - table.preview,
        send_at,
        min(send_at + table.late, deadline_at),
        deadline_at,
    )


def days_around(now: datetime, table: Timetable) -> Iterator[date]:
    """Yield the days whose slots may matter now, oldest first."""
    today = local_day(now, table.zone)
    back = 2 if table.weekday is None else 8
    for offset in range(-back, 3):
        on = today + offset * _DAY
        if table.weekday is None or on.weekday() == table.weekday:
            yield on


def what_now(slot: Slot, now: datetime) -> Next:
    """Tell what is due about a slot that has no edition yet.

    COMPOSE from half an hour before its time; HOLD when its time is so long past that somebody
    should be asked; OVER when the next one is near.
    """
    if now < slot.compose_at:
        return Next.WAIT
    if now >= slot.deadline_at:
        return Next.OVER
    return Next.HOLD if now > slot.hold_after else Next.COMPOSE


def due_slot(now: datetime, table: Timetable) -> tuple[Slot, Next] | None:
    """Return the slot that is due now, if any, and whether to compose it or to hold it."""
    due = None
    for on in days_around(now, table):
        slot = slot_on(on, table)
        step = what_now(slot, now)
        if step in (Next.COMPOSE, Next.HOLD):
            due = (slot, step)
    return due


def next_slot(now: datetime, table: Timetable) -> Slot:
    """Return the first slot whose time to be sent is still to come."""
    on = local_day(now, table.zone) - _DAY
    while True:
        if table.weekday is None or on.weekday() == table.weekday:
            slot = slot_on(on, table)
            if slot.send_at > now:
                return slot
        on += _DAY
