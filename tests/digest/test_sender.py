"""The sender against a server that fails in every way: what arrives, and what the ledger says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digest.sending import (
    HASTY,
    Pen,
    S,
    assert_no_one_twice,
    begin,
    hurry,
    relay_to,
    send,
    states,
    write,
)
from factories.readers import make_edition, make_readers
from handpress.digest.ledger import Claimed, begin_sending
from handpress.digest.models import Delivery, Edition, Subscriber
from handpress.digest.models.editions import EditionState
from handpress.digest.models.subscribers import SubscriberState
from handpress.digest.sender import Message
from handpress.digest.sending import send_editions
from handpress.lib import clock
from mail.sink import Plan, running_sink
from servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_who_leaves_while_a_relay_thinks_is_not_mailed() -> None:
    """It may be minutes between the wish to end a message and the relay's leave to begin it."""
    edition = begin(8)
    first = Subscriber.objects.order_by("pk").first()
    assert first is not None

    def leave() -> None:
        wait_until(lambda: Delivery.objects.get(subscriber=first).state == S.DOTTED)
        Subscriber.objects.filter(pk=first.pk).update(state=SubscriberState.LEFT)
        connection.close()

    leaving = threading.Thread(target=leave)
    leaving.start()
    with running_sink(Plan(think_s=1.5)) as sink:
        send(edition, relay_to(sink, connections=8))
    leaving.join()
    assert first.address not in sink.recipients
    assert states(edition) == {S.ACCEPTED: 7, S.SUPPRESSED: 1}
    assert_no_one_twice(sink)


def test_what_is_stopped_or_late_while_a_relay_thinks_does_not_go() -> None:
    edition = begin(8)

    def stop() -> None:
        wait_until(lambda: states(edition)[S.DOTTED] == 8)
        Edition.objects.update(state=EditionState.HELD)
        connection.close()

    stopping = threading.Thread(target=stop)
    stopping.start()
    with running_sink(Plan(think_s=1.5)) as sink:
        send(edition, relay_to(sink, connections=8))
    stopping.join()
    assert sink.recipients == []
    assert states(edition) == {S.RETRY: 8}


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
