"""The desk: what stands in its menu and on its home."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from handpress.desk.history import HistoryView
from handpress.desk.home.panels import panels_for
from handpress.desk.roles import may_publish
from handpress.desk.views import show_press_progress

_NOT_OURS = {"explorer", "documents", "reports", "help", "snippets"}
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
def hide_counts(request: HttpRequest, items: list[Any]) -> None:
    """The day is what matters, not how many rows there are."""
    items.clear()


@hooks.register("construct_homepage_panels")
def show_the_day(request: HttpRequest, panels: list[Any]) -> None:
    """Show our panels in place of those about a tree of pages."""
    panels[:] = panels_for(request)


@hooks.register("register_admin_urls")
def add_addresses() -> list[URLPattern]:
    return [
        path("press-progress/", show_press_progress, name="desk_press_progress"),
        path("history/", HistoryView.as_view(), name="desk_history"),
        path(
            "history/results/", HistoryView.as_view(results_only=True), name="desk_history_results"
        ),
    ]


@hooks.register("insert_global_admin_css")
def add_style() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("desk/desk.css"))


@hooks.register("insert_global_admin_js")
def add_scripts() -> SafeString:
    return format_html_join(
        "",
        '<script type="module" src="{}"></script>',
        ((static(f"desk/{name}.js"),) for name in ("branding", "one-form")),
    )


class _HistoryItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_publish(request.user)


@hooks.register("register_admin_menu_item")
def history_item() -> MenuItem:
    return _HistoryItem(
        "History", reverse("desk_history"), name="history", icon_name="history", order=9000
    )
