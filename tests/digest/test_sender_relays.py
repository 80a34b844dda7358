"""Several relays, and relays that do not let us in or ask for less: who carries what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from digest.sending import S, begin, hurry, relay_to, send, states, stop_after
from factories.companies import Company, company
from factories.messages import MESSAGE
from factories.readers import make_readers
from handpress.digest.ledger import Claimed
from handpress.digest.models import Delivery, Subscriber
from handpress.digest.sender import Message
from handpress.mail.core.pace import Terms
from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.relays import Relay, relay_of
from handpress.mail.transports import BeforeDot, NotSent, Withdrawn
from handpress.mail.transports.anymail import CompanyRelay
from mail.sink import Plan, running_sink

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_dead_relay_leaves_the_work_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    edition = begin(60)
    with running_sink() as gone:
        dead = gone.port
    with running_sink() as sink:
        send(edition, relay_to(dead, "dead"), relay_to(sink, "alive"))
    assert states(edition) == {S.ACCEPTED: 60}
    assert set(Delivery.objects.values_list("relay", flat=True)) == {"alive"}


def test_a_relay_that_breaks_loses_only_what_is_in_doubt() -> None:
    edition = begin(60)
    with running_sink(Plan(faults={"rcpt:drop": 1})) as broken, running_sink() as sink:
        send(edition, relay_to(broken, "broken"), relay_to(sink, "alive"))
    assert states(edition) == {S.ACCEPTED: 60}
    assert not broken.taken


def relay_by(there: Company, **terms: Any) -> Relay:
    return relay_of(
        Terms("post", **{"connections": 5, **terms}), CompanyRelay(there.relay()).connect
    )


def write_whole(row: Claimed) -> Message:
    return Message(f"b-{row.reader_id}@bounces.example", row.address, MESSAGE)


@pytest.mark.parametrize("status", [401, 403])
def test_a_company_that_does_not_let_us_in_is_left_alone_and_nothing_is_in_doubt(
    status: int,
) -> None:
    edition = begin(40)
    with company("brevo") as there:
        there.answers = [(status, {"message": "Key not found"})] * 5_000
        report = send(edition, relay_by(there), write=write_whole, stop=stop_after(1.5))
        # At most its five connections a second at first, and ever less often.
        assert 0 < len(there.passwords) <= 15
        found = states(edition)
        assert found[S.DOTTED] == found[S.UNKNOWN] == report.unknown == 0
        assert found[S.RETRY] + found[S.PENDING] == 40
        assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
        there.answers = []
        assert send(edition, relay_by(there), write=write_whole).is_finished
        assert len(there.asked) == 40
    assert states(edition) == {S.ACCEPTED: 40}


def test_what_one_relay_does_not_let_in_goes_by_another() -> None:
    edition = begin(40)
    with company("brevo") as there, running_sink() as sink:
        there.answers = [(401, {"message": "Key not found"})] * 5_000
        assert send(edition, relay_by(there), relay_to(sink), write=write_whole).is_finished
        assert not there.asked
    assert states(edition) == {S.ACCEPTED: 40}
    assert set(Delivery.objects.values_list("relay", flat=True)) == {"main"}


def test_who_asks_for_less_before_the_first_message_gets_less() -> None:
    edition = begin(20)
    with running_sink(Plan(faults={"greeting:421": 1})) as sink:
        relay = relay_to(sink)
        send(edition, relay, stop=stop_after(0.3))
    assert relay.pace.slowed() == ["all"]
    assert relay.pace.trouble.startswith("greeting: 421")


def test_a_company_that_wants_fewer_requests_gets_fewer_whoever_they_are_for() -> None:
    make_readers(20, domain="gmail.com", first=1000)
    edition = begin(20)
    with company("brevo") as there:
        there.answers = [(429, {"message": "Too many requests"})]
        relay = relay_by(there)
        send(edition, relay, write=write_whole, stop=stop_after(0.3))
    assert relay.pace.slowed() == ["all"]
    assert states(edition)[S.FAILED] == states(edition)[S.UNKNOWN] == 0


@pytest.mark.parametrize("offers", [["PIPELINING", "SIZE 30"], ["PIPELINING"]])
def test_what_one_relay_cannot_carry_another_does(offers: list[str]) -> None:
    make_readers(1, domain="example.org", first=900)
    Subscriber.objects.update(address="gül@example.org")
    edition = begin(0)
    capable = Plan(offers=["PIPELINING", "SMTPUTF8", "SIZE 1000000"])
    with running_sink(Plan(offers=offers)) as poor, running_sink(capable) as good:
        relays = relay_to(poor, "poor", weight=100), relay_to(good, "good", connections=1)
        assert send(edition, *relays).is_finished
        assert [each.recipient for each in good.taken] == ["gül@example.org"]
    assert states(edition) == {S.ACCEPTED: 1}


def test_what_the_only_relay_cannot_carry_is_over() -> None:
    edition = begin(3)
    with running_sink(Plan(offers=["SIZE 30"])) as sink:
        assert send(edition, relay_to(sink)).is_finished
    assert states(edition) == {S.FAILED: 3}


class Closing:
    """Takes a message, and closes the line while the next is asked for its end."""

    def __init__(self, closed: Callable[[], None]) -> None:
        self.closed = closed
        self.carried = 0
        self.is_open = True

    async def submit(self, sender: str, to: str, message: bytes, before_dot: BeforeDot) -> Reply:
        if not await before_dot():
            raise Withdrawn
        self.carried += 1
        if self.carried == 1:
            return Reply(250, "2.0.0", "taken", Stage.DOT)
        self.abort()
        self.closed()
        raise NotSent("it hung up", was_idle=True)

    async def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self.is_open = False


def test_a_line_that_rested_and_was_closed_leaves_nobody_in_doubt() -> None:
    edition = begin(12)
    stops: list[asyncio.Event] = []

    async def connect() -> Closing:
        return Closing(lambda: stops[0].set())

    # With a rate, the end comes before another try could.
    relay = relay_of(Terms("main", connections=1, rate_per_s=20), connect)
    report = send(edition, relay, stop=stops.append)
    assert report.accepted == 1
    # Its wish to end stood in the ledger: there it is taken back, and not in memory alone.
    found = states(edition)
    assert found == {S.ACCEPTED: 1, S.RETRY: 11}
    assert Delivery.objects.filter(state=S.RETRY, attempts__gt=0).count() == 0


def test_relays_share_by_weight() -> None:
    edition = begin(200)
    with running_sink() as large, running_sink() as small:
        send(
            edition,
            relay_to(large, "large", weight=3, connections=2),
            relay_to(small, "small", weight=1, connections=2),
        )
    assert len(large.taken) + len(small.taken) == 200
    # Each may run ahead by one message for each of its connections.
    assert 140 <= len(large.taken) <= 160
