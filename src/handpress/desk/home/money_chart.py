"""A campaign as two bars: money raised against its goal, time gone against its days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from handpress.donations.models import Campaign
from handpress.lib.money import format_money

WIDTH = 1000
"""Bars are drawn a thousand units wide, whatever the room they get."""


@dataclass(frozen=True, slots=True)
class CampaignChart:
    """What the panel shows of a campaign. Shares are in hundredths, bars in units of `WIDTH`."""

    is_running: bool
    raised: str
    goal: str
    to_go: str
    raised_percent: int
    raised_width: int
    time_percent: int
    time_width: int
    days_left: int | None
    has_times: bool

    @property
    def is_behind(self) -> bool:
        """Whether more time has gone than money has come."""
        return bool(self.goal) and self.has_times and self.raised_percent < self.time_percent


def campaign_chart(
    campaign: Campaign, now: datetime, language: str, *, raised: int
) -> CampaignChart:
    """Work out a campaign's bars; whole numbers throughout, never more than a full bar.

    ``raised`` is what the books and the count beside them say, in minor units.
    """
    goal, raised = campaign.goal_minor or 0, max(0, raised)
    raised_share = raised * WIDTH // goal if goal else 0
    time_share = _time_share(campaign, now)
    return CampaignChart(
        is_running=campaign.is_running,
        raised=_shown(raised, campaign, language),
        goal=_shown(goal, campaign, language) if goal else "",
        to_go=_shown(goal - raised, campaign, language) if goal > raised else "",
        raised_percent=raised_share * 100 // WIDTH,
        raised_width=min(WIDTH, raised_share),
        time_percent=time_share * 100 // WIDTH,
        time_width=time_share,
        days_left=_days_left(campaign, now),
        has_times=campaign.ends_at is not None,
    )


def _shown(minor: int, campaign: Campaign, language: str) -> str:
    if not campaign.currency:
        return ""
    return format_money(minor, campaign.currency, language, hides_zeros=True)


def _time_share(campaign: Campaign, now: datetime) -> int:
    if campaign.ends_at is None or now <= campaign.starts_at:
        return 0
    whole, gone = campaign.ends_at - campaign.starts_at, now - campaign.starts_at
    return min(WIDTH, gone * WIDTH // whole)


def _days_left(campaign: Campaign, now: datetime) -> int | None:
    """Return the days that have begun when it ends: one on its last day."""
    if campaign.ends_at is None:
        return None
    return max(0, -((now - campaign.ends_at) // timedelta(days=1)))
