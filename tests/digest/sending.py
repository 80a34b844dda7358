"""Sending an edition against a server of our own, for the tests of the sender."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from factories.readers import make_edition, make_readers
from handpress.digest.ledger import Claimed, Result, begin_sending
from handpress.digest.models import Delivery, Edition
from handpress.digest.models.editions import DeliveryState
from handpress.digest.outcomes import Habits, Report
from handpress.digest.sender import Message
from handpress.digest.sending import send_editions
from handpress.mail.core.pace import Terms
from handpress.mail.relays import Relay, relay_of
from handpress.mail.smtp import SmtpRelay, Timeouts
from mail.sink import Sink

S = DeliveryState
HASTY = Habits(first_retry_s=0.05, look_every_s=0.2, drain_s=5, after_a_drop_s=0.05)
BODY = b"Subject: Morning\r\n\r\nGood morning.\r\n"


def write(row: Claimed) -> Message:
    return Message(f"b-{row.reader_id}@bounces.example", row.address, BODY)


class Pen:
    """Writes with a function."""

    def __init__(self, write: Callable[[Claimed], Message | None]) -> None:
        self.write = write

    def prepare(self, rows: list[Claimed]) -> None:
        """Nothing to do."""


def relay_to(sink: Sink | int, name: str = "main", **terms: Any) -> Relay:
    port = sink if isinstance(sink, int) else sink.port
    address = SmtpRelay(host="127.0.0.1", port=port, security="none", timeouts=Timeouts())
    return relay_of(Terms(name, **{"connections": 5, **terms}), address.connect)


def begin(count: int = 60, **fields: Any) -> Edition:
    make_readers(count)
    edition = make_edition(**fields)
    begin_sending(edition)
    edition.refresh_from_db()
    return edition


def send(
    edition: Edition,
    *relays: Relay,
    write: Callable[[Claimed], Message | None] = write,
    habits: Habits = HASTY,
    stop: Callable[[asyncio.Event], None] = lambda event: None,
    tell: Callable[[Edition, list[Result]], object] | None = None,
) -> Report:
    reports = send_editions(list(relays), lambda _: Pen(write), habits=habits, stop=stop, tell=tell)
    return reports[edition.pk]


def states(edition: Edition) -> Counter[DeliveryState]:
    found = Delivery.objects.filter(edition=edition).values_list("state", flat=True)
    return Counter(map(DeliveryState, found))


def assert_no_one_twice(sink: Sink) -> None:
    assert max(Counter(sink.recipients).values(), default=1) == 1


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let relays rest for a moment instead of a minute, and brakes go off soon."""
    monkeypatch.setattr("handpress.mail.core.pace._LONGEST_REST_S", 0.02)
    monkeypatch.setattr("handpress.mail.core.pace._SLOWEST_PER_S", 500.0)


def stop_after(seconds: float) -> Callable[[asyncio.Event], None]:
    return lambda stop: _call_later(seconds, stop.set)


def _call_later(seconds: float, work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, work)
