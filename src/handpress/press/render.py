"""From a page as its kind describes it to the bytes of a file. A pure function."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.db import connections

from handpress.lib.html import SafeHtml
from handpress.lib.http import META_POLICY
from handpress.press.core.paths import address_of, root_of
from handpress.press.registry import Facts, Page, registry
from handpress.press.site import SiteFacts

FRONT_PAGE = "index.html"


class QueryWhileRendering(RuntimeError):
    """A template or its context reached for the database."""


@dataclass(slots=True, eq=False)
class Renderer:
    """Renders pages for one state of theme, site and frame."""

    site: SiteFacts
    frame_facts: Mapping[str, Facts]
    _common: dict[tuple[str, bool], dict[str, Any]] = field(default_factory=dict)

    def page(self, page: Page, *, template: str, root: str = "") -> bytes:
        """Render one page; ``root`` overrides the way to the root, for previews."""
        if page.content is not None:
            return page.content
        way = SafeHtml(root) if root else root_of(page.path)
        address = self.site.address and SafeHtml(self.site.address + address_of(page.path))
        head = {
            "title": page.title,
            "description": page.description,
            "canonical": address,
            "robots": page.robots,
            "feeds": page.feeds,
            "type": page.kind_of_thing,
            "image": page.image,
        }
        is_front = page.path == FRONT_PAGE
        context = {**self._common_context(way, is_front), "page": head, **(page.context or {})}
        name = page.template or template
        text: str = self.site.theme.environment.render_template(name, **context)
        data = text.encode()
        return _fit_for_xml(data) if name.endswith(".xml") else data

    def _common_context(self, root: SafeHtml, is_front: bool) -> dict[str, Any]:
        common = self._common.get((root, is_front))
        if common is None:
            common = self._common[root, is_front] = self._make_common(root, is_front)
        return common

    def _make_common(self, root: SafeHtml, is_front: bool) -> dict[str, Any]:
        base: dict[str, Any] = {
            "root": root,
            "lang": self.site.language,
            "dir": self.site.direction,
            "site": self.site.as_context(),
        }
        render = self.site.theme.environment.render_template
        frame = {
            name: SafeHtml(
                render(
                    part.template, **base, **part.context(self.frame_facts[name], root, is_front)
                )
            )
            for name, part in registry.parts.items()
        }
        assets = {name: SafeHtml(path) for name, path in self.site.theme.assets.items()}
        return {**base, "assets": assets, "csp": SafeHtml(META_POLICY), "frame": frame}


_NOT_XML = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})


def _fit_for_xml(data: bytes) -> bytes:
    """Drop what XML 1.0 (section 2.2) has no place for, however it came into a row."""
    data = data.translate(None, _NOT_XML)
    return data.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")


def gather_frame_facts() -> dict[str, Facts]:
    """Read the facts of every frame part from the database."""
    facts = {name: part.facts() for name, part in registry.parts.items()}
    return json.loads(json.dumps(facts))


@contextmanager
def no_queries() -> Iterator[None]:
    """Refuse every database query: what renders inside depends on its context alone."""

    def refuse(execute: Any, sql: str, *args: Any) -> NoReturn:
        raise QueryWhileRendering(f"a page asked the database while it rendered: {sql[:200]}")

    with connections["default"].execute_wrapper(refuse):
        yield
