"""What is BTCPay Server's alone about invoices: made without keys, paid as it happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from donations.companies.btcpay_books import LIGHTNING, STORE
from donations.companies.btcpay_double import DOUBLE
from donations.companies.world import URLS, give, looked_up, order_for, since
from handpress.donations.companies import company_kind
from handpress.donations.companies.btcpay import telling
from handpress.donations.companies.contract import Begun, Company, State
from handpress.donations.companies.errors import Refused, Unsupported
from handpress.donations.core.movements import Kind

KIND = company_kind("btcpay")
_LONG_AGO, _FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def double() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def company(double: DOUBLE) -> Company:
    return double.company()


def begun(double: DOUBLE, company: Company, **changed: Any) -> Begun:
    return company.begin(order_for(double, **changed), URLS, key="begin-1")


def sums(company: Company, name: str) -> list[int]:
    """Return what is told of an invoice, in the order in which it came."""
    told = looked_up(company, name).movements
    return [each.minor for each in sorted(told, key=lambda each: (each.at, each.remote_id))]


# --- invoices without keys ------------------------------------------------------------------------


def test_an_invoice_says_where_to_go_back_to(double: DOUBLE, company: Company) -> None:
    order = order_for(double, minor=1050)

    company.begin(order, URLS, key="begin-1")

    (asked,) = (each for each in double.asked if each.method == "POST")
    assert asked.json == {
        "amount": "10.50",
        "currency": "EUR",
        "metadata": {
            "orderId": order.reference,
            "itemDesc": order.words,
            "handpressKey": "begin-1",
        },
        "checkout": {
            "redirectURL": URLS.done,
            "redirectAutomatically": True,
            "expirationMinutes": 60,
            "monitoringMinutes": 7 * 24 * 60,
        },
    }


def test_a_new_key_for_the_same_gift_is_a_new_invoice(double: DOUBLE, company: Company) -> None:
    order, asked_at = order_for(double), since()
    first = company.begin(order, URLS, key="begin-1")
    double.expire(first.remote_id)

    second = company.begin(order, URLS, key="begin-2")

    assert second.remote_id != first.remote_id
    assert company.begin(order, URLS, key="begin-1") == first
    assert len(double.invoices) == 2
    found = company.find(order.reference, since=asked_at)
    assert found is not None
    assert (found.remote_id, found.state) == (second.remote_id, State.OPEN)


def test_of_two_that_were_made_at_once_both_are_told(double: DOUBLE, company: Company) -> None:
    """As where two asked at the same moment, and neither found the other's."""
    order, asked_at = order_for(double), since()
    names = []
    for key in ("begin-1", "begin-1b"):
        names.append(company.begin(order, URLS, key=key).remote_id)
        double.invoices[names[-1]]["metadata"]["handpressKey"] = "begin-1"

    assert company.begin(order, URLS, key="begin-1").remote_id in names
    for name in names:
        double.donor_pays(name)
        double.settle(name)

    found = company.find(order.reference, since=asked_at)
    assert found is not None
    assert found.state == State.DONE
    listed = list(company.movements(_LONG_AGO, _FAR_OFF))
    assert [(each.minor, each.reference) for each in listed] == 2 * [(2500, order.reference)]


def test_an_invoice_that_was_put_away_is_found(double: DOUBLE, company: Company) -> None:
    order, asked_at = order_for(double), since()
    made = company.begin(order, URLS, key="begin-1")
    double.donor_pays(made.remote_id)
    double.settle(made.remote_id)
    double.invoices[made.remote_id]["archived"] = True

    found = company.find(order.reference, since=asked_at)

    assert found is not None
    assert set(company.movements(_LONG_AGO, _FAR_OFF)) == found.movements
    assert company.begin(order, URLS, key="begin-1") == made


def test_a_server_that_rounds_is_refused(double: DOUBLE, company: Company) -> None:
    double.rounds_to = "25.01"

    with pytest.raises(Refused):
        begun(double, company)


def test_nothing_about_the_donor_is_sent(double: DOUBLE, company: Company) -> None:
    give(double, company, is_monthly=True)

    assert b"canary" not in b"".join(each.body for each in double.asked)


def test_coins_are_not_taken_and_not_given_back(double: DOUBLE, company: Company) -> None:
    given = give(double, company)

    with pytest.raises(Unsupported):
        company.give_back(given.capture.remote_id, 500, "EUR", key="refund-1")
    with pytest.raises(Unsupported):
        begun(double, company, is_monthly=True, is_for_later=True)
    company.end_mandate("whatever")
    assert not company.caps.takes_mandates


def test_an_older_server_is_asked_for_payments_apart(double: DOUBLE, company: Company) -> None:
    double.is_old = True
    asked_at = since()
    given = give(double, company)

    found = company.find(given.order.reference, since=asked_at)

    assert found == given.told
    assert set(company.movements(_LONG_AGO, _FAR_OFF)) == given.told.movements
    assert [each for each in double.asked if each.path.endswith("/payment-methods")]


def test_an_invoice_of_another_store_is_unknown(double: DOUBLE, company: Company) -> None:
    made = begun(double, company)
    double.invoices[made.remote_id]["storeId"] = STORE[::-1]

    assert company.look_up(made.remote_id) is None


# --- payments that come as they like --------------------------------------------------------------


def test_a_part_is_a_gift_too(double: DOUBLE, company: Company) -> None:
    name = begun(double, company).remote_id
    double.pay(name, Decimal("0.00010000"), method=LIGHTNING)

    early = looked_up(company, name)
    double.expire(name)
    late = looked_up(company, name)

    assert (early.state, late.state) == (State.OPEN, State.DONE)
    assert sums(company, name) == [644]
    assert early.movements == late.movements


def test_two_ways_add_up_to_the_whole(double: DOUBLE, company: Company) -> None:
    name = begun(double, company).remote_id
    double.pay(name, Decimal("0.00012345"), method=LIGHTNING)
    first = sums(company, name)
    double.pass_time(60)

    double.pay(name, double.due(name))
    waiting = looked_up(company, name)
    double.settle(name)

    assert waiting.state == State.PENDING
    assert sums(company, name)[:1] == first == [795]
    assert sum(sums(company, name)) == 2500


def test_too_much_is_told_as_it_came(double: DOUBLE, company: Company) -> None:
    name = begun(double, company).remote_id
    double.pay(name, 2 * double.due(name), method=LIGHTNING)

    told = looked_up(company, name)

    assert told.state == State.DONE
    assert sums(company, name) == [5000]


def test_4_10_what_comes_after_the_time_is_over_counts(double: DOUBLE, company: Company) -> None:
    name = begun(double, company).remote_id
    double.pass_time(3700)
    double.expire(name)
    gone = looked_up(company, name)
    double.pass_time(86400)

    double.pay(name, double.due(name))
    double.settle(name)

    assert (gone.state, gone.code, gone.movements) == (State.FAILED, "expired", frozenset())
    assert double.invoices[name]["status"] == "Expired"
    told = looked_up(company, name)
    assert (told.state, sums(company, name)) == (State.DONE, [2500])
    (capture,) = told.movements
    window = (capture.at, capture.at + timedelta(seconds=1))
    assert list(company.movements(*window)) == [capture]


@pytest.mark.parametrize("status", ["Settled", "Invalid"])
def test_what_somebody_marks_moves_nothing(double: DOUBLE, company: Company, status: str) -> None:
    empty, paid = begun(double, company), give(double, company)
    double.mark(empty.remote_id, status)
    double.mark(paid.begun.remote_id, status)

    told = looked_up(company, empty.remote_id)
    assert (told.state, told.code, told.movements) == (State.FAILED, "marked", frozenset())
    assert looked_up(company, paid.begun.remote_id).movements == paid.told.movements


def test_a_payment_that_is_spent_elsewhere_never_came(double: DOUBLE, company: Company) -> None:
    name = begun(double, company).remote_id
    first = double.pay(name, double.due(name))
    waiting = looked_up(company, name)
    double.spend_twice(name, first.partition("/")[2])
    double.pass_time(30)

    double.pay(name, double.due(name))
    double.settle(name)

    assert (waiting.state, waiting.movements) == (State.PENDING, frozenset())
    assert sums(company, name) == [2500]


def test_a_void_payment_counts_for_nothing_where_it_is_listed(
    double: DOUBLE, company: Company
) -> None:
    given = give(double, company)
    invoice = double.invoices[given.begun.remote_id]
    (payment,) = double.payments[given.begun.remote_id]
    before = payment | {"id": "void", "receivedDate": 1, "status": "Invalid"}
    method = {"rate": "64392.23", "payments": [before, payment]}

    told = telling.snapshot_of(invoice, [method])

    assert (told.state, told.movements) == (State.DONE, given.told.movements)


def test_a_payment_is_named_after_its_invoice(double: DOUBLE, company: Company) -> None:
    given = give(double, company)
    (payment,) = double.payments[given.begun.remote_id]

    assert given.capture.remote_id == f"{given.begun.remote_id}/{payment['id']}"
    assert given.capture.kind == Kind.CAPTURE
    assert given.capture.at == datetime.fromtimestamp(payment["receivedDate"], UTC)
