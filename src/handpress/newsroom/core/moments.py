"""Hours on the two days of the year when the clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Gap:
    """A time that no clock shows, as the clocks go forward over it; what one may mean instead."""

    before: datetime
    after: datetime


def find_gap(wall: datetime, zone: tzinfo) -> Gap | None:
    """Return what may be meant by a naive time that does not exist in the zone, else None."""
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if _is_real(early):
        return None
    jump = (late.utcoffset() or early.utcoffset()) - early.utcoffset()  # type: ignore[operator]
    return Gap(before=wall - jump, after=wall + jump)


def is_twice(wall: datetime, zone: tzinfo) -> bool:
    """Say whether the clocks of the zone show this naive time twice, as they go back."""
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return early.utcoffset() != late.utcoffset() and _is_real(early)


def _is_real(moment: datetime) -> bool:
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None, fold=0) == moment.replace(tzinfo=None, fold=0)
