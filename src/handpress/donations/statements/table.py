"""Tables (CSV) as banks write them: each its own way, so the columns are found by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handpress.donations.core.amounts import one_line
from handpress.donations.core.tables import (
    LONGEST_PREAMBLE,
    NotATable,
    bare,
    cell,
    currency_code,
    day_of,
    day_order,
    decimal_mark,
    folded,
    readings,
    rows_of,
    sum_of,
)
from handpress.donations.statements.lines import (
    Line,
    NotAStatement,
    Refused,
    Statement,
    checked_day,
    refuse_many,
)

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
    "side": "soll haben|s h|sh|soll haben kennzeichen|debit credit|credit debit|debit or credit|"
    "credit or debit|credit debit indicator|dr cr|cr dr|d c|c d|af bij",
}
_NOT_COME = set(
    "pending|vorgemerkt|pendiente|en attente|authorised|authorized|reverted|declined|failed|"
    "rejected|cancelled|canceled|expired".split("|")
)
_SIDES = {
    1: set("h|haben|c|cr|credit|crdt|bij|haber|abono".split("|")),
    -1: set("s|soll|d|dr|debit|dbit|af|debe|cargo".split("|")),
}
"""Words beside a sum that has no sign: whether it came or went."""


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
    side: int = -1

    @property
    def is_enough(self) -> bool:
        return self.on >= 0 and (self.amount >= 0 or self.came >= 0)


def read(data: bytes, *, currency: str = "", dates: str = "") -> Statement:
    """Return the lines of a table. Raises `NotAStatement`, saying which column is missed."""
    try:
        return _read(data, currency, dates)
    except NotATable as trouble:
        raise NotAStatement(str(trouble)) from None


def _read(data: bytes, currency: str, dates: str) -> Statement:
    rows, columns, first = _opened(data)
    body = [(number, row) for number, row in enumerate(rows[first:], first + 1) if any(row)]
    refuse_many(len(body))
    order = day_order([cell(row, columns.on) for _, row in body], dates)
    places = (columns.amount, columns.came, columns.went)
    mark = decimal_mark([bare(cell(row, at)) for _, row in body for at in places])
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
    if folded(cell(row, columns.state)) in _NOT_COME:
        statement.pending += 1
        return
    try:
        code = _currency(cell(row, columns.currency) or currency)
        minor = _minor(row, columns, mark, code)
        statement.lines.append(
            Line(
                on=checked_day(day_of(cell(row, columns.on), order)),
                minor=minor,
                currency=code,
                reference=cell(row, columns.reference)[:255],
                payer=one_line(cell(row, columns.payer))[:200],
                text=one_line(*(cell(row, each) for each in columns.text)),
            )
        )
    except ValueError as error:
        statement.refused.append(Refused(place, str(error)))


def _minor(row: Sequence[str], columns: _Columns, mark: str, currency: str) -> int:
    given = cell(row, columns.amount)
    if columns.amount < 0 or not given.strip():
        came, went = cell(row, columns.came), cell(row, columns.went)
        sums = [abs(sum_of(each, mark, currency)) if bare(each) else 0 for each in (came, went)]
        minor = sums[0] - sums[1]
    else:
        minor = _with_side(sum_of(given, mark, currency), cell(row, columns.side))
    if not minor:
        raise ValueError("the sum is nothing or missing")
    return minor


def _with_side(minor: int, said: str) -> int:
    """Return a sum with the sign that a word beside it gives, where there is one."""
    word = folded(said)
    if not word:
        return minor
    sign = next((sign for sign, words in _SIDES.items() if word in words), 0)
    if not sign or (minor < 0 and sign > 0):
        raise ValueError(f"“{said[:20]}” beside its sum does not say whether it came or went")
    return sign * abs(minor)


def _currency(text: str) -> str:
    code = currency_code(text)
    if not code:
        raise ValueError("its currency is not said; choose one for the way to give")
    return code


def _opened(data: bytes) -> tuple[list[list[str]], _Columns, int]:
    """Return rows and columns in that encoding in which the columns have names that are known."""
    trouble: NotAStatement | None = None
    for text in readings(data):
        rows = rows_of(text)
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
    for number, row in enumerate(rows[:LONGEST_PREAMBLE], 1):
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
    heads = [folded(each) for each in row]
    found: dict[str, int] = {}
    for name, words in _NAMES.items():
        wanted = [folded(word) for word in words.split("|")]
        there = [heads.index(word) for word in wanted if word in heads]
        if there and name != "text":
            found[name] = there[0]
    texts = [folded(word) for word in _NAMES["text"].split("|")]
    taken = set(found.values())
    said = tuple(at for at, head in enumerate(heads) if head in texts and at not in taken)
    return _Columns(text=said, **found)
