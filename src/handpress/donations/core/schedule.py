"""When monthly gifts are due. Days are of the newsroom's zone; a period is ``2026-11``."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

AT_LEAST = timedelta(days=7)
"""Nobody is charged for two periods closer together than this, whatever was missed."""

AGAIN = (timedelta(days=3), timedelta(days=5))
"""After a gift was declined: when it is tried once more, and a last time."""


def period_of(day: date) -> str:
    """Return the period that a day is in."""
    return f"{day:%Y-%m}"


def day_in(year: int, month: int, anchor: int) -> date:
    """Return the day of a month on which a plan with this anchor is due: the last one at most."""
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def next_after(day: date, anchor: int) -> date:
    """Return the due day of the month after that of ``day``."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return day_in(year, month, anchor)


def latest_due(next_due: date, anchor: int, today: date) -> date:
    """Return the last due day that is not after ``today``, from ``next_due`` on.

    After a long pause only that one is asked for; months that were missed are let go.
    """
    due = next_due
    while (following := next_after(due, anchor)) <= today:
        due = following
    return due


def may_charge_on(today: date, last_charged: date | None) -> bool:
    """Say whether a charge today keeps its distance from the one before."""
    return last_charged is None or today - last_charged >= AT_LEAST


def try_again_on(today: date, tries: int, wished: timedelta | None) -> date | None:
    """Return when a declined gift is tried again after so many tries; None: not any more.

    ``wished`` is what the company advises; without advice it is not tried again.
    """
    if wished is None or tries > len(AGAIN):
        return None
    return today + max(wished, AGAIN[tries - 1])
