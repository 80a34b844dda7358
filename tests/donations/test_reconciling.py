"""Our books held against a company's list: what is missing is booked, what differs is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest

from factories.practicing import Faulty, practice_company, practice_rail
from factories.reconciling import ALONE, BESIDE, FAULTS, NOW, Both, bring_statement_until
from handpress.donations.actions.payouts import book_payout
from handpress.donations.actions.reconciling import reconcile
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Told
from handpress.donations.companies.errors import CompanyDown, CompanyRevoked
from handpress.donations.core.movements import Kind
from handpress.donations.core.reconciling import Difference
from handpress.donations.core.references import new_reference
from handpress.donations.models import BankLine, Entry, Movement, Reconciliation
from handpress.donations.queries.books import walk
from handpress.press import site

pytestmark = pytest.mark.django_db

PAGE = 100


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    found = practice_company(monkeypatch)
    yield found
    found.book.close()


@pytest.fixture
def both(company: Faulty) -> Both:
    rail = practice_rail(created_at=NOW - timedelta(days=30))
    return Both(rail, company.book)


def compared(both: Both, **values: Any) -> Reconciliation:
    return reconcile(both.rail, both.since, both.now, now=both.now, **values)


def told(run: Reconciliation) -> list[tuple[str, str]]:
    return [(each["difference"], each["remote_id"]) for each in run.differences]


# --- what differs ------------------------------------------------------------------------------


@pytest.mark.parametrize("difference", list(Difference), ids=str)
def test_4_8_every_class_is_told_with_both_sides(both: Both, difference: Difference) -> None:
    both.take(30)
    assert compared(both).differences == []
    name = FAULTS[difference](both)
    run = compared(both)
    assert run.error == ""
    (found,) = (each for each in run.differences if each["difference"] == difference)
    assert found["remote_id"] == name
    sides = {side for side in ("ours", "theirs") if found[side]}
    assert sides == ({ALONE[difference]} if difference in ALONE else {"ours", "theirs"})
    for side in sides:
        assert found[side]["remote_id"] == name
        assert found[side]["currency"] in {"EUR", "USD"}
    beside = Counter(each["difference"] for each in run.differences if each is not found)
    assert beside == BESIDE.get(difference, {})
    # The result can be had again, and the books are still whole.
    again = compared(both)
    assert (again.differences, again.booked) == (run.differences, 0)
    assert Reconciliation.objects.get(pk=run.pk).differences == run.differences
    assert list(walk()) == []


def test_4_8_all_of_them_at_once(both: Both) -> None:
    both.take(60)
    wanted = [(each.value, fault(both)) for each, fault in FAULTS.items()]
    found = told(compared(both))
    assert set(wanted) <= set(found)
    assert len(found) == len(wanted) + sum(sum(more.values()) for more in BESIDE.values())


def test_4_8_ten_thousand_movements_that_agree_raise_no_alarm(both: Both) -> None:
    both.take(5000)
    begin = time.process_time()
    run = compared(both)
    assert (run.theirs, run.booked, run.differences) == (10_000, 0, [])
    assert run.ours == 10_000
    assert time.process_time() - begin < 10


def test_a_reference_of_somebody_elses_is_none(both: Both) -> None:
    """Two newsrooms may take gifts by one account, and both write references that are whole."""
    name = both.move_there("capture", "", 800)
    both.change_there(name, "reference", new_reference(lambda most: 7 % most))
    assert compared(both).booked == 1
    assert both.ours(name).pledge is None
    assert compared(both).differences == []


# --- what is missing ---------------------------------------------------------------------------


def test_4_8_what_never_was_told_is_booked_and_once(both: Both) -> None:
    both.take(3)
    gift = both.move_there("capture", "", 900)
    both.move_there("fee", gift, -37)
    both.move_there("refund", gift, -200)
    both.move_there("payout", "", -5000)
    run = compared(both)
    assert (run.theirs, run.ours, run.booked, run.differences) == (10, 10, 4, [])
    assert both.ours(gift).amount_minor == 900
    entries = Entry.objects.count()
    again = compared(both)
    assert (again.booked, again.differences, Entry.objects.count()) == (0, [], entries)


def test_4_8_two_equal_refunds_are_two(both: Both) -> None:
    both.take(1)
    (gift,) = both.gifts
    first = both.move_there("refund", gift.id, -200)
    assert compared(both).booked == 1
    second = both.move_there("refund", gift.id, -200)
    run = compared(both)
    assert (run.booked, run.differences) == (1, [])
    rows = Movement.objects.filter(kind="refund", of__remote_id=gift.id)
    assert set(rows.values_list("remote_id", flat=True)) == {first, second}
    assert compared(both).booked == 0


def test_a_refund_of_a_gift_from_before_the_window(both: Both) -> None:
    old = both.moved("capture", "cap_old", 1000, both.now - timedelta(days=60))
    both.book_here(old)
    both.move_there("refund", "cap_old", -600)
    assert (run := compared(both)).differences == []
    assert run.booked == 1
    both.move_there("refund", "cap_old", -600)
    found = told(compared(both))
    assert [name for name, _ in found] == ["missing", "overdrawn"]
    assert found[1][1] == "cap_old"


@pytest.mark.parametrize("count", [PAGE // 2 - 1, PAGE // 2, PAGE // 2 + 1, PAGE])
def test_4_8_nothing_is_lost_between_the_companys_pages(both: Both, count: int) -> None:
    """Each gift is two movements, and a page holds a hundred."""
    both.take(count)
    run = compared(both)
    assert (run.theirs, run.booked, run.differences) == (2 * count, 0, [])
    last = both.move_there("capture", "", 1234)
    assert (run := compared(both)).booked == 1
    assert both.ours(last).amount_minor == 1234
    assert run.theirs == 2 * count + 1


# --- the edges of the window -------------------------------------------------------------------


@pytest.mark.parametrize("skew_hours", [-24, -5, 0, 5, 24])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_4_8_a_clock_that_is_a_day_off_raises_no_alarm(
    both: Both, skew_hours: int, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever day we booked a gift on, and wherever the window's edge cuts."""
    facts = site.site_facts()
    monkeypatch.setattr(site, "_known", _in_zone(facts, zone))
    hours = range(0, 9 * 24, 7)
    for hour in hours:
        at = both.now - timedelta(days=11) + timedelta(hours=hour)
        gift = both.moved("capture", f"cap_{hour}", 500, at)
        both.book_here(gift)
        name = both.move_there("capture", "", 500, at + timedelta(hours=skew_hours))
        both.change_there(name, "id", gift.id)
    for later in range(0, 48, 5):
        begin = both.now - timedelta(days=9) + timedelta(hours=later)
        run = reconcile(both.rail, begin, begin + timedelta(days=5), now=both.now)
        assert (run.differences, run.booked) == ([], 0)
        assert run.theirs >= 10
    whole = reconcile(both.rail, both.now - timedelta(days=20), both.now, now=both.now)
    assert whole.ours == whole.theirs == len(hours)


def _in_zone(facts: Any, zone: str) -> Any:
    return replace(facts, zone=ZoneInfo(zone))


def test_a_company_that_lists_late_is_compared_no_further(both: Both, company: Faulty) -> None:
    company.changes["listed_after"] = timedelta(hours=3)
    gift = both.move_there("capture", "", 500, both.now - timedelta(hours=2))
    run = compared(both)
    assert (run.until, run.theirs) == (both.now - timedelta(hours=3), 0)
    later = reconcile(both.rail, run.until, both.now, now=both.now + timedelta(hours=3))
    assert (later.until, later.booked) == (both.now, 1)
    assert both.ours(gift).remote_id == gift
    nothing = reconcile(both.rail, both.now, both.now, now=both.now)
    assert (nothing.until, nothing.theirs, nothing.error) == (both.now, 0, "")


def test_paypal_lists_late() -> None:
    assert company_kind("paypal").caps({}).listed_after == timedelta(hours=3)
    assert company_kind("stripe").caps({}).listed_after == timedelta()


# --- payouts -----------------------------------------------------------------------------------


def test_a_payout_that_the_bank_has_is_no_difference(both: Both) -> None:
    name = FAULTS[Difference.PAYOUT](both)
    assert told(compared(both)) == [("payout", name)]
    line = BankLine.objects.get()
    BankLine.objects.filter(pk=line.pk).update(amount_minor=1500)
    assert book_payout(line, both.ours(name, Kind.PAYOUT))
    assert compared(both).differences == []


def test_a_payout_that_came_back_is_no_difference(both: Both) -> None:
    FAULTS[Difference.PAYOUT](both)
    both.move_there("payout", "", 1500)
    assert compared(both).differences == []


def test_where_no_statement_is_brought_no_payout_is_missed(both: Both) -> None:
    at = both.now - timedelta(days=20)
    both.book_here(both.moved("payout", "po_1", -1500, at))
    assert compared(both).differences == []
    bring_statement_until(both)
    assert told(compared(both)) == [("payout", "po_1")]


# --- a company that cannot be asked ------------------------------------------------------------


class Nonsense(Exception):
    """Holds what a donor told: zuleika@canary.example."""


@pytest.mark.parametrize(
    "error", [CompanyDown("nobody answers"), CompanyRevoked("status 401"), Nonsense("zuleika@")]
)
def test_a_company_that_is_down_leaves_an_error_and_changes_nothing(
    both: Both, company: Faulty, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    both.take(PAGE)
    both.move_there("capture", "", 900)

    def breaks_off(since: datetime, until: datetime) -> Iterator[Told]:
        """List a page, and then nothing more."""
        for number, each in enumerate(Faulty.movements(company, since, until)):
            if number == PAGE:
                raise error
            yield each

    before = Entry.objects.count()
    with mock.patch.object(company, "movements", breaks_off):
        run = compared(both)
    assert run.error
    assert "zuleika" not in run.error + caplog.text
    assert Reconciliation.objects.get().error == run.error
    assert (run.theirs, run.ours, run.booked, run.differences) == (0, 0, 0, [])
    assert Entry.objects.count() == before
    assert compared(both).booked == 1
