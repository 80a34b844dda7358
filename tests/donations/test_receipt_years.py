"""4.17: annual receipts, and where a year ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from factories import giving
from factories.receipts import FACTS, NEXT_YEAR, NOW, given_by
from handpress.donations import actions
from handpress.donations.actions.receipt_runs import run_annual
from handpress.donations.actions.receipts import (
    issue_annual,
    issue_receipt,
)
from handpress.donations.core.receipt_words import text_of
from handpress.donations.core.receipts import RefusedReceipt
from handpress.donations.models import Receipt
from handpress.donations.queries.receipt_years import annual_plan
from handpress.donations.queries.receipts import (
    number_of,
    paper_of_receipt,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def text(row: Receipt) -> str:
    return text_of(paper_of_receipt(row))


# Years -----------------------------------------------------------------------------------------


def test_an_annual_receipt_holds_what_stands_on_no_other() -> None:
    rail, cash = giving.rail(), giving.rail("cash")
    other = giving.rail("cash", of=giving.sponsor("Another"))
    donor, ben = actions.keep_donor(FACTS), actions.keep_donor({"name": "Ben"})
    single, _ = issue_receipt(given_by(donor, rail, 100), now=NOW)
    mine = [given_by(donor, rail, 200), given_by(donor, cash, 300)]
    dollars = given_by(donor, cash, 400, currency="USD")
    given_by(donor, rail, 500, on=date(2025, 12, 31))
    given_by(donor, other, 600)
    given_by(ben, rail, 700)
    gone = given_by(donor, rail, 800)
    actions.refund_gift(gone, amount=800, key="r", on=giving.DAY)
    giving.gift(rail, 900)
    with pytest.raises(RefusedReceipt, match="2026-12-31"):
        issue_annual(donor, rail.sponsor, 2026, now=NOW)
    plan = annual_plan(rail.sponsor, 2026, NEXT_YEAR)
    assert (plan.donors, plan.receipts, plan.gifts, plan.nameless) == ([donor, ben], 3, 4, 1)
    assert plan.sums == {"EUR": 1200, "USD": 400}
    euros, usd = issue_annual(donor, rail.sponsor, 2026, now=NEXT_YEAR)
    assert [line.movement for line in euros.lines.order_by("pk")] == mine
    assert [line.movement for line in usd.lines.all()] == [dollars]
    assert (number_of(single), number_of(euros), euros.total_minor) == ("2026-1", "2026-2", 500)
    assert issue_annual(donor, rail.sponsor, 2026, now=NEXT_YEAR) == []
    assert "January 1, 2026 to December 31, 2026" in text(euros)
    assert euros.keep_until == date(2036, 12, 31)
    after = annual_plan(rail.sponsor, 2026, NEXT_YEAR)
    assert (after.donors, after.issued) == ([ben], 2)


@pytest.mark.parametrize(
    ("zone", "is_over"), [("Pacific/Auckland", True), ("UTC", False), ("Pacific/Honolulu", False)]
)
def test_4_17_a_year_ends_where_the_sponsor_is(zone: str, is_over: bool) -> None:
    rail = giving.rail(of=giving.sponsor(zone=zone))
    donor = actions.keep_donor(FACTS)
    given_by(donor, rail, 200)
    moment = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert annual_plan(rail.sponsor, 2026, moment).may_run == is_over
    if is_over:
        (row,) = issue_annual(donor, rail.sponsor, 2026, now=moment)
        assert "Issued on: January 1, 2027" in text(row)
        assert row.issued_at == moment
    else:
        with pytest.raises(RefusedReceipt, match="until then gifts can come"):
            issue_annual(donor, rail.sponsor, 2026, now=moment)


def test_a_year_may_begin_in_july() -> None:
    rail = giving.rail(of=giving.sponsor(year_begins_month=7))
    donor = actions.keep_donor(FACTS)
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2027, 6, 30), date(2027, 7, 1)]
    rows = [issue_receipt(given_by(donor, rail, on=day), now=NOW)[0] for day in days]
    assert [number_of(row) for row in rows] == ["2025-1", "2026-1", "2026-2", "2027-1"]
    assert rows[1].keep_until == date(2037, 6, 30)


def test_the_run_goes_on_where_it_stopped_and_says_who_is_kept() -> None:
    rail = giving.rail(of=giving.sponsor(receipt_profile="us_501c3", tax_id="12-3456789"))
    for number in range(5):
        given_by(actions.keep_donor({"name": f"Donor {number}"}), rail)
    nameless = actions.keep_donor({"email": "only@mail.example"})
    given_by(nameless, rail)
    plan = annual_plan(rail.sponsor, 2026, NEXT_YEAR)
    assert [kept.donor for kept in plan.kept] == [nameless]
    stopped = run_annual(plan, now=NEXT_YEAR)
    assert [len(next(stopped).receipts) for _ in range(2)] == [1, 1]
    del stopped
    assert Receipt.objects.count() == 2
    # The old plan does nothing twice.
    assert sum(len(ran.receipts) for ran in run_annual(plan, now=NEXT_YEAR)) == 3
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    assert not annual_plan(rail.sponsor, 2026, NEXT_YEAR).donors


def test_the_run_writes_letters_only_when_told(own_folder: Path) -> None:
    from handpress.mail.models import Letter

    rail = giving.rail()
    given_by(actions.keep_donor(FACTS), rail)
    given_by(actions.keep_donor({"name": "No address"}), rail)
    plan = annual_plan(rail.sponsor, 2026, NEXT_YEAR)
    (first, second) = run_annual(plan, now=NEXT_YEAR, letters=True)
    assert (first.words, second.words) == ("", "")
    (letter,) = Letter.objects.all()
    assert letter.to == FACTS["email"]
    assert "Annual receipt 2026-1" in letter.subject
    assert letter.text == text(Receipt.objects.get(number=1))
    given_by(actions.keep_donor(FACTS), rail)
    list(run_annual(annual_plan(rail.sponsor, 2026, NEXT_YEAR), now=NEXT_YEAR))
    assert Letter.objects.count() == 1
