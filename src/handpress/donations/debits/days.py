"""Days on which banks in Europe settle with one another (T2, which was TARGET2).

Every day but Saturdays, Sundays, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December.
"""

from __future__ import annotations

from datetime import date, timedelta

_FIXED = {(1, 1), (5, 1), (12, 25), (12, 26)}


def is_banking_day(day: date) -> bool:
    """Say whether banks settle on a day."""
    if day.weekday() >= 5 or (day.month, day.day) in _FIXED:
        return False
    return day - easter(day.year) not in {timedelta(days=-2), timedelta(days=1)}


def next_banking_day(day: date) -> date:
    """Return the first day, from this one on, on which banks settle."""
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by Spencer's rule."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    fours, ones = divmod(of_century, 4)
    week = (32 + 2 * rest + 2 * fours - moon - ones) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
