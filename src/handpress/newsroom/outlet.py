"""The outlet's choices as the press and the frame need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

from django.db import OperationalError, ProgrammingError, connection

from handpress.newsroom.core.colours import FIELDS, theme_colours
from handpress.newsroom.core.languages import split_tags
from handpress.newsroom.models import NavigationItem, Outlet, PlainPage
from handpress.newsroom.pictures import find_pictures, publish_pictures
from handpress.press.prepared import Prepared
from handpress.press.site import OutletChoices, as_if_chosen, site_facts, theme_tokens

NAVIGATION_TOPICS = 8
"""How many topics the bar shows where nobody has chosen its links."""

_COLUMNS = ("name", "tagline", "language", "time_zone", "feeds_are_full")
_ROW = Prepared(lambda: Outlet.objects.only(*_COLUMNS, *FIELDS).order_by("pk")[:1])
_NAVIGATION = Prepared(
    lambda: NavigationItem.objects.select_related("topic", "page").order_by("sort_order", "pk")
)
_IN_FOOTER = Prepared(
    lambda: (
        PlainPage.objects.filter(live=True, is_in_footer=True)
        .order_by("position", "title", "pk")
        .values_list("title", "slug", "language")
    )
)
_in_hand: ContextVar[Outlet | None] = ContextVar("outlet_in_hand", default=None)


def read_choices() -> OutletChoices:
    """Return what was chosen on the desk; one query. Before the tables are made: nothing.

    A database that does not answer is an error, never an outlet without a name of its own: the
    press would print that.
    """
    try:
        row = _ROW.first()
    except (OperationalError, ProgrammingError):
        if Outlet._meta.db_table in connection.introspection.table_names():
            raise
        return OutletChoices()
    return choices_of(row) if row else OutletChoices()


def choices_of(row: Outlet) -> OutletChoices:
    """Return the choices of a row, saved or not."""
    colours = theme_colours(theme_tokens(), **{name: getattr(row, name) for name in FIELDS})
    return OutletChoices(**{name: getattr(row, name) for name in _COLUMNS}, colours=colours)


@contextmanager
def as_if_saved(row: Outlet) -> Iterator[None]:
    """Have everything below answer, for what is done inside, as if this row had been saved."""
    publish_pictures(pk for pk in (row.logo_id, row.logo_dark_id) if pk)
    token = _in_hand.set(row)
    try:
        with as_if_chosen(choices_of(row)):
            yield
    finally:
        _in_hand.reset(token)


def _values(*names: str) -> tuple[Any, ...] | None:
    if row := _in_hand.get():
        return tuple(getattr(row, name) for name in names)
    return _question(names).first()


@cache
def _question(names: tuple[str, ...]) -> Prepared[tuple[Any, ...]]:
    return Prepared(lambda: Outlet.objects.order_by("pk").values_list(*names)[:1])


def writing_languages() -> list[str]:
    """Return the tags of the languages that the outlet writes in, its own first."""
    chosen = _values("languages")
    return list(dict.fromkeys([site_facts().language, *split_tags(chosen[0] if chosen else "")]))


def navigation_facts() -> list[dict[str, Any]] | None:
    """Return the links of the bar as chosen, or None where nothing was: the caller's default.

    An aim that is not public is left out.
    """
    items = list(row.navigation.all()) if (row := _in_hand.get()) else _NAVIGATION.rows()
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
    pages = [
        {"name": title, "slug": slug, "language": language}
        for title, slug, language in _IN_FOOTER.rows()
    ]
    chosen = _values("footer")
    words = chosen[0] if chosen else ""
    return {"pages": pages, "lines": [line for line in words.split("\n") if line.strip()]}


def logo_facts() -> dict[str, Any] | None:
    """Return the outlet's logo, light and dark, as published; None where there is none."""
    row = _values("logo_id", "logo_dark_id")
    if row is None or not row[0]:
        return None
    pictures = find_pictures([one for one in row if one])
    if row[0] not in pictures:
        return None
    dark = pictures.get(row[1])
    return {"light": asdict(pictures[row[0]]), "dark": asdict(dark) if dark else None}


def accounts_until() -> date | None:
    """Return the day up to which public accounts are shown; None where they are not."""
    row = _values("shows_accounts", "accounts_until")
    return row[1] if row and row[0] else None


def appeal_places() -> tuple[str, str]:
    """Return where the full and the compact appeal stand (see `models.outlet.PLACES`)."""
    row = _values("full_appeal_on", "compact_appeal_on")
    return (row[0], row[1]) if row else ("everywhere", "everywhere")


def appeal_in_digest() -> bool:
    """Say whether editions of the digest have the appeal."""
    row = _values("appeal_in_digest")
    return bool(row[0]) if row else True
