"""What an outline, an id and a table must be on a page, whatever was pasted in. Pure.

All of it works on HTML as the sanitiser writes it: every element closed, every "<" a tag's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from handpress.lib.html import escape
from handpress.newsroom.core.marks import BACK, SAID, TABLE, marked

_TOKEN = re.compile(r'<(?:[^"<>]|"[^"]*")*>|[^<]+|<')
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^"<>]|"[^"]*")*)>')
_ID = re.compile(r' id="([^"]*)"')
_EMPTY = re.compile(r"<(p|h[2-6])>(?:\s|&nbsp;|<br>)*</\1>")
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})


def tokens(fragment: str) -> Iterator[str]:
    """Yield tags and the text between them, in order; joined they are the fragment again."""
    return (found[0] for found in _TOKEN.finditer(fragment))


def tag_name(token: str) -> tuple[str, bool]:
    """Return the name of a tag and whether it closes; ("", False) for text."""
    found = _TAG.fullmatch(token)
    return (found[2], bool(found[1])) if found else ("", False)


@dataclass(slots=True)
class Tidier:
    """Puts the fragments of one body in order, one after the other."""

    _ids: set[str] = field(default_factory=set)
    _outline: list[int] = field(default_factory=list)
    _labels: set[str] = field(default_factory=set)
    _tables: int = 0

    def tidy(self, fragment: str) -> str:
        """Return a fragment without empty paragraphs, without an id that the body has already,
        with headings that skip no level, and with room to scroll around tables."""
        fragment = _EMPTY.sub("", fragment)
        out, depth = [], 0
        for token in tokens(fragment):
            name, closes = tag_name(token)
            if name in _HEADINGS:
                token = self._heading(token, name, closes=closes)
            if name and not closes:
                token = _ID.sub(self._once, token)
            if name == "table":
                depth += -1 if closes else 1
                if depth == 0:
                    token += "</div>"
                elif depth == 1 and not closes:
                    token = self.scroller() + token.replace("<table", f"<table{marked(BACK)}", 1)
            out.append(token)
        return "".join(out)

    def scroller(self, caption: str = "") -> str:
        """Return the start of the region around a table.

        What scrolls must be reachable by keyboard and say what it is (WCAG 2.1.1, 4.1.2), and no
        two regions may say the same.
        """
        self._tables += 1
        number = str(self._tables)
        region = '<div class="table-scroll" role="region" tabindex="0"'
        if not caption:
            return f'{region} aria-label="{marked(TABLE, number)}"{marked(SAID)}>'
        label = f"{caption} ({number})" if caption in self._labels else caption
        self._labels.add(caption)
        return f'{region} aria-label="{escape(label)}">'

    def _heading(self, token: str, name: str, *, closes: bool) -> str:
        if not closes:
            level = int(name[1])
            while self._outline and self._outline[-1] >= level:
                self._outline.pop()
            self._outline.append(level)
        return token.replace(name, f"h{len(self._outline) + 1}", 1)

    def _once(self, found: re.Match[str]) -> str:
        is_new = found[1] not in self._ids
        self._ids.add(found[1])
        return found[0] if is_new else ""
