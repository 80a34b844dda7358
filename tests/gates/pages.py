"""The pages of a pressed site, as the manifest names them, and which of them are looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from handpress.press.core.paths import address_of

_TAG = re.compile(rb"<([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>")
_CLASS = re.compile(rb'\sclass="([^"]*)"')
_LANG = re.compile(rb'\slang="([^"]*)"')
_LONG_WORD = re.compile(rb">[^<]*?[^\s<>]{40}")
_MARK = re.compile(rb'<meta name="handpress" content="(moved|gone)">')


@dataclass(frozen=True)
class SitePage:
    """One file of a site and the address at which it is served."""

    outlet: str
    kind: str
    path: str
    url: str
    content: bytes
    key: str = ""

    def __str__(self) -> str:
        return f"{self.outlet}/{address_of(self.path)}"

    @property
    def is_html(self) -> bool:
        return self.path.endswith(".html")

    @property
    def suffix(self) -> str:
        return self.path.rpartition(".")[2]

    @cached_property
    def text(self) -> str:
        return self.content.decode("utf-8")

    @cached_property
    def mark(self) -> str:
        """What a page that stands for another says of itself: "moved", "gone" or nothing."""
        found = _MARK.search(self.content[:1024])
        return found[1].decode() if found else ""

    @cached_property
    def features(self) -> frozenset[bytes]:
        """What a theme can do wrong on it: elements with their classes, languages, long words."""
        found = {b"mark " + self.mark.encode()}
        for name, attributes in _TAG.findall(self.content):
            classes = _CLASS.search(attributes)
            found.add(name + (b"." + classes[1] if classes else b""))
            if language := _LANG.search(attributes):
                found.add(b"lang " + language[1])
        if _LONG_WORD.search(self.content):
            found.add(b"long word")
        return frozenset(found)


def address(base: str, path: str) -> str:
    """Return where a server that stands at ``base`` answers with the file at ``path``."""
    return base + quote(address_of(path))


def choose(pages: Iterable[SitePage]) -> list[SitePage]:
    """Choose pages of every kind so that nothing that is printed goes unlooked at.

    Of each kind and outlet the fewest (nearly) that together show every element, class and
    language that any page of it shows; of other files than pages, the largest and the smallest.
    """
    groups: dict[tuple[str, str], list[SitePage]] = {}
    for page in pages:
        groups.setdefault((page.outlet, page.kind), []).append(page)
    return [page for group in groups.values() for page in _choose_of_kind(group)]


def _choose_of_kind(pages: Sequence[SitePage]) -> list[SitePage]:
    html = [page for page in pages if page.is_html]
    rest = sorted((page for page in pages if not page.is_html), key=lambda page: len(page.content))
    by_suffix = {page.suffix: page for page in rest}
    others = {page.path: page for page in [*rest[:1], *rest[-1:], *by_suffix.values()]}
    return [*_cover(html), *others.values()]


def _cover(pages: Sequence[SitePage]) -> Iterator[SitePage]:
    """Yield pages, each time the one that shows most of what has not been shown yet."""
    left = list(pages)
    shown: frozenset[bytes] = frozenset()
    while left:
        best = max(
            left, key=lambda page: (len(page.features - shown), len(page.content), page.path)
        )
        if not best.features - shown:
            return
        yield best
        shown |= best.features
        left.remove(best)
