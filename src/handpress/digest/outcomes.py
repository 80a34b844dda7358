"""What comes of each delivery: handed in to the ledger, and learnt of the relay.

What will not do is tried again until the edition's time is over; what nobody will have is final.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handpress.digest.clerk import Clerk
from handpress.digest.ledger import Claimed, Result
from handpress.digest.models.editions import DeliveryState
from handpress.mail.core.bounces import classify_reply
from handpress.mail.core.pace import group_of, retry_delay_s
from handpress.mail.core.smtp import Reply
from handpress.mail.relays import Relay
from handpress.mail.transports import CannotConnect, NotSent

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What one sender did."""

    submitted: int = 0
    accepted: int = 0
    failed: int = 0
    retried: int = 0
    unknown: int = 0
    withdrawn: int = 0
    recovered: int = 0
    alarms: list[str] = field(default_factory=list)
    is_finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How patient a sender is."""

    first_retry_s: float = 60.0
    look_every_s: float = 5.0
    drain_s: float = 8.0
    after_a_drop_s: float = 2.0


class Outcomes:
    """Hands in what came of the deliveries of one sender, and counts it in its report."""

    def __init__(
        self,
        clerk: Clerk,
        report: Report,
        deadline_at: datetime,
        now: Callable[[], datetime],
        habits: Habits,
        *,
        is_only_relay: bool,
    ) -> None:
        self._clerk = clerk
        self._is_only_relay = is_only_relay
        self._report = report
        self._deadline_at = deadline_at
        self._now = now
        self._habits = habits
        self._chance = random.Random()  # noqa: S311  (jitter)
        self._loop = asyncio.get_running_loop()

    def answered(self, relay: Relay, row: Claimed, reply: Reply) -> None:
        """A relay answered: it took the message, will not have it, or not yet."""
        group = group_of(row.domain)
        now = self._loop.time()
        if relay.pace.answered(reply, group, now):
            alarm = f"{relay.name}: {group} refuses everybody ({reply})"
            # It is asked again after a while, and may say the same all night.
            if alarm not in self._report.alarms:
                self._report.alarms.append(alarm)
            logger.error("receivers_refuse_everybody", extra={"relay": relay.name, "group": group})
        if reply.is_ok:
            self._report.accepted += 1
            self.record(relay, row, DeliveryState.ACCEPTED, str(reply))
        elif reply.is_lack and not self._is_only_relay:
            # Another may take as much, or speak as the address is written.
            self._retry(relay, row, str(reply), self._habits.after_a_drop_s, said=reply)
        elif _is_final(reply):
            self._report.failed += 1
            result = Result(row, DeliveryState.FAILED, str(reply), relay.name)
            self._clerk.record(result if reply.is_ours else result._replace(refusal=reply))
        else:
            if reply.is_about_us:
                relay.pace.unreachable(str(reply), now, self._chance.random())
            elif reply.is_permanent:
                relay.pace.refused(str(reply), row.domain, now, self._chance.random())
            self._retry(relay, row, str(reply), self._habits.first_retry_s, said=reply)

    def shut_out(self, relay: Relay, row: Claimed, refusal: CannotConnect) -> None:
        """A relay would not have us at all: it rests, and the message goes by another or later."""
        self.rest(relay, refusal)
        self._report.retried += 1
        at = self._after(row, self._habits.after_a_drop_s)
        reply = str(refusal)
        self._clerk.record(Result(row, DeliveryState.RETRY, reply, relay.name, at, counts=False))

    def rest(self, relay: Relay, refusal: CannotConnect) -> None:
        """A relay does not let us in: it is left alone for a while."""
        logger.warning("relay_unusable", extra={"relay": relay.name, "reason": str(refusal)})
        now, chance = self._loop.time(), self._chance.random()
        relay.pace.unreachable(str(refusal), now, chance, refusal.reply)

    def dropped(self, relay: Relay, row: Claimed, loss: NotSent) -> None:
        """A line broke before the message was said to end: it was certainly not taken."""
        relay.pace.dropped(str(loss), self._loop.time(), self._chance.random())
        self._retry(relay, row, str(loss), self._habits.after_a_drop_s)

    def _retry(
        self, relay: Relay, row: Claimed, reply: str, first_s: float, *, said: Reply | None = None
    ) -> None:
        at = self._after(row, first_s)
        if said is not None and (said.is_ours or said.is_about_us):
            said = None
        if at >= self._deadline_at:
            late = Result(row, DeliveryState.EXPIRED, reply, relay.name, refusal=said)
            self._clerk.record(late)
            return
        self._report.retried += 1
        # Put off is no word about the reader yet; that somebody will not have us is told at once.
        refusal = said if said is not None and said.is_permanent else None
        again = Result(row, DeliveryState.RETRY, reply, relay.name, at, refusal=refusal)
        self._clerk.record(again)

    def _after(self, row: Claimed, first_s: float) -> datetime:
        delay_s = retry_delay_s(row.attempts + 1, first_s, self._chance.random())
        return self._now() + timedelta(seconds=delay_s)

    def record(self, relay: Relay, row: Claimed, state: DeliveryState, reply: str) -> None:
        """Hand in the state in which a delivery is now."""
        self._clerk.record(Result(row, state, reply, relay.name))

    def put_back(self, row: Claimed, delay_s: float = 0.0) -> None:
        """Give a delivery back that was not tried."""
        at = self._now() + timedelta(seconds=delay_s)
        self._clerk.record(Result(row, DeliveryState.RETRY, next_at=at, counts=False))


def _is_final(reply: Reply) -> bool:
    """Say whether trying again would not help: the reader's side is why, or this one message.

    What is said of us may be mended meanwhile, and another relay may be believed: also where the
    words alone say so, as of a quota that is used up (5.4.5), or of a block list.
    """
    if not reply.is_permanent or reply.is_about_us:
        return False
    if reply.is_ours:
        return True
    verdict = classify_reply(reply.code, reply.enhanced, reply.text)
    return verdict.is_hard if reply.is_policy else not verdict.may_be_mended
