"""CSV as it is found: any of the usual separators and encodings, with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from handpress.digest.core.incoming import NotAList

_SEPARATORS = ",;\t|"
# Empty rows, and what tells spreadsheets the separator.
_BEFORE = re.compile(r"(?:(?:[ ,;\t|\"]*|sep=.)(?:\r\n|\n|\r))*")
_LONGEST_FIELD = 1_000_000
_AN_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+")
# What no text holds.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_END = "\0"
# What spreadsheets in Korea and Japan write, where they are not asked for UTF-8; a letter by which
# a text shows that it is so, and all that nine in ten of its letters are then.
_OF_A_COUNTRY = (
    ("cp949", re.compile("[가-힣]"), re.compile("[가-힣\u3000-\u303f\uff01-\uff5e]")),
    ("cp932", re.compile("[ぁ-ヶ]"), re.compile("[\u3000-\u30ff一-鿿\uff01-\uff5e]")),
)


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
        text = io.StringIO(self.text, newline="")
        lines = csv.reader(chain(text, [_END]), delimiter=self.separator)
        try:
            next(lines, None)
            for fields in lines:
                if fields[-1:] == [_END]:
                    return
                if fields and fields[-1].endswith(_END):
                    raise NotAList(_never_closed(self.name, fields))
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
    separator = max(_SEPARATORS, key=lambda mark: (first.count(mark), mark == ","))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = next((row for row in rows if any(field.strip() for field in row)), [])
    except csv.Error as error:
        raise NotAList(f"{name} is no CSV file ({error}).") from None
    if not header:
        raise NotAList(f"{name} is empty. Export it once more and try again.")
    if any(_AN_ADDRESS.fullmatch(field.strip()) for field in header):
        raise NotAList(
            f"The first line of {name} holds an address, not the names of columns. Add a first "
            "line such as “email” and try again."
        )
    return Table(
        name, tuple(field.strip() for field in header), text, separator, len(before.splitlines())
    )


def decode(name: str, data: bytes) -> str:
    """Return a file's text; raise NotAList where it is none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _text(name, data.decode("utf-16", errors="replace"))
    with suppress(UnicodeDecodeError):
        return _text(name, data.decode("utf-8-sig"))
    for encoding, sign, letters in _OF_A_COUNTRY:
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            foreign = re.sub(r"[\x00-\x7f]+", "", text)
            if sign.search(foreign) and len(letters.findall(foreign)) > 0.9 * len(foreign):
                return _text(name, text)
    # Addresses and the usual states are ASCII: what else is in it may come out wrong.
    return _text(name, data.decode("cp1252", errors="replace"))


def _text(name: str, text: str) -> str:
    if _BINARY.search(text):
        raise NotAList(f"{name} is no text. A list is a CSV file, or Mailchimp's ZIP of them.")
    return text


def _never_closed(name: str, fields: list[str]) -> str:
    start = next((field.strip() for field in fields if field.strip()), "")
    return (
        f"{name} cannot be read to its end: a quotation mark is opened and never closed in the "
        f"line that begins with {start[:60]}. Mend it, or save the list as CSV (UTF-8) once more."
    )
