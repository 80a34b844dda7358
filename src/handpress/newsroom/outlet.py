"""The outlet's choices as the press and the frame need them."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError

from handpress.newsroom.core.colours import theme_colours
from handpress.newsroom.models import NavigationItem, Outlet, PlainPage
from handpress.press.site import OutletChoices

_COLUMNS = ("name", "tagline", "language", "time_zone", "feeds_are_full")
_COLOURS = ("accent", "accent_dark", "paper", "paper_dark")


def read_choices() -> OutletChoices:
    """Return what was chosen on the desk; one query. Before the tables are made: nothing."""
    try:
        row = Outlet.objects.values(*_COLUMNS, *_COLOURS).first()
    except DatabaseError:
        return OutletChoices()
    if row is None:
        return OutletChoices()
    colours = theme_colours(**{name: row.pop(name) for name in _COLOURS})
    return OutletChoices(**row, colours=colours)


def navigation_facts() -> list[dict[str, Any]] | None:
    """Return the links of the bar as chosen, or None where nothing was: the caller's default.

    An aim that is not public is left out.
    """
    items = list(
        NavigationItem.objects.select_related("topic", "page").order_by("sort_order", "pk")
    )
    return [_link(item) for item in items if _is_public(item)] if items else None


def _is_public(item: NavigationItem) -> bool:
    aim = item.topic or item.page
    return bool(aim.live) if aim else True


def _link(item: NavigationItem) -> dict[str, Any]:
    if item.topic:
        name, path = item.label or item.topic.name, f"topics/{item.topic.slug}/"
        return {"name": name, "path": path, "language": "" if item.label else item.topic.language}
    if item.page:
        language = "" if item.label else item.page.language
        return {"name": item.label or item.page.title, "path": item.page.path, "language": language}
    return {"name": item.label, "url": item.url, "language": ""}


def footer_facts() -> dict[str, Any]:
    """Return the words at the foot of every page, and the plain pages linked there."""
    rows = PlainPage.objects.filter(live=True, is_in_footer=True).order_by(
        "position", "title", "pk"
    )
    pages = [
        {"name": title, "slug": slug, "language": language}
        for title, slug, language in rows.values_list("title", "slug", "language")
    ]
    words = Outlet.objects.values_list("footer", flat=True).first() or ""
    return {"pages": pages, "lines": [line for line in words.split("\n") if line.strip()]}


def logo_facts() -> dict[str, Any] | None:
    """Return the outlet's logo, light and dark, as published; None where there is none."""
    from dataclasses import asdict

    from handpress.newsroom.pictures import find_pictures

    row = Outlet.objects.values_list("logo_id", "logo_dark_id").first()
    if row is None or not row[0]:
        return None
    pictures = find_pictures([one for one in row if one])
    if row[0] not in pictures:
        return None
    dark = pictures.get(row[1])
    return {"light": asdict(pictures[row[0]]), "dark": asdict(dark) if dark else None}


def appeal_places() -> tuple[str, str]:
    """Return where the full and the compact appeal stand (see `models.outlet.PLACES`)."""
    row = Outlet.objects.values_list("full_appeal_on", "compact_appeal_on").first()
    return row or ("everywhere", "everywhere")
