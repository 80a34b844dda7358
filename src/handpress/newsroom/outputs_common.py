"""What the newsroom's outputs share."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from handpress.lib.html import SafeHtml
from handpress.newsroom.cards import language_context
from handpress.press.core.paths import address_of, root_of
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


def moved_page(key: str, path: str, target: str, title: str, language: str) -> Page:
    """Return the page that leads on to a path, where something of this title stands."""
    url = SafeHtml(root_of(path) + address_of(target))
    context = {"target": {"url": url, "title": title, **language_context(language)}}
    return Page(key, path, context, template="moved.html", title=title, robots="noindex", rank=0)
