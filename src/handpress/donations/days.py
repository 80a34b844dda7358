"""Days: that of the newsroom, and that of a sponsor, whose years begin in a zone of its own."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from handpress.donations.models import Sponsor
from handpress.lib import clock
from handpress.press.site import site_facts


def today() -> date:
    """Return the day that it is at the newsroom."""
    return clock.now().astimezone(site_facts().zone).date()


def zone_of(sponsor: Sponsor) -> ZoneInfo:
    """Return the zone in which a sponsor's years begin."""
    return ZoneInfo(sponsor.zone) if sponsor.zone else site_facts().zone
