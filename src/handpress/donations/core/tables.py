"""Tables (CSV) as banks and companies write them: encodings, marks, dates, each its own way.

What is not clear from one line is told from the whole table: which mark has decimals after it,
whether the day or the month comes first.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice

from handpress.donations.core.amounts import exact_minor
from handpress.lib.money import currencies, exponent_of

LONGEST_PREAMBLE = 40
"""Lines that may stand above the first one of a table."""
MOST_COLUMNS = 500
MOST_ROWS = 100_000
"""Empty ones too. Whatever is wider or longer is no table, and not worth the reading."""
_SAMPLE = 2**16
"""Characters that are looked at to see what stands between cells."""
_LONGEST_LINE = 2**18

_MINUS = re.compile(r"^\(.*\)$|^[-\u2010-\u2015\u2212]|[-\u2212]$|\bS$|\bDR$|\bD$")
_DAY = re.compile(r"(\d{1,4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,4})")
_GROUPED = re.compile(r"\d+|\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")


class NotATable(ValueError):
    """The file cannot be read as a table, or not with certainty; the message says why."""


def readings(data: bytes) -> Iterator[str]:
    """Yield the text of a file in every encoding that it can be in, the likeliest first."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in data and not is_wide:
        return
    for name in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252", "cp949", "latin-1"):
        with suppress(UnicodeDecodeError):
            yield data.decode(name)


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of a table, by whatever stands between them.

    Raises `NotATable`, soon, also for what is larger than any table.
    """
    lines = _lines_of(text)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=_comma_of(text)):
            if len(row) > MOST_COLUMNS:
                raise NotATable(_too_long(len(row), "columns", MOST_COLUMNS))
            if len(rows) == MOST_ROWS:
                raise NotATable(
                    f"The file has more than {MOST_ROWS:,} lines. Please split it, or fetch a "
                    "shorter time. Nothing was taken over."
                )
            rows.append(row)
    except csv.Error as error:
        raise NotATable(f"The file is no table ({error}). Nothing was taken over.") from None
    return rows


def _lines_of(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > _LONGEST_LINE:
            raise NotATable(_too_long(len(line), "characters", _LONGEST_LINE))
        yield line


def _too_long(count: int, of: str, most: int) -> str:
    return (
        f"The file is no table: a line of it has {count:,} {of}, and {most:,} are the most. "
        "Nothing was taken over."
    )


def _comma_of(text: str) -> str:
    """Return what stands between cells: by it the most lines have equally many cells."""
    head = list(islice(io.StringIO(text[:_SAMPLE], newline=""), LONGEST_PREAMBLE))
    return max(";,\t|", key=lambda comma: _evenness(head, comma))


def _evenness(head: Sequence[str], comma: str) -> tuple[int, int]:
    """Return how many lines have equally many cells, two at least, and how many those are."""
    widths = Counter(map(len, csv.reader(head, delimiter=comma)))
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))


def folded(text: str) -> str:
    """Return the name of a column without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", plain)).split())


def cell(row: Sequence[str], at: int) -> str:
    """Return a cell; "" where the row has none there."""
    return row[at] if 0 <= at < len(row) else ""


def bare(text: str) -> str:
    """Return digits, points and commas alone: ASCII digits of any script's."""
    text = unicodedata.normalize("NFKC", text)
    kept = (each for each in text if each in ".," or each.isdecimal())
    return "".join(str(unicodedata.decimal(each, each)) for each in kept).strip(".,")


def decimal_mark(sums: Sequence[str]) -> str:
    """Return which mark has decimals after it, from all bare sums of a table; "" for none.

    Raises `NotATable` where both have.
    """
    marks = {found[0] for each in sums if (found := re.search(r"[.,](?=\d{1,2}$)", each))}
    both = {
        max(".,", key=each.rindex) for each in sums if "." in each and "," in each
    }  # 1.234,567 is a number of three decimals in no currency that groups so
    marks = marks or {mark for mark in both if any(each.count(mark) == 1 for each in sums)}
    if len(marks) > 1:
        raise NotATable(
            "Some sums have a decimal point and some a decimal comma, so none can be trusted. "
            "Nothing was taken over."
        )
    return marks.pop() if marks else ""


def sum_of(text: str, mark: str, currency: str) -> int:
    """Return a sum in minor units; ValueError where it is none, or is not exact."""
    digits = bare(text)
    if not mark and exponent_of(currency) == 3 and re.search("[.,]", digits):
        raise ValueError(f"“{text[:40]}” can be thousands or decimals")
    whole, _, part = digits.partition(mark) if mark else (digits, "", "")
    if not _GROUPED.fullmatch(whole or "0"):
        raise ValueError(f"“{text[:40]}” is no sum")
    plain = f"{re.sub('[.,]', '', whole or '0')}.{part}"
    minor = exact_minor(plain, currency)
    return -minor if _MINUS.search(text.strip().upper()) else minor


def currency_code(text: str) -> str:
    """Return the code that a cell means, "" for an empty one; ValueError for no currency."""
    code = text.strip().upper()
    code = {"€": "EUR", "£": "GBP", "$": "USD", "₩": "KRW"}.get(code, code)
    if code and code not in currencies():
        raise ValueError(f"“{code[:10]}” is no currency")
    return code


def day_order(days: Sequence[str], asked: str) -> str:
    """Return ``ymd``, ``dmy`` or ``mdy``, as all days of a table together show.

    Raises `NotATable` where that cannot be seen, and was not ``asked`` for.
    """
    there = [day.groups() for each in days if (day := _DAY.search(_spread(each)))]
    if there and all(len(first) == len("2026") or int(first) > 31 for first, _, _ in there):
        return "ymd"
    found = [tuple(map(int, each)) for each in there]
    if asked in {"dmy", "mdy"}:
        return asked
    if any(first > 12 for first, _, _ in found):
        return "dmy"
    if any(second > 12 for _, second, _ in found):
        return "mdy"
    if any("." in each for each in days):
        return "dmy"
    if not found or all(first == second for first, second, _ in found):
        return "dmy"
    raise NotATable(
        "Whether the day or the month comes first cannot be seen from these dates. Please say it: "
        "day first (dmy) or month first (mdy)."
    )


def day_of(text: str, order: str) -> date:
    """Return a day written in figures; ValueError where it is none."""
    found = _DAY.search(_spread(text))
    if found is None:
        raise ValueError(f"“{text[:20]}” is no day")
    parts = dict(zip(order, found.groups(), strict=True))
    year = int(parts["y"]) + (2000 if len(parts["y"]) <= len("26") else 0)
    try:
        return date(year, int(parts["m"]), int(parts["d"]))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no day") from None


def _spread(day: str) -> str:
    """Return a day written as 20261127 with its parts set apart."""
    return re.sub(r"^\s*(\d{4})(\d{2})(\d{2})\s*$", r"\1-\2-\3", day)
