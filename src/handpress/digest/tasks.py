"""The digest's work in the background, beside the press: editions come about, and go out.

Every step may be killed and done again: an edition is its day, composing asks the database, and
the sender is a process of its own that finds in the ledger where it was.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import F

from handpress.digest.core.schedule import Next, Slot, due_slot
from handpress.digest.editions import compose_edition, has_readers, refresh_edition, timetable
from handpress.digest.models import Edition, EditionState, Frequency
from handpress.digest.settling import settle_late
from handpress.lib import clock
from handpress.mail.tasks import forget_letters, send_letters_once

logger = logging.getLogger(__name__)

LATE = "It was not made in time. Send it now, or let this one go."

_MAY_BE_ANEW = (EditionState.READY, EditionState.SKIPPED)
_LOOK_EVERY_S = 1.0
# To find out takes the whole edition, and the lock of those who write.
_LOOK_AGAIN_AFTER = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_AFTER_TROUBLE_S = 5.0
_FIRST_DELAY_S = 5.0
_LONGEST_DELAY_S = 300.0
# It drains for up to ten seconds; whoever stops us waits no longer than this for us.
_WAIT_S = 6.0
_DAY_S = 86_400.0


class Stop(Protocol):
    """What ends the work: an event of threads or processes."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def compose_due(now: datetime, looked_at: dict[int, datetime] | None = None) -> list[Edition]:
    """Compose the editions that are due and have readers; return those that are new.

    What was made before its time, by hand, is made anew unless an editor has had a hand in it; that
    it has is remembered for a while in ``looked_at``, by edition.
    """
    looked_at = {} if looked_at is None else looked_at
    made = []
    for frequency in Frequency.values:
        table = timetable(frequency)
        due = due_slot(now, table) if table else None
        if due is None:
            continue
        slot, step = due
        # Once a second, most of the day: the answer is nearly always that it is there.
        held = LATE if step is Next.HOLD else ""
        known = Edition.objects.filter(frequency=frequency, edition_on=slot.on)
        if found := known.values_list("pk", "composed_at", "state").first():
            pk, composed_at, state = found
            may_be_anew = composed_at < slot.compose_at and state in _MAY_BE_ANEW
            if may_be_anew and abs(now - looked_at.get(pk, _NEVER)) >= _LOOK_AGAIN_AFTER:
                looked_at[pk] = now
                refresh_edition(pk, slot, now, held=held)
            continue
        if _is_wanted(frequency, slot, step, now) and has_readers(frequency):
            edition = compose_edition(frequency, slot, now, held=held)
            made += [edition] if edition else []
    return made


def _is_wanted(frequency: int, slot: Slot, step: Next, now: datetime) -> bool:
    """Tell whether an edition that is due is neither a stale one nor one before the first."""
    others = Edition.objects.filter(frequency=frequency)
    if not others.exists():
        return now <= slot.send_at
    return step is Next.COMPOSE or not others.filter(edition_on__gt=slot.on).exists()


def is_anything_to_send(now: datetime) -> bool:
    """Tell whether an edition's time has come, or one is on its way."""
    editions = Edition.objects.filter(deadline_at__gt=F("send_at"))
    if editions.filter(state=EditionState.READY, send_at__lte=now).exists():
        return True
    return editions.filter(state__in=[EditionState.FROZEN, EditionState.SENDING]).exists()


class SenderProcess:
    """Keeps a sender at work while there is something to send, as a process of its own."""

    def __init__(
        self,
        *,
        start: Callable[[], subprocess.Popen[bytes]] | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start or _start_sender
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self._delay_s = _FIRST_DELAY_S

    def look_after(self, *, is_needed: bool) -> None:
        """Start one if it is needed and none is at work; one that failed is given time."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            self._rest_after(status)
            self._process = None
        if is_needed and self._seconds() >= self._not_before:
            self._process = self._start()

    def _rest_after(self, status: int) -> None:
        if status:
            logger.error("sender_failed", extra={"exit_status": status, "after_s": self._delay_s})
        self._not_before = self._seconds() + (self._delay_s if status else _LOOK_EVERY_S)
        self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S) if status else _FIRST_DELAY_S

    def stop(self) -> None:
        """Have it drain, and wait for that a while; it ends by itself when it is done."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_WAIT_S)


def _start_sender() -> subprocess.Popen[bytes]:
    folder = str(settings.HANDPRESS.folder)
    command = [sys.executable, "-m", "handpress", "--newsroom", folder, "digest", "send"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603


def editions_forever(stop: Stop, sender: SenderProcess | None = None) -> None:
    """Compose, hold, and have sent what is due, until ``stop`` is set."""
    sender = sender or SenderProcess()
    looked_at: dict[int, datetime] = {}

    def work() -> float:
        now = clock.now()
        compose_due(now, looked_at)
        settle_late(now)
        sender.look_after(is_needed=is_anything_to_send(now))
        return _LOOK_EVERY_S

    try:
        _forever(stop, work, "digest_failed")
    finally:
        sender.stop()


def letters_forever(stop: Stop) -> None:
    """Send letters as they are written, until ``stop`` is set."""
    next_tidying = time.monotonic()

    def work() -> float:
        nonlocal next_tidying
        send_letters_once(is_stopping=stop.is_set)
        if time.monotonic() >= next_tidying:
            forget_letters()
            next_tidying = time.monotonic() + _DAY_S
        return _LOOK_EVERY_S

    _forever(stop, work, "letters_failed")


def _forever(stop: Stop, work: Callable[[], float], trouble: str) -> None:
    """Do a piece of work over and over; trouble is logged, and tried again after a while."""
    while not stop.is_set():
        try:
            pause = work()
        except (OSError, DatabaseError, RuntimeError):
            logger.exception(trouble)
            close_old_connections()
            pause = _AFTER_TROUBLE_S
        stop.wait(pause)
    close_old_connections()
