"""Readers as another system hands them over, and what becomes of each. Pure.

The rule above all: a list that is brought in never mails anybody who left, asked to be erased,
or cannot be reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum


class Standing(Enum):
    """Where a reader stood in the system that they come from."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    UNREACHABLE = "unreachable"
    UNCONFIRMED = "unconfirmed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class IncomingReader:
    """One line of a list. ``line`` counts from 1, with the header; ``address`` is as written.

    ``has_chosen`` says that ``topics`` are what the reader wants to get, and not marks that the
    outlet put on them there, as tags and labels are. ``unread`` is the state as it is written,
    where nobody understands it.
    """

    line: int
    address: str
    standing: Standing = Standing.ACTIVE
    joined_at: datetime | None = None
    left_at: datetime | None = None
    frequency: str = ""
    topics: tuple[str, ...] = ()
    has_chosen: bool = False
    language: str = ""
    paused_until: date | None = None
    unread: str = ""


REFUSALS = {
    Standing.UNCONFIRMED: "has not confirmed there; they may sign up here",
    Standing.ERASED: "was erased there",
}
"""Why those of a standing are not taken over, not even as somebody to stay away from."""


class NotAList(ValueError):
    """A file that is no list of readers; the message says why and what to do."""


class Fate(Enum):
    """What becomes of a line."""

    ADDED = "added"
    ADDED_AWAY = "added as somebody who is not mailed"
    ACTIVATED = "confirmed"
    LET_GO = "let go, as they left there"
    SUPPRESSED = "marked as unreachable"
    UNCHANGED = "unchanged"
    KEPT_AWAY = "kept away, as they left or cannot be reached here"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of an address: at most one of the first five is true.

    ``confirmed_at`` is when they last confirmed here, by our own form; being in a list is no such
    thing, whatever it says.
    """

    is_active: bool = False
    is_pending: bool = False
    has_left: bool = False
    is_suppressed: bool = False
    is_erased: bool = False
    confirmed_at: datetime | None = None


def fate_of(reader: IncomingReader, known: Known | None) -> Fate:
    """Decide what becomes of a line; ``known`` is None for an address that is new here."""
    if reader.standing in {Standing.ACTIVE, Standing.PAUSED}:
        return _fate_of_active(known)
    if known is None:
        return Fate.ADDED_AWAY
    if known.is_erased or known.has_left or known.is_suppressed:
        return Fate.UNCHANGED
    if reader.standing is Standing.UNREACHABLE:
        return Fate.SUPPRESSED
    came_back = reader.left_at and known.confirmed_at and known.confirmed_at > reader.left_at
    return Fate.UNCHANGED if came_back else Fate.LET_GO


def _fate_of_active(known: Known | None) -> Fate:
    if known is None:
        return Fate.ADDED
    if known.is_erased or known.has_left or known.is_suppressed:
        return Fate.KEPT_AWAY
    return Fate.ACTIVATED if known.is_pending else Fate.UNCHANGED


_CHOSEN = re.compile(r'"((?:[^"]|"")*)"(?:; |$)|(.*?)(?:; |$)', re.DOTALL)


def write_chosen(names: Iterable[str]) -> str:
    """Return names of topics as one cell of our own lists; `read_chosen` reads it.

    They are apart by semicolon and space, and in quotation marks where one holds that.
    """
    return "; ".join(
        '"{}"'.format(name.replace('"', '""')) if "; " in name or name.startswith('"') else name
        for name in names
    )


def read_chosen(text: str) -> tuple[str, ...]:
    """Return the names of topics that `write_chosen` wrote; a comma is part of a name."""
    found = _CHOSEN.finditer(text.strip())
    words = (each[1].replace('""', '"') if each[1] is not None else each[2] for each in found)
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
