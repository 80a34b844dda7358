"""The desk: what stands in its menu."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail import hooks

_NOT_OURS = {"explorer", "documents", "reports-site-history", "help", "snippets"}
"""Doors to a tree of pages that there is not, and to pages of somebody else's site."""


@hooks.register("construct_main_menu")
def hide_what_is_not_used(request: HttpRequest, menu_items: list[Any]) -> None:
    menu_items[:] = [item for item in menu_items if item.name not in _NOT_OURS]


@hooks.register("construct_settings_menu")
def hide_sites(request: HttpRequest, menu_items: list[Any]) -> None:
    """One newsroom is one site; its name and address stand in handpress.toml."""
    menu_items[:] = [item for item in menu_items if item.name not in {"sites", "collections"}]


# After Wagtail has put it there.
@hooks.register("construct_homepage_summary_items", order=100)
def hide_page_count(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if type(item).__name__ != "PagesSummaryItem"]
