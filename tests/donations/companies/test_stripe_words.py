"""What Stripe says of our account, of banks that say no, and of what was begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from donations.companies import world
from donations.companies.stripe_dialect import ACCOUNT
from donations.companies.stripe_double import StripeDouble
from donations.companies.world import URLS, give, looked_up, order_for
from handpress.donations.companies.contract import Company, Standing, State
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    Declined,
    NeedsDonor,
    Refused,
)
from handpress.donations.companies.stripe.sums import CURRENCIES, LEAST, minor_units, stripe_units
from handpress.donations.companies.stripe.wire import AGAIN, declined

LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    """Stripe."""
    with StripeDouble() as made:
        yield made


@pytest.fixture
def company(double: StripeDouble) -> Company:
    """Our side of it."""
    return double.company()


def test_a_key_of_another_account_takes_no_money(double: StripeDouble) -> None:
    account = double.desk.account("acct_1Another0000000")
    double.desk.account = lambda name: account  # type: ignore[method-assign]

    checked = double.company().check()

    assert checked.standing == Standing.REVOKED
    assert "another account" in checked.words


def test_an_account_that_may_not_take_money_is_revoked(double: StripeDouble) -> None:
    account = double.desk.account(ACCOUNT) | {"charges_enabled": False}
    double.desk.account = lambda name: account  # type: ignore[method-assign]

    checked = double.company().check()

    assert checked.standing == Standing.REVOKED
    assert "requirements.past_due" in checked.words


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, AGAIN),
        ({"code": "card_declined", "decline_code": "do_not_honor"}, AGAIN),
        ({"code": "processing_error"}, AGAIN),
        ({"code": "card_declined", "decline_code": "lost_card"}, None),
        ({"code": "card_declined", "decline_code": "stolen_card"}, None),
        ({"code": "card_declined", "decline_code": "pickup_card"}, None),
        ({"code": "expired_card"}, None),
        ({"code": "card_declined", "advice_code": "do_not_try_again"}, None),
        ({"code": "card_declined", "decline_code": "a donor's name"}, AGAIN),
    ],
)
def test_what_a_bank_says_tells_when_to_ask_again(told: dict[str, str], again: Any) -> None:
    error = declined(told)

    assert isinstance(error, Declined)
    assert error.again == again
    assert error.code in told.values()
    assert " " not in error.code


@pytest.mark.parametrize(
    "told",
    [
        {"code": "authentication_required"},
        {"code": "card_declined", "decline_code": "authentication_required"},
    ],
)
def test_a_second_factor_needs_the_donor(told: dict[str, str]) -> None:
    assert isinstance(declined(told), NeedsDonor)


@pytest.mark.parametrize(
    ("fault", "expected"), [("403", CompanyRevoked), ("409", CompanyDown), ("404", Refused)]
)
def test_other_answers_are_told_apart(
    double: StripeDouble, fault: str, expected: type[Exception]
) -> None:
    double.fail(fault, path="account")
    world.fails(double, expected, double.company().check)


def test_sums_come_back_as_they_went(double: StripeDouble) -> None:
    for currency in sorted(CURRENCIES):
        for minor in (100, LEAST.get(currency, 0) or 100, 123_400):
            assert minor_units(stripe_units(minor, currency), currency) == minor
    for wrong in (True, 10.0, "10", None):
        with pytest.raises((TypeError, ValueError)):
            minor_units(wrong, "EUR")


def test_the_best_of_what_was_begun_is_found(double: StripeDouble) -> None:
    company, asked_at = double.company(), world.since()
    order = order_for(double)
    left = company.begin(order, URLS, key="begin-1")
    double.donor_leaves(left.remote_id)
    paid = company.begin(order, URLS, key="begin-2")
    double.donor_pays(paid.remote_id)
    company.begin(order, URLS, key="begin-3")

    found = company.find(order.reference, since=asked_at)

    assert found is not None
    assert (found.remote_id, found.state) == (paid.remote_id, State.DONE)


def test_what_was_paid_on_a_page_is_told_of_the_page(double: StripeDouble) -> None:
    company = double.company()
    given = give(double, company)
    refund = double.refund_there(given.capture.remote_id, 100)
    double.dispute(given.capture.remote_id)
    (dispute,) = double.desk.of("dispute")
    (intent,) = double.desk.of("payment_intent")

    told = looked_up(company, given.begun.remote_id)

    for name in (intent["id"], given.capture.remote_id, refund, dispute["id"]):
        assert looked_up(company, name) == told
