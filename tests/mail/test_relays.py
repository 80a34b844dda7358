"""What relays carried is written down: by several processes, and over midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from handpress.lib import clock
from handpress.mail.core.pace import Terms
from handpress.mail.models import RelayDay
from handpress.mail.relays import Relay, keep_relays, relay_of
from handpress.mail.transports import Transport

pytestmark = pytest.mark.django_db


async def nowhere() -> Transport:
    raise NotImplementedError


def new_relay() -> Relay:
    return relay_of(Terms("main", warm_up=date(2026, 11, 1)), nowhere)


def carried() -> dict[date, int]:
    return dict(RelayDay.objects.values_list("day", "carried"))


def test_what_began_before_midnight_and_failed_after_it_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = [datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    relay = new_relay()
    for _ in range(10):
        relay.pace.take("others", 1.0)
    keep_relays([relay])
    at[0] = datetime(2026, 11, 27, 0, 0, 1, tzinfo=UTC)
    # The relay hangs up on all that was under way: nothing of it went.
    for _ in range(10):
        relay.pace.done(went=False)
    keep_relays([relay])
    relay.pace.take("others", 2.0)
    relay.pace.done()
    keep_relays([relay])
    assert carried() == {date(2026, 11, 26): 10, date(2026, 11, 27): 1}


def test_what_another_process_carried_counts() -> None:
    one, other = new_relay(), new_relay()
    for relay in (one, other):
        for _ in range(5):
            relay.pace.take("others", 1.0)
            relay.pace.done()
        keep_relays([relay])
    keep_relays([one])
    assert list(carried().values()) == [10]
    assert one.pace.left_today == other.pace.left_today
