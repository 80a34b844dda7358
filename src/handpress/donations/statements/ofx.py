"""OFX 1 (SGML) and 2 (XML): what most banks outside Europe hand out, also as QFX."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from datetime import date

from handpress.donations.core.amounts import exact_minor, one_line
from handpress.donations.statements.lines import (
    Line,
    NotAStatement,
    Refused,
    Statement,
    checked_day,
    refuse_elements,
    refuse_many,
)

_TAG = re.compile(r"<(/?)([A-Za-z0-9_.]+)>([^<]*)")
_CHARSET = re.compile(rb"^\s*(?:CHARSET|ENCODING):\s*([\w-]+)", re.MULTILINE | re.IGNORECASE)
_IS_CHARSET = re.compile(r"utf-8|ascii|cp\d+|iso8859-\d+|big5|euc_\w+|gb\w+|koi8-\w|shift_jis")
"""By Python's names: it knows others that are no writing (punycode), or can be no bank's."""
_ENDS = re.compile(r"</OFX>\s*\Z", re.IGNORECASE)


def is_one(data: bytes) -> bool:
    """Say whether a file is one, by its header or its first element."""
    head = data[:4096].upper()
    return b"OFXHEADER" in head or b"<OFX>" in head


def read(data: bytes) -> Statement:
    """Return the booked lines. Raises `NotAStatement` where the file is cut short."""
    refuse_elements(data)
    text = _without_cdata(_decoded(data))
    if not _ENDS.search(text):
        raise NotAStatement(
            "The file is cut short: its end is missing. Nothing of it was taken over; please fetch "
            "it from the bank once more."
        )
    statement = Statement("OFX")
    currency, at, number = "", "", 0
    block: dict[str, str] | None = None
    for closes, name, value in _tags(text):
        if name in {"STMTTRN", "STMTTRNP"}:
            if not closes:
                block = {}
                number += 1
                refuse_many(number)
            elif block is not None and name == "STMTTRNP":
                statement.pending += 1
                block = None
            elif block is not None:
                _take(statement, block, currency, at, f"{at or 'account'}, entry {number}")
                block = None
        elif block is not None:
            block.setdefault(name, value)
        elif name == "CURDEF":
            currency = value
        elif name == "ACCTID" and value:
            at = value
            statement.accounts.add(value)
    if not number and "<STMTRS>" not in text.upper():
        raise NotAStatement("The file is OFX, and holds no statement of a bank account.")
    return statement


def _tags(text: str) -> Iterator[tuple[bool, str, str]]:
    for found in _TAG.finditer(text):
        yield bool(found[1]), found[2].upper(), html.unescape(found[3]).strip()


def _without_cdata(text: str) -> str:
    """Write what stands in sections of CDATA, as XML lets it, like all other words."""
    first, *others = text.split("<![CDATA[")
    for each in others:
        inside, end, after = each.partition("]]>")
        first_part = html.escape(inside, quote=False) if end else inside
        first += first_part + after
    return first


def _take(
    statement: Statement, block: dict[str, str], currency: str, account: str, place: str
) -> None:
    try:
        # CURRENCY and ORIGCURRENCY hold aggregates; what is booked is in the account's own.
        minor = exact_minor(_with_point(block.get("TRNAMT", "")), currency)
        if not currency:
            raise ValueError("its currency is not said")
        if not minor:
            raise ValueError("the sum is nothing")
        statement.lines.append(
            Line(
                on=_day(block.get("DTPOSTED", "")),
                minor=minor,
                currency=currency,
                reference=block.get("FITID", "")[:255],
                payer=one_line(block.get("NAME"))[:200],
                text=one_line(block.get("MEMO"), block.get("CHECKNUM")),
                is_reversal="CORRECTFITID" in block,
                account=account,
            )
        )
    except ValueError as error:
        statement.refused.append(Refused(place, str(error)))


def _with_point(text: str) -> str:
    """Some banks write a decimal comma; the standard (3.2.9.2) allows both and no grouping."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _day(text: str) -> date:
    try:
        return checked_day(date(int(text[:4]), int(text[4:6]), int(text[6:8])))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no day") from None


def _decoded(data: bytes) -> str:
    named = _CHARSET.findall(data[:1024])
    for name in (*(each.decode("ascii", "replace") for each in named), "utf-8", "cp1252"):
        name = {"USASCII": "utf-8", "1252": "cp1252", "8859-1": "latin-1"}.get(name.upper(), name)
        try:
            if _IS_CHARSET.fullmatch(codecs.lookup(name).name):
                return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")
