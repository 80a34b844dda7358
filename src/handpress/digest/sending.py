"""Sending an edition from beginning to end: what the command and the background work call."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from handpress.digest.clerk import Clerk
from handpress.digest.ledger import Claimed, Ledger
from handpress.digest.models import Edition
from handpress.digest.sender import Habits, Message, Report, Sender
from handpress.lib import clock
from handpress.mail.relays import Relay

_PATIENT = Habits()


def send_deliveries(
    edition: Edition,
    relays: list[Relay],
    write: Callable[[Claimed], Message | None],
    *,
    habits: Habits = _PATIENT,
    stop: Callable[[asyncio.Event], None] | None = None,
) -> Report:
    """Send what is open of an edition that is being sent; return what this sender did.

    Ends when nothing is open, when the deadline is past, or soon after SIGTERM or SIGINT.
    ``stop`` is handed the event that ends it, in place of the signals. Raises NotDurable before
    anything is sent, and LedgerUnreachable where the database was gone at the end.
    """
    return asyncio.run(_send(edition, relays, write, habits, stop or _stop_on_signals))


async def _send(
    edition: Edition,
    relays: list[Relay],
    write: Callable[[Claimed], Message | None],
    habits: Habits,
    prepare: Callable[[asyncio.Event], None],
) -> Report:
    stop = asyncio.Event()
    prepare(stop)
    ledger = Ledger(edition.pk, edition.edition_on, edition.deadline_at)
    clerk = Clerk(ledger, _now)
    await clerk.open()
    sender = Sender(clerk, relays, write, deadline_at=edition.deadline_at, now=_now, habits=habits)
    try:
        return await sender.run(stop)
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
