"""Direct debits for tests: a rail, mandates, and what stands in a file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

from factories import giving
from handpress.donations.actions.mandates import enter_mandate
from handpress.donations.models import Plan, Rail

NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
OURS = giving.OTHER_IBAN
THEIRS, OTHER = "FR1420041010050500013M02606", "NL91ABNA0417164300"
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
ON = date(2026, 12, 15)
DETAILS = {"creditor_id": "DE98ZZZ09999999999", "days_before": 14}


def debit_rail(**values: Any) -> Rail:
    values = {"account_ref": OURS, "currency": "EUR", "details": DETAILS, **values}
    return giving.rail("debit", **values)


def enter(rail: Rail, number: int = 1, **changed: Any) -> Plan:
    facts = {
        "name": f"Zuleika Canary {number}",
        "address": "1 Quay\nPort",
        "email": f"zuleika{number}@canary.example",
        "iban": THEIRS,
        **changed.pop("facts", {}),
    }
    asked: dict[str, Any] = {
        "facts": facts,
        "amount": 1000 + number,
        "day": 15,
        "signed_on": date(2026, 11, 2),
        "nonce": uuid4(),
        "mandate_id": f"M-{number}",
        "now": NOW,
        **changed,
    }
    return enter_mandate(rail, **asked)[0]


def texts(file: bytes, path: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(file).iterfind(f".//p:{path}", NS)]
