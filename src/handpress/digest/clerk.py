"""The ledger as the event loop uses it: one thread writes, in groups.

What many connections wish in the same moment is one transaction: the disk is waited for once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from handpress.digest.ledger import Claimed, Intent, Ledger, Recovered, Result
from handpress.digest.models.editions import DeliveryState

logger = logging.getLogger(__name__)
T = TypeVar("T")

# On SQLite one writes at a time: whoever leaves or edits meanwhile gets in between. The rest is
# half as long as the last commit was: a slow disk leaves as much room as a quick one.
_SQLITE_REST = 0.5
_SHORTEST_REST_S, _LONGEST_REST_S = 0.002, 0.02
_AFTER_TROUBLE_S = 0.5
_LONGEST_TROUBLE_S = 10.0
_NOTE_EVERY_S = 5.0


class LedgerUnreachable(Exception):
    """The database was not there, and there was no more time to wait for it."""


_Wish = tuple[Claimed, str, "asyncio.Future[bool]"]


class Clerk:
    """Writes for all connections of one sender.

    ``tell`` is handed what readers' own servers refused (see `Result`), once that is on the disk;
    it is safe to repeat. ``note`` is told every few seconds when messages were last let go.
    """

    def __init__(
        self,
        ledger: Ledger,
        now: Callable[[], datetime],
        *,
        tell: Callable[[list[Result]], object] | None = None,
        note: Callable[[datetime], object] = lambda moment: None,
    ) -> None:
        self.ledger = ledger
        self._tell = tell
        self._note = note
        self._to_note: datetime | None = None
        self._noted_at = -_NOTE_EVERY_S
        self._now = now
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._wishes: list[_Wish] = []
        self._results: list[Result] = []
        self._stir = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._rests = connection.vendor == "sqlite"
        self._took_s = self._ended_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._given_up = asyncio.Event()
        self._failure: Exception | None = None

    async def open(self) -> None:
        """Open the ledger; raise NotDurable where the database may forget."""
        await self._steadily(lambda: None)
        self._task = asyncio.create_task(self._write_forever())

    def give_up(self) -> None:
        """Wait no longer for a database that is not there; one that is there is not disturbed."""
        self._given_up.set()

    async def close(self) -> None:
        """Write what waits, give claims back and let the database go.

        Raises LedgerUnreachable after `give_up`: others recover what is open.
        """
        try:
            await self.flush()
            if self._task:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
            await self._steadily(lambda: self.ledger.close(self._now()))
        finally:
            await self._in_thread(self._write_note)
            # Whatever went wrong, others must see that nobody is at work here any more.
            await self._in_thread(self.ledger.vanish)
            self._thread.shutdown()

    # --- what connections say -----------------------------------------------------------

    def wish(self, row: Claimed, relay: str) -> asyncio.Future[bool]:
        """Ask to end a message; the answer comes when it is on the disk."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._failure:
            answer.set_exception(self._failure)
            return answer
        self._wishes.append((row, relay, answer))
        self._stir.set()
        return answer

    def record(self, result: Result) -> None:
        """Hand in what came of a delivery; `flush` waits until it is on the disk."""
        if self._failure:
            return
        self._results.append(result)
        self._written.clear()
        self._stir.set()

    async def flush(self) -> None:
        """Wait until all results that were handed in are on the disk."""
        await self._written.wait()
        if self._failure:
            raise self._failure

    # --- what the sender asks -----------------------------------------------------------

    async def claim(self, limit: int) -> list[Claimed]:
        """Claim deliveries, see `Ledger.claim`."""
        return await self._steadily(lambda: self.ledger.claim(limit, self._now()))

    async def recover(self) -> Recovered:
        """Take over what dead workers left."""
        return await self._steadily(lambda: self.ledger.recover(self._now()))

    async def ask(self, question: Callable[[Ledger], T]) -> T:
        """Ask the ledger something else."""
        return await self._steadily(lambda: question(self.ledger))

    # --- writing ------------------------------------------------------------------------

    async def _write_forever(self) -> None:
        while True:
            await self._stir.wait()
            await self._leave_room()
            self._stir.clear()
            results, self._results = self._results, []
            wishes = [wish for wish in self._wishes if not wish[2].cancelled()]
            self._wishes = []
            try:
                await self._write(results, wishes)
            except Exception as error:
                # Nobody may go on as though something had been written.
                self._failure = error
                self._refuse(wishes + self._wishes, error)
                self._written.set()
                raise
            if not self._results:
                self._written.set()

    @staticmethod
    def _refuse(wishes: list[_Wish], error: Exception) -> None:
        for _, _, answer in wishes:
            if not answer.done():
                answer.set_exception(error)
                # Known from here on, whether or not anybody still waits for it.
                answer.exception()

    async def _leave_room(self) -> None:
        """Let others write between two commits, where only one can."""
        if self._rests:
            room = min(max(_SQLITE_REST * self._took_s, _SHORTEST_REST_S), _LONGEST_REST_S)
            left = room - (time.monotonic() - self._ended_at)
            if left > 0:
                await asyncio.sleep(left)

    def _commit(self, intents: list[Intent], results: list[Result]) -> dict[Claimed, DeliveryState]:
        began = time.monotonic()
        try:
            now = self._now()
            became = self.ledger.commit(intents, results, now)
        finally:
            self._ended_at = time.monotonic()
            self._took_s = self._ended_at - began
        if DeliveryState.DOTTED in became.values():
            self._to_note = now
            if self._ended_at - self._noted_at >= _NOTE_EVERY_S:
                self._write_note()
        return became

    def _write_note(self) -> None:
        """Note when messages were last let go; that it cannot be noted is no reason to stop."""
        if self._to_note is not None:
            try:
                self._note(self._to_note)
            except OSError:
                logger.exception("last_sent_not_noted")
            self._to_note, self._noted_at = None, time.monotonic()

    async def _write(self, results: list[Result], wishes: list[_Wish]) -> None:
        intents = []
        for row, relay, _ in wishes:
            # Asked a second time, since the relay took so long: what was granted must still hold.
            stands = DeliveryState.DOTTED if row.is_asked else DeliveryState.CLAIMED
            row.is_asked = True
            intents.append(Intent(row, relay, stands))
        became: dict[Claimed, DeliveryState] = {}
        with suppress(LedgerUnreachable):
            became = await self._steadily(lambda: self._commit(intents, results))
        for row, _, answer in wishes:
            row.is_lost = row not in became
            if not answer.done():
                answer.set_result(became.get(row) is DeliveryState.DOTTED)
        await self._pass_on([each for each in results if each.refusal is not None])

    async def _pass_on(self, refused: list[Result]) -> None:
        """Tell who was refused. What cannot be told now is no reason to stop mail."""
        if (tell := self._tell) is None or not refused:
            return
        try:
            await self._steadily(lambda: tell(refused))
        except Exception:
            logger.exception("refusals_not_told", extra={"refusals": len(refused)})

    async def _steadily(self, work: Callable[[], T]) -> T:
        """Do what is safe to repeat until the database does it."""
        rest = _AFTER_TROUBLE_S
        while True:
            try:
                return await self._in_thread(partial(self._work, work))
            except (OperationalError, InterfaceError) as error:
                logger.warning("ledger_unreachable", extra={"reason": type(error).__name__})
                if self._given_up.is_set():
                    raise LedgerUnreachable from error
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._given_up.wait()
                rest = min(rest * 2, _LONGEST_TROUBLE_S)

    def _work(self, work: Callable[[], T]) -> T:
        # Whoever else met the trouble may have come back already: once is enough.
        self.ledger.stay_open()
        try:
            return work()
        except (OperationalError, InterfaceError):
            self.ledger.mistrust()
            raise

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
