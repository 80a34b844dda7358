"""CSV as it is found: any of the usual separators and encodings, with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from handpress.digest.core.incoming import NotAList

_SEPARATORS = ",;\t|"
# Empty rows, and what tells spreadsheets the separator.
_BEFORE = re.compile(r"(?:(?:[ ,;\t|\"]*|sep=.)(?:\r\n|\n|\r))*")
_LONGEST_FIELD = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A header, and lines that are as long as it is."""

    name: str
    header: tuple[str, ...]
    text: str
    separator: str
    before: int = 0
    """Lines of the file that stand before the header."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, fields) of each line that holds anything; raise NotAList."""
        lines = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        try:
            next(lines, None)
            for fields in lines:
                if any(field.strip() for field in fields):
                    short = len(self.header) - len(fields)
                    yield self.before + lines.line_num, fields + [""] * short
        except csv.Error as error:
            raise NotAList(
                f"{self.name} cannot be read from line {self.before + lines.line_num} on "
                f"({error}). Nothing of it is lost; save it as CSV (UTF-8) once more and try again."
            ) from None


def open_table(name: str, data: bytes) -> Table:
    """Read the header of a CSV file; raise NotAList."""
    csv.field_size_limit(_LONGEST_FIELD)
    whole = decode(name, data)
    before = _BEFORE.match(whole)[0]  # type: ignore[index]  # It matches nothing at all, too.
    text = whole[len(before) :]
    first = text.partition("\n")[0]
    if "@" in first and not any(word in first.lower() for word in ("mail", "address")):
        raise NotAList(
            f"The first line of {name} holds an address, not the names of columns. Add a first "
            "line such as “email” and try again."
        )
    separator = max(_SEPARATORS, key=lambda mark: (first.count(mark), mark == ","))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = next((row for row in rows if any(field.strip() for field in row)), [])
    except csv.Error as error:
        raise NotAList(f"{name} is no CSV file ({error}).") from None
    if not header:
        raise NotAList(f"{name} is empty. Export it once more and try again.")
    return Table(
        name, tuple(field.strip() for field in header), text, separator, len(before.splitlines())
    )


def decode(name: str, data: bytes) -> str:
    """Return a file's text; raise NotAList where it is none."""
    is_wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotAList(f"{name} is no text. A list is a CSV file, or Mailchimp's ZIP of them.")
