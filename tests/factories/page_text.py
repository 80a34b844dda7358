"""The text of a pressed topic page, as the round trip reads it."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

_SPACE = re.compile(r"[ \t\n\f\r]+")
_PARTS = (
    "a.skip-link",
    ".h-feed > .p-name",
    ".h-entry .p-name",
    ".h-entry .p-summary",
    *(
        f".{box} {tag}"
        for box in ("appeal", "digest-pitch")
        for tag in "h1 h2 h3 h4 h5 h6 p".split()
    ),
)


def collapse_blanks(text: str) -> str:
    """Collapse and trim white space as a browser does: never NO-BREAK SPACE."""
    return _SPACE.sub(" ", text).strip(" ")


def text_of(tag: Tag) -> str:
    """Return visible text."""
    return collapse_blanks(tag.get_text())


def page_text(html: str) -> str:
    """Return what stands before a reader: one block a paragraph, a blank line between."""
    soup = BeautifulSoup(html, "html.parser")
    return "\n\n".join(text_of(tag) for tag in soup.select(", ".join(_PARTS)))
