"""Until when a campaign's monthly costs are there, from what it raised."""

from __future__ import annotations

from datetime import date

from handpress.donations.core.funding import funded_until
from handpress.donations.models import Campaign
from handpress.press.site import site_facts


def costs_of_month(campaign: Campaign) -> int:
    """Return what a month costs, in minor units of the campaign's currency."""
    return sum(int(minor) for _, minor in campaign.monthly_costs)


def funded_day(campaign: Campaign, raised: int) -> date | None:
    """Return the last day whose costs are there, counted from the campaign's first day; None
    where no day is, or nothing says what a month costs (see `core.funding`)."""
    began = campaign.starts_at.astimezone(site_facts().zone).date()
    return funded_until(raised, costs_of_month(campaign), began)
