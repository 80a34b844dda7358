"""CAMT.053 and CAMT.052 (ISO 20022, camt.053.001.02 to .13): statements and reports of accounts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from handpress.donations.core.amounts import exact_minor, one_line
from handpress.donations.statements.lines import (
    Line,
    NotAStatement,
    Refused,
    Statement,
    checked_day,
    is_name,
    refuse_elements,
    refuse_many,
)

_NAMED = re.compile(rb"<(?:[\w.-]+:)?(?:BkToCstmrStmt|BkToCstmrAcctRpt|BkToCstmrDbtCdtNtfctn)\b")
_WIDE = (b"\xff\xfe<\x00", b"\xfe\xff\x00<")
"""How XML in UTF-16 begins."""
_BOOKED, _PENDING = {"BOOK"}, {"PDNG", "INFO", "FUTR"}
_RETURNS = {"UPDD", "PRDD", "RRTN"}
"""Unpaid and returned direct debits, returned transfers (ISO 20022, external code set)."""


def is_one(data: bytes) -> bool:
    """Say whether a file calls itself one, or is XML of any kind."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_ofx = b"<OFX" in data[:4096].upper()
    is_xml = head.startswith(b"<?xml") or data.startswith(_WIDE)
    return bool(_NAMED.search(data[:65536])) or (is_xml and not is_ofx)


def read(data: bytes) -> Statement:
    """Return the booked lines. Raises `NotAStatement` for what is cut short or something else."""
    refuse_elements(data)
    refuse_many(max(data.count(each) for each in (b"</Ntry>", b"</TxDtls>")))
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise NotAStatement(
            "The file defines entities, which no bank's statement does. It was not opened further."
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise NotAStatement(
            f"The file is cut short or damaged ({error}). Nothing of it was taken over; please "
            "fetch it from the bank once more."
        ) from None
    counts: Counter[str] = Counter()
    for each in root.iter():
        each.tag = str(each.tag).rpartition("}")[2]
        counts[each.tag] += 1
    refuse_many(max(counts[each] for each in ("Ntry", "TxDtls", "Stmt", "Rpt")))
    if root.find("./BkToCstmrDbtCdtNtfctn") is not None:
        raise NotAStatement(
            "This is a notification (CAMT.054), which may name what is not booked yet. Please "
            "fetch the statement (CAMT.053)."
        )
    parts = [*root.iterfind("./BkToCstmrStmt/Stmt"), *root.iterfind("./BkToCstmrAcctRpt/Rpt")]
    if not parts:
        raise NotAStatement("This is XML, and no statement of an account (CAMT.053 or CAMT.052).")
    statement = Statement("CAMT")
    for place, part in enumerate(parts):
        account = _text(part, "Acct/Id/IBAN") or _text(part, "Acct/Id/Othr/Id")
        statement.accounts |= {account} - {""}
        for number, entry in enumerate(part.iterfind("Ntry"), 1):
            _take(statement, entry, account, place, f"{account or 'account'}, entry {number}")
    return statement


def _take(statement: Statement, entry: Element, account: str, part: int, place: str) -> None:
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status in _PENDING:
        statement.pending += 1
        return
    try:
        if status not in _BOOKED:
            raise ValueError(f"the bank calls its state “{status[:20]}”, which is not known")
        statement.lines += _lines(entry, account, part)
    except ValueError as error:
        statement.refused.append(Refused(place, str(error)))


def _lines(entry: Element, account: str, part: int) -> Iterator[Line]:
    minor, currency = _sum(entry.find("Amt"))
    came = _text(entry, "CdtDbtInd")
    if came not in {"CRDT", "DBIT"}:
        raise ValueError("whether it came or went is not said")
    sign = 1 if came == "CRDT" else -1
    if not minor:
        raise ValueError("the sum is nothing")
    common = {
        "on": _day(entry),
        "currency": currency,
        "is_reversal": _is_reversal(entry),
        "account": account,
        "part": part,
    }
    name = _text(entry, "AcctSvcrRef")
    more = _text(entry, "AddtlNtryInf")
    details = list(entry.iterfind("NtryDtls/TxDtls"))
    parts = _parts(details, minor, currency, came)
    if parts is None:
        # A collective entry that cannot be taken apart stays one line, with all that is said.
        said = [_remittance(each) for each in details]
        payers = [_payer(each) for each in details]
        only = _text(details[0], "Refs/AcctSvcrRef") if len(details) == 1 else ""
        yield Line(
            minor=sign * minor,
            reference=name or only,
            payer=one_line(*payers),
            text=one_line(*said, more),
            is_collective=len(details) > 1 or _counts_several(entry),
            **common,  # type: ignore[arg-type]
        )
        return
    for number, (detail, own_minor) in enumerate(zip(details, parts, strict=True), 1):
        own = _text(detail, "Refs/AcctSvcrRef")
        yield Line(
            minor=sign * own_minor,
            reference=_name_of_part(own, name, number),
            payer=_payer(detail),
            text=one_line(_remittance(detail), more),
            **common,  # type: ignore[arg-type]
        )


def _counts_several(entry: Element) -> bool:
    return any(
        (each.text or "").strip() not in {"", "0", "1"}
        for each in entry.iterfind("NtryDtls/Btch/NbOfTxs")
    )


def _name_of_part(own: str, name: str, number: int) -> str:
    if is_name(own) and own != name:
        return own
    return f"{name}#{number}" if is_name(name) else ""


def _is_reversal(entry: Element) -> bool:
    """Say whether it undoes something: by the bank's mark, its code, or the reason of a return."""
    if _text(entry, "RvslInd").lower() in {"true", "1"}:
        return True
    codes = {_text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd")} | {
        _text(each, "BkTxCd/Domn/Fmly/SubFmlyCd") for each in entry.iterfind("NtryDtls/TxDtls")
    }
    return bool(codes & _RETURNS) or entry.find("NtryDtls/TxDtls/RtrInf") is not None


def _parts(details: list[Element], minor: int, currency: str, came: str) -> list[int] | None:
    """Return what each of several parts is, where that is said and adds up exactly.

    Not where some ``came`` and some went.
    """
    if len(details) < 2:
        return None
    parts = []
    for detail in details:
        found = detail.find("Amt")
        found = detail.find("AmtDtls/TxAmt/Amt") if found is None else found
        try:
            part, own = _sum(found)
        except ValueError:
            return None
        if own != currency or not part or _text(detail, "CdtDbtInd") not in {"", came}:
            return None
        parts.append(part)
    return parts if sum(parts) == minor else None


def _sum(found: Element | None) -> tuple[int, str]:
    if found is None or not (found.text or "").strip():
        raise ValueError("it has no sum")
    currency = found.get("Ccy", "")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError("its currency is not said")
    minor = exact_minor(found.text or "", currency)
    if minor < 0:
        raise ValueError("the sum is below zero")
    return minor, currency


def _day(entry: Element) -> date:
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        if text := _text(entry, path):
            try:
                return checked_day(date.fromisoformat(text[:10]))
            except ValueError:
                raise ValueError(f"“{text[:20]}” is no day") from None
    raise ValueError("its day is not said")


def _payer(detail: Element) -> str:
    pairs = ("Dbtr/Nm", "Dbtr/Pty/Nm", "UltmtDbtr/Nm", "UltmtDbtr/Pty/Nm")
    return next((text for path in pairs if (text := _text(detail, f"RltdPties/{path}"))), "")


def _remittance(detail: Element) -> str:
    words = [each.text for each in detail.iterfind("RmtInf/Ustrd")]
    words += [each.text for each in detail.iterfind("RmtInf/Strd/CdtrRefInf/Ref")]
    end = _text(detail, "Refs/EndToEndId")
    return one_line(*words, "" if end.upper() == "NOTPROVIDED" else end)


def _text(element: Element, path: str) -> str:
    return " ".join((element.findtext(path) or "").split())[:500]
