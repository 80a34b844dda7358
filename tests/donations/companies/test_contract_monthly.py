"""What companies promise that take later gifts by a mandate."""

from __future__ import annotations

import pytest

from donations.companies import world
from donations.companies.doubles import CANARY, Double
from donations.companies.world import URLS, Given, give, looked_up, needs, order_for, spoil
from handpress.donations.companies.contract import Company, Order, Snapshot, State
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    Declined,
    NeedsDonor,
    OutcomeUnknown,
    Refused,
    Unsupported,
)


@pytest.fixture
def agreed(double: Double, company: Company) -> Given:
    """A first gift, with a mandate for later ones."""
    if not company.caps.takes_mandates:
        pytest.skip(f"{double.kind} takes no mandates")
    return give(double, company, is_monthly=True)


def test_without_mandates_charging_is_unsupported(double: Double, company: Company) -> None:
    if company.caps.takes_mandates:
        pytest.skip(f"{double.kind} takes mandates")

    asked = lambda: company.charge("mandate", order_for(double), key="charge-1")  # noqa: E731
    world.fails(double, Unsupported, asked)


def test_the_first_gift_brings_a_mandate(double: Double, company: Company, agreed: Given) -> None:
    mandate = agreed.told.mandate

    assert mandate is not None
    assert mandate.is_active
    assert mandate.remote_id
    assert CANARY not in mandate.words
    assert agreed.capture.minor == agreed.order.minor


def test_a_single_gift_brings_none(double: Double, company: Company) -> None:
    assert give(double, company).told.mandate is None


def test_agreeing_alone_takes_nothing(double: Double, company: Company) -> None:
    order, asked_at = order_for(double, is_monthly=True, is_for_later=True), world.since()
    if not company.caps.agrees_without_paying:
        asked = lambda: company.begin(order, URLS, key="begin-1")  # noqa: E731
        world.fails(double, Unsupported, asked)
        assert company.find(order.reference, since=asked_at) is None
        return

    begun = company.begin(order, URLS, key="begin-1")
    double.donor_pays(begun.remote_id)
    agreed = looked_up(company, begun.remote_id)

    assert (agreed.state, agreed.movements) == (State.DONE, frozenset())
    assert agreed.reference == order.reference
    assert agreed.mandate is not None
    told = company.charge(agreed.mandate.remote_id, order_for(double), key="charge-1")
    double.settle(told.remote_id)
    assert world.capture_in(looked_up(company, told.remote_id)).minor == 2500
    assert sum(double.moved().values()) == 2500


def test_a_gift_is_taken_by_the_mandate(double: Double, company: Company, agreed: Given) -> None:
    order = order_for(double, minor=1234)

    told = _charged(double, company, agreed, order)

    assert told.state == State.DONE
    capture = world.capture_in(told)
    assert (capture.minor, capture.currency) == (1234, order.currency)
    assert capture.reference == told.reference == order.reference
    assert capture.remote_id != agreed.capture.remote_id
    assert sum(double.moved().values()) == agreed.order.minor + 1234


def test_one_key_is_one_charge(double: Double, company: Company, agreed: Given) -> None:
    if not company.key_lasts:
        pytest.skip(f"{double.kind} remembers no keys")
    order = order_for(double, minor=1234)

    first = company.charge(agreed.mandate, order, key="charge-1")
    second = company.charge(agreed.mandate, order, key="charge-1")

    assert first.remote_id == second.remote_id
    double.settle(first.remote_id)
    assert sum(double.moved().values()) == agreed.order.minor + 1234


@pytest.mark.parametrize("fault", ["reset_after", "500_after", "garbage", "cut"])
def test_a_charge_whose_answer_is_lost_is_found(
    double: Double, company: Company, agreed: Given, fault: str
) -> None:
    order, asked_at = order_for(double, minor=1234), world.since()
    spoil(double, "charge", fault)
    asked = lambda: company.charge(agreed.mandate, order, key="charge-1")  # noqa: E731
    world.fails(double, OutcomeUnknown, asked)

    found = company.find(order.reference, since=asked_at)

    assert found is not None
    double.settle(found.remote_id)
    assert world.capture_in(looked_up(company, found.remote_id)).minor == 1234


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("reset", OutcomeUnknown),
        ("500", OutcomeUnknown),
        ("redirect", OutcomeUnknown),
        ("429", CompanyDown),
        ("401", CompanyRevoked),
        ("error_in_200", Exception),
    ],
)
def test_a_charge_that_never_was_is_not_found(
    double: Double, company: Company, agreed: Given, fault: str, expected: type[Exception]
) -> None:
    order, asked_at = order_for(double, minor=1234), world.since()
    spoil(double, "charge", fault)
    asked = lambda: company.charge(agreed.mandate, order, key="charge-1")  # noqa: E731
    world.fails(double, expected, asked)

    assert company.find(order.reference, since=asked_at) is None
    assert sum(double.moved().values()) == agreed.order.minor


@pytest.mark.parametrize("hard", [False, True])
def test_a_decline_says_whether_to_try_again(
    double: Double, company: Company, agreed: Given, hard: bool
) -> None:
    needs(double, "decline")
    double.decline_next(hard=hard)
    order, asked_at = order_for(double), world.since()

    told = world.outcome(double, lambda: company.charge(agreed.mandate, order, key="charge-1"))

    if isinstance(told, Declined):
        assert told.code
        assert (told.again is None) == hard
        found = company.find(order.reference, since=asked_at)
        if found is not None:
            assert (found.state, found.again) == (State.FAILED, told.again)
    else:
        # Direct debits are declined days later.
        assert isinstance(told, Snapshot)
        double.settle(told.remote_id)
        later = looked_up(company, told.remote_id)
        assert later.state == State.FAILED
        assert later.code
        assert (later.again is None) == hard
    assert sum(double.moved().values()) == agreed.order.minor


@pytest.mark.parametrize("hard", [False, True])
def test_a_decline_that_is_told_later_says_so_too(
    double: Double, company: Company, agreed: Given, hard: bool
) -> None:
    needs(double, "decline_later")
    double.decline_later(hard=hard)
    order, asked_at = order_for(double), world.since()
    told = company.charge(agreed.mandate, order, key="charge-1")
    assert (told.state, told.again) == (State.PENDING, None)

    double.settle(told.remote_id)

    later = looked_up(company, told.remote_id)
    assert later.state == State.FAILED
    assert later.code
    assert (later.again is None) == hard
    found = company.find(order.reference, since=asked_at)
    assert found is not None
    assert (found.state, found.again) == (State.FAILED, later.again)


def test_what_came_and_what_was_left_is_not_tried_again(double: Double, company: Company) -> None:
    given, order = give(double, company), order_for(double)
    left = company.begin(order, URLS, key="begin-left")
    double.donor_leaves(left.remote_id)

    assert given.told.again is None
    assert looked_up(company, left.remote_id).again is None


def test_a_bank_that_wants_to_see_the_donor_is_told(
    double: Double, company: Company, agreed: Given
) -> None:
    needs(double, "needs_donor")
    double.need_donor_next()

    asked = lambda: company.charge(agreed.mandate, order_for(double), key="charge-1")  # noqa: E731
    world.fails(double, NeedsDonor, asked)

    assert sum(double.moved().values()) == agreed.order.minor


def test_nothing_is_taken_by_a_mandate_that_we_ended(
    double: Double, company: Company, agreed: Given
) -> None:
    company.end_mandate(agreed.mandate)
    company.end_mandate(agreed.mandate)

    _takes_nothing(double, company, agreed)
    mandate = looked_up(company, agreed.begun.remote_id).mandate
    assert mandate is None or not mandate.is_active


def test_nothing_is_taken_by_a_mandate_that_the_donor_ended(
    double: Double, company: Company, agreed: Given
) -> None:
    needs(double, "donor_ends_mandate")
    double.end_mandate_there(agreed.mandate)

    _takes_nothing(double, company, agreed)
    mandate = looked_up(company, agreed.begun.remote_id).mandate
    assert mandate is None or not mandate.is_active
    company.end_mandate(agreed.mandate)


def test_a_mandate_that_nobody_knows_takes_nothing(
    double: Double, company: Company, agreed: Given
) -> None:
    asked = lambda: company.charge("../nothing", order_for(double), key="charge-1")  # noqa: E731

    world.fails(double, (Declined, NeedsDonor, Refused), asked)


def _charged(double: Double, company: Company, agreed: Given, order: Order) -> Snapshot:
    told = company.charge(agreed.mandate, order, key=f"charge-{order.reference}")
    double.settle(told.remote_id)
    return looked_up(company, told.remote_id)


def _takes_nothing(double: Double, company: Company, agreed: Given) -> None:
    asked = lambda: company.charge(agreed.mandate, order_for(double), key="charge-1")  # noqa: E731
    world.fails(double, (Declined, NeedsDonor, Refused), asked)
    assert sum(double.moved().values()) == agreed.order.minor
