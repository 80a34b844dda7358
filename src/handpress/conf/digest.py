"""Settings of the digest: when it is made and sent, and what it takes for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from handpress.conf.declaring import setting
from handpress.conf.faults import WrongValueError
from handpress.conf.kinds import YES_NO, Kind, one_of, whole_number

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _read_time(value: str) -> time | None:
    text = value.strip()
    if not text:
        return None
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo or found.second or found.microsecond or len(text) != 5:
        raise WrongValueError(
            f"“{value}” is not a time of day.", 'Write hours and minutes, as in "06:30".'
        )
    return found


_TIME = Kind('a time in "quotes"', str, _read_time)
_WEEKDAY = one_of("", *WEEKDAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """The digest: when readers get it, and what it takes for an edition."""

    daily_at: time | None = setting(
        "06:00", _TIME, "When the daily edition is sent, on the newsroom's clock. Empty: none."
    )
    weekly_on: str = setting(
        "saturday", _WEEKDAY, "The day on which the weekly edition is sent. Empty: none."
    )
    weekly_at: time | None = setting("07:00", _TIME, "When it is sent on that day. Empty: none.")
    at_least: int = setting(
        3, whole_number(1, 100), "With fewer new articles than this, an edition is left out."
    )
    preview_minutes: int = setting(
        30,
        whole_number(0, 720),
        "How long before it is sent an edition stands on the desk, to be looked at and changed.",
    )
    late_hours: int = setting(
        3,
        whole_number(0, 20),
        "How late an edition may still be made and sent by itself; after that somebody is asked.",
    )
    pictures: bool = setting(
        True, YES_NO, "Show the lead story's picture, from the outlet's own site."
    )

    @property
    def weekday(self) -> int:
        """The weekly edition's day as a number, Monday being 0; -1 where there is none."""
        return WEEKDAYS.index(self.weekly_on) if self.weekly_on else -1

    @property
    def preview(self) -> timedelta:
        """How long before it is sent an edition stands on the desk."""
        return timedelta(minutes=self.preview_minutes)

    @property
    def late(self) -> timedelta:
        """How late an edition may still go by itself."""
        return timedelta(hours=self.late_hours)
