"""Public accounts on the site: where they are wanted, what they say, when they are printed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import giving
from factories.papers import Paper, fresh_site, undone
from handpress.donations import actions
from handpress.donations.models import Campaign, Movement, Rail
from handpress.donations.outputs_accounts import move_accounts_on
from handpress.donations.queries.public import moved_by_month
from handpress.newsroom.models import Outlet
from handpress.press.models import Mark
from handpress.press.tasks import run_due

pytestmark = pytest.mark.django_db
PAGE, DONATE, SITEMAP = "accounts/index.html", "donate/index.html", "sitemap-0.xml"
NOVEMBER = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def shown(paper: Paper, path: str = PAGE) -> str:
    soup = BeautifulSoup(paper.read(path), "html.parser")
    main = soup.select_one("main")
    assert main
    return " ".join(main.get_text(" ").split())


def want(now: datetime = NOVEMBER, **values: Any) -> None:
    Outlet.objects.update_or_create(pk=1, defaults={"shows_accounts": True, **values})
    move_accounts_on(now)


def give(rail: Rail, month: int, *amounts: int, **values: Any) -> list[Movement]:
    on = date(2026, month, 10)
    return [giving.gift(rail, amount, on=on, **values) for amount in amounts]


def exists(paper: Paper, path: str = PAGE) -> bool:
    return (paper.folder / path).exists()


def test_only_an_outlet_that_wants_them_has_them(paper: Paper) -> None:
    give(giving.rail(), 9, 1000, 2000, 3000)
    run_due()
    paper.print()
    assert not exists(paper)
    assert "accounts" not in paper.read(DONATE)
    want()
    assert paper.print() == {PAGE, DONATE, SITEMAP}
    assert "/accounts/<" in paper.read(SITEMAP)
    soup = BeautifulSoup(paper.read(DONATE), "html.parser")
    assert [link["href"] for link in soup.select("main a[href*=accounts]")] == ["../accounts/"]
    # It stands in the frame of no page.
    assert not soup.select("header a[href*=accounts], footer a[href*=accounts]")
    Outlet.objects.update(shows_accounts=False)
    paper.print()
    assert not exists(paper)
    assert "accounts" not in paper.read(DONATE)
    assert "accounts" not in paper.read(SITEMAP)


def test_they_say_sums_of_months_and_nothing_of_anybody(paper: Paper) -> None:
    campaign = giving.campaign(
        goal_minor=500_000, monthly_costs=[["Rent", 60_000], ["The kettle", 1_200]]
    )
    rail = giving.rail(account_ref=giving.OTHER_IBAN, name="Canary Bank")
    give(rail, 8, 10_000, fee=100)
    give(rail, 9, 20_000, 30_000, campaign=campaign)
    give(rail, 10, 1_000, 2_000, 3_000)
    give(rail, 11, 900_000)
    refunded = give(rail, 9, 5_000)[0]
    actions.refund_gift(refunded, amount=500, key="r", on=date(2026, 10, 12))
    want()
    paper.print()
    text = shown(paper)
    assert "August 2026 – September 2026 €650.00 €1.00 €649.00" in text
    assert "October 2026 €55.00 €0.00 €55.00" in text
    assert "Altogether €705.00 €1.00 €704.00" in text
    assert "November" not in text, "a month that is not over is not shown"
    assert "The broken line is what a month costs today: €612" in text
    assert "The kettle €12" in text
    html = paper.read(PAGE).lower()
    for told in ("canary", giving.OTHER_IBAN.lower(), "de89", "readers’ association", "bank"):
        assert told not in html
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.select("figure svg rect")) == 2
    assert not soup.select("[style], script")


def test_another_currency_has_a_table_of_its_own(paper: Paper) -> None:
    rail = giving.rail("cash")
    give(rail, 9, 1000, 2000, 3000)
    give(rail, 9, 1000, 2000, 3000, currency="USD")
    give(rail, 9, 1000, 2000, currency="GBP")
    want()
    paper.print()
    soup = BeautifulSoup(paper.read(PAGE), "html.parser")
    assert [each.get_text() for each in soup.select("main h2")] == ["Euro", "US Dollar"]


def test_without_enough_gifts_they_say_so(paper: Paper) -> None:
    give(giving.rail(), 9, 1000, 2000)
    want()
    paper.print()
    assert "Nothing can be shown yet" in shown(paper)
    assert "€" not in shown(paper)


def test_what_was_undone_hides_nobody_and_counts_nothing(paper: Paper) -> None:
    rail = giving.rail()
    gifts = give(rail, 9, 1000, 2000, 3000)
    assert moved_by_month(date(2026, 11, 1))["EUR"][date(2026, 9, 1)].gifts == 3
    actions.undo(gifts[0], on=date(2026, 10, 2))
    moved = moved_by_month(date(2026, 11, 1))["EUR"]
    assert moved[date(2026, 9, 1)].gifts == 2
    assert (moved[date(2026, 10, 1)].gifts, moved[date(2026, 10, 1)].net) == (0, -1000)
    assert sum(each.net for each in moved.values()) == 5000


def test_gifts_of_this_month_print_nothing_and_late_ones_do(paper: Paper) -> None:
    rail = giving.rail()
    give(rail, 9, 1000, 2000, 3000)
    want()
    paper.print()
    give(rail, 11, 4000)
    assert paper.print() == set()
    give(rail, 9, 4000)
    assert paper.print() == {PAGE}
    assert "€100.00" in shown(paper)


def test_the_month_that_ends_is_brought_about_by_time(paper: Paper) -> None:
    rail = giving.rail()
    give(rail, 9, 1000, 2000, 3000)
    give(rail, 11, 4000, 5000, 6000)
    want(time_zone="Asia/Seoul")
    paper.print()
    assert "November" not in shown(paper)
    # Three in the afternoon of the thirtieth, UTC, is the first of December in Seoul.
    for moment, moves in (
        (datetime(2026, 11, 30, 14, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 20, 15, 0, tzinfo=UTC), False),
    ):
        Mark.objects.all().delete()
        move_accounts_on(moment)
        assert Mark.objects.exists() is moves
        # Once moved on, looking costs one query and writes nothing.
        with CaptureQueriesContext(connection) as captured:
            move_accounts_on(moment)
        assert len(captured) == 1
        if moves:
            Outlet.objects.update(tagline="")
    paper.print(everything=True)
    assert "November 2026 €150.00" in shown(paper)


def test_the_page_costs_the_same_whatever_the_books_hold(paper: Paper) -> None:
    rail = giving.rail()
    give(rail, 9, 1000, 2000, 3000)
    want()

    def cost() -> int:
        from handpress.press.registry import registry

        with CaptureQueriesContext(connection) as captured:
            list(registry.kinds["accounts"].load([""]))
        return len(captured)

    before = cost()
    for month in range(1, 11):
        give(rail, month, 500, 600, 700)
    assert cost() == before <= 4


def test_right_to_left_time_runs_the_other_way(paper: Paper) -> None:
    rail = giving.rail()
    give(rail, 9, 1000, 2000, 3000)
    give(rail, 10, 100, 200, 300)

    def highest() -> int:
        soup = BeautifulSoup(paper.read(PAGE), "html.parser")
        bars = soup.select("figure rect")
        return int(str(max(bars, key=lambda bar: int(str(bar["height"])))["x"]))

    want()
    paper.print()
    left = highest()
    want(language="ar")
    paper.print()
    assert highest() > left
    assert 'dir="rtl"' in paper.read(PAGE)


# Law 2 ------------------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["gift", "gift", "gift", "old", "refund", "undo", "month", "choose", "costs", "press"]
        ),
        st.integers(0, 11),
    ),
    min_size=3,
    max_size=14,
)


@settings(
    deadline=None,
    database=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=_STEPS)
def test_what_is_printed_step_by_step_equals_a_fresh_press(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with undone():
        folder = tmp_path_factory.mktemp("law")
        paper = Paper(folder / "site")
        rail, campaign = giving.rail(), giving.campaign(goal_minor=900_000)
        now = NOVEMBER
        for number, (what, how) in enumerate(steps):
            now = _live(what, how, number, now, rail, campaign, paper)
        paper.print()
        incremental, fresh = paper.files(), fresh_site(Path(folder, "fresh"))
        wrong = {
            path for path in incremental.keys() | fresh if incremental.get(path) != fresh.get(path)
        }
        assert wrong == set()


def _live(
    what: str, how: int, number: int, now: datetime, rail: Rail, campaign: Campaign, paper: Paper
) -> datetime:
    on = now.date() if what == "gift" else now.date() - timedelta(days=30 * (how + 1))
    gift = Movement.objects.filter(of=None).order_by("pk").last()
    steps = gift.steps.exists() if gift else True
    if what in {"gift", "old"}:
        giving.gift(rail, 700 + number, on=on, campaign=campaign if how % 2 else None)
    elif what == "refund" and gift and not steps:
        actions.refund_gift(gift, amount=1, key=f"r{number}", on=now.date())
    elif what == "undo" and gift and not steps:
        actions.undo(gift, on=now.date())
    elif what == "month":
        now += timedelta(days=31)
    elif what == "choose":
        Outlet.objects.update_or_create(pk=1, defaults={"shows_accounts": bool(how % 3)})
    elif what == "costs":
        campaign.monthly_costs = [["Rent", 1000 * how]] if how else []
        campaign.save()
    elif what == "press":
        paper.print()
    with mock.patch("handpress.lib.clock.now", return_value=now):
        move_accounts_on(now)
    return now


# Funded until -----------------------------------------------------------------------------


def test_how_far_the_costs_are_covered_stands_beside_the_progress(paper: Paper) -> None:
    campaign = giving.campaign(goal_minor=500_000, monthly_costs=[["Rent", 60_000]])
    rail = giving.rail()
    paper.print()
    assert "pays what the months cost" not in shown(paper, DONATE)
    giving.gift(rail, 90_000, campaign=campaign)
    assert paper.print() == {DONATE, "appeal/progress.svg"}
    words = "What came in pays what the months cost until December 15, 2026."
    assert words in shown(paper, DONATE)
    # Not a day for a sum that does not pay one; the page is not written either.
    giving.gift(rail, 900, campaign=campaign)
    assert paper.print() <= {"appeal/progress.svg"}
    assert words in shown(paper, DONATE)
    giving.gift(rail, 100, campaign=campaign)
    assert DONATE in paper.print()
    assert "December 16, 2026" in shown(paper, DONATE)
    campaign.monthly_costs = [["Rent", 60_000], ["Ink", 32_000]]
    campaign.save()
    assert DONATE in paper.print()
    assert "until November 29, 2026" in shown(paper, DONATE)
    campaign.goal_minor = None
    campaign.save()
    paper.print()
    assert "pays what the months cost" not in shown(paper, DONATE)


def test_a_gift_prints_no_page_where_costs_or_goal_are_missing(paper: Paper) -> None:
    campaign = giving.campaign(goal_minor=500_000)
    rail = giving.rail()
    paper.print()
    giving.gift(rail, 90_000, campaign=campaign)
    report = paper.run()
    assert (report.paths, report.rendered) == (["appeal/progress.svg"], 1)
