"""The day that it is at the newsroom."""

from __future__ import annotations

from datetime import date

from handpress.lib import clock
from handpress.press.site import site_facts


def today() -> date:
    """Return the day that it is at the newsroom."""
    return clock.now().astimezone(site_facts().zone).date()
