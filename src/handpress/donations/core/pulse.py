"""How a company's rail is taken off and put back, by what was asked of it and what came.

Two failures within a minute take it off; after a while it is asked again, carefully, and three
good answers put it back. Whoever closes our account, or keeps the money, is off at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FAILURES = 2
WITHIN = timedelta(seconds=60)
REST = (timedelta(seconds=60), timedelta(minutes=5), timedelta(minutes=30))
GOOD_CHECKS = 3
BETWEEN_GOOD = timedelta(seconds=15)
CHECK_EVERY = timedelta(minutes=5)
CHECK_CLOSED_EVERY = timedelta(minutes=30)


class Beat(StrEnum):
    """How a rail is; the values of `models.Health`."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"
    HALF_OPEN = "half_open"
    PAYOUTS_BLOCKED = "payouts_blocked"
    REVOKED = "revoked"


OFFERED = frozenset({Beat.UNKNOWN, Beat.UP})
"""A rail in any other state is shown to nobody."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a rail is, since when, and what is awaited. ``opened`` counts how often in a row it
    was taken off; ``check_at`` is when to ask next."""

    beat: Beat = Beat.UNKNOWN
    failures: int = 0
    failed_at: datetime | None = None
    opened: int = 0
    good_checks: int = 0
    check_at: datetime | None = None
    words: str = ""


def after_failure(pulse: Pulse, now: datetime, words: str = "") -> Pulse:
    """Return how it is after a request failed that was made for a donor."""
    if pulse.beat not in OFFERED:
        return replace(pulse, words=words)
    is_row = pulse.failed_at is not None and now - pulse.failed_at <= WITHIN
    failures = pulse.failures + 1 if is_row else 1
    pulse = replace(pulse, failures=failures, failed_at=now, words=words)
    if failures < FAILURES:
        # Asked again soon, so that it is known within the minute.
        return replace(pulse, check_at=now + WITHIN / 3)
    return _off(pulse, now, words)


def after_success(pulse: Pulse, now: datetime) -> Pulse:
    """Return how it is after a donor's request was answered."""
    if pulse.beat in OFFERED:
        return replace(pulse, beat=Beat.UP, failures=0, failed_at=None, opened=0, words="")
    return pulse


def after_failed_check(pulse: Pulse, now: datetime, words: str = "") -> Pulse:
    """Return how it is after nobody answered a check."""
    if pulse.beat in OFFERED:
        return after_failure(pulse, now, words)
    if pulse.beat in {Beat.DOWN, Beat.HALF_OPEN}:
        return _off(pulse, now, words)
    return replace(pulse, check_at=now + CHECK_CLOSED_EVERY, good_checks=0)


def after_good_check(pulse: Pulse, now: datetime) -> Pulse:
    """Return how it is after a check found all well; it is put back after three in a row."""
    if pulse.beat in OFFERED:
        well = after_success(pulse, now)
        return replace(well, good_checks=0, check_at=now + CHECK_EVERY)
    good = pulse.good_checks + 1
    if good < GOOD_CHECKS:
        return replace(pulse, beat=Beat.HALF_OPEN, good_checks=good, check_at=now + BETWEEN_GOOD)
    return Pulse(beat=Beat.UP, check_at=now + CHECK_EVERY)


def after_bad_check(pulse: Pulse, beat: Beat, now: datetime, words: str) -> Pulse:
    """Return how it is after a check found that the account is closed, or keeps the money."""
    return replace(
        pulse,
        beat=beat,
        good_checks=0,
        failures=0,
        check_at=now + CHECK_CLOSED_EVERY,
        words=words,
    )


def _off(pulse: Pulse, now: datetime, words: str) -> Pulse:
    rest = REST[min(pulse.opened, len(REST) - 1)]
    return replace(
        pulse,
        beat=Beat.DOWN,
        failures=0,
        opened=pulse.opened + 1,
        good_checks=0,
        check_at=now + rest,
        words=words,
    )
