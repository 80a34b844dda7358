"""What every company promises about a gift that was made: refunds, disputes, payouts, lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from donations.companies.world import give, looked_up, needs, of_kind
from handpress.donations.companies.contract import Company
from handpress.donations.companies.errors import Refused, Unsupported
from handpress.donations.core.movements import Kind

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)


def test_a_gift_is_given_back_whole(double: Double, company: Company) -> None:
    needs(double, "refund")
    given = give(double, company)

    told = company.give_back(given.capture.remote_id, 2500, double.currency, key="refund-1")
    double.settle(given.begun.remote_id)

    (refund,) = of_kind(looked_up(company, given.begun.remote_id), Kind.REFUND)
    assert (refund.minor, refund.currency) == (-2500, double.currency)
    assert refund.of == given.capture.remote_id
    assert given.capture in told.movements
    assert double.moved() == {given.capture.remote_id: 0}


def test_what_cannot_be_given_back_is_known_beforehand(double: Double, company: Company) -> None:
    assert company.caps.gives_back == ("refund" not in double.lacks)
    if company.caps.gives_back:
        return
    given = give(double, company)

    asked = lambda: company.give_back(  # noqa: E731
        given.capture.remote_id, 2500, double.currency, key="refund-1"
    )
    world.fails(double, Unsupported, asked)

    assert double.moved() == {given.capture.remote_id: 2500}


def test_two_equal_parts_are_two_and_one_key_is_one(double: Double, company: Company) -> None:
    needs(double, "refund")
    if not company.caps.gives_back_parts:
        pytest.skip(f"{double.kind} gives back nothing but the whole")
    given = give(double, company)
    capture = given.capture.remote_id

    for key in ("refund-1", "refund-2", "refund-2"):
        company.give_back(capture, 500, double.currency, key=key)
    double.settle(given.begun.remote_id)

    refunds = of_kind(looked_up(company, given.begun.remote_id), Kind.REFUND)
    assert [each.minor for each in refunds] == [-500, -500]
    assert len({each.remote_id for each in refunds}) == 2
    assert double.moved() == {capture: 1500}


def test_more_than_is_left_is_refused(double: Double, company: Company) -> None:
    needs(double, "refund")
    given = give(double, company)
    capture = given.capture.remote_id
    part = 2000 if company.caps.gives_back_parts else 2500
    company.give_back(capture, part, double.currency, key="refund-1")

    world.fails(
        double, Refused, lambda: company.give_back(capture, 501, double.currency, key="refund-2")
    )

    assert double.moved() == {capture: 2500 - part}


def test_a_refund_at_the_companys_own_desk_is_told(double: Double, company: Company) -> None:
    needs(double, "desk_refund")
    given = give(double, company)
    minor = 700 if company.caps.gives_back_parts else 2500

    double.refund_there(given.capture.remote_id, minor)
    double.settle(given.begun.remote_id)

    told = looked_up(company, given.begun.remote_id)
    (refund,) = of_kind(told, Kind.REFUND)
    assert (refund.minor, refund.of) == (-minor, given.capture.remote_id)
    assert given.told.movements <= told.movements


def test_a_refund_that_did_not_reach_the_donor_is_told(double: Double, company: Company) -> None:
    needs(double, "desk_refund", "refund_back")
    given = give(double, company)
    refund = double.refund_there(given.capture.remote_id, 700)
    double.settle(given.begun.remote_id)
    before = looked_up(company, given.begun.remote_id)

    double.return_refund(refund)

    told = looked_up(company, given.begun.remote_id)
    (back,) = told.movements - before.movements
    assert (back.kind, back.minor) == (Kind.REFUND_BACK, 700)
    assert (back.of, back.currency) == (given.capture.remote_id, double.currency)
    assert before.movements < told.movements
    assert set(company.movements(_LONG_AGO, _FAR_OFF)) == told.movements


def test_what_a_donors_bank_takes_back_is_told(double: Double, company: Company) -> None:
    needs(double, "dispute")
    given = give(double, company)

    double.dispute(given.capture.remote_id)

    told = looked_up(company, given.begun.remote_id)
    (dispute,) = of_kind(told, Kind.DISPUTE)
    assert (dispute.minor, dispute.of) == (-2500, given.capture.remote_id)
    assert given.told.movements <= told.movements


def test_what_is_decided_for_us_is_told(double: Double, company: Company) -> None:
    needs(double, "dispute", "dispute_won")
    given = give(double, company)
    double.dispute(given.capture.remote_id)
    before = looked_up(company, given.begun.remote_id)

    double.win_dispute(given.capture.remote_id)

    told = looked_up(company, given.begun.remote_id)
    (won,) = of_kind(told, Kind.DISPUTE_WON)
    assert (won.minor, won.of) == (2500, given.capture.remote_id)
    assert before.movements <= told.movements
    assert double.moved() == {given.capture.remote_id: 2500}


def test_a_list_tells_all_that_moved(double: Double, company: Company) -> None:
    given = [give(double, company, minor=2000 + n) for n in range(2 * double.page_size + 1)]
    capture = given[0].capture.remote_id
    if "desk_refund" not in double.lacks:
        double.refund_there(capture, 2000)
        double.settle(given[0].begun.remote_id)
    if "dispute" not in double.lacks:
        double.dispute(given[1].capture.remote_id)
    if "payout" not in double.lacks:
        double.pay_out()

    listed = list(company.movements(_LONG_AGO, _FAR_OFF))

    assert len({(each.kind, each.remote_id) for each in listed}) == len(listed), "each once"
    assert world.settled_sums(listed) == double.moved()
    told = {m for each in given for m in looked_up(company, each.begun.remote_id).movements}
    assert told == {each for each in listed if each.kind != Kind.PAYOUT}
    assert all(each.reference for each in listed if each.kind == Kind.CAPTURE)


def test_a_list_holds_its_first_moment_and_not_its_last(double: Double, company: Company) -> None:
    first = give(double, company).capture
    double.pass_time(7200)
    second = give(double, company).capture
    assert second.at - first.at >= timedelta(hours=1)

    def captures(since: datetime, until: datetime) -> set[str]:
        listed = company.movements(since, until)
        return {each.remote_id for each in listed if each.kind == Kind.CAPTURE}

    assert captures(first.at, second.at) == {first.remote_id}
    assert captures(second.at, second.at + timedelta(hours=1)) == {second.remote_id}
    assert captures(first.at + timedelta(seconds=1), second.at) == set()


def test_a_payout_is_told(double: Double, company: Company) -> None:
    needs(double, "payout")
    give(double, company)

    name = double.pay_out()

    listed = [e for e in company.movements(_LONG_AGO, _FAR_OFF) if e.kind == Kind.PAYOUT]
    (payout,) = listed
    assert (payout.remote_id, payout.of) == (name, "")
    assert payout.minor == double.moved()[name] < 0
    looked = looked_up(company, name)
    assert looked.movements == frozenset({payout})
