"""SEPA direct debit by a file for the outlet's own bank; no company stands in between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stdnum import bic as bics

from handpress.donations.core.movements import Kind
from handpress.donations.debits import WrongNumber, check_account, check_creditor_id
from handpress.donations.rails.faults import RailFault

DAYS_BEFORE, MOST_DAYS_BEFORE = 14, 60


class Debit:
    """``account_ref`` is the IBAN that is collected to; what comes is booked from its statements.

    ``days_before`` is how many days a file must come before what it collects: donors are to know
    fourteen days ahead, unless the mandate that they signed says fewer.
    """

    kind = "debit"
    gift = Kind.BANK_IN
    icon = "download"
    takes_monthly = True
    fields: tuple[str, ...] = ("creditor_id", "bic", "days_before")

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Check account and creditor identifier by their check digits."""
        try:
            account = check_account(account_ref)
        except WrongNumber as wrong:
            raise RailFault("account_ref", f"{wrong.sentence} It must be your own.") from None
        try:
            creditor_id = check_creditor_id(str(details.get("creditor_id") or ""))
        except WrongNumber as wrong:
            raise RailFault("creditor_id", wrong.sentence) from None
        bic = re.sub(r"\s", "", str(details.get("bic") or "")).upper()
        if bic and not bics.is_valid(bic):
            raise RailFault("bic", "A BIC has eight or eleven signs, as in COBADEFF.")
        kept = {"creditor_id": creditor_id, "days_before": _days(details.get("days_before"))}
        return account, {**kept, "bic": bic} if bic else kept

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing: donors sign a mandate, and are told no account."""
        return {}


def _days(typed: object) -> int:
    text = str(DAYS_BEFORE if typed in {None, ""} else typed).strip()
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_DAYS_BEFORE:
        raise RailFault("days_before", f"A number of days, from 1 to {MOST_DAYS_BEFORE}.")
    return int(text)
