"""Tables (CSV) as banks write them: each its own way, so the columns are found by their names."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from handpress.donations.statements.lines import (
    Line,
    NotAStatement,
    Refused,
    Statement,
    exact_minor,
    one_line,
)
from handpress.lib.money import currencies, exponent_of

_NAMES = {
    "on": "booking date|date booked|posting date|posted|transaction date|date|buchungstag|"
    "buchungsdatum|buchung|datum|fecha|fecha operacion|fecha contable|date operation|"
    "date comptable|date de comptabilisation|data|거래일|거래일시|거래일자|التاريخ",
    "amount": "amount|betrag|umsatz|betrag eur|umsatz eur|montant|importe|bedrag|valor|"
    "amount eur|금액|المبلغ",
    "came": "credit|paid in|money in|deposit|deposits|haben|gutschrift|abono|ingreso|haber|"
    "credit eur|입금|입금액|맡기신금액|دائن",
    "went": "debit|paid out|money out|withdrawal|withdrawals|soll|lastschrift|cargo|gasto|debe|"
    "debit eur|출금|출금액|찾으신금액|مدين",
    "currency": "currency|wahrung|waehrung|devise|divisa|moneda|valuta|통화|العملة",
    "payer": "name|payer|payer name|from|counterparty|auftraggeber|name zahlungsbeteiligter|"
    "beguenstigter zahlungspflichtiger|auftraggeber empfanger|zahlungspflichtiger|ordenante|nom|"
    "emetteur|tiers|beneficiary|보낸분|보낸분 받는분|기재내용|الاسم",
    "text": "description|details|memo|reference|payment reference|narrative|message|"
    "verwendungszweck|buchungstext|zweck|concepto|descripcion|libelle|libelle operation|"
    "communication|motif|omschrijving|mededelingen|적요|내용|메모|البيان|الوصف",
    "reference": "transaction id|id|bank reference|kundenreferenz|referenz|reference number|"
    "transaction reference",
    "state": "status|state|estado|etat",
}
_PENDING = {"pending", "vorgemerkt", "pendiente", "en attente", "authorised", "authorized"}
_MINUS = re.compile(r"^\(.*\)$|^[-\u2010-\u2015\u2212]|[-\u2212]$|\bS$|\bDR$|\bD$")
_DAY = re.compile(r"(\d{1,4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,4})")
_GROUPED = re.compile(r"\d+|\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")
_LONGEST_PREAMBLE = 40


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where what stands; -1 where it does not."""

    on: int = -1
    amount: int = -1
    came: int = -1
    went: int = -1
    currency: int = -1
    payer: int = -1
    text: tuple[int, ...] = ()
    reference: int = -1
    state: int = -1

    @property
    def is_enough(self) -> bool:
        return self.on >= 0 and (self.amount >= 0 or self.came >= 0)


def read(data: bytes, *, currency: str = "", dates: str = "") -> Statement:
    """Return the lines of a table. Raises `NotAStatement`, saying which column is missed."""
    rows, columns, first = _opened(data)
    body = [(number, row) for number, row in enumerate(rows[first:], first + 1) if any(row)]
    order = _order([_cell(row, columns.on) for _, row in body], dates)
    places = (columns.amount, columns.came, columns.went)
    mark = _decimal_mark([_bare(_cell(row, at)) for _, row in body for at in places])
    statement = Statement("table")
    for number, row in body:
        _take(statement, row, columns, order, mark, currency, f"line {number}")
    return statement


def _take(
    statement: Statement,
    row: Sequence[str],
    columns: _Columns,
    order: str,
    mark: str,
    currency: str,
    place: str,
) -> None:
    if _folded(_cell(row, columns.state)) in _PENDING:
        statement.pending += 1
        return
    try:
        code = _currency(_cell(row, columns.currency) or currency)
        minor = _minor(row, columns, mark, code)
        statement.lines.append(
            Line(
                on=_day(_cell(row, columns.on), order),
                minor=minor,
                currency=code,
                reference=_cell(row, columns.reference)[:255],
                payer=one_line(_cell(row, columns.payer))[:200],
                text=one_line(*(_cell(row, each) for each in columns.text)),
            )
        )
    except ValueError as error:
        statement.refused.append(Refused(place, str(error)))


def _minor(row: Sequence[str], columns: _Columns, mark: str, currency: str) -> int:
    given = _cell(row, columns.amount)
    if columns.amount < 0 or not given.strip():
        came, went = _cell(row, columns.came), _cell(row, columns.went)
        sums = [abs(_sum(each, mark, currency)) if _bare(each) else 0 for each in (came, went)]
        minor = sums[0] - sums[1]
    else:
        minor = _sum(given, mark, currency)
    if not minor:
        raise ValueError("the sum is nothing or missing")
    return minor


def _sum(text: str, mark: str, currency: str) -> int:
    bare = _bare(text)
    if not mark and exponent_of(currency) == 3 and re.search("[.,]", bare):
        raise ValueError(f"“{text[:40]}” can be thousands or decimals")
    whole, _, part = bare.partition(mark) if mark else (bare, "", "")
    if not _GROUPED.fullmatch(whole or "0"):
        raise ValueError(f"“{text[:40]}” is no sum")
    plain = f"{re.sub('[.,]', '', whole or '0')}.{part}"
    minor = exact_minor(plain, currency)
    return -minor if _MINUS.search(text.strip().upper()) else minor


def _bare(text: str) -> str:
    """Return digits, points and commas alone: ASCII digits of any script's."""
    text = unicodedata.normalize("NFKC", text)
    kept = (each for each in text if each in ".," or each.isdecimal())
    return "".join(str(unicodedata.decimal(each, each)) for each in kept).strip(".,")


def _decimal_mark(sums: Sequence[str]) -> str:
    """Return which mark has decimals after it, from all sums of the table together; "" for none."""
    marks = {found[0] for each in sums if (found := re.search(r"[.,](?=\d{1,2}$)", each))}
    both = {
        max(".,", key=each.rindex) for each in sums if "." in each and "," in each
    }  # 1.234,567 is a number of three decimals in no currency that groups so
    marks = marks or {mark for mark in both if any(each.count(mark) == 1 for each in sums)}
    if len(marks) > 1:
        raise NotAStatement(
            "Some sums have a decimal point and some a decimal comma, so none can be trusted. "
            "Nothing was taken over."
        )
    return marks.pop() if marks else ""


def _currency(code: str) -> str:
    code = code.strip().upper()
    code = {"€": "EUR", "£": "GBP", "$": "USD", "₩": "KRW"}.get(code, code)
    if not code:
        raise ValueError("its currency is not said; choose one for the way to give")
    if code not in currencies():
        raise ValueError(f"“{code[:10]}” is no currency")
    return code


def _order(days: Sequence[str], asked: str) -> str:
    """Return ``ymd``, ``dmy`` or ``mdy``, as all days of the table together show."""
    found = [tuple(map(int, day.groups())) for each in days if (day := _DAY.search(_spread(each)))]
    if found and all(first > 31 for first, _, _ in found):
        return "ymd"
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
    raise NotAStatement(
        "Whether the day or the month comes first cannot be seen from these dates. Please say it: "
        "day first (dmy) or month first (mdy)."
    )


def _day(text: str, order: str) -> date:
    found = _DAY.search(_spread(text))
    if found is None:
        raise ValueError(f"“{text[:20]}” is no day")
    numbers = dict(zip(order, map(int, found.groups()), strict=True))
    year = numbers["y"] + (2000 if numbers["y"] < 100 else 0)
    try:
        return date(year, numbers["m"], numbers["d"])
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no day") from None


def _spread(day: str) -> str:
    """Return a day written as 20261127 with its parts set apart."""
    return re.sub(r"^\s*(\d{4})(\d{2})(\d{2})\s*$", r"\1-\2-\3", day)


def _opened(data: bytes) -> tuple[list[list[str]], _Columns, int]:
    """Return rows and columns in that encoding in which the columns have names that are known."""
    trouble: NotAStatement | None = None
    for text in _readings(data):
        rows = _rows(text)
        try:
            columns, first = _find_columns(rows)
        except NotAStatement as one:
            trouble = trouble or one
        else:
            return rows, columns, first
    raise trouble or NotAStatement(
        "The file is no text. Please fetch the statement as CAMT.053, OFX or CSV."
    )


def _find_columns(rows: Sequence[Sequence[str]]) -> tuple[_Columns, int]:
    """Return the columns, and how many lines stand above the first one of the table."""
    best: Sequence[str] = ()
    for number, row in enumerate(rows[:_LONGEST_PREAMBLE], 1):
        columns = _columns_of(row)
        if columns.is_enough:
            return columns, number
        best = max(best, row, key=len)
    raise NotAStatement(
        "No column for the day and for the sum was found among: "
        f"{', '.join(each.strip() for each in best[:12] if each.strip())[:300] or 'nothing'}. "
        "Name them “Date” and “Amount” (or “Credit” and “Debit”), or fetch a CAMT.053 or OFX file."
    )


def _columns_of(row: Sequence[str]) -> _Columns:
    heads = [_folded(each) for each in row]
    found: dict[str, int] = {}
    for name, words in _NAMES.items():
        wanted = [_folded(word) for word in words.split("|")]
        there = [heads.index(word) for word in wanted if word in heads]
        if there and name != "text":
            found[name] = there[0]
    texts = [_folded(word) for word in _NAMES["text"].split("|")]
    taken = set(found.values())
    said = tuple(at for at, head in enumerate(heads) if head in texts and at not in taken)
    return _Columns(text=said, **found)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", plain)).split())


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if 0 <= at < len(row) else ""


def _rows(text: str) -> list[list[str]]:
    head = "\n".join(text.splitlines()[:_LONGEST_PREAMBLE])
    comma = max(";,\t|", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    except csv.Error as error:
        raise NotAStatement(f"The file is no table ({error}). Nothing was taken over.") from None


def _readings(data: bytes) -> Iterator[str]:
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in data and not is_wide:
        return
    for name in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252", "cp949", "latin-1"):
        with suppress(UnicodeDecodeError):
            yield data.decode(name)
