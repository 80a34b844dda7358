"""The running text of a body: no headings, no lists, nothing that is set apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from handpress.newsroom.core.notes import is_written_note, without_written_marks

_WRITTEN = {"text", "html"}
_APART = set(
    "h1 h2 h3 h4 h5 h6 ul ol dl table figure figcaption blockquote pre aside script style "
    "template noscript iframe object svg nav form button select textarea".split()
)
_INLINE = set(
    "a abbr b bdi bdo cite code del dfn em font i ins kbd mark q rp rt ruby s samp small span "
    "strike strong sub sup time u var wbr img".split()
)
_BLANKS = re.compile(r"[ \t\n\f\r]+")


def running_text(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the paragraphs of a body's raw blocks ({"type", "value"}) as plain text, in order.

    Footnotes are left out, and the marks that lead to them.
    """
    found: list[str] = []
    for block in blocks:
        if block.get("type") in _WRITTEN and isinstance(block.get("value"), str):
            found += paragraphs_of(block["value"])
    return [without_written_marks(text) for text in found if not is_written_note(text)]


def paragraphs_of(fragment: str) -> list[str]:
    """Return the paragraphs of an HTML fragment as plain text, blanks as a browser folds them."""
    reader = _Reader()
    reader.feed(fragment)
    reader.close()
    reader.end_paragraph()
    return reader.paragraphs


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[str] = []
        self._words: list[str] = []
        self._apart: list[str] = []
        self._breaks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break()
        elif tag in _APART:
            self.end_paragraph()
            self._apart.append(tag)
        elif tag not in _INLINE:
            self.end_paragraph()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._apart:
            while self._apart.pop() != tag:
                pass
        if tag not in _INLINE and tag != "br":
            self.end_paragraph()

    def handle_data(self, data: str) -> None:
        if self._apart:
            return
        if data.strip():
            self._breaks = 0
        self._words.append(data)

    def _break(self) -> None:
        """One line break is a blank; two begin a paragraph, as older systems had it."""
        self._breaks += 1
        self._words.append(" ")
        if self._breaks > 1:
            self.end_paragraph()

    def end_paragraph(self) -> None:
        text = _BLANKS.sub(" ", "".join(self._words)).strip(" ")
        self._words.clear()
        self._breaks = 0
        if text and not self._apart:
            self.paragraphs.append(text)
