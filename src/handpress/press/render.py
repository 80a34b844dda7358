"""From a page as its kind describes it to the bytes of a file. A pure function."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from django.db import connections

from handpress.lib.html import SafeHtml
from handpress.lib.http import META_POLICY
from handpress.press.catalogues import speaking
from handpress.press.core.paths import address_of, root_of
from handpress.press.registry import SEAL, Facts, Page, registry, seal
from handpress.press.site import SiteFacts

FRONT_PAGE = "index.html"


class Common(NamedTuple):
    """What pages with the same way to the root share: context, and the frame that it seals."""

    context: dict[str, Any]
    frame: dict[bytes, bytes]


class QueryWhileRendering(RuntimeError):
    """A template or its context reached for the database."""


@dataclass(slots=True, eq=False)
class Renderer:
    """Renders pages for one state of theme, site and frame."""

    site: SiteFacts
    frame_facts: Mapping[str, Facts]
    _common: dict[tuple[str, bool, str], Common] = field(default_factory=dict)
    _spoken: dict[str, Mapping[str, Facts]] = field(default_factory=dict)

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
        common = self._common_to(way, is_front, page.language)
        context = {**common.context, "page": head, **(page.context or {})}
        name = page.template or template
        text: str = self.site.theme.environment.render_template(name, **context)
        data = text.encode()
        if SEAL in text:
            own = {part.encode(): html for part, html in page.sealed.items()}
            data = _unsealed(data, {**common.frame, **own})
        return _fit_for_xml(data) if name.endswith(".xml") else data

    def _common_to(self, root: SafeHtml, is_front: bool, language: str) -> Common:
        facts = self._facts_in(language)
        key = (root, is_front, "" if facts is self.frame_facts else language)
        common = self._common.get(key)
        if common is None:
            common = self._common[key] = self._make_common(root, is_front, facts)
        return common

    def _facts_in(self, language: str) -> Mapping[str, Facts]:
        """Return the frame's facts for a page in a language; the very same where none differ."""
        spoken = self._spoken.get(language)
        if spoken is None:
            spoken = self.frame_facts
            for name, part in registry.parts.items():
                if part.in_language and language:
                    own = part.in_language(self.frame_facts[name], language)
                    if own is not self.frame_facts[name]:
                        spoken = {**spoken, name: own}
            self._spoken[language] = spoken
        return spoken

    def _make_common(self, root: SafeHtml, is_front: bool, facts: Mapping[str, Facts]) -> Common:
        base: dict[str, Any] = {
            "root": root,
            "lang": self.site.language,
            "dir": self.site.direction,
            "site": self.site.as_context(),
        }
        render = self.site.theme.environment.render_template
        # The frame is the outlet's, whoever its page is for.
        with speaking(""):
            frame = {
                name: render(part.template, **base, **part.context(facts[name], root, is_front))
                for name, part in registry.parts.items()
            }
        assets = {name: SafeHtml(path) for name, path in self.site.theme.assets.items()}
        seals = {name: seal(f"frame.{name}") for name in frame}
        context = {**base, "assets": assets, "csp": SafeHtml(META_POLICY), "frame": seals}
        return Common(context, {f"frame.{name}".encode(): frame[name].encode() for name in frame})


def _unsealed(data: bytes, sealed: Mapping[bytes, bytes]) -> bytes:
    """Put sealed HTML where its names stand; what only looks like a seal stays as it is."""
    mark = SEAL.encode()
    first, *others = data.split(mark)
    parts = [first]
    place = 0
    while place < len(others):
        html = sealed.get(others[place]) if place + 1 < len(others) else None
        if html is None:
            parts += (mark, others[place])
            place += 1
        else:
            parts += (html, others[place + 1])
            place += 2
    return b"".join(parts)


_NOT_XML = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})


def _fit_for_xml(data: bytes) -> bytes:
    """Drop what XML 1.0 (section 2.2) has no place for, however it came into a row."""
    data = data.translate(None, _NOT_XML)
    if b"\xef\xbf" not in data:
        return data
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
