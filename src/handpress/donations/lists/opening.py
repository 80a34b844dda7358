"""Opening a list: whose it is, what its columns hold, and what its sums and days mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from handpress.donations.core.tables import (
    LONGEST_PREAMBLE,
    NotATable,
    bare,
    cell,
    day_order,
    decimal_mark,
    folded,
    readings,
    rows_of,
)
from handpress.donations.lists.columns import (
    Columns,
    find_columns,
    guess_holds,
    kind_named,
    kind_of,
    missing_marks,
)
from handpress.donations.lists.kinds import GIFTS, HOLDS, KINDS, PLAIN, PLANS, Kind
from handpress.donations.lists.reading import Reader
from handpress.donations.lists.values import Found, NotAList
from handpress.donations.lists.words import worded_day

LARGEST = 64 * 2**20
"""Bytes."""
MOST_ROWS = 50_000
"""They are taken over in one transaction, and nobody else writes meanwhile."""
_SUMS = ("amount", "fee", "given_back")
_DAYS = ("on", "next_on", "started_on", "ended_on", "given_back_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person says about a list. Empty: what can be seen in it.

    ``kind`` is the name of a `Kind`, ``holds`` one of `HOLDS` (for a table of one's own),
    ``columns`` names of columns by what they hold, ``dates`` ``dmy`` or ``mdy``, ``currency`` what
    sums are in that name none.
    """

    kind: str = ""
    holds: str = ""
    columns: Mapping[str, Sequence[str]] | None = None
    dates: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorList:
    """A list that was opened. ``fingerprint`` tells lists with the same columns from others."""

    kind: Kind
    holds: str
    header: tuple[str, ...]
    columns: Columns
    rows: tuple[tuple[int, list[str]], ...]
    fingerprint: str
    dates: str
    currency: str
    zone: tzinfo

    def named_columns(self) -> dict[str, list[str]]:
        """Return which column holds what, by name."""
        return {what: [self.header[at] for at in places] for what, places in self.columns.items()}

    def sample(self, count: int = 5) -> list[list[str]]:
        """Return the first lines, to look at."""
        return [row for _, row in self.rows[:count]]

    def found(self) -> Iterator[Found]:
        """Yield what each line says. Raises `NotAList` where the whole is not clear."""
        self._check()
        columns = self.columns
        days = [
            cell(row, at) for _, row in self.rows for what in _DAYS for at in columns.get(what, ())
        ]
        sums = [
            bare(cell(row, at))
            for _, row in self.rows
            for what in _SUMS
            for at in columns.get(what, ())
        ]
        try:
            order = day_order([each for each in days if not worded_day(each)], self.dates)
            mark = decimal_mark(sums)
        except NotATable as trouble:
            raise NotAList(str(trouble)) from None
        reader = Reader(
            kind=self.kind,
            holds=self.holds,
            header=self.header,
            columns=columns,
            order=order,
            mark=mark,
            currency=self.currency,
            zone=self.zone,
        )
        yield from reader.read(self.rows)

    def _check(self) -> None:
        needed = {PLANS: ("email", "id", "amount", "interval"), GIFTS: ("id", "amount", "on")}
        missing = [what for what in needed.get(self.holds, ("email",)) if what not in self.columns]
        if missing:
            said = " and ".join(_said(each) for each in missing)
            why = " Without names of them, the same list twice would be twice as many."
            raise NotAList(
                f"No column holds {said}. Please say which one does, or add one."
                f"{why if 'id' in missing else ''} Nothing was taken over."
            )


def _said(what: str) -> str:
    return {
        "email": "the e-mail addresses",
        "id": "what each gift is called there (a number is enough)",
        "amount": "the amount",
        "interval": "how often it is given",
        "on": "the day",
    }[what]


def open_list(data: bytes, choices: Choices | None = None, *, zone: tzinfo = UTC) -> DonorList:
    """Open a list; raises `NotAList`. ``zone`` is the newsroom's, for moments told in UTC."""
    choices = choices or Choices()
    if len(data) > LARGEST:
        raise NotAList(f"The file has more than {LARGEST // 2**20} MB. Please split it.")
    if data[:4] == b"PK\x03\x04":
        raise NotAList("This is a ZIP or a spreadsheet. Please save it as CSV, and bring that.")
    text = next(readings(data), "")
    if not text.strip("\ufeff \t\r\n"):
        raise NotAList("The file is empty, or no text. A list is a CSV file.")
    try:
        rows = rows_of(text)
    except NotATable as trouble:
        raise NotAList(str(trouble)) from None
    kind, first = _kind_and_first(rows, choices.kind)
    header = tuple(each.strip() for each in rows[first - 1])
    columns = _columns(kind, header, choices)
    body = tuple(
        (number, row)
        for number, row in enumerate(rows[first:], first + 1)
        if any(each.strip() for each in row)
    )
    if len(body) > MOST_ROWS:
        raise NotAList(
            f"The file has {len(body):,} lines, and {MOST_ROWS:,} are taken over at a time. "
            "Please split it; what stands in two of the parts is taken over once."
        )
    return DonorList(
        kind=kind,
        holds=kind.holds or (choices.holds if choices.holds in HOLDS else guess_holds(columns)),
        header=header,
        columns=columns,
        rows=body,
        fingerprint=hashlib.sha256(
            "\x1f".join(folded(each) for each in header).encode()
        ).hexdigest(),
        dates=choices.dates,
        currency=choices.currency,
        zone=zone,
    )


def _kind_and_first(rows: Sequence[Sequence[str]], asked: str) -> tuple[Kind, int]:
    """Return whose list it is, and how many lines stand above the first one of the table."""
    heads = [(number, row) for number, row in enumerate(rows[:LONGEST_PREAMBLE], 1) if any(row)]
    if not heads:
        raise NotAList(
            f"The first {LONGEST_PREAMBLE} lines are empty. Please take them out; a list begins "
            "with the names of its columns."
        )
    if not asked:
        for number, row in heads:
            if (kind := kind_of(row)) is not PLAIN:
                return kind, number
        return PLAIN, heads[0][0]
    try:
        kind = kind_named(asked)
    except KeyError:
        known = ", ".join(one.name for one in (*KINDS, PLAIN))
        raise NotAList(f"“{asked[:40]}” is no kind of list; there are: {known}.") from None
    for number, row in heads:
        if not missing_marks(kind, row):
            return kind, number
    missing = ", ".join(f"“{each}”" for each in missing_marks(kind, heads[0][1]))
    raise NotAList(
        f"This is no list “{kind.label}”: it has no column {missing}. Let it be read as a table of "
        "your own, and say which column holds what."
    )


def _columns(kind: Kind, header: Sequence[str], choices: Choices) -> Columns:
    columns = dict(find_columns(kind, header))
    for what, names in (choices.columns or {}).items():
        try:
            columns[what] = tuple(header.index(name) for name in names)
        except ValueError:
            raise NotAList(
                f"No column is called “{names[0][:60]}”. There are: {', '.join(header)[:400]}."
            ) from None
        if not names:
            del columns[what]
    return columns
