"""Funded until: what a campaign raised, as days that are paid."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from factories import giving
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.funding import funded_day
from handpress.donations.queries.books import raised
from handpress.newsroom.models import Outlet

pytestmark = pytest.mark.django_db


def test_it_follows_the_books_and_what_was_counted_elsewhere() -> None:
    campaign = giving.campaign(
        raised_minor=60_000, monthly_costs=[["Rent", 40_000], ["Ink", 20_000]]
    )
    gift = giving.gift(giving.rail(), 60_000, campaign=campaign, fee=100)
    assert funded_day(campaign, raised(campaign)) == date(2026, 12, 31)
    actions.refund_gift(gift, amount=30_000, key="r", on=giving.DAY)
    assert funded_day(campaign, raised(campaign)) == date(2026, 12, 15)
    campaign.monthly_costs = []
    assert funded_day(campaign, raised(campaign)) is None


def test_it_counts_from_the_day_on_which_it_began_at_the_newsroom() -> None:
    began = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)
    campaign = giving.campaign(starts_at=began, monthly_costs=[["Rent", 60_000]])
    assert funded_day(campaign, 60_000) == date(2026, 11, 30)
    Outlet(time_zone="Asia/Seoul").save()
    assert funded_day(campaign, 60_000) == date(2026, 12, 1)


def test_the_overview_says_it(desk: Desk) -> None:
    def card() -> str:
        answer: Any = desk.client.get(reverse("donations_overview"))
        soup = BeautifulSoup(answer.content.decode(), "html.parser")
        found = soup.select_one("section[aria-labelledby=dn-campaign]")
        assert found
        return " ".join(found.get_text().split())

    campaign = giving.campaign(monthly_costs=[["Rent", 60_000]])
    assert "Not a day of its months is paid yet." in card()
    giving.gift(giving.rail(), 90_000, campaign=campaign)
    assert "Its months are paid until 15 December 2026, at what a month costs now." in card()
    campaign.monthly_costs = []
    campaign.save()
    assert "paid" not in card()
