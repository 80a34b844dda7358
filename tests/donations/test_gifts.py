"""Gifts: each way, what is done to them, and what a campaign has raised."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from factories import giving
from handpress.donations import actions
from handpress.donations.actions.gifts import take_back_gift
from handpress.donations.actions.ledger import Happened, book
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.core.references import parse_reference
from handpress.donations.models import Entry, Movement, Pledge, RailState, SponsorState
from handpress.donations.queries import books
from handpress.donations.queries.gifts import gifts, line_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("way", "kind"),
    [("bank", "bank_in"), ("cheque", "cheque_in"), ("cash", "cash_in"), ("link", "link_in")],
)
def test_every_way_can_be_recorded(db: None, way: str, kind: str) -> None:
    campaign = giving.campaign(raised_minor=5000)
    gift = giving.gift(giving.rail(way), 1000, campaign=campaign, fee=30)
    assert gift.kind == kind
    assert books.raised(campaign) == 6000
    assert {each.code.split(":")[0]: each.minor for each in books.trial_balance()} == {
        "Assets": 970,
        "Expenses": 30,
        "Income": -1000,
    }


def test_a_refund_a_bounce_and_their_undoing(db: None) -> None:
    campaign = giving.campaign()
    cheque = giving.gift(giving.rail("cheque"), 1000, campaign=campaign)
    bounce, _ = actions.bounce_cheque(cheque, key="b", on=giving.DAY, fee=250)
    assert books.raised(campaign) == 0
    assert line_of(gifts().get()).state == "came back"
    actions.undo(bounce, on=giving.DAY)
    assert books.raised(campaign) == 1000
    actions.refund_gift(cheque, amount=400, key="r1", on=giving.DAY)
    actions.refund_gift(cheque, amount=400, key="r2", on=giving.DAY)
    assert books.raised(campaign) == 200
    with pytest.raises(RefusedMovement, match="more than is left"):
        actions.refund_gift(cheque, amount=201, key="r3", on=giving.DAY)
    with pytest.raises(RefusedMovement, match="Undo first"):
        actions.undo(cheque, on=giving.DAY)
    assert not list(books.walk())


@pytest.mark.parametrize(
    ("moved", "left", "state"),
    [
        ([(Kind.DISPUTE, -1000)], 0, "came back"),
        ([(Kind.DISPUTE, -400)], 600, "came back in part"),
        ([(Kind.REFUND, -400), (Kind.DISPUTE, -600)], 0, "came back"),
        ([(Kind.DISPUTE, -1000), (Kind.DISPUTE_WON, 1000)], 1000, ""),
        ([(Kind.DISPUTE, -1000), (Kind.DISPUTE_WON, 700)], 700, "came back in part"),
        ([(Kind.DISPUTE, -1000), (Kind.DISPUTE_WON, 1000), (Kind.DISPUTE, -1000)], 0, "came back"),
        ([(Kind.REFUND, -400), (Kind.REFUND_BACK, 400)], 1000, ""),
    ],
)
def test_what_a_bank_took_back_is_said(
    db: None, moved: list[tuple[Kind, int]], left: int, state: str
) -> None:
    gift = giving.gift(giving.rail())
    for number, (kind, minor) in enumerate(moved):
        book(
            Happened(
                rail=gift.rail,
                kind=kind,
                remote_id=f"m{number}",
                amount=minor,
                currency="EUR",
                on=giving.DAY,
                of=gift,
            )
        )
    line = line_of(gifts().get())
    assert (line.left, line.state) == (left, state)


def test_what_a_bank_took_back_by_mistake_of_ours_came_after_all(db: None) -> None:
    gift = giving.gift(giving.rail())
    taken, _ = take_back_gift(gift, amount=1000, key="t", on=giving.DAY)
    assert line_of(gifts().get()).state == "came back"
    actions.undo(taken, on=giving.DAY)
    assert line_of(gifts().get()).state == ""


def test_what_is_told_again_is_booked_once_and_what_differs_is_refused(db: None) -> None:
    rail = giving.rail()
    first = giving.gift(rail, 1000, "same")
    assert giving.gift(rail, 1000, "same") == first
    with pytest.raises(actions.AlreadyBooked) as refusal:
        giving.gift(rail, 1001, "same")
    assert refusal.value.movement == first
    assert Entry.objects.count() == 1


def test_a_rail_of_one_currency_takes_no_other(db: None) -> None:
    with pytest.raises(RefusedMovement, match="takes USD, not EUR"):
        giving.gift(giving.rail(currency="USD"))


def test_4_10_no_promise_to_what_is_over_but_late_money_is_booked(db: None) -> None:
    over = giving.campaign(ends_at=NOW - timedelta(days=2))
    soon = giving.campaign("Later", starts_at=NOW + timedelta(days=2))
    rail = giving.rail()
    wanted: dict[str, Any] = {"rail": rail, "amount": 500, "currency": "EUR", "now": NOW}
    for campaign in (over, soon):
        with pytest.raises(actions.NotOpen, match="takes no new gifts"):
            actions.promise_gift(campaign=campaign, nonce=uuid.uuid4(), **wanted)
    gift = giving.gift(rail, 500, campaign=over)
    assert books.raised(over) == 500
    assert line_of(gifts().get(pk=gift.pk)).is_late
    on_time = giving.gift(rail, 700, campaign=over, on=date(2026, 11, 24))
    assert not line_of(gifts().get(pk=on_time.pk)).is_late


def test_4_11_old_rails_offer_nothing_and_take_money_and_refunds_for_ever(db: None) -> None:
    rail = giving.rail()
    pledge, _ = actions.promise_gift(
        rail=rail, amount=500, currency="EUR", nonce=uuid.uuid4(), now=NOW
    )
    successor = giving.sponsor("Another", state=SponsorState.DRAFT)
    assert actions.suspend_sponsor(rail.sponsor, now=NOW, successor=successor)
    rail.state = RailState.REVOKED
    rail.save()
    successor.refresh_from_db()
    assert successor.state == SponsorState.LIVE
    with pytest.raises(actions.NotOpen, match="not offered any more"):
        actions.promise_gift(rail=rail, amount=5, currency="EUR", nonce=uuid.uuid4(), now=NOW)
    gift = giving.gift(rail, 500, pledge=pledge)
    refund, is_new = actions.refund_gift(gift, amount=500, key="r", on=giving.DAY)
    assert is_new
    assert refund.pledge == pledge
    assert not actions.suspend_sponsor(rail.sponsor, now=NOW), "it is suspended already"


def test_4_5_a_form_sent_twice_is_one_promise(db: None) -> None:
    wanted: dict[str, Any] = {"rail": giving.rail(), "amount": 5, "currency": "EUR", "now": NOW}
    nonce = uuid.uuid4()
    first, is_new = actions.promise_gift(nonce=nonce, **wanted)
    again, is_new_again = actions.promise_gift(nonce=nonce, **wanted)
    assert (first, is_new, is_new_again) == (again, True, False)
    assert parse_reference(first.reference) == first.reference


def _at_once(act: Callable[[], Any], count: int = 8) -> list[Any]:
    """Run something in several threads that begin together; return what each returned."""
    start, found = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            found.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_4_5_eight_at_once_make_one_promise_one_gift_and_one_refund(committed: None) -> None:
    rail, nonce = giving.rail(), uuid.uuid4()
    wanted: dict[str, Any] = {"rail": rail, "amount": 1000, "currency": "EUR", "now": NOW}
    promised = _at_once(lambda: actions.promise_gift(nonce=nonce, **wanted))
    assert len(promised) == 8
    assert sum(is_new for _, is_new in promised) == Pledge.objects.count() == 1
    told = actions.Gift(rail=rail, key="k", amount=1000, currency="EUR", on=giving.DAY)
    booked = _at_once(lambda: actions.record_gift(told))
    assert sum(is_new for _, is_new in booked) == Movement.objects.count() == 1

    def give_back(key: str) -> bool:
        try:
            gift = Movement.objects.get(of=None)
            return actions.refund_gift(gift, amount=600, key=key, on=giving.DAY)[1]
        except RefusedMovement:
            return False

    # Each is another refund, and together they would be more than came.
    given_back = _at_once(lambda: give_back(uuid.uuid4().hex))
    assert sum(given_back) == 1
    assert not list(books.walk())
