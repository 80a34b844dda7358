"""What the form of the site settings shows beside its fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wagtail.admin.panels import HelpPanel

from handpress.lib import clock
from handpress.newsroom.core.colours import browser_rules, palette
from handpress.newsroom.models import Topic
from handpress.newsroom.outlet import NAVIGATION_TOPICS
from handpress.press.queries import is_work_waiting, press_status
from handpress.press.site import site_facts, theme_tokens


@dataclass(frozen=True, slots=True)
class PressLine:
    """Where the press stands: whether it works, and that in a sentence."""

    is_working: bool
    sentence: str


def press_line() -> PressLine:
    """Return where the press stands; five small queries."""
    status = press_status()
    count = f"{status.pages:,} page{'' if status.pages == 1 else 's'}"
    if is_work_waiting():
        return PressLine(True, f"Printing {count}, newest first.")
    if status.last_run_at is None:
        return PressLine(True, "The site has not been printed yet.")
    at = status.last_run_at.astimezone(site_facts().zone)
    return PressLine(False, f"All {count} show these settings. Last printed {at:%d %B, %H:%M}.")


class PartPanel(HelpPanel):
    """A part of the form that is no field: its template gets what ``context`` returns."""

    def __init__(self, name: str, context: Callable[[], dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(template=f"newsroom/outlet/{name}.html")
        self.name, self.context = name, context

    def clone_kwargs(self) -> dict[str, Any]:
        return {"name": self.name, "context": self.context}

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            return {**super().get_context_data(parent_context), **self.panel.context()}


def logo_context() -> dict[str, Any]:
    return {"outlet_name": site_facts().name, "theme": palette(theme_tokens())}


def colour_context() -> dict[str, Any]:
    return {"rules": json.dumps(browser_rules(theme_tokens()), ensure_ascii=False)}


def clock_context() -> dict[str, Any]:
    zone = site_facts().zone
    return {"zone": str(zone), "time": f"{clock.now().astimezone(zone):%H:%M}"}


def navigation_context() -> dict[str, Any]:
    """Return the links of the bar where nobody has chosen any; one query."""
    rows = Topic.objects.filter(live=True).order_by("position", "name", "pk")
    return {"links": list(rows.values_list("name", flat=True)[:NAVIGATION_TOPICS])}
