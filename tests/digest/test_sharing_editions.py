"""Two editions on their way at the same time, through the same relay: which goes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digest.sending import BODY, HASTY, Pen, S, relay_to, states
from factories.readers import make_edition, make_readers
from handpress.digest.ledger import Claimed, Ledger, begin_sending
from handpress.digest.models import Edition, Subscriber
from handpress.digest.models.editions import EditionState
from handpress.digest.sender import Message
from handpress.digest.sending import send_editions
from handpress.lib import clock
from handpress.mail.relays import Relay
from mail.sink import Plan, Sink, running_sink

pytestmark = pytest.mark.django_db(transaction=True)

_DAILY, _WEEKLY = 1, 2


def both(weekly: int, daily: int) -> tuple[Edition, Edition]:
    """Return a weekly edition that is on its way, and a daily one whose time has not come."""
    late = make_edition(frequency=_WEEKLY, deadline_at=clock.now() + timedelta(days=6))
    make_readers(weekly)
    Subscriber.objects.update(frequency=_WEEKLY)
    begin_sending(late)
    soon = make_edition(deadline_at=clock.now() + timedelta(hours=6))
    make_readers(daily, first=5000)
    begin_sending(soon)
    Edition.objects.filter(pk=soon.pk).update(state=EditionState.HELD)
    return late, soon


def pen_of(edition: Edition) -> Pen:
    return Pen(lambda row: Message(f"{edition.frequency}@bounces.example", row.address, BODY))


def order_of(sink: Sink) -> list[int]:
    return [int(each.sender[0]) for each in sink.taken]


@pytest.mark.parametrize("rate_per_s", [0, 150])
def test_an_edition_with_less_time_does_not_wait_for_a_longer_one(
    rate_per_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handpress.digest.sending._LOOK_EVERY_S", 0.05)
    late, soon = both(weekly=400, daily=60)

    with running_sink(Plan(delay_s=0.005)) as sink:

        def let_the_daily_go(relays: list[Relay]) -> None:
            if len(sink.taken) > 20:
                held = Edition.objects.filter(pk=soon.pk, state=EditionState.HELD)
                held.update(state=EditionState.SENDING)

        relay = relay_to(sink, connections=3, rate_per_s=rate_per_s)
        send_editions([relay], pen_of, habits=HASTY, keep=let_the_daily_go)
        order = order_of(sink)
    assert states(late) == {S.ACCEPTED: 400}
    assert states(soon) == {S.ACCEPTED: 60}
    first = order.index(_DAILY)
    last = len(order) - order[::-1].index(_DAILY)
    # Once it has begun, nearly all that goes is of it; then the other goes on.
    assert first < 300
    assert order[first:last].count(_WEEKLY) <= 12


def test_what_an_edition_with_less_time_cannot_use_now_the_other_has() -> None:
    late, soon = both(weekly=60, daily=20)
    Edition.objects.filter(pk=soon.pk).update(state=EditionState.SENDING)
    with running_sink(Plan(words={"rcpt:450": "4.2.1 later"})) as sink:
        # All of the daily's readers are put off for a while.
        sink.plan.faults["rcpt:450"] = 0.5
        send_editions([relay_to(sink, connections=2)], pen_of, habits=HASTY)
    assert states(late) == {S.ACCEPTED: 60}
    assert states(soon) == {S.ACCEPTED: 20}


class Broken(Pen):
    """Knows no way to begin."""

    def prepare(self, rows: list[Claimed]) -> None:
        raise ValueError("a template that is none")


@pytest.mark.parametrize("where", ["freezing", "beginning", "writing", "books"])
def test_an_edition_that_cannot_be_made_stops_no_other(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = both(weekly=600, daily=3)
    state = EditionState.FROZEN if where == "freezing" else EditionState.SENDING
    Edition.objects.filter(pk=bad.pk).update(state=state)

    def fail(of: Any, *rest: Any) -> Any:
        if getattr(of, "edition_id", getattr(of, "pk", 0)) == bad.pk:
            raise ValueError("a template that is none")
        return as_before(of, *rest)

    def pen(edition: Edition) -> Pen:
        if edition.pk != bad.pk or where == "books":
            return pen_of(edition)
        if where == "beginning":
            raise ValueError("a template that is none")
        return Broken(lambda row: None)

    as_before: Any = lambda *_: []  # noqa: E731
    if where == "freezing":
        monkeypatch.setattr("handpress.digest.editions.choices_without_pieces", fail)
    elif where == "books":
        as_before = Ledger.commit
        monkeypatch.setattr("handpress.digest.ledger.books.Ledger.commit", fail)
    with running_sink(Plan(delay_s=0.002)) as sink, pytest.raises(ValueError, match="template"):
        send_editions([relay_to(sink, connections=3)], pen, habits=HASTY)
    assert states(good) == {S.ACCEPTED: 600}
    assert S.ACCEPTED not in states(bad)


@pytest.mark.parametrize("where", ["beginning", "books"])
def test_an_edition_that_could_not_be_made_is_tried_again(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handpress.digest.sending._LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("handpress.digest.sending._AFTER_FAILURE_S", 0.2)
    late, soon = both(weekly=300, daily=3)
    Edition.objects.filter(pk=soon.pk).update(state=EditionState.SENDING)
    failed: list[str] = []
    commit = Ledger.commit

    def fail_once(at: str, pk: int) -> None:
        if (at, pk) == (where, soon.pk) and not failed:
            failed.append(at)
            raise ValueError("a template that is none")

    def pen(edition: Edition) -> Pen:
        fail_once("beginning", edition.pk)
        return pen_of(edition)

    def book(ledger: Ledger, *rest: Any) -> Any:
        # What it had claimed then, it must not seem to have in hand for as long as others work.
        fail_once("books", ledger.edition_id)
        return commit(ledger, *rest)

    monkeypatch.setattr("handpress.digest.ledger.books.Ledger.commit", book)

    with running_sink(Plan(delay_s=0.01)) as sink:
        send_editions([relay_to(sink, connections=3)], pen, habits=HASTY)
    assert failed
    assert states(late) == {S.ACCEPTED: 300}
    assert states(soon) == {S.ACCEPTED: 3}
