"""What is GoCardless's alone: payments that turn, refunds that return, fees in parts of a cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donations.companies import world
from donations.companies.gocardless_double import GoCardlessDouble
from donations.companies.world import URLS, give, looked_up, of_kind, order_for
from handpress.donations.companies.contract import Company, Snapshot, State
from handpress.donations.companies.errors import Refused
from handpress.donations.companies.gocardless import telling
from handpress.donations.core.movements import Kind

LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Told = list[tuple[str, str, int]]


@pytest.fixture
def double() -> Iterator[GoCardlessDouble]:
    with GoCardlessDouble() as made:
        yield made


@pytest.fixture
def company(double: GoCardlessDouble) -> Company:
    return double.company()


def told(snapshot: Snapshot | None) -> Told:
    assert snapshot is not None
    there = sorted(snapshot.movements, key=lambda each: (each.at, each.remote_id))
    return [(each.kind.value, each.remote_id, each.minor) for each in there]


def test_what_fails_late_is_taken_back_and_may_come_again(
    double: GoCardlessDouble, company: Company
) -> None:
    capture = give(double, company).capture.remote_id
    double.turn(capture, "failed", "failed", "refer_to_payer")
    failed = looked_up(company, capture)
    double.turn(capture, "submitted", "resubmission_requested")
    double.turn(capture, "confirmed", "confirmed")
    came = looked_up(company, capture)
    double.turn(capture, "charged_back", "charged_back")
    gone = looked_up(company, capture)

    assert failed.state == came.state == gone.state == State.DONE
    assert told(gone) == [
        ("capture", capture, 2500),
        ("dispute", f"{capture}-taken-1", -2500),
        ("dispute_won", f"{capture}-returned-1", 2500),
        ("dispute", f"{capture}-taken-2", -2500),
    ]
    assert failed.movements < came.movements < gone.movements
    assert set(company.movements(LONG_AGO, FAR_OFF)) == gone.movements


_AGAIN = "insufficient_funds refer_to_payer bank_account_transferred daily_payment_limit_reached"
_NEVER = (
    "authorisation_disputed bank_account_closed direct_debit_not_enabled invalid_bank_details"
    " mandate_cancelled payment_stopped account_blocked_for_any_financial_transaction new_to_us"
)


@pytest.mark.parametrize("cause", [*_AGAIN.split(), *_NEVER.split()])
def test_the_banks_reason_says_whether_to_try_again(
    double: GoCardlessDouble, company: Company, cause: str
) -> None:
    charged = company.charge(
        give(double, company, is_monthly=True).mandate, order_for(double), key="charge-1"
    )
    double.turn(charged.remote_id, "failed", "failed", cause)

    failed = looked_up(company, charged.remote_id)

    assert (failed.state, failed.code) == (State.FAILED, cause)
    assert failed.again == (timedelta(days=3) if cause in _AGAIN.split() else None)


def test_what_was_called_off_is_not_tried_again(double: GoCardlessDouble, company: Company) -> None:
    charged = company.charge(
        give(double, company, is_monthly=True).mandate, order_for(double), key="charge-1"
    )
    double.turn(charged.remote_id, "cancelled", "cancelled", "refer_to_payer")

    assert looked_up(company, charged.remote_id).again is None


def test_what_never_came_is_failed_with_the_banks_reason(
    double: GoCardlessDouble, company: Company
) -> None:
    given = give(double, company, is_monthly=True)
    double.decline_next(hard=False)
    charged = company.charge(given.mandate, order_for(double), key="charge-1")
    double.settle(charged.remote_id)

    failed = looked_up(company, charged.remote_id)

    assert (failed.state, failed.code, failed.movements) == (
        State.FAILED,
        "insufficient_funds",
        frozenset(),
    )


def test_a_mandate_is_agreed_to_without_paying(double: GoCardlessDouble, company: Company) -> None:
    order = order_for(double, is_monthly=True, is_for_later=True)
    begun = company.begin(order, URLS, key="begin-1")
    assert looked_up(company, begun.remote_id).state == State.OPEN
    double.donor_pays(begun.remote_id)

    agreed = looked_up(company, begun.remote_id)

    assert company.caps.agrees_without_paying
    assert (agreed.state, agreed.movements) == (State.DONE, frozenset())
    assert agreed.reference == order.reference
    assert agreed.mandate is not None
    charged = company.charge(agreed.mandate.remote_id, order_for(double), key="charge-1")
    double.settle(charged.remote_id)
    assert [each.minor for each in looked_up(company, charged.remote_id).movements] == [2500]


@pytest.mark.parametrize(
    ("status", "payout", "kinds"),
    [
        ("paid_out", "PO1", ["capture"]),
        ("charged_back", "PO1", ["capture", "dispute"]),
        ("failed", "PO1", ["capture", "dispute"]),
        ("failed", "", []),
        ("submitted", "", []),
    ],
)
def test_a_state_tells_what_no_event_does_any_more(
    status: str, payout: str, kinds: list[str]
) -> None:
    payment = {
        "id": "PM1",
        "amount": 2500,
        "currency": "EUR",
        "status": status,
        "charge_date": "2024-05-21",
        "created_at": "2024-05-17T09:00:00.000Z",
        "links": {"payout": payout},
    }
    found = telling.payment_told(payment, [])
    assert [each.kind.value for each in found.movements] == kinds
    assert all(each.at == datetime(2024, 5, 21, tzinfo=UTC) for each in found.movements)
    assert bool(found.code) == (found.state == State.FAILED)


def test_a_refund_that_nobody_took_comes_back(double: GoCardlessDouble, company: Company) -> None:
    capture = give(double, company).capture.remote_id
    company.give_back(capture, 500, "EUR", key="refund-1")
    (refund,) = double.things["refunds"]
    before = looked_up(company, refund)
    double.return_refund(refund)

    after = looked_up(company, refund)

    assert before.movements < after.movements
    assert sorted(each.minor for each in after.movements) == [-500, 500, 2500]
    (back,) = of_kind(after, Kind.REFUND_BACK)
    assert (back.remote_id, back.of) == (f"{refund}-returned", capture)
    assert back.at > _asked_at(before, refund)
    assert set(company.movements(LONG_AGO, FAR_OFF)) == after.movements


def _asked_at(snapshot: Snapshot, refund: str) -> datetime:
    return next(each.at for each in snapshot.movements if each.remote_id == refund)


def test_another_currency_is_not_given_back(double: GoCardlessDouble, company: Company) -> None:
    capture = give(double, company).capture.remote_id
    world.fails(double, Refused, lambda: company.give_back(capture, 5, "GBP", key="refund-1"))


def test_fees_add_up_to_what_was_deducted(double: GoCardlessDouble, company: Company) -> None:
    given = [give(double, company, minor=each) for each in (333, 1017, 2501, 999)]
    name = double.pay_out()

    listed = list(company.movements(LONG_AGO, FAR_OFF))

    fees = {each.of: each.minor for each in listed if each.kind == Kind.FEE}
    payout = double.things["payouts"][name]
    assert set(fees) == {each.capture.remote_id for each in given}
    assert sum(fees.values()) == -payout["deducted_fees"] == -128
    assert sum(each.minor for each in listed) == 0
    (fee,) = of_kind(looked_up(company, given[0].begun.remote_id), Kind.FEE)
    assert (fee.minor, fee.remote_id) == (-23, f"{name}-{given[0].capture.remote_id}")


def test_fees_of_old_payouts_are_not_asked_for(double: GoCardlessDouble, company: Company) -> None:
    given = give(double, company)
    name = double.pay_out()
    old = datetime.now(UTC) - timedelta(days=200)
    double.things["payouts"][name]["created_at"] = f"{old:%Y-%m-%dT%H:%M:%S}.000Z"
    assert not of_kind(looked_up(company, given.begun.remote_id), Kind.FEE)
    assert not [each for each in double.asked if each.path == "/payout_items"]


PAYOUT = {"id": "PO1", "currency": "EUR", "status": "paid", "amount": 1000}
AT = datetime(2026, 11, 26, tzinfo=UTC)


def item(kind: str, amount: str, payment: str = "") -> dict[str, Any]:
    return {"type": kind, "amount": amount, "links": {"payment": payment}}


@pytest.mark.parametrize(
    ("deducted", "items", "expected"),
    [
        (0, [item("gocardless_fee", "-0.4", "PM1")], {}),
        (
            1,
            [item("gocardless_fee", "-0.5", "PM1"), item("app_fee", "-0.5", "PM1")],
            {"PO1-PM1": -1},
        ),
        (
            -20,
            [item("payment_failed", "-1000.0", "PM1"), item("gocardless_fee", "20.0", "PM1")],
            {"PO1-PM1-back": 20},
        ),
        (
            5,
            [item("gocardless_fee", "-25.0", "PM2"), item("gocardless_fee", "20.4", "PM1")],
            {"PO1-PM2": -25, "PO1-PM1-back": 20},
        ),
        (
            7,
            [item("payment_paid_out", "100.0", "PM1"), item("payment_paid_out", "100.0", "PM2")],
            {"PO1-PM1": -4, "PO1-PM2": -3},
        ),
        (7, [item("gocardless_fee", "-7.0")], {}),
    ],
)
def test_what_was_deducted_is_split_exactly(
    deducted: int, items: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    fees = telling.fees_told({**PAYOUT, "deducted_fees": deducted}, items, AT)
    found = {each.remote_id: each.minor for told in fees.values() for each in told}
    assert found == expected
    assert not found or sum(found.values()) == -deducted


def test_a_payout_that_came_back_moved_nothing(double: GoCardlessDouble, company: Company) -> None:
    give(double, company)
    name = double.pay_out()
    sent = looked_up(company, name)
    double.things["payouts"][name]["status"] = "bounced"

    came_back = looked_up(company, name)

    assert came_back.state == State.FAILED
    assert sent.movements < came_back.movements
    assert sum(each.minor for each in came_back.movements) == 0
