"""The sender against a server that fails in every way: what arrives, and what the ledger says."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from factories.companies import Company, company
from factories.messages import MESSAGE
from factories.readers import make_edition, make_readers
from handpress.digest.ledger import Claimed, Result, begin_sending
from handpress.digest.models import Delivery, Edition, Subscriber
from handpress.digest.models.editions import DeliveryState, EditionState
from handpress.digest.models.subscribers import SubscriberState
from handpress.digest.sender import Habits, Message, Report
from handpress.digest.sending import send_editions
from handpress.lib import clock
from handpress.mail.core.pace import Terms
from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.relays import Relay, relay_of
from handpress.mail.smtp import SmtpRelay, Timeouts
from handpress.mail.transports import BeforeDot, NotSent, Withdrawn
from handpress.mail.transports.anymail import CompanyRelay
from mail.sink import Plan, Sink, running_sink

S = DeliveryState
HASTY = Habits(first_retry_s=0.05, look_every_s=0.2, drain_s=5, after_a_drop_s=0.05)
BODY = b"Subject: Morning\r\n\r\nGood morning.\r\n"

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_everybody_gets_it_once() -> None:
    edition = begin(120)
    with running_sink() as sink:
        report = send(edition, relay_to(sink, messages_per_connection=20))
    assert sorted(sink.recipients) == sorted(Subscriber.objects.values_list("address", flat=True))
    assert_no_one_twice(sink)
    assert states(edition) == {S.ACCEPTED: 120}
    assert (report.accepted, report.is_finished) == (120, True)
    assert sink.connections >= 6
    edition.refresh_from_db()
    assert edition.state == EditionState.DONE
    one = Delivery.objects.first()
    assert one is not None
    assert (one.relay, one.reply, one.attempts) == ("main", "250 2.0.0 taken", 1)


def test_an_edition_for_nobody_ends_at_once() -> None:
    edition = begin(0)
    with running_sink() as sink:
        assert send(edition, relay_to(sink)).is_finished
    assert sink.connections == 0


@pytest.mark.parametrize(
    "fault",
    [
        "greeting:421",
        "greeting:554",
        "ehlo:421",
        "mail:421",
        "mail:451",
        "mail:550",
        "mail:drop",
        "rcpt:421",
        "rcpt:450",
        "rcpt:drop",
        "data:421",
        "data:451",
        "data:drop",
        "dot:421",
        "dot:451",
    ],
)
def test_what_may_pass_is_tried_again(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    edition = begin(40)
    with running_sink(Plan(faults={fault: 0.15})) as sink:
        send(edition, relay_to(sink))
    assert states(edition) == {S.ACCEPTED: 40}
    assert len(sink.recipients) == 40
    assert_no_one_twice(sink)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let relays rest for a moment instead of a minute, and brakes go off soon."""
    monkeypatch.setattr("handpress.mail.core.pace._LONGEST_REST_S", 0.02)
    monkeypatch.setattr("handpress.mail.core.pace._SLOWEST_PER_S", 500.0)


def test_a_refused_reader_is_not_tried_again() -> None:
    edition = begin(40)
    with running_sink(Plan(faults={"rcpt:550": 0.2}, seed=3)) as sink:
        report = send(edition, relay_to(sink))
    found = states(edition)
    assert found[S.FAILED] == report.failed > 0
    assert found[S.ACCEPTED] == len(sink.recipients) == 40 - found[S.FAILED]
    failed = Delivery.objects.filter(state=S.FAILED).first()
    assert failed is not None
    assert failed.reply == "550 5.1.1 as planned"


@pytest.mark.parametrize("fault", ["dot:drop", "dot:lost", "body:drop"])
def test_what_is_in_doubt_is_held(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    edition = begin(40)
    with running_sink(Plan(faults={fault: 0.2}, seed=5)) as sink:
        report = send(edition, relay_to(sink))
    found = states(edition)
    assert found[S.UNKNOWN] == report.unknown
    assert report.unknown > 0 or fault == "body:drop"
    assert found[S.ACCEPTED] + found[S.UNKNOWN] == 40
    assert_no_one_twice(sink)
    assert report.is_finished


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


def stop_after(seconds: float) -> Callable[[asyncio.Event], None]:
    return lambda stop: _call_later(seconds, stop.set)


def _call_later(seconds: float, work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, work)


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


def test_who_leaves_meanwhile_is_not_mailed() -> None:
    edition = begin(60)
    left: list[str] = []
    first = Subscriber.objects.order_by("pk").first()
    assert first is not None

    def leaving(row: Claimed) -> Message:
        # Claims begin with the newest reader: this one is claimed, and still to come.
        if not left and row.reader_id != first.pk:
            left.append(first.address)
            with_another_connection(
                lambda: Subscriber.objects.filter(pk=first.pk).update(state=SubscriberState.LEFT)
            )
        return write(row)

    with running_sink() as sink:
        report = send(edition, relay_to(sink, connections=1), write=leaving)
    assert left[0] not in sink.recipients
    assert report.withdrawn == 1
    assert states(edition) == {S.ACCEPTED: 59, S.SUPPRESSED: 1}


def with_another_connection(work: Callable[[], Any]) -> None:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_an_editor_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    edition = begin(300)
    seen: list[int] = []

    def stopping(row: Claimed) -> Message:
        seen.append(row.reader_id)
        if len(seen) == 20:
            with_another_connection(lambda: Edition.objects.update(state=EditionState.HELD))
        return write(row)

    with running_sink() as sink:
        report = send(edition, relay_to(sink, connections=2), write=stopping)
    assert len(sink.taken) < 40
    assert not report.is_finished
    found = states(edition)
    assert found[S.ACCEPTED] == len(sink.taken)
    assert found[S.CLAIMED] == found[S.DOTTED] == 0
    # And goes on where it was.
    Edition.objects.update(state=EditionState.SENDING)
    with running_sink() as second:
        assert send(edition, relay_to(second)).is_finished
    assert len(sink.taken) + len(second.taken) == 300
    assert not set(sink.recipients) & set(second.recipients)


def test_asked_to_stop_it_ends_what_it_began() -> None:
    edition = begin(300)
    stops: list[asyncio.Event] = []
    seen: list[int] = []

    def stopping(row: Claimed) -> Message:
        seen.append(row.reader_id)
        if len(seen) == 20:
            stops[0].set()
        return write(row)

    with running_sink(Plan(delay_s=0.01)) as sink:
        report = send(edition, relay_to(sink), write=stopping, stop=stops.append)
    found = states(edition)
    assert not report.is_finished
    assert found[S.ACCEPTED] == len(sink.taken) < 40
    assert set(found) <= {S.ACCEPTED, S.PENDING, S.RETRY}


def test_what_does_not_end_in_time_is_cut_off_and_in_doubt() -> None:
    edition = begin(10)
    stops: list[asyncio.Event] = []

    def stopping(row: Claimed) -> Message:
        asyncio.get_running_loop().call_later(0.2, stops[0].set)
        return write(row)

    with running_sink(Plan(faults={"dot:silence": 1})) as sink:
        habits = replace(HASTY, drain_s=0.1)
        send(
            edition, relay_to(sink, connections=3), write=stopping, stop=stops.append, habits=habits
        )
    found = states(edition)
    assert found[S.UNKNOWN] == len(sink.taken) == 3
    assert found[S.CLAIMED] == found[S.DOTTED] == 0


def test_nothing_goes_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    edition = begin(100)
    seen: list[int] = []
    real = clock.now

    def late(row: Claimed) -> Message:
        seen.append(row.reader_id)
        if len(seen) == 20:
            monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=7))
        return write(row)

    with running_sink() as sink:
        report = send(edition, relay_to(sink, connections=2), write=late)
    found = states(edition)
    assert found[S.EXPIRED] + found[S.ACCEPTED] == 100
    assert found[S.ACCEPTED] == len(sink.taken) < 100
    assert report.is_finished


def test_a_retry_that_would_be_late_is_none() -> None:
    edition = begin(10, deadline_at=clock.now() + timedelta(minutes=20))
    with running_sink(Plan(faults={"rcpt:450": 1})) as sink:
        report = send(edition, relay_to(sink), habits=replace(HASTY, first_retry_s=3600))
    assert states(edition) == {S.EXPIRED: 10}
    assert report.is_finished


def test_one_message_that_cannot_be_made_stops_no_other() -> None:
    edition = begin(20)
    poor = Subscriber.objects.order_by("pk")[7]

    def write_or_fail(row: Claimed) -> Message | None:
        if row.reader_id == poor.pk:
            raise ValueError("no such thing")
        return write(row)

    with running_sink() as sink:
        assert send(edition, relay_to(sink), write=write_or_fail).is_finished
    assert states(edition) == {S.ACCEPTED: 19, S.FAILED: 1}


def test_readers_for_whom_there_is_nothing_get_nothing() -> None:
    edition = begin(20)
    with running_sink() as sink:
        assert send(edition, relay_to(sink), write=lambda row: None).is_finished
    assert states(edition) == {S.SUPPRESSED: 20}
    assert not sink.taken


def test_receivers_that_refuse_everybody_are_left_alone_and_told_of() -> None:
    make_readers(100, domain="gmail.com", first=1000)
    edition = begin(30)
    stops: list[asyncio.Event] = []

    with running_sink(Plan(refuse_domain="gmail.com")) as sink:
        relay = relay_to(sink, connections=2)

        def stopping(row: Claimed) -> Message:
            asyncio.get_running_loop().call_later(1.0, stops[0].set)
            return write(row)

        report = send(edition, relay, write=stopping, stop=stops.append)
    (alarm,) = report.alarms
    assert "gmail" in alarm
    found = states(edition)
    assert found[S.ACCEPTED] == 30
    # It is about us: when it is mended, it goes by itself.
    assert found[S.FAILED] == 0
    assert found[S.RETRY] + found[S.PENDING] == 100
    refused = Delivery.objects.filter(reply__startswith="550")
    assert 20 <= refused.count() < 40
    assert Subscriber.objects.filter(state=SubscriberState.SUPPRESSED).count() == 0


def test_a_refusal_for_policy_is_tried_again_and_counts_against_nobody() -> None:
    make_readers(12, domain="small.example", first=1000)
    edition = begin(5)
    told: list[Result] = []
    with running_sink(Plan(refuse_domain="small.example")) as sink:

        def mended(row: Claimed) -> Message:
            if row.attempts:
                sink.plan.refuse_domain = ""
            return write(row)

        relay = relay_to(sink, connections=1)
        report = send(edition, relay, write=mended, tell=lambda _, some: told.extend(some))
    assert states(edition) == {S.ACCEPTED: 17}
    assert_no_one_twice(sink)
    assert not report.alarms
    # The receiver's own page learns of it: none of these is over for its reader.
    assert {each.state for each in told} == {S.RETRY}
    assert {each.refusal.enhanced for each in told if each.refusal} == {"5.7.26"}


def test_a_mailbox_that_is_not_there_is_final_whatever_the_code() -> None:
    edition = begin(5)
    plan = Plan(faults={"rcpt:550": 1}, words={"rcpt:550": "5.7.1 no such user here"})
    with running_sink(plan) as sink:
        assert send(edition, relay_to(sink)).failed == 5
    assert states(edition) == {S.FAILED: 5}


def test_whom_one_relay_is_refused_for_another_may_reach() -> None:
    make_readers(30, domain="small.example", first=1000)
    edition = begin(30)
    with running_sink(Plan(refuse_domain="small.example")) as blamed, running_sink() as good:
        relays = relay_to(blamed, "blamed", connections=2), relay_to(good, "good", connections=2)
        send(edition, *relays)
    assert states(edition) == {S.ACCEPTED: 60}
    tried = Counter(each for each in blamed.commands if "@small.example" in each)
    assert tried
    # Nobody by the same relay again, while the other takes more.
    assert max(tried.values()) == 1


def test_who_is_put_off_all_day_is_told_of_at_the_end() -> None:
    edition = begin(10, deadline_at=clock.now() + timedelta(minutes=20))
    told: list[Result] = []
    with running_sink(Plan(faults={"rcpt:452": 1})) as sink:
        send(
            edition,
            relay_to(sink),
            habits=replace(HASTY, first_retry_s=3600),
            tell=lambda _, some: told.extend(some),
        )
    assert states(edition) == {S.EXPIRED: 10}
    assert [each.refusal.enhanced for each in told if each.refusal] == ["4.2.2"] * 10


def test_that_a_relay_wants_nothing_is_not_the_readers_word() -> None:
    edition = begin(10, deadline_at=clock.now() + timedelta(minutes=20))
    told: list[Result] = []
    with running_sink(Plan(faults={"mail:452": 1})) as sink:
        send(
            edition,
            relay_to(sink),
            habits=replace(HASTY, first_retry_s=3600),
            tell=lambda _, some: told.extend(some),
            stop=stop_after(1.0),
        )
    assert states(edition)[S.EXPIRED] > 0
    assert told == []


def test_trouble_with_the_books_that_nobody_foresaw_ends_it_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edition = begin(30)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise ValueError("unforeseen")

    monkeypatch.setattr("handpress.digest.ledger.books.Ledger.commit", fail)
    with running_sink() as sink, pytest.raises(ValueError, match="unforeseen"):
        send(edition, relay_to(sink))
    assert not sink.taken


def test_editions_that_are_due_together_share_the_relays() -> None:
    make_readers(40)
    weekly = make_readers(40, first=500)
    Subscriber.objects.filter(pk__in=[each.pk for each in weekly]).update(frequency=2)
    both = [make_edition(), make_edition(frequency=2)]
    for edition in both:
        begin_sending(edition)
    # While the one waits to try again, the other goes out.
    with running_sink(Plan(faults={"rcpt:450": 0.3}, delay_s=0.002)) as sink:
        relay = relay_to(sink, connections=3, messages_per_connection=15)
        reports = send_editions([relay], lambda _: Pen(write), habits=HASTY, stop=lambda _: None)
    assert {pk: each.accepted for pk, each in reports.items()} == {each.pk: 40 for each in both}
    assert len(sink.taken) == 80
    assert_no_one_twice(sink)
    assert sink.most_at_once == 3
    assert relay.pace.busy == 0
    assert not relay.resting
