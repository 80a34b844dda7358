"""What the newsroom's outputs share."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from handpress.press.core.plan import FIRST
from handpress.press.registry import Page
from handpress.press.site import theme

OFTEN = 5_000
"""How many keys are read at a time, so that no cursor stays open while pages are printed."""

PRINTED = Q(live=True) | Q(last_published_at__isnull=False)
"""Rows that have a page: public ones, and those that were and now say so."""


def ids_of(keys: Iterable[str]) -> list[int]:
    """Return the row ids that page keys stand for."""
    return [int(key) for key in keys]


def gone_page(key: str, path: str, rank: int = FIRST) -> Page:
    """Return the page that says that what stood at a path has been taken down."""
    title = theme().translate("No longer here")
    return Page(key, path, {}, template="gone.html", rank=rank, title=title, robots="noindex")
