"""How far what was raised reaches: the last day of which the costs are there, never rounded up."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def funded_until(raised: int, costs: int, start: date) -> date | None:
    """Return the last day that is covered, counted from a campaign's first day; None before one.

    ``raised`` and ``costs`` (of one month) are minor units of the same currency. Months run from
    the day of the month on which the campaign began, cut to shorter months; of the month that is
    not covered as a whole, those days count whose part of the costs is there.
    """
    if raised <= 0 or costs <= 0:
        return None
    months, rest = divmod(raised, costs)
    begun, ends = _after(start, months), _after(start, months + 1)
    if begun is None or ends is None:
        return date.max
    days = rest * (ends - begun).days // costs
    covered = (begun - start).days + days
    return start + timedelta(days=covered - 1) if covered else None


def _after(start: date, months: int) -> date | None:
    """Return the same day of a later month, or its last; None beyond what a date can be."""
    number = start.year * 12 + start.month - 1 + months
    year, month = number // 12, number % 12 + 1
    if year > date.max.year:
        return None
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
