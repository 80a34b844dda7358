"""The colours that a style sheet prints with: custom properties of ``:root``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

NAMES = ("paper", "wash", "line", "soft", "ink", "accent", "button")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_PIECE = re.compile(r"([^{};]*)([{};])")
_TOKEN = re.compile(r"\s*--([\w-]+)\s*:\s*(.*\S)\s*", re.DOTALL)
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


class Token(NamedTuple):
    """A colour as one rule sets it; ``is_dark`` on dark screens; where its rule stands."""

    name: str
    value: str
    is_dark: bool
    is_layered: bool
    offset: int

    @property
    def is_colour(self) -> bool:
        """Whether the value is a colour whose contrast can be counted: #rrggbb."""
        return bool(_HEX.fullmatch(self.value))


def find_tokens(sheet: str) -> Iterator[Token]:
    """Yield every setting of one of `NAMES`, in order; what is for paper alone is left out."""
    sheet = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), sheet)
    around: list[str] = []
    for piece in _PIECE.finditer(sheet):
        words, end = piece[1].strip(), piece[2]
        if end == "{":
            around.append(words)
            continue
        found = _TOKEN.fullmatch(words)
        if found and found[1] in NAMES and _is_root(around):
            scheme = _scheme(around)
            if scheme != "print":
                is_layered = "@layer tokens" in around
                value = _SHORT.sub(r"#\1\1\2\2\3\3", found[2]) if len(found[2]) == 4 else found[2]
                offset = piece.start() + len(piece[1]) - len(piece[1].lstrip())
                yield Token(found[1], value.lower(), scheme == "dark", is_layered, offset)
        if end == "}" and around:
            around.pop()


def read_tokens(sheet: str) -> dict[str, str]:
    """Return the colours by name, those for dark screens with ``_dark`` behind it.

    A dark one that is not set is as the light one. Values that are no #rrggbb are left out.
    """
    found: dict[str, str] = {}
    for token in find_tokens(sheet):
        name = f"{token.name}_dark" if token.is_dark else token.name
        if token.is_colour:
            found[name] = token.value
        else:
            found.pop(name, None)
    return {**{f"{name}_dark": found[name] for name in NAMES if name in found}, **found}


def _is_root(around: list[str]) -> bool:
    selector = around[-1] if around else ""
    return ":root" in [one.strip() for one in selector.split(",")]


def _scheme(around: list[str]) -> str:
    for query in around:
        if query.startswith("@media"):
            if "prefers-color-scheme" in query and "dark" in query:
                return "light" if query.startswith("@media not") else "dark"
            if query.split()[1:] == ["print"]:
                return "print"
    return "light"
