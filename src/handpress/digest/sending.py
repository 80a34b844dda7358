"""Sending from beginning to end: what `handpress digest send` does.

One process sends all editions whose time has come, each with a hand of its own in the ledger,
through relays that they share. It looks for more while it works, and ends when nothing is left.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q

from handpress.digest import editions
from handpress.digest.clerk import Clerk, LedgerUnreachable
from handpress.digest.journal import WENT_ON, forget_sent, note_begun, note_sent, went_on
from handpress.digest.ledger import Ledger, NotDurable, Result, begin_sending
from handpress.digest.models import Edition, EditionState
from handpress.digest.outcomes import Habits, Report
from handpress.digest.sender import Sender, Writer
from handpress.lib import clock
from handpress.mail.relays import Relay

logger = logging.getLogger(__name__)

_PATIENT = Habits()
_UNDER_WAY = (EditionState.FROZEN, EditionState.SENDING)
_LOOK_EVERY_S = 2.0
_AFTER_FAILURE_S = 300.0
_FIRST_LOOKS_S = (0.0, 0.5, 1.0, 2.0, 4.0)
"""How long a server that was away is given at the beginning, look by look."""

T = TypeVar("T")
WriterOf = Callable[[Edition], Writer]
Stopping = Callable[[asyncio.Event], None]


def start_edition(
    edition_id: int,
    now: datetime,
    *,
    even_if_held: bool = False,
    notify: Callable[[int], None] | None = None,
) -> Edition | None:
    """Freeze an edition, with a delivery for each reader; None where it may not be sent.

    One that is under way, of which more went out than the database knows, is stopped.
    """
    was_begun = Edition.objects.filter(pk=edition_id, state__in=_UNDER_WAY).exists()
    waiting = Edition.objects.filter(pk=edition_id, state__in=editions.CHANGEABLE).first()
    if waiting is not None:
        editions.make_pictures(waiting)
    editions.freeze(edition_id, now, even_if_held=even_if_held)
    edition = Edition.objects.get(pk=edition_id)
    if edition.state == EditionState.FROZEN:
        # Whoever froze it may have been killed before it was written down.
        note_begun(edition)
        nothing_for = editions.choices_without_pieces(edition)
        begin_sending(edition, without=nothing_for, notify=notify)
        edition.refresh_from_db()
    if was_begun and edition.state == EditionState.SENDING and went_on(edition):
        stopped = Edition.objects.filter(pk=edition.pk, state=EditionState.SENDING)
        stopped.update(state=EditionState.DONE, finished_at=now, reason=WENT_ON)
        logger.error("edition_went_on", extra={"edition": edition.pk})
        forget_sent(edition)
        return None
    return edition if edition.state == EditionState.SENDING else None


def editions_to_send(now: datetime) -> list[int]:
    """Return the editions whose time has come and those that are on their way."""
    due = Q(state=EditionState.READY, send_at__lte=now, deadline_at__gt=F("send_at"))
    under_way = Q(state__in=_UNDER_WAY)
    return list(Edition.objects.filter(due | under_way).order_by("pk").values_list("pk", flat=True))


def send_editions(
    relays: list[Relay],
    writer_of: WriterOf,
    *,
    habits: Habits = _PATIENT,
    stop: Stopping | None = None,
    tell: Callable[[Edition, list[Result]], object] | None = None,
    keep: Callable[[list[Relay]], None] = lambda relays: None,
) -> dict[int, Report]:
    """Send what is to be sent; return a report for each edition.

    Ends when nothing is left, or soon after SIGTERM or SIGINT; ``stop`` is handed the event that
    ends it, in place of the signals. ``keep`` is called now and then with the relays. Raises
    NotDurable before anything is sent, and LedgerUnreachable where the database was gone in the
    end. What is wrong with one edition stops no other: it is tried again after some minutes, and
    raised in the end.
    """
    office = _Office(relays, writer_of, habits, tell, keep)
    return asyncio.run(office.run(stop or _stop_on_signals))


class _Office:
    """All senders of one process."""

    def __init__(
        self,
        relays: list[Relay],
        writer_of: WriterOf,
        habits: Habits,
        tell: Callable[[Edition, list[Result]], object] | None,
        keep: Callable[[list[Relay]], None],
    ) -> None:
        self._relays = relays
        self._writer_of = writer_of
        self._habits = habits
        self._tell = tell
        self._keep = keep
        self._reports: dict[int, Report] = {}
        self._senders: list[Sender] = []
        self._failures: dict[int, Exception] = {}
        self._not_before: dict[int, float] = {}
        self._thread = ThreadPoolExecutor(1, "office")

    async def run(self, prepare: Stopping) -> dict[int, Report]:
        """Send until nothing is left or it is asked to stop."""
        stop = asyncio.Event()
        prepare(stop)
        stopped = asyncio.create_task(stop.wait())
        tasks: dict[int, asyncio.Task[None]] = {}
        try:
            while not (stop.is_set() or self._is_all_over(tasks)):
                under_way = [pk for pk, task in tasks.items() if not task.done()]
                for edition in await self._in_thread(partial(self._look, under_way)):
                    tasks[edition.pk] = asyncio.create_task(self._send(edition, stop))
                open_tasks = [task for task in tasks.values() if not task.done()]
                if not open_tasks:
                    break
                await asyncio.wait(
                    [stopped, *open_tasks],
                    timeout=_LOOK_EVERY_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            stop.set()
            outcomes = await asyncio.gather(*tasks.values(), return_exceptions=True)
            await asyncio.gather(*(relay.hang_up() for relay in self._relays))
            await stopped
            await self._in_thread(self._look_once_more)
            self._thread.shutdown()
        for outcome in (*outcomes, *self._failures.values()):
            if isinstance(outcome, BaseException):
                raise outcome
        return self._reports

    def _is_all_over(self, tasks: dict[int, asyncio.Task[None]]) -> bool:
        """Note which editions failed; return whether that is why none can go on."""
        for pk, task in list(tasks.items()):
            if not task.done() or task.cancelled():
                continue
            error = task.exception()
            if isinstance(error, LedgerUnreachable | NotDurable):
                return True
            if isinstance(error, Exception):
                del tasks[pk]
                self._note_failure(pk, error)
        return False

    def _note_failure(self, pk: int, error: Exception) -> None:
        logger.error("edition_failed", extra={"edition": pk}, exc_info=error)
        self._failures[pk] = error
        self._not_before[pk] = time.monotonic() + _AFTER_FAILURE_S

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _look(self, under_way: Collection[int]) -> list[Edition]:
        """Note how relays are, and return editions to begin with now."""
        for rest in _FIRST_LOOKS_S:
            try:
                return self._look_now(under_way)
            except (OperationalError, InterfaceError):
                logger.exception("office_cannot_look")
                connection.close()
            if under_way:
                # Those who send know how to wait for it.
                return []
            time.sleep(rest)
        return self._look_now(under_way)

    def _look_now(self, under_way: Collection[int]) -> list[Edition]:
        now = clock.now()
        self._keep(self._relays)
        started = []
        for pk in editions_to_send(now):
            if pk in under_way or time.monotonic() < self._not_before.get(pk, 0.0):
                continue
            self._failures.pop(pk, None)
            try:
                edition = start_edition(pk, now)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                self._note_failure(pk, error)
                continue
            started += [edition] if edition else []
        return started

    def _look_once_more(self) -> None:
        with suppress(OperationalError, InterfaceError):
            self._keep(self._relays)
        connection.close()

    async def _send(self, edition: Edition, stop: asyncio.Event) -> None:
        ledger = Ledger(edition.pk, edition.edition_on, edition.deadline_at)
        tell = self._tell
        clerk = Clerk(
            ledger,
            _now,
            tell=(lambda told: tell(edition, told)) if tell else None,
            note=partial(note_sent, edition),
        )
        try:
            await clerk.open()
            writer = await self._in_thread(lambda: self._writer_of(edition))
            sender = Sender(
                clerk,
                self._relays,
                writer,
                deadline_at=edition.deadline_at,
                now=_now,
                habits=self._habits,
                beside=self._senders,
            )
            self._reports[edition.pk] = sender.report
            self._senders.append(sender)
            try:
                await sender.run(stop)
            finally:
                self._senders.remove(sender)
        finally:
            await clerk.close()


def _now() -> datetime:
    # By name, each time: a test may hold the clock.
    return clock.now()


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not so in a thread beside the main one: whoever started that has a way of its own.
        with suppress(ValueError, RuntimeError):
            loop.add_signal_handler(number, stop.set)
