"""What is PayPal's alone: giving back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from donations.companies import world
from donations.companies.paypal_double import DOUBLE
from donations.companies.world import give, looked_up, of_kind
from handpress.donations.companies.errors import (
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.paypal.account import PayPal
from handpress.donations.core.movements import Kind


@pytest.fixture
def paypal() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def ours(paypal: DOUBLE) -> PayPal:
    company = paypal.company()
    assert isinstance(company, PayPal)
    return company


def test_a_fee_that_comes_back_with_a_refund_is_told(paypal: DOUBLE, ours: PayPal) -> None:
    given = give(paypal, ours)
    paypal.returns_fees = True

    told = ours.give_back(given.capture.remote_id, 1000, "EUR", key="refund-1")

    (refund,) = of_kind(told, Kind.REFUND)
    (back,) = [each for each in of_kind(told, Kind.FEE) if each.remote_id == refund.remote_id]
    assert (back.minor, back.of) == (10, given.capture.remote_id)
    listed = list(ours.movements(given.capture.at, world.since().replace(year=2099)))
    assert set(listed) == told.movements


def test_a_refund_that_waits_for_our_bank_is_told_when_it_is_done(
    paypal: DOUBLE, ours: PayPal
) -> None:
    given = give(paypal, ours)
    paypal.pends_for = "ECHECK"

    told = ours.give_back(given.capture.remote_id, 1000, "EUR", key="refund-1")
    assert of_kind(told, Kind.REFUND) == []

    paypal.settle(given.begun.remote_id)
    (refund,) = of_kind(looked_up(ours, given.begun.remote_id), Kind.REFUND)
    assert refund.minor == -1000


def test_a_refund_is_done_though_nothing_can_be_seen_afterwards(
    paypal: DOUBLE, ours: PayPal
) -> None:
    given = give(paypal, ours)
    paypal.fail("500", method="GET", times=1)

    world.fails(
        paypal,
        OutcomeUnknown,
        lambda: ours.give_back(given.capture.remote_id, 1000, "EUR", key="refund-1"),
    )

    told = ours.give_back(given.capture.remote_id, 1000, "EUR", key="refund-1")
    assert [each.minor for each in of_kind(told, Kind.REFUND)] == [-1000]


@pytest.mark.parametrize(
    ("capture", "minor", "currency"),
    [("../orders", 100, "EUR"), ("NOTHING", 100, "EUR"), (None, 150, "HUF"), (None, 100, "USD")],
)
def test_what_cannot_be_given_back_is_refused(
    paypal: DOUBLE, ours: PayPal, capture: str | None, minor: int, currency: str
) -> None:
    given = give(paypal, ours)

    name = capture or given.capture.remote_id
    world.fails(paypal, Refused, lambda: ours.give_back(name, minor, currency, key="refund-1"))

    assert paypal.moved() == {given.capture.remote_id: 2500}
