"""What the press itself prints: the theme's static files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handpress.press.core.plan import FIRST
from handpress.press.registry import Page, PageKind, registry
from handpress.press.site import theme


def _keys() -> Iterable[tuple[str, int]]:
    return ((name, FIRST) for name in theme().static)


def _load(keys: Sequence[str]) -> Iterable[Page]:
    static = theme().static
    return [Page(key, static[key][0], content=static[key][1]) for key in keys if key in static]


registry.add(PageKind("asset", "", _keys, _load))
