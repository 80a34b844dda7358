"""What every statement comes to: lines that can be told apart, and what could not be read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

MOST_LINES = 10_000
"""They are taken over while somebody waits, and nobody else writes into the books meanwhile."""


_MOST_TAGS = 1_000_000
"""In 16 MB of a bank's statements there are fewer; what has more costs much and holds nothing."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2099


class NotAStatement(ValueError):
    """The file cannot be taken over; the message says why. Nothing of it was."""


def refuse_many(lines: int) -> None:
    """Raise `NotAStatement` for more lines than are taken over at a time."""
    if lines > MOST_LINES:
        raise NotAStatement(
            f"The file has more than {MOST_LINES:,} lines, and no more are taken over at a time. "
            "Please ask the bank for a shorter time."
        )


def refuse_elements(data: bytes) -> None:
    """Raise `NotAStatement`, before it is read, for what holds more elements than so many lines."""
    if data.count(b"<") > _MOST_TAGS:
        raise NotAStatement(
            f"The file has more elements than {MOST_LINES:,} lines of a statement. Please ask the "
            "bank for a shorter time."
        )


def checked_day(day: date) -> date:
    """Return a day on which an account can have moved; ValueError for what stands for none."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"“{day}” is no day")
    return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Money that came to the account (above zero) or went from it.

    ``reference`` is what the bank calls it; empty where it has no name. ``text`` is all that payer
    and bank wrote about it. ``account`` is whose line it is, where the file says so; ``part`` is
    which of the statements in a file it stands in. ``is_collective`` says that it is of several
    payments, and not told which of them what was written about.
    """

    on: date
    minor: int
    currency: str
    reference: str = ""
    payer: str = ""
    text: str = ""
    is_reversal: bool = False
    account: str = ""
    part: int = 0
    is_collective: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that could not be read: where it stands, and why not."""

    place: str
    why: str


@dataclass(slots=True)
class Statement:
    """A file's lines in their order. ``pending`` have not come yet, and may never do."""

    format: str
    accounts: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    pending: int = 0
    refused: list[Refused] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many lines the file has."""
        return len(self.lines) + self.pending + len(self.refused)


def identities(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Yield each line with what it is known by, in every file in which it stands.

    That is day and sum, and the bank's own name for it where it has one, else the words; equal
    lines of one file are counted, so that two equal gifts of a day are two, in this file and the
    next. The day belongs to it because names come again: a standing order's every month, a number
    of the file's in every file. Lines with a name are counted in each statement of a file anew: one
    may hold again what is in the one before.
    """
    yield from _counted(lines, _said)


def former_identities(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Yield each line with what it was known by before days were part of every identity.

    Only together with its day does that tell a line that was taken over then.
    """
    yield from _counted(lines, lambda line: (line.reference,) if line.reference else _said(line))


def _said(line: Line) -> tuple[str, ...]:
    day = line.on.isoformat()
    return (day, line.reference) if is_name(line.reference) else (day, line.payer, line.text)


_NO_NAMES = {"", "0", "NA", "NONE", "NONREF", "NOTPROVIDED", "NOREFERENCE", "NOTAVAILABLE"}


def is_name(text: str) -> bool:
    """Say whether a bank calls a line so, and does not only say that it has no name for it."""
    return "".join(each for each in text.upper() if each.isalnum()) not in _NO_NAMES


def _counted(
    lines: Iterable[Line], said: Callable[[Line], tuple[str, ...]]
) -> Iterator[tuple[str, Line]]:
    seen: Counter[tuple[str, int]] = Counter()
    for line in lines:
        key = "\x1f".join([*said(line), str(line.minor), line.currency])
        place = (key, line.part if is_name(line.reference) else 0)
        number = seen[place]
        seen[place] += 1
        yield hashlib.sha256(f"{key}\x1f{number}".encode()).hexdigest(), line
