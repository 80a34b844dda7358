"""Readers as another system hands them over, and what becomes of each. Pure.

The rule above all: a list that is brought in never mails anybody who left, asked to be erased,
or cannot be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    """One line of a list. ``line`` counts from 1, with the header; ``address`` is as written."""

    line: int
    address: str
    standing: Standing = Standing.ACTIVE
    joined_at: datetime | None = None
    left_at: datetime | None = None
    frequency: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""


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
    """What is known here of an address: at most one of the first five is true."""

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
