"""The relays that mail goes through: how to reach each, and what it may be given now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from handpress.conf import RelaySettings
from handpress.lib import clock
from handpress.mail.core.pace import RelayPace, Terms, warm_up_limit
from handpress.mail.models import RelayDay
from handpress.mail.transports import Transport
from handpress.mail.transports.kinds import OUTBOX, connector

# Whoever stops the sender waits for this.
_GOODBYE_S = 1.0


@dataclass(slots=True)
class Line:
    """An open connection to a relay, and how many messages it has carried."""

    transport: Transport
    carried: int = 0


@dataclass(slots=True)
class Relay:
    """One relay of a pool. ``connect`` raises CannotConnect.

    Its lines are its own, whichever edition a message is of. Whoever uses one has a message under
    way (`RelayPace.take`), of which there are never more than ``connections``, and a new one is
    opened only where none rests: so no more than that are open.
    """

    pace: RelayPace
    connect: Callable[[], Awaitable[Transport]]
    resting: list[Line] = field(default_factory=list, init=False)
    kept: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """What the desk calls it."""
        return self.pace.terms.name

    def resting_line(self) -> Line | None:
        """Return the line that rested last, if it may carry one more."""
        if not self.resting or not self._may_carry(self.resting[-1]):
            return None
        return self.resting.pop()

    async def line(self) -> Line:
        """Return a line that may carry one more; raise CannotConnect where there is none."""
        while self.resting:
            line = self.resting.pop()
            if self._may_carry(line):
                return line
            await _close(line)
        return Line(await self.connect())

    def _may_carry(self, line: Line) -> bool:
        is_fit = line.carried < self.pace.terms.messages_per_connection
        return is_fit and line.transport.is_open

    async def give_back(self, line: Line) -> None:
        """Let a line rest after a message; one that has carried enough is closed by the next."""
        line.carried += 1
        if line.transport.is_open:
            self.resting.append(line)
        else:
            await _close(line)

    async def hang_up(self) -> None:
        """Close the lines that rest; never raises."""
        lines, self.resting = self.resting, []
        closing = [asyncio.ensure_future(_close(line)) for line in lines]
        if closing:
            await asyncio.wait(closing, timeout=_GOODBYE_S)
        for line in lines:
            line.transport.abort()
        await asyncio.gather(*closing)


async def _close(line: Line) -> None:
    try:
        await line.transport.close()
    finally:
        line.transport.abort()


def relay_of(terms: Terms, connect: Callable[[], Awaitable[Transport]]) -> Relay:
    """Return a relay at rest."""
    return Relay(RelayPace(terms), connect)


def relays_of_settings() -> list[Relay]:
    """Return the relays that handpress.toml names; the outbox where it names none."""
    named = settings.HANDPRESS.mail.relays
    if not named:
        return [relay_of(Terms(OUTBOX, connections=2), connector(None).connect)]
    return [relay_of(_terms(each), connector(each).connect) for each in named]


def _terms(relay: RelaySettings) -> Terms:
    return Terms(
        relay.name,
        weight=relay.weight,
        rate_per_s=relay.rate_per_s,
        connections=relay.connections,
        messages_per_connection=relay.messages_per_connection,
        warm_up=relay.warm_up,
    )


def keep_relays(relays: list[Relay]) -> None:
    """Write down what relays carried and how they are, and learn what they may still carry today.

    Several processes may use the same relays. What one carried since it last wrote that down is
    lost if it is killed: a few seconds' worth.
    """
    today = clock.now().date()
    for relay in relays:
        carried = _keep(relay, today)
        began = relay.pace.terms.warm_up
        limit = warm_up_limit(began, today) if began else None
        relay.pace.left_today = None if limit is None else max(0, limit - carried)


def _keep(relay: Relay, today: date) -> int:
    more = relay.pace.given - relay.kept
    values = {
        "trouble": relay.pace.trouble[:200],
        "slowed": ", ".join(relay.pace.slowed())[:200],
        "seen_at": clock.now(),
    }
    with transaction.atomic():
        day = _day(relay.name, today)
        # What was under way at midnight and did not go may be more than the new day has carried.
        so_far = Greatest(F("carried") + more, 0)
        RelayDay.objects.filter(pk=day.pk).update(carried=so_far, **values)
        if relay.pace.alarms:
            RelayDay.objects.filter(pk=day.pk).update(alarm=relay.pace.alarms[-1][:200])
        day.refresh_from_db(fields=["carried"])
    relay.kept += more
    return day.carried


def note_carried(carried: Mapping[str, int]) -> None:
    """Add to the day's numbers what relays, by their names, carried of something else: letters."""
    today = clock.now().date()
    for name, more in carried.items():
        with transaction.atomic():
            day = _day(name, today)
            RelayDay.objects.filter(pk=day.pk).update(carried=F("carried") + more)


def _day(name: str, today: date) -> RelayDay:
    return RelayDay.objects.get_or_create(relay=name, day=today)[0]
