"""What every company promises (`companies.contract`): beginning, paying, looking up, finding."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from donations.companies.world import URLS, give, looked_up, needs, of_kind, order_for
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Checked, Company, Standing, State
from handpress.donations.companies.errors import CompanyRevoked, Refused
from handpress.donations.core.movements import Kind


def test_it_is_what_it_says_it_is(double: Double, company: Company) -> None:
    kind = company_kind(double.kind)

    assert company.kind == kind.kind == double.kind
    assert kind.name
    assert bool(company.caps.host) == ("host" not in double.lacks)
    assert isinstance(company.caps.learns, tuple)
    assert company.key_lasts >= timedelta(0)


def test_beginning_gives_a_page_and_moves_nothing(double: Double, company: Company) -> None:
    order = order_for(double)

    begun = company.begin(order, URLS, key="begin-1")

    parts = urlsplit(begun.url)
    if "host" in double.lacks:
        assert (parts.scheme, parts.netloc) == ("", "")
        assert parts.path.startswith("/-/")
    else:
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
    assert begun.remote_id
    told = looked_up(company, begun.remote_id)
    assert (told.state, told.movements) == (State.OPEN, frozenset())
    assert told.reference == order.reference
    assert double.moved() == {}


def test_the_same_key_leads_to_the_same_page(double: Double, company: Company) -> None:
    order = order_for(double)
    asked_at = world.since()

    first = company.begin(order, URLS, key="begin-1")
    second = company.begin(order, URLS, key="begin-1")

    if company.key_lasts:
        assert second == first
    else:
        found = company.find(order.reference, since=asked_at)
        assert found is not None
        assert found.remote_id in {first.remote_id, second.remote_id}


def test_another_key_leads_to_another_page(double: Double, company: Company) -> None:
    first = company.begin(order_for(double), URLS, key="begin-1")
    second = company.begin(order_for(double), URLS, key="begin-2")

    assert first.remote_id != second.remote_id
    assert first.url != second.url


def test_what_is_paid_is_one_capture_of_the_exact_sum(double: Double, company: Company) -> None:
    order = order_for(double, minor=2501)
    begun = company.begin(order, URLS, key="begin-1")

    double.donor_pays(begun.remote_id)
    early = looked_up(company, begun.remote_id)
    double.settle(begun.remote_id)
    told = looked_up(company, begun.remote_id)

    assert early.state in {State.PENDING, State.DONE}
    assert bool(of_kind(early, Kind.CAPTURE)) == (early.state == State.DONE)
    assert told.state == State.DONE
    assert told.reference == order.reference
    capture = world.capture_in(told)
    assert (capture.minor, capture.currency, capture.of) == (2501, order.currency, "")
    assert capture.reference == order.reference
    assert capture.at.tzinfo is not None
    assert early.movements <= told.movements
    assert double.moved() == {capture.remote_id: 2501}


def test_a_fee_is_a_movement_of_its_own(double: Double, company: Company) -> None:
    needs(double, "fee")

    given = give(double, company)

    (fee,) = of_kind(given.told, Kind.FEE)
    assert fee.of == given.capture.remote_id
    assert -given.capture.minor < fee.minor < 0
    assert fee.currency == given.capture.currency


def test_looking_again_tells_the_same(double: Double, company: Company) -> None:
    given = give(double, company)

    assert looked_up(company, given.begun.remote_id) == given.told
    by_capture = looked_up(company, given.capture.remote_id)
    assert by_capture.movements == given.told.movements
    assert by_capture.reference == given.order.reference


def test_what_was_left_is_failed_and_moved_nothing(double: Double, company: Company) -> None:
    begun = company.begin(order_for(double), URLS, key="begin-1")

    double.donor_leaves(begun.remote_id)

    told = looked_up(company, begun.remote_id)
    assert (told.state, told.movements) == (State.FAILED, frozenset())


@pytest.mark.parametrize(
    "name", ["", "{}zz", "nothing", "../../v1/balance", "a b?c=d#e", "é%00/.."]
)
def test_of_what_it_does_not_know_nothing_is_told(
    double: Double, company: Company, name: str
) -> None:
    begun = company.begin(order_for(double), URLS, key="begin-1")

    assert company.look_up(name.format(begun.remote_id[:-2])) is None


def test_what_was_begun_is_found_by_its_reference(double: Double, company: Company) -> None:
    needs(double, "find_begun")
    asked_at = world.since()
    others = [order_for(double) for _ in range(double.page_size + 1)]
    order = order_for(double)
    begun = company.begin(order, URLS, key="begin-1")
    for number, other in enumerate(others):
        company.begin(other, URLS, key=f"other-{number}")

    found = company.find(order.reference, since=asked_at)

    assert found is not None
    assert (found.remote_id, found.state) == (begun.remote_id, State.OPEN)
    assert company.find(world.reference(), since=asked_at) is None


def test_what_was_paid_is_found_by_its_reference(double: Double, company: Company) -> None:
    asked_at = world.since()
    given = give(double, company)
    for _ in range(double.page_size + 1):
        give(double, company)

    found = company.find(given.order.reference, since=asked_at)

    assert found is not None
    assert (found.state, found.movements) == (State.DONE, given.told.movements)


def test_sums_are_written_as_the_company_counts(double: Double) -> None:
    assert double.sums, "a double says how its company writes sums"
    for number, (currency, minor, written) in enumerate(double.sums):
        company = double.company()
        order = order_for(double, currency=currency, minor=minor)
        before = len(double.asked)
        begin = partial(company.begin, order, URLS, key=f"sum-{number}")
        if written is None:
            world.fails(double, Refused, begin)
            assert len(double.asked) == before, "it is refused before anything is asked"
            continue
        begun = begin()
        assert double.asked_sum(begun.remote_id) == written
        double.donor_pays(begun.remote_id)
        double.settle(begun.remote_id)
        capture = world.capture_in(looked_up(company, begun.remote_id))
        assert (capture.minor, capture.currency) == (minor, currency)


def test_a_working_account_is_up(double: Double, company: Company) -> None:
    assert company.check().standing == Standing.UP


def test_a_key_that_is_refused_is_told(double: Double, company: Company) -> None:
    needs(double, "revoke")
    double.revoke()

    told = world.outcome(double, company.check)

    assert isinstance(told, CompanyRevoked | Checked)
    assert isinstance(told, CompanyRevoked) or told.standing == Standing.REVOKED
    asked = lambda: company.begin(order_for(double), URLS, key="begin-1")  # noqa: E731
    world.fails(double, CompanyRevoked, asked)


def test_money_that_is_kept_back_is_told(double: Double, company: Company) -> None:
    needs(double, "payouts_blocked")
    double.block_payouts()

    checked = company.check()

    assert checked.standing == Standing.PAYOUTS_BLOCKED
    assert checked.words
