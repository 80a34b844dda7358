"""What every company promises when something goes wrong on the way (`companies.errors`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from donations.companies.world import URLS, give, needs, order_for, spoil
from handpress.donations.companies import http
from handpress.donations.companies.contract import Company
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    Declined,
    OutcomeUnknown,
)

CHANGING = {
    "reset": OutcomeUnknown,
    "reset_after": OutcomeUnknown,
    "500": OutcomeUnknown,
    "500_after": OutcomeUnknown,
    "garbage": OutcomeUnknown,
    "cut": OutcomeUnknown,
    "redirect": OutcomeUnknown,
    "429": CompanyDown,
    "401": CompanyRevoked,
}
DONE = ("reset_after", "500_after", "garbage", "cut")
NOT_DONE = ("reset", "500", "429", "401", "redirect", "error_in_200")
READING = {
    "reset": CompanyDown,
    "500": CompanyDown,
    "429": CompanyDown,
    "garbage": CompanyDown,
    "cut": CompanyDown,
    "redirect": CompanyDown,
    "401": CompanyRevoked,
}


@pytest.mark.parametrize("fault", CHANGING)
def test_a_fault_while_beginning_is_told_apart(
    double: Double, company: Company, fault: str
) -> None:
    spoil(double, "begin", fault)

    asked = lambda: company.begin(order_for(double), URLS, key="begin-1")  # noqa: E731
    world.fails(double, CHANGING[fault], asked)


@pytest.mark.parametrize("fault", DONE)
def test_what_was_begun_is_found_though_the_answer_was_lost(
    double: Double, company: Company, fault: str
) -> None:
    needs(double, "find_begun")
    order, asked_at = order_for(double), world.since()
    spoil(double, "begin", fault)
    world.fails(double, OutcomeUnknown, lambda: company.begin(order, URLS, key="begin-1"))

    found = company.find(order.reference, since=asked_at)

    assert found is not None
    assert found.reference == order.reference
    double.donor_pays(found.remote_id)
    double.settle(found.remote_id)
    paid = company.find(order.reference, since=asked_at)
    assert paid is not None
    assert world.capture_in(paid).minor == order.minor


@pytest.mark.parametrize("fault", NOT_DONE)
def test_what_was_not_begun_is_not_found(double: Double, company: Company, fault: str) -> None:
    order, asked_at = order_for(double), world.since()
    spoil(double, "begin", fault)
    world.fails(double, CompanyError, lambda: company.begin(order, URLS, key="begin-1"))

    assert company.find(order.reference, since=asked_at) is None


@pytest.mark.parametrize("fault", ["reset_after", "garbage", "cut"])
def test_asking_again_by_the_same_key_begins_nothing_twice(
    double: Double, company: Company, fault: str
) -> None:
    if not company.key_lasts:
        pytest.skip(f"{double.kind} remembers no keys")
    order, asked_at = order_for(double), world.since()
    spoil(double, "begin", fault)
    world.fails(double, OutcomeUnknown, lambda: company.begin(order, URLS, key="begin-1"))

    begun = company.begin(order, URLS, key="begin-1")

    if "find_begun" not in double.lacks:
        found = company.find(order.reference, since=asked_at)
        assert found is not None
        assert found.remote_id == begun.remote_id


def test_an_error_that_says_200_is_no_success(double: Double, company: Company) -> None:
    given = give(double, company)
    spoil(double, "begin", "error_in_200")
    error = world.fails(
        double, CompanyError, lambda: company.begin(order_for(double), URLS, key="begin-1")
    )
    assert not isinstance(error, Declined)

    spoil(double, "look_up", "error_in_200")
    world.fails(double, CompanyError, lambda: company.look_up(given.begun.remote_id))

    spoil(double, "check", "error_in_200")
    world.fails(double, CompanyError, company.check)


def test_a_refund_that_says_200_and_error_is_no_success(double: Double, company: Company) -> None:
    needs(double, "refund")
    given = give(double, company)
    spoil(double, "give_back", "error_in_200")

    world.fails(double, CompanyError, _giving_back(double, company, given.capture.remote_id))


@pytest.mark.parametrize("fault", READING)
@pytest.mark.parametrize("what", ["look_up", "find", "check", "movements"])
def test_a_fault_while_asking_leaves_nothing_unknown(
    double: Double, company: Company, what: str, fault: str
) -> None:
    given, asked_at = give(double, company), world.since()
    reading: dict[str, Callable[[], Any]] = {
        "look_up": lambda: company.look_up(given.begun.remote_id),
        "find": lambda: company.find(given.order.reference, since=asked_at),
        "check": company.check,
        # No company need be asked about a time that is empty.
        "movements": lambda: list(company.movements(asked_at - timedelta(hours=1), asked_at)),
    }
    spoil(double, what, fault)

    if (what, fault) == ("check", "401"):
        needs(double, "revoke")
        return
    world.fails(double, READING[fault], reading[what])


@pytest.mark.parametrize("fault", ["reset_after", "500_after", "garbage", "cut"])
def test_a_refund_whose_answer_is_lost_is_seen_by_looking(
    double: Double, company: Company, fault: str
) -> None:
    needs(double, "refund")
    given = give(double, company)
    spoil(double, "give_back", fault)

    world.fails(double, OutcomeUnknown, _giving_back(double, company, given.capture.remote_id))
    double.settle(given.begun.remote_id)

    told = world.looked_up(company, given.begun.remote_id)
    (refund,) = [each for each in told.movements if each.kind == "refund"]
    assert refund.minor == -2500


def test_nobody_waits_longer_than_is_said(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_S", 0.6)
    company = double.company()
    spoil(double, "begin", "stall")
    asked = lambda: company.begin(order_for(double), URLS, key="begin-1")  # noqa: E731
    world.fails(double, OutcomeUnknown, asked)
    # Only now: a company may ask the same before it begins.
    spoil(double, "check", "stall")
    world.fails(double, CompanyDown, company.check)

    assert double.outlasted == 0


@pytest.mark.parametrize("name", world.params())
def test_a_company_that_nobody_reaches_is_down(name: str) -> None:
    double = world.double_of(name)
    with double:
        company = double.company()
        spoil(double, "begin", "reset")

    asked = lambda: company.begin(order_for(double), URLS, key="begin-1")  # noqa: E731
    world.fails(double, CompanyDown, asked)
    world.fails(double, CompanyDown, company.check)


def _giving_back(double: Double, company: Company, capture: str) -> Callable[[], object]:
    return lambda: company.give_back(capture, 2500, double.currency, key="refund-1")
