"""What is Mollie's alone about money that moved: refunds that take days, fees only for a token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donations.companies import world
from donations.companies.mollie_books import KEY, PROFILE, TOKEN, example
from donations.companies.mollie_double import DOUBLE
from donations.companies.world import URLS, give, looked_up, of_kind, order_for
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company, State
from handpress.donations.companies.errors import CompanyDown, OutcomeUnknown, Refused
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.mollie import telling
from handpress.donations.core.movements import Kind

_LONG_AGO, _FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def double() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def company(double: DOUBLE) -> Company:
    return double.company()


# --- refunds and debits, which take days ----------------------------------------------------------


def test_a_refund_is_told_when_it_has_reached_the_donor(double: DOUBLE, company: Company) -> None:
    given = give(double, company)

    told = company.give_back(given.capture.remote_id, 500, "EUR", key="refund-1")
    (refund,) = double.refunds.values()

    for status in ("queued", "pending", "processing", "failed", "canceled"):
        refund["status"] = status
        assert of_kind(looked_up(company, given.begun.remote_id), Kind.REFUND) == []
    assert told.movements == given.told.movements
    refund["status"] = "refunded"
    (back,) = of_kind(looked_up(company, given.begun.remote_id), Kind.REFUND)
    assert (back.minor, back.remote_id) == (-500, refund["id"])


def test_a_refund_that_cannot_be_looked_at_is_unknown(double: DOUBLE, company: Company) -> None:
    given = give(double, company)
    double.fail("500", method="GET", path="^/v2/payments/tr_")

    with pytest.raises(OutcomeUnknown):
        company.give_back(given.capture.remote_id, 500, "EUR", key="refund-1")


@pytest.mark.parametrize("capture", ["", "re_4qqhO89gsT", "tr_1/../../customers", "tr_%2e"])
def test_only_a_payment_is_given_back(double: DOUBLE, company: Company, capture: str) -> None:
    with pytest.raises(Refused):
        company.give_back(capture, 500, "EUR", key="refund-1")
    assert double.asked == []


def test_a_direct_debit_may_fail_days_later(double: DOUBLE, company: Company) -> None:
    given = give(double, company, is_monthly=True)
    told = company.charge(given.mandate, order_for(double), key="charge-1")
    assert (told.state, told.movements) == (State.PENDING, frozenset())
    double.fails_later[told.remote_id] = "AM04"

    double.settle(told.remote_id)

    later = looked_up(company, told.remote_id)
    assert (later.state, later.code, later.movements) == (State.FAILED, "am04", frozenset())


def test_a_transfer_that_comes_late_is_listed_on_its_day(double: DOUBLE, company: Company) -> None:
    begun = company.begin(order_for(double), URLS, key="begin-1")
    double.pass_time(40 * 86400)
    double.donor_pays(begun.remote_id)
    (told,) = looked_up(company, begun.remote_id).movements

    listed = list(company.movements(told.at - timedelta(hours=1), told.at + timedelta(hours=1)))

    assert listed == [told]


def test_a_list_that_goes_in_circles_ends(double: DOUBLE, company: Company) -> None:
    for number in range(2 * double.page_size):
        company.begin(order_for(double), URLS, key=f"begin-{number}")
    double.circles_to = list(double.payments)[-1]

    with pytest.raises(CompanyDown):
        list(company.movements(_LONG_AGO, _FAR_OFF))

    assert [each.path for each in double.asked if each.method == "GET"] == 2 * ["/v2/payments"]


def test_an_equal_refund_too_soon_is_asked_again_later(double: DOUBLE, company: Company) -> None:
    given = give(double, company)
    double.refuses_twins = True
    company.give_back(given.capture.remote_id, 500, "EUR", key="refund-1")

    with pytest.raises(CompanyDown):
        company.give_back(given.capture.remote_id, 500, "EUR", key="refund-2")

    double.refuses_twins = False
    company.give_back(given.capture.remote_id, 500, "EUR", key="refund-2")
    assert double.moved() == {given.capture.remote_id: 1500}


# --- with a token ---------------------------------------------------------------------------------


@pytest.fixture
def organisation(double: DOUBLE) -> Company:
    """Our side, with a token of the organisation, for real money."""
    return double.company(key=TOKEN, mode="live")


def listed(company: Company, *kinds: Kind) -> list[Any]:
    return [each for each in company.movements(_LONG_AGO, _FAR_OFF) if each.kind in kinds]


def test_a_token_tells_what_is_kept(double: DOUBLE, organisation: Company) -> None:
    given = [give(double, organisation) for _ in range(double.page_size + 1)]
    double.refund_there(given[0].capture.remote_id, 500)

    fees = listed(organisation, Kind.FEE)

    assert {each.minor for each in fees} == {-29}
    names = [each.of for each in fees]
    assert sorted(names) == sorted(
        [given[0].capture.remote_id, *(each.capture.remote_id for each in given)]
    )
    assert len({each.remote_id for each in fees}) == len(fees)


def test_what_is_held_back_for_a_while_is_no_fee() -> None:
    (kept,) = example("balance_transactions_list")["_embedded"]["balance_transactions"]
    amount = {"currency": "EUR", "value": "-0.10"}

    plain = telling.fee_of(kept)
    held = telling.fee_of(kept | {"deductionDetails": {"fees": amount, "reservations": amount}})
    none = telling.fee_of(kept | {"deductions": None})
    corrected = telling.fee_of(kept | {"type": "invoice-compensation", "context": None})

    assert plain is not None
    assert (plain.minor, plain.of) == (-25, "tr_7UhSN1zuXS")
    assert held is not None
    assert held.minor == -15
    assert none is None
    assert corrected is not None
    assert (corrected.minor, corrected.of) == (-1025, "")


def test_a_token_tells_what_is_sent_to_the_bank(double: DOUBLE, organisation: Company) -> None:
    give(double, organisation)
    give(double, organisation)

    name = double.pay_out()

    (payout,) = listed(organisation, Kind.PAYOUT)
    assert (payout.remote_id, payout.minor, payout.of) == (name, -(5000 - 58), "")
    told = looked_up(organisation, name)
    assert (told.state, told.movements) == (State.DONE, frozenset({payout}))
    double.settlements[name]["status"] = "open"
    assert looked_up(organisation, name).movements == frozenset()
    assert listed(organisation, Kind.PAYOUT) == []
    assert double.company().look_up(name) is None


def test_in_a_trial_a_token_says_so_and_asks_for_no_settlement(double: DOUBLE) -> None:
    company = double.company(key=TOKEN, mode="test")
    given = give(double, company, is_monthly=True)
    company.give_back(given.capture.remote_id, 500, "EUR", key="refund-1")
    company.end_mandate(given.mandate)
    list(company.movements(given.capture.at, given.capture.at + timedelta(hours=1)))

    for each in double.asked:
        said = each.json if each.body else {name: v[0] for name, v in each.query.items()}
        assert said.get("testmode") in {True, "true"}, each.path
    assert "/v2/settlements" not in {each.path for each in double.asked}


# --- its own examples -----------------------------------------------------------------------------


def test_its_own_examples_are_understood() -> None:
    paid = example("payment_single") | {"status": "paid", "paidAt": "2018-03-20T09:28:37+00:00"}
    refunds = example("refunds_list")["_embedded"]["refunds"]
    chargebacks = example("payment_chargebacks_list")["_embedded"]["chargebacks"]
    reversed_one = example("payment_chargeback_single")
    paid["_embedded"] = {"refunds": refunds, "chargebacks": [*chargebacks, reversed_one]}

    told = telling.snapshot_of(paid)

    assert (told.remote_id, told.state) == ("tr_7UhSN1zuXS", State.DONE)
    assert {(each.kind, each.minor, each.currency) for each in told.movements} == {
        (Kind.CAPTURE, 1000, "EUR"),
        (Kind.DISPUTE, -4338, "USD"),
        (Kind.DISPUTE_WON, 4338, "USD"),
    }
    canceled = telling.snapshot_of(example("payment_canceled"))
    assert (canceled.state, canceled.code) == (State.FAILED, "canceled")


def test_an_account_opens_at_the_base_that_it_is_given(double: DOUBLE) -> None:
    account = Account(
        mode="test",
        base="http://127.0.0.1:1",
        account_ref=PROFILE,
        details={},
        secrets={"api_key": KEY},
    )

    world.fails(double, CompanyDown, company_kind("mollie").open(account).check)
