"""Footnotes: ``[^1]`` in the text, and a paragraph ``[^1]: ...`` that says what it refers to.

Pure. A mark that has no note, and a note that nothing refers to, stay the text that they are:
the writer sees them in the preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from handpress.newsroom.core.marks import BACK, NOTES, SAID, TO_TEXT, marked
from handpress.newsroom.core.markup import tag_name, tokens

_KEY = r"\[\^([^\[\]\s<>]{1,40})\]"
_MARK = re.compile(rf"\u2060?{_KEY}")
_NOTE = re.compile(rf'<p(?: (?:[^"<>]|"[^"]*")*)?>\s*{_KEY}:\s*(.*?)\s*</p>\s*', re.DOTALL)
_WRITTEN_NOTE = re.compile(rf"\s*{_KEY}:")
_NOT_IN = frozenset({"a", "code", "kbd", "pre", "samp"})
_JOINER = "\u2060"
"""No line begins with the number of a note."""


def with_notes(fragments: Iterable[str]) -> list[str]:
    """Return the fragments of a body with its notes linked, numbered in the order in which the
    text comes to them, and gathered in one more fragment at the end."""
    written = list(fragments)
    found: dict[str, str] = {}
    for fragment in written:
        for key, text in _NOTE.findall(fragment):
            found.setdefault(key, text)
    if not found:
        return written
    notes = _Notes(found, _free_prefix(written))
    linked = [notes.link(fragment) for fragment in written]
    out = [notes.take_out(fragment) for fragment in linked]
    return [*out, notes.listed()] if notes.places else out


_LINKED = re.compile(rf'{_JOINER}(?:<sup>)?<a href="[^"]*" id="[^"]*" role="doc-noteref">\d+</a>')


def without_note_marks(fragment: str) -> str:
    """Return a fragment without the numbers of its notes: the words alone."""
    return _LINKED.sub("", fragment)


def is_written_note(paragraph: str) -> bool:
    """Say whether a paragraph of plain text is a note as it is written."""
    return bool(_WRITTEN_NOTE.match(paragraph))


def without_written_marks(text: str) -> str:
    """Return plain text without marks as they are written: what cannot hold a link goes without."""
    return _MARK.sub("", text)


def _free_prefix(fragments: Iterable[str]) -> str:
    """Return what ids of notes begin with: not as those that the body brings along."""
    whole, prefix = "".join(fragments), "note-"
    while f' id="{prefix}' in whole:
        prefix = f"foot{prefix}"
    return prefix


@dataclass(slots=True)
class _Notes:
    texts: dict[str, str]
    prefix: str
    places: dict[str, list[str]] = field(default_factory=dict)
    """Of each note that the text refers to, the ids of the places where it does."""

    def link(self, fragment: str) -> str:
        """Return a fragment in which marks are links; what a note itself says has none."""
        out, last = [], 0
        for note in _NOTE.finditer(fragment):
            out += [self._linked(fragment[last : note.start()]), note[0]]
            last = note.end()
        return "".join([*out, self._linked(fragment[last:])])

    def take_out(self, fragment: str) -> str:
        """Return a fragment without the notes that the list at the end will hold."""

        def keep(note: re.Match[str]) -> str:
            is_listed = note[1] in self.places and self.texts[note[1]] == note[2]
            return "" if is_listed else note[0]

        return _NOTE.sub(keep, fragment)

    def listed(self) -> str:
        """Return the list of notes, in the order of their numbers."""
        items = "".join(
            f'<li id="{self.prefix}{number}">{self.texts[key]} {self._ways_back(number, places)}'
            "</li>"
            for number, (key, places) in enumerate(self.places.items(), start=1)
        )
        label = marked(NOTES)
        return (
            f'<section class="footnotes" role="doc-endnotes" aria-label="{label}"{marked(SAID)}>'
            f"<h2>{label}</h2><ol{marked(BACK)}>{items}</ol></section>"
        )

    def _ways_back(self, number: int, places: list[str]) -> str:
        return " ".join(
            f'<a href="#{place}" role="doc-backlink" '
            f'aria-label="{marked(TO_TEXT, _counted(number, nth))}"{marked(SAID)}>↑</a>'
            for nth, place in enumerate(places, start=1)
        )

    def _linked(self, fragment: str) -> str:
        out, around = [], []
        for token in tokens(fragment):
            name, closes = tag_name(token)
            if closes and name in around:
                around.remove(name)
            elif name and not closes and (name in _NOT_IN or name == "sup"):
                around.append(name)
            if not name and _NOT_IN.isdisjoint(around):
                token = self._marks_linked(token, is_raised="sup" in around)
            out.append(token)
        return "".join(out)

    def _marks_linked(self, text: str, *, is_raised: bool) -> str:
        def link(mark: re.Match[str]) -> str:
            key = mark[1]
            if key not in self.texts:
                return mark[0]
            places = self.places.setdefault(key, [])
            number = list(self.places).index(key) + 1
            place = f"{self.prefix}{number}-at-{len(places) + 1}"
            places.append(place)
            anchor = (
                f'<a href="#{self.prefix}{number}" id="{place}" role="doc-noteref">{number}</a>'
            )
            return _JOINER + (anchor if is_raised else f"<sup>{anchor}</sup>")

        return _MARK.sub(link, text)


def _counted(number: int, nth: int) -> str:
    return str(number) if nth == 1 else f"{number}.{nth}"
