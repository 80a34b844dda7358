"""What readers’ own servers refuse: what is tried again, and what is told of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.sending import (
    HASTY,
    S,
    assert_no_one_twice,
    begin,
    relay_to,
    send,
    states,
    stop_after,
    write,
)
from factories.readers import make_readers
from handpress.digest.ledger import Claimed, Result
from handpress.digest.models import Delivery, Edition, Subscriber
from handpress.digest.models.subscribers import SubscriberState
from handpress.digest.sender import Message
from handpress.lib import clock
from mail.sink import Plan, running_sink

pytestmark = pytest.mark.django_db(transaction=True)


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


def put_off(fault: str, **how: Any) -> tuple[Edition, list[Result]]:
    """Send an edition that is over before the second try; return it, and what was told."""
    edition = begin(10, deadline_at=clock.now() + timedelta(minutes=20))
    told: list[Result] = []
    how["tell"] = lambda _, some: told.extend(some)
    with running_sink(Plan(faults={fault: 1})) as sink:
        send(edition, relay_to(sink), habits=replace(HASTY, first_retry_s=3600), **how)
    return edition, told


def test_who_is_put_off_all_day_is_told_of_at_the_end() -> None:
    edition, told = put_off("rcpt:452")
    assert states(edition) == {S.EXPIRED: 10}
    assert [each.refusal.enhanced for each in told if each.refusal] == ["4.2.2"] * 10


def test_that_a_relay_wants_nothing_is_not_the_readers_word() -> None:
    edition, told = put_off("mail:452", stop=stop_after(1.0))
    assert states(edition)[S.EXPIRED] > 0
    assert told == []


# As relays say that a newsroom may send no more today, is on a list, or was locked.
ABOUT_US = [
    "5.4.5 Daily user sending limit exceeded",
    "5.1.8 Access denied, bad outbound sender",
    "5.0.0 Message rejected: Email address is not verified",
    "5.3.0 Client host [192.0.2.1] blocked using a dnsbl",
    "4.7.1 not for you",
]


@pytest.mark.parametrize("words", ABOUT_US)
def test_what_a_relay_has_against_us_another_may_not(words: str) -> None:
    edition = begin(40)
    plan = Plan(faults={"rcpt:550": 1}, words={"rcpt:550": words})
    with running_sink(plan) as blamed, running_sink() as good:
        relays = relay_to(blamed, "blamed", connections=2), relay_to(good, "good", connections=2)
        send(edition, *relays)
    assert blamed.commands
    assert states(edition) == {S.ACCEPTED: 40}
    assert Subscriber.objects.filter(state=SubscriberState.SUPPRESSED).count() == 0


def test_a_relay_that_takes_no_more_today_is_asked_less_and_loses_nobody() -> None:
    for number in range(120):
        make_readers(1, domain=f"d{number % 6}.example", first=number)
    edition = begin(0)
    plan = Plan(faults={"rcpt:550": 1}, words={"rcpt:550": ABOUT_US[0]})
    with running_sink(plan) as sink:
        relay = relay_to(sink, connections=2)
        send(edition, relay, stop=stop_after(2.0))
        asked = [each for each in sink.commands if each.startswith("RCPT")]
        assert 20 <= len(asked) < 60
        assert "5.4.5" in relay.pace.trouble
    found = states(edition)
    assert found[S.RETRY] + found[S.PENDING] == 120
