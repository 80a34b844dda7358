"""What is PayPal's alone: its list of all that moved, disputes, and how it writes sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies

from donations.companies import world
from donations.companies.paypal_double import DOUBLE
from donations.companies.paypal_facts import WHOLE, new_name
from donations.companies.world import give, looked_up, of_kind, reference
from handpress.donations.companies.contract import State, Told
from handpress.donations.companies.errors import CompanyDown, Refused
from handpress.donations.companies.http import Answer
from handpress.donations.companies.paypal import sums
from handpress.donations.companies.paypal.account import PayPal
from handpress.donations.core.movements import Kind
from handpress.lib.money import exponent_of

FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def paypal() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def ours(paypal: DOUBLE) -> PayPal:
    company = paypal.company()
    assert isinstance(company, PayPal)
    return company


def _listed(ours: PayPal, since: datetime | None = None) -> list[Told]:
    return list(ours.movements(since or world.since(), FAR_OFF))


def _write(paypal: DOUBLE, code: str, amount: str, **more: Any) -> str:
    name = new_name()
    paypal.write(code, name, Decimal(amount), "EUR", more.pop("about", {}), **more)
    return name


# --- what lines mean ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "amount", "kind"),
    [
        ("T0006", "10.00", Kind.CAPTURE),
        ("T0013", "10.00", Kind.CAPTURE),
        ("T0000", "-10.00", Kind.PAYOUT),
        ("T0101", "-10.00", Kind.FEE),
        ("T1109", "10.00", Kind.FEE),
        ("T0200", "-10.00", Kind.PAYOUT),
        ("T0200", "10.00", Kind.PAYOUT),
        ("T0300", "10.00", Kind.PAYOUT),
        ("T0400", "-10.00", Kind.PAYOUT),
        ("T1101", "10.00", Kind.PAYOUT),
        ("T1107", "10.00", Kind.PAYOUT),
        ("T9900", "-10.00", Kind.PAYOUT),
    ],
)
def test_a_line_that_is_about_no_gift_before(
    paypal: DOUBLE, ours: PayPal, code: str, amount: str, kind: Kind
) -> None:
    name = _write(paypal, code, amount)

    (told,) = _listed(ours)

    assert (told.kind, told.remote_id, told.of) == (kind, name, "")
    assert (told.minor, told.currency) == (int(Decimal(amount) * 100), "EUR")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("T1107", Kind.REFUND),
        ("T1106", Kind.DISPUTE),
        ("T1201", Kind.DISPUTE),
        ("T1207", Kind.DISPUTE),
        ("T0106", Kind.FEE),
    ],
)
def test_a_line_about_a_gift_names_it(paypal: DOUBLE, ours: PayPal, code: str, kind: Kind) -> None:
    """Also where nothing but the line tells of it."""
    capture = give(paypal, ours).capture
    name = _write(paypal, code, "-5.00", of=capture.remote_id)

    (told,) = [each for each in _listed(ours) if each.remote_id == name]

    assert (told.kind, told.of, told.minor) == (kind, capture.remote_id, -500)


@pytest.mark.parametrize("code", ["T1300", "T1503", "T1105", "T1110", "T1111", "T2101", "T2102"])
def test_what_only_holds_money_moves_none(paypal: DOUBLE, ours: PayPal, code: str) -> None:
    _write(paypal, code, "-5.00")

    assert _listed(ours) == []


@pytest.mark.parametrize(
    ("status", "happened"), [("S", True), ("V", True), ("F", True), ("P", False), ("D", False)]
)
def test_what_did_not_happen_is_not_told(
    paypal: DOUBLE, ours: PayPal, status: str, happened: bool
) -> None:
    _write(paypal, "T0006", "5.00", status=status)

    assert bool(_listed(ours)) == happened


def test_a_gift_by_another_way_is_told_without_a_reference(paypal: DOUBLE, ours: PayPal) -> None:
    bought = {"custom_id": "for Jane", "invoice_id": "shop-77"}
    name = _write(paypal, "T0013", "5.00", about=bought, fee=Decimal("-0.50"))

    told = {each.kind: each for each in _listed(ours)}

    assert told[Kind.CAPTURE].reference == ""
    assert told[Kind.FEE].minor == -50
    assert told[Kind.FEE].of == name
    looked = looked_up(ours, name)
    assert looked.state == State.DONE
    assert looked.movements == frozenset(told.values())


def test_a_reference_on_the_invoice_is_as_good(paypal: DOUBLE, ours: PayPal) -> None:
    wanted, asked_at = reference(), world.since()
    name = _write(paypal, "T0006", "5.00", about={"custom_id": "x", "invoice_id": wanted})

    (told,) = _listed(ours)
    found = ours.find(wanted, since=asked_at)

    assert told.reference == wanted
    assert found is not None
    assert (found.remote_id, found.reference) == (name, wanted)


def test_a_refund_is_looked_up_by_its_own_name(paypal: DOUBLE, ours: PayPal) -> None:
    given = give(paypal, ours)
    refund = paypal.refund_there(given.capture.remote_id, 300)

    told = looked_up(ours, refund)

    assert told == looked_up(ours, given.begun.remote_id)
    assert [each.remote_id for each in of_kind(told, Kind.REFUND)] == [refund]


# --- disputes -----------------------------------------------------------------------------------


def test_what_paypal_takes_back_itself_is_a_dispute_in_both(paypal: DOUBLE, ours: PayPal) -> None:
    asked_at = world.since()
    given = give(paypal, ours)

    name = paypal.reverse(given.capture.remote_id)

    told = looked_up(ours, given.begun.remote_id)
    (dispute,) = of_kind(told, Kind.DISPUTE)
    assert (dispute.remote_id, dispute.minor) == (name, -2500)
    assert of_kind(told, Kind.REFUND) == []
    assert set(_listed(ours, asked_at)) == told.movements


def test_a_dispute_lost_and_won_is_told_alike_by_both(paypal: DOUBLE, ours: PayPal) -> None:
    """What is won back is listed as being about what was taken, more than a month later."""
    since = world.since() - timedelta(days=60)
    paypal.pass_time(-50 * 86400)
    given, other = give(paypal, ours), give(paypal, ours)
    paypal.dispute(given.capture.remote_id)
    paypal.pass_time(40 * 86400)
    paypal.win_dispute(given.capture.remote_id)

    told = looked_up(ours, given.begun.remote_id)

    later = (Kind.DISPUTE, Kind.DISPUTE_WON)
    assert [each.minor for kind in later for each in of_kind(told, kind)] == [-2500, 2500]
    assert sorted(each.minor for each in of_kind(told, Kind.FEE)) == [-2000, -110]
    assert {each.reference for each in told.movements} == {given.order.reference}
    assert {each.of for each in told.movements} == {"", given.capture.remote_id}
    assert looked_up(ours, other.begun.remote_id).movements == other.told.movements
    assert set(_listed(ours, since)) == told.movements | other.told.movements
    (won,) = of_kind(told, Kind.DISPUTE_WON)
    assert _listed(ours, won.at) == [won]
    assert looked_up(ours, won.remote_id).movements == told.movements


def test_a_dispute_that_moved_nothing_changes_nothing(paypal: DOUBLE, ours: PayPal) -> None:
    given = give(paypal, ours)
    paypal.disputes["PP-D-1"] = {
        "dispute_id": "PP-D-1",
        "create_time": paypal.stamp(),
        "update_time": paypal.stamp(),
        "status": "OPEN",
        "disputed_transactions": [{"seller_transaction_id": given.capture.remote_id}],
    }
    _write(paypal, "T1110", "-25.00", of=given.capture.remote_id)

    assert looked_up(ours, given.begun.remote_id) == given.told


def test_without_permission_a_chargeback_is_seen_in_the_list(paypal: DOUBLE, ours: PayPal) -> None:
    asked_at = world.since()
    given = give(paypal, ours)
    paypal.dispute(given.capture.remote_id)
    paypal.forbidden = {"/v1/customer/disputes"}

    assert looked_up(ours, given.begun.remote_id).movements == given.told.movements
    without = set(_listed(ours, asked_at))
    paypal.forbidden = set()

    with_it = set(_listed(ours, asked_at))
    names = {(each.kind, each.remote_id, each.minor, each.of) for each in without}
    assert names == {(each.kind, each.remote_id, each.minor, each.of) for each in with_it}
    assert {Kind.DISPUTE, Kind.FEE} <= {each.kind for each in without}


# --- how the list is asked ------------------------------------------------------------------------


def test_a_long_time_is_asked_for_in_parts(paypal: DOUBLE, ours: PayPal) -> None:
    """The double complains of more than 31 days."""
    since = world.since() - timedelta(days=100)
    paypal.pass_time(-99 * 86400)
    give(paypal, ours)
    paypal.pass_time(60 * 86400)
    give(paypal, ours)
    paypal.pass_time(39 * 86400)
    give(paypal, ours)

    captures = [each for each in _listed(ours, since) if each.kind == Kind.CAPTURE]

    assert len(captures) == 3
    assert [each.at for each in captures] == sorted(each.at for each in captures)


def test_what_is_too_much_at_once_is_asked_for_in_halves(paypal: DOUBLE, ours: PayPal) -> None:
    since = world.since() - timedelta(days=10)
    paypal.pass_time(-9 * 86400)
    for _ in range(9):
        paypal.pass_time(86400)
        _write(paypal, "T0006", "5.00")
    paypal.most_listed = 2

    assert len(_listed(ours, since)) == 9


def test_what_is_too_much_in_a_minute_is_not_half_told(paypal: DOUBLE, ours: PayPal) -> None:
    for _ in range(5):
        _write(paypal, "T0006", "5.00")
    paypal.most_listed = 2

    world.fails(paypal, CompanyDown, partial(_listed, ours))


def test_a_time_that_is_not_listed_yet_is_no_empty_time(paypal: DOUBLE, ours: PayPal) -> None:
    given, asked_at = give(paypal, ours), world.since()
    paypal.listed_until_s = paypal.now_s() - 3 * 3600

    world.fails(paypal, CompanyDown, partial(_listed, ours, asked_at))
    assert ours.find(given.order.reference, since=asked_at) is None


def test_of_a_time_before_the_list_nothing_is_asked(paypal: DOUBLE, ours: PayPal) -> None:
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=5 * 365)

    assert list(ours.movements(long_ago, long_ago + timedelta(days=40))) == []
    assert list(ours.movements(now, now)) == []
    assert paypal.asked == []


def test_times_are_told_in_universal_time(paypal: DOUBLE, ours: PayPal) -> None:
    """The double lists them in the account's zone."""
    given = give(paypal, ours)

    (listed,) = [each for each in _listed(ours) if each.kind == Kind.CAPTURE]

    assert listed.at == given.capture.at
    assert listed.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "changed",
    [
        {"transaction_amount": {"currency_code": "EUR", "value": "1,00"}},
        {"transaction_amount": {"currency_code": "EUR", "value": "1.001"}},
        {"transaction_initiation_date": "2026-11-27T05:00:00"},
        {"transaction_id": "../x"},
    ],
)
def test_a_line_that_cannot_be_read_is_not_left_out(
    paypal: DOUBLE, ours: PayPal, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(paypal, "T0006", "5.00")
    page = {"transaction_details": [{"transaction_info": paypal.listed[0] | changed}]}
    body = page | {"total_pages": 1}
    monkeypatch.setattr(ours._api, "ask", lambda *asked, **more: Answer(200, body, {}))

    with pytest.raises(CompanyDown):
        _listed(ours)


# --- sums -----------------------------------------------------------------------------------


@over(
    currency=strategies.sampled_from(sorted(sums.CURRENCIES)),
    minor=strategies.integers(min_value=1, max_value=10**13),
)
def test_sums_come_back_as_they_went_out(currency: str, minor: int) -> None:
    is_whole = currency in WHOLE and minor % 10 ** exponent_of(currency) == 0
    if currency in WHOLE and not is_whole:
        with pytest.raises(Refused):
            sums.written(minor, currency)
        return

    written = sums.written(minor, currency)

    assert ("." in written["value"]) == (currency not in WHOLE)
    assert sums.read(written) == (minor, currency)
