"""The sender: carries one edition from the ledger to the relays.

Each connection is served by a task that takes a delivery, has its message made, and submits it. A
delivery that a relay did not take goes back to the ledger; one whose answer never came is held.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from handpress.digest.clerk import Clerk
from handpress.digest.ledger import Claimed, Ledger
from handpress.digest.models.editions import DeliveryState
from handpress.digest.outcomes import Habits, Outcomes, Report
from handpress.mail.core.pace import group_of, is_turn_of
from handpress.mail.relays import Line, Relay
from handpress.mail.transports import (
    CannotConnect,
    NotSent,
    OutcomeUnknown,
    Transport,
    Withdrawn,
)

logger = logging.getLogger(__name__)

_CLAIM_AT_ONCE = 500
_LOOK_EVERY_S = 5.0
_NAP_S = 0.05
_CUT_OFF_S = 1.0
_NOTHING_NEW_S = 0.5
# More of a group that is held back would only be in the way of the rest.
_MOST_HELD_BACK = 200
_LONG_WAIT_S = 5.0


class Message(NamedTuple):
    """A message to one reader, as it goes over the wire."""

    sender: str
    recipient: str
    data: bytes


class Writer(Protocol):
    """Makes messages."""

    def prepare(self, rows: list[Claimed]) -> None:
        """Get ready for these readers; may ask the database."""

    def write(self, row: Claimed) -> Message | None:
        """Return a reader's message, or None where there is nothing for them. Asks nobody."""


class Sender:
    """Sends one edition through all relays until nothing is open, it is stopped, or it is late."""

    def __init__(
        self,
        clerk: Clerk,
        relays: list[Relay],
        writer: Writer,
        *,
        deadline_at: datetime,
        now: Callable[[], datetime],
        habits: Habits,
        beside: Sequence[Sender] = (),
    ) -> None:
        """``beside`` are all who send through these relays now, this one may be among them."""
        self.report = Report()
        self._beside = beside
        self._clerk = clerk
        self._relays = relays
        self._writer = writer
        self._deadline_at = deadline_at
        self._now = now
        self._habits = habits
        self._chance = random.Random()  # noqa: S311  (jitter)
        self._outcomes = Outcomes(
            clerk, self.report, deadline_at, now, habits, is_only_relay=len(relays) == 1
        )
        # By the group of the receiver, and by the relay that it will not have.
        self._queues: dict[tuple[str, str], deque[Claimed]] = {}
        self._waiting = 0
        self._under_way = 0
        self._connections: set[Transport] = set()
        self._stir = asyncio.Event()
        self._hungry = asyncio.Event()
        self._is_over = False
        self._loop = asyncio.get_running_loop()

    async def run(self, stop: asyncio.Event) -> Report:
        """Send; end early, within ten seconds, when ``stop`` is set."""
        servants = [
            asyncio.create_task(self._serve(relay))
            for relay in self._relays
            for _ in range(relay.pace.terms.connections)
        ]
        stopper = asyncio.create_task(self._wake_on(stop))
        try:
            await self._keep(stop, servants)
        finally:
            self._is_over = True
            self._stir.set()
            try:
                await self._drain(servants)
            finally:
                stopper.cancel()
        return self.report

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._is_over = True
        self._stir.set()
        self._hungry.set()
        await asyncio.sleep(self._habits.drain_s)
        self._clerk.give_up()

    # --- keeping the queue --------------------------------------------------------------

    async def _keep(self, stop: asyncio.Event, servants: list[asyncio.Task[None]]) -> None:
        """Keep the servants busy until there is nothing more to do."""
        look_at = claim_at = self._loop.time()
        while not stop.is_set():
            self._hungry.clear()
            for servant in servants:
                if servant.done():
                    servant.result()
            if self._now() >= self._deadline_at:
                await self._give_up()
                return
            if self._loop.time() >= look_at:
                look_at = self._loop.time() + self._habits.look_every_s
                await self._recover()
                if not await self._clerk.ask(lambda ledger: ledger.is_sending()):
                    return
            is_empty = self._loop.time() < claim_at
            if self._is_idle() or (self._waiting < _CLAIM_AT_ONCE // 2 and not is_empty):
                rows = await self._clerk.claim(_CLAIM_AT_ONCE)
                await self._prepare(rows)
                self._enqueue(rows)
                if not rows:
                    claim_at = self._loop.time() + _NOTHING_NEW_S
                if not rows and self._is_idle() and await self._is_finished():
                    return
            await _wait(self._hungry, await self._pause_s())

    async def _prepare(self, rows: list[Claimed]) -> None:
        if rows:
            await self._clerk.ask(lambda ledger: self._writer.prepare(rows))

    def _is_idle(self) -> bool:
        return not self._waiting and not self._under_way

    async def _pause_s(self) -> float:
        """Return how long nothing new can come to be done, unless a servant says so."""
        soon = self._habits.look_every_s
        if self._is_idle():
            due = await self._clerk.ask(lambda ledger: ledger.next_due())
            if due is not None:
                soon = min(soon, (due - self._now()).total_seconds())
        left = (self._deadline_at - self._now()).total_seconds()
        return max(_NAP_S, min(soon, left))

    async def _recover(self) -> None:
        found = await self._clerk.recover()
        self.report.recovered += found.returned
        self.report.unknown += found.unknown

    async def _is_finished(self) -> bool:
        await self._clerk.flush()
        now = self._now()
        self.report.is_finished = await self._clerk.ask(lambda ledger: ledger.finish(now))
        return self.report.is_finished

    async def _give_up(self) -> None:
        """It is too late: better nothing than yesterday's edition."""
        self._is_over = True
        self._stir.set()
        await self._clerk.flush()
        now = self._now()

        def expire(ledger: Ledger) -> bool:
            ledger.return_claims(now)
            ledger.expire(now)
            return ledger.finish(now)

        self.report.is_finished = await self._clerk.ask(expire)

    def _enqueue(self, rows: list[Claimed]) -> None:
        now = self._loop.time()
        for row in rows:
            group = group_of(row.domain)
            queue = self._queues.setdefault((group, row.refused_by), deque())
            wait = min((relay.pace.group_wait_s(group, now) for relay in self._relays), default=0)
            if wait > _LONG_WAIT_S or (wait and len(queue) >= _MOST_HELD_BACK):
                self._outcomes.put_back(row, max(wait, 1.0) * (1 + self._chance.random()))
            else:
                queue.append(row)
                self._waiting += 1
        if rows:
            self._stir.set()

    def _requeue(self, row: Claimed) -> None:
        key = group_of(row.domain), row.refused_by
        self._queues.setdefault(key, deque()).appendleft(row)
        self._waiting += 1
        self._stir.set()

    # --- serving a connection -----------------------------------------------------------

    async def _serve(self, relay: Relay) -> None:
        while (row := await self._take(relay)) is not None:
            line = relay.resting_line() or await self._line(relay, row)
            if line:
                connection = line.transport
                self._connections.add(connection)
                try:
                    await self._carry(relay, connection, row, is_fresh=not line.carried)
                except BaseException:
                    connection.abort()
                    raise
                self._connections.discard(connection)
                await relay.give_back(line)
            self._under_way -= 1
            if self._waiting < _CLAIM_AT_ONCE // 2:
                self._hungry.set()

    async def _take(self, relay: Relay) -> Claimed | None:
        """Wait for a delivery that may go through a relay now; None when it is over."""
        while not self._is_over:
            pause = _LOOK_EVERY_S
            if self._waiting:
                now = self._loop.time()
                is_usable = relay.pace.is_usable(now)
                # Another edition may use the same relay: together they keep to what was agreed.
                is_usable = is_usable and relay.pace.busy < relay.pace.terms.connections
                pause = relay.pace.wait_s(now) or (0.0 if is_usable else _NAP_S)
                if not pause:
                    if not self._gives_way(relay, now) and (row := self._next_row(relay, now)):
                        return row
                    pause = _NAP_S
            self._stir.clear()
            await _wait(self._stir, min(max(pause, 0.002), _LOOK_EVERY_S))
        return None

    def _gives_way(self, relay: Relay, now: float) -> bool:
        """Let an edition go first that has less time, where it has what may go by a relay now.

        Else the one that began first would have all lines until it ends, be that tomorrow.
        """
        for each in self._beside:
            if each._deadline_at < self._deadline_at and each._has_ready(relay, now):
                each._stir.set()
                return True
        return False

    def _has_ready(self, relay: Relay, now: float) -> bool:
        return not self._is_over and any(
            queue and self._may_take(relay, *key, now) for key, queue in self._queues.items()
        )

    def _next_row(self, relay: Relay, now: float) -> Claimed | None:
        """Take the next delivery to a group that may be written to, each group in its turn."""
        for key, queue in self._queues.items():
            if queue and self._may_take(relay, *key, now):
                # The group goes to the end of the line.
                self._queues[key] = self._queues.pop(key)
                relay.pace.take(key[0], now)
                self._waiting -= 1
                self._under_way += 1
                return queue.popleft()
        return None

    def _may_take(self, relay: Relay, group: str, refused_by: str, now: float) -> bool:
        if relay.pace.group_wait_s(group, now):
            return False
        among = [each.pace for each in self._relays]
        if len(among) == 1:
            return True
        if refused_by and refused_by != relay.name:
            return True
        if refused_by and any(
            each is not relay.pace and each.is_ready_for(group, now) for each in among
        ):
            return False
        return is_turn_of(relay.pace, among, group, now)

    async def _line(self, relay: Relay, row: Claimed) -> Line | None:
        try:
            return await relay.line()
        except CannotConnect as refusal:
            relay.pace.done(went=False)
            self._outcomes.rest(relay, refusal)
            self._requeue(row)
            return None
        except asyncio.CancelledError:
            relay.pace.done(went=False)
            self._outcomes.put_back(row)
            raise

    async def _carry(
        self, relay: Relay, connection: Transport, row: Claimed, *, is_fresh: bool
    ) -> None:
        """Submit one message and hand in what came of it."""
        message = self._message(relay, row)
        if message is None:
            relay.pace.done(went=False)
            return
        self.report.submitted += 1
        try:
            reply = await connection.submit(
                message.sender,
                message.recipient,
                message.data,
                lambda: self._clerk.wish(row, relay.name),
            )
        except Withdrawn:
            self.report.withdrawn += 1
            relay.pace.done(went=False)
            if row.is_lost:
                self._outcomes.put_back(row)
        except CannotConnect as refusal:
            relay.pace.done(went=False)
            self._outcomes.shut_out(relay, row, refusal)
            connection.abort()
        except NotSent as loss:
            relay.pace.done(went=False)
            self._not_sent(relay, row, loss, is_fresh=is_fresh)
        except OutcomeUnknown as loss:
            relay.pace.done()
            self.report.unknown += 1
            self._outcomes.record(relay, row, DeliveryState.UNKNOWN, str(loss))
        except asyncio.CancelledError:
            relay.pace.done(went=False)
            self._outcomes.put_back(row)
            raise
        except Exception:
            # Other editions go on through the same relay.
            relay.pace.done(went=False)
            raise
        else:
            relay.pace.done()
            self._outcomes.answered(relay, row, reply)

    def _message(self, relay: Relay, row: Claimed) -> Message | None:
        try:
            message = self._writer.write(row)
        except Exception:
            # One reader's data must not keep the edition from all others.
            logger.exception("message_not_made", extra={"reader": row.reader_id})
            self.report.failed += 1
            self._outcomes.record(relay, row, DeliveryState.FAILED, "the message could not be made")
            return None
        if message is None:
            self._outcomes.record(
                relay, row, DeliveryState.SUPPRESSED, "nothing in the chosen topics"
            )
        return message

    def _not_sent(self, relay: Relay, row: Claimed, loss: NotSent, *, is_fresh: bool) -> None:
        if not loss.was_idle or is_fresh:
            self._outcomes.dropped(relay, row, loss)
        elif row.is_asked:
            # In memory alone it would be lost to the ledger, which thinks it on its way.
            self._outcomes.put_back(row)
        else:
            # The server had closed a line that rested; nothing was said, nothing has failed.
            self._requeue(row)

    # --- the end ------------------------------------------------------------------------

    async def _drain(self, servants: list[asyncio.Task[None]]) -> None:
        """Let what is under way end; what does not in time is cut off, and told apart."""
        _, busy = await asyncio.wait(servants, timeout=self._habits.drain_s)
        for connection in list(self._connections):
            connection.abort()
        if busy:
            _, busy = await asyncio.wait(busy, timeout=_CUT_OFF_S)
        for servant in busy:
            servant.cancel()
        for outcome in await asyncio.gather(*servants, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, or a while."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
