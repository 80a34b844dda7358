"""What Stripe says of money that came, went, and came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from donations.companies import world
from donations.companies.stripe_double import StripeDouble
from donations.companies.world import URLS, give, looked_up, of_kind, order_for
from handpress.donations.companies.contract import Company, MandateTold, State, Told
from handpress.donations.companies.errors import (
    NeedsDonor,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.stripe.telling import of_transaction
from handpress.donations.core.movements import Kind

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


def _all(company: Company) -> set[Told]:
    return set(company.movements(LONG_AGO, FAR_OFF))


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("is_early", [False, True])
def test_a_debit_is_pending_until_it_is_sure(
    double: StripeDouble, company: Company, fails: bool, is_early: bool
) -> None:
    double.is_debit, double.debit_fails, double.is_early = True, fails, is_early
    begun = company.begin(order_for(double), URLS, key="begin-1")
    double.donor_pays(begun.remote_id)
    early = looked_up(company, begun.remote_id)
    assert _all(company) == set()

    double.settle(begun.remote_id)

    told = looked_up(company, begun.remote_id)
    assert (early.state, early.movements) == (State.PENDING, frozenset())
    assert told.state == (State.FAILED if fails else State.DONE)
    assert bool(told.code) == fails
    assert told.movements == _all(company)
    assert bool(told.movements) == (not fails)


def test_a_card_is_pending_until_its_money_stands_in_the_balance(
    double: StripeDouble, company: Company
) -> None:
    double.is_late = True
    begun = company.begin(order_for(double), URLS, key="begin-1")
    double.donor_pays(begun.remote_id)
    early = looked_up(company, begun.remote_id)

    double.settle(begun.remote_id)

    assert (early.state, early.movements) == (State.PENDING, frozenset())
    assert looked_up(company, begun.remote_id).state == State.DONE
    kinds = [event.kind for each in double.events() for event in company.read_events(*each)]
    assert kinds[-1] == "charge.updated", "it is said when the money is there"


def test_a_charge_by_debit_is_pending(double: StripeDouble, company: Company) -> None:
    given = give(double, company, is_monthly=True)
    double.is_debit = True

    told = company.charge(given.mandate, order_for(double), key="charge-1")

    assert (told.state, told.movements) == (State.PENDING, frozenset())


def test_a_payment_that_waits_for_the_donor_needs_the_donor(
    double: StripeDouble, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = give(double, company, is_monthly=True)
    waits = lambda intent, method: intent.update(status="requires_action")  # noqa: E731
    monkeypatch.setattr(double, "take", waits)

    asked = lambda: company.charge(given.mandate, order_for(double), key="charge-1")  # noqa: E731
    world.fails(double, NeedsDonor, asked)


def test_a_mandate_is_called_what_the_donor_knows_it_by(
    double: StripeDouble, company: Company
) -> None:
    mandate = give(double, company, is_monthly=True).told.mandate

    assert isinstance(mandate, MandateTold)
    assert mandate.words == "Visa card that ends in 4242"


def test_a_refund_that_comes_back_is_told_beside_it(double: StripeDouble, company: Company) -> None:
    given = give(double, company)
    refund = double.refund_there(given.capture.remote_id, 500)
    before = looked_up(company, given.begun.remote_id)

    double.desk.fail_refund(refund)

    told = looked_up(company, given.begun.remote_id)
    (back,) = told.movements - before.movements
    assert (back.kind, back.minor, back.of) == (Kind.REFUND_BACK, 500, given.capture.remote_id)
    assert told.movements == _all(company)


def test_a_payout_that_comes_back_is_told_beside_it(double: StripeDouble, company: Company) -> None:
    give(double, company)
    name = double.pay_out()

    double.desk.fail_payout(name)

    told = looked_up(company, name)
    assert told.state == State.FAILED
    assert told.code == "account_closed"
    out, back = sorted(told.movements, key=lambda each: each.minor)
    assert (out.remote_id, out.minor) == (name, -back.minor)
    assert back.remote_id != name
    assert told.movements <= _all(company)


def test_a_dispute_costs_and_winning_gives_the_cost_back(
    double: StripeDouble, company: Company
) -> None:
    given = give(double, company)
    double.dispute(given.capture.remote_id)
    double.win_dispute(given.capture.remote_id)

    told = looked_up(company, given.begun.remote_id)

    fees = [each.minor for each in of_kind(told, Kind.FEE)]
    assert sorted(fees) == [-1500, -97, 1500]
    assert told.movements == _all(company)
    net = sum(each["net"] for each in double.desk.of("balance_transaction"))
    assert sum(each.minor for each in told.movements) == net


def test_a_gift_in_other_money_is_told_in_its_own(double: StripeDouble, company: Company) -> None:
    given = give(double, company, currency="USD", minor=2500)
    double.refund_there(given.capture.remote_id, 500)
    double.dispute(given.capture.remote_id)

    told = looked_up(company, given.begun.remote_id)

    sums = {(each.kind, each.minor, each.currency) for each in told.movements}
    assert (Kind.CAPTURE, 2500, "USD") in sums
    assert (Kind.REFUND, -500, "USD") in sums
    assert (Kind.DISPUTE, -2500, "USD") in sums
    assert {currency for kind, _minor, currency in sums if kind == Kind.FEE} == {"EUR"}
    assert told.movements == _all(company)


def test_what_is_given_back_is_of_the_charges_currency(
    double: StripeDouble, company: Company
) -> None:
    given = give(double, company)
    capture = given.capture.remote_id

    world.fails(double, Refused, lambda: company.give_back(capture, 100, "JPY", key="refund-1"))
    world.fails(double, Refused, lambda: company.give_back("ch_x", 100, "EUR", key="refund-2"))
    assert double.desk.of("refund") == []


def test_what_was_given_back_and_cannot_be_seen_is_unknown(
    double: StripeDouble, company: Company
) -> None:
    given = give(double, company)
    capture = given.capture.remote_id
    double.fail("500", path="/v1/payment_intents/")

    asked = lambda: company.give_back(capture, 100, "EUR", key="refund-1")  # noqa: E731
    world.fails(double, OutcomeUnknown, asked)
    assert len(double.desk.of("refund")) == 1


@pytest.mark.parametrize(
    ("kind", "amount", "fee", "expected"),
    [
        ("stripe_fee", -120, 0, (Kind.FEE, -120)),
        ("adjustment", 75, 0, (Kind.FEE, 75)),
        ("something_new", -75, 5, (Kind.FEE, -80)),
        ("topup", 5000, 0, (Kind.PAYOUT, 5000)),
        ("reserve_transaction", -5000, 0, None),
        ("payout_minimum_balance_hold", -5000, 0, None),
    ],
)
def test_what_is_about_no_gift_is_told_too(
    double: StripeDouble, kind: str, amount: int, fee: int, expected: tuple[Kind, int] | None
) -> None:
    moved = double.desk.make(
        "balance_transaction", type=kind, amount=amount, fee=fee, currency="eur", source=None
    )

    told = of_transaction(moved)

    assert [(each.kind, each.minor) for each in told] == ([expected] if expected else [])
    assert all((each.remote_id, each.of) == (moved["id"], "") for each in told)


def test_a_charge_that_was_made_by_other_means_is_told(
    double: StripeDouble, company: Company
) -> None:
    charge = double.desk.make(
        "charge", amount=900, currency="eur", status="succeeded", balance_transaction=None
    )
    double.desk.enter(charge)
    double.refund_there(charge["id"], 100)

    told = looked_up(company, charge["id"])

    assert (told.state, told.reference) == (State.DONE, "")
    assert {(each.kind, each.minor) for each in told.movements} == {
        (Kind.CAPTURE, 900),
        (Kind.FEE, -51),
        (Kind.REFUND, -100),
    }
    assert told.movements == _all(company)
