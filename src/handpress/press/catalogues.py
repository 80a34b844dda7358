"""A theme's own words in every language it has a catalogue for (GNU gettext, .po files).

The .po files are read as they stand: there is no compiled form that could differ from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

from handpress.lib.html import SafeHtml
from handpress.lib.languages import direction_of, script_of

SOURCE_LANGUAGE = "en"

Words = Mapping[str, str]
"""The messages of one language, by their English."""

_spoken: ContextVar[str] = ContextVar("spoken", default="")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have all that is said inside without a language be in this one; "" is the outlet's.

    It is to be one that there are words in (`press.answers.spoken`).
    """
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken_now() -> str:
    """Return the language of `speaking`, "" where that is the outlet's."""
    return _spoken.get()


@dataclass(frozen=True)
class Catalogues:
    """The catalogues of a theme, by language: its own first, then those of its parents.

    ``own`` is the outlet's language. A catalogue is read when it is first asked for; what it does
    not say, that of a parent says, or that of the language without its region.
    """

    layers: Sequence[Mapping[str, bytes]]
    own: str
    _found: dict[str, tuple[str, Words]] = field(default_factory=dict)

    def translate(self, text: str, language: str = "", **values: object) -> str:
        """Return a text in ``language`` (else that of `speaking`), else in the outlet's, else in
        English.

        ``{name}`` in it is replaced by the value of that name.
        """
        said = self._words(language)[1].get(text, text)
        for name, value in values.items():
            said = said.replace(f"{{{name}}}", str(value))
        return said

    def said(self, language: str = "") -> SafeHtml:
        """Return the attributes of an element that stands among words of ``language`` (else the
        outlet's) and holds what `translate` says there: none where the languages are the same."""
        tag = self._words(language)[0] or ("" if language else spoken_now())
        return SafeHtml(f' lang="{tag}" dir="{direction_of(tag)}"' if tag else "")

    def back(self, language: str = "") -> SafeHtml:
        """Return the attributes that lead back to ``language`` inside such an element."""
        tag = language or self.own
        is_other = bool(self._words(language)[0]) or bool(not language and spoken_now())
        return SafeHtml(f' lang="{tag}" dir="{direction_of(tag)}"' if is_other else "")

    @property
    def languages(self) -> list[str]:
        """The tags of the languages that there are words in."""
        return sorted(self._catalogues)

    def words(self) -> Words:
        """Return all that the outlet's language has words for, by its English."""
        return self._words(self.own)[1]

    def _words(self, language: str) -> tuple[str, Words]:
        """Return the words for a language, and the tag of those that stand in for them, or ""."""
        language = language or spoken_now()
        found = self._found.get(language)
        if found is None:
            found = self._found[language] = self._find(language or self.own)
        return found

    def _find(self, language: str) -> tuple[str, Words]:
        for tag in (language, self.own):
            if nearest := self.nearest(tag):
                return "" if tag == language else tag, self._read(nearest)
        return SOURCE_LANGUAGE, self._read(SOURCE_LANGUAGE)

    def nearest(self, tag: str) -> str:
        """Return the catalogue for a tag, that of another region if need be, or ""."""
        script, nearest = script_of(tag), tag
        while nearest:
            # The same language in another script cannot stand in: zh-Hant is not zh.
            if nearest in self._catalogues and script_of(nearest) == script:
                return nearest
            nearest = nearest.rpartition("-")[0]
        return ""

    @cached_property
    def _catalogues(self) -> set[str]:
        return {SOURCE_LANGUAGE}.union(*self.layers)

    def _read(self, tag: str) -> Words:
        words: dict[str, str] = {}
        for each in self._wider(tag):
            for layer in reversed(self.layers):
                words |= _messages(layer[each]) if each in layer else {}
        return words

    def _wider(self, tag: str) -> list[str]:
        """Return the tag after those of the same language and script for more regions."""
        parts = tag.split("-")
        tags = ["-".join(parts[: count + 1]) for count in range(len(parts))]
        return [one for one in tags if script_of(one) == script_of(tag)]


def _messages(catalogue: bytes) -> Words:
    from babel.messages.pofile import read_po  # Slow to load, and most commands say nothing.

    messages = read_po(BytesIO(catalogue))
    return {
        str(message.id): str(message.string)
        for message in messages
        if message.id and message.string and not message.fuzzy
    }
