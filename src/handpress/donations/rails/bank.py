"""Bank transfer to an account of the sponsor's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stdnum import bic as bics
from stdnum import iban as ibans

from handpress.conf.iban import compact_iban, group_iban
from handpress.donations.core.movements import Kind
from handpress.donations.rails.faults import RailFault, line

_LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,}")
_ACCOUNT = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{2,33}")


class Bank:
    """``account_ref`` is an IBAN, or an account number where banks have none."""

    kind = "bank"
    gift = Kind.BANK_IN
    icon = "clipboard-list"
    takes_monthly = True
    fields: tuple[str, ...] = ("bic", "bank_name", "bank_code", "reference")

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Check the account by its check digits, where it has some, and the bank's code."""
        account = compact_iban(account_ref)
        if not account:
            raise RailFault("account_ref", "A bank transfer needs an account.")
        if _LOOKS_LIKE_IBAN.fullmatch(account):
            _check_iban(account)
        elif not _ACCOUNT.fullmatch(account_ref.strip().upper()):
            raise RailFault("account_ref", "That is no account number: figures and letters alone.")
        else:
            account = " ".join(account_ref.upper().split())
        bic = re.sub(r"\s", "", str(details.get("bic") or "")).upper()
        if bic and not bics.is_valid(bic):
            raise RailFault("bic", "A BIC has eight or eleven signs, as in WESTGB2L.")
        kept = {name: line(details.get(name)) for name in self.fields} | {"bic": bic}
        return account, {name: value for name, value in kept.items() if value}

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return holder, number and bank; the number as an IBAN where it is one."""
        is_iban = bool(_LOOKS_LIKE_IBAN.fullmatch(account_ref))
        return {
            "account_holder": holder,
            "iban": group_iban(account_ref) if is_iban else "",
            "account_number": "" if is_iban else account_ref,
            **{name: details.get(name, "") for name in self.fields},
        }


def _check_iban(account: str) -> None:
    try:
        ibans.validate(account)
    except ibans.InvalidChecksum:
        message = "The check digits of this IBAN do not fit: a sign is wrong or two are exchanged."
        raise RailFault("account_ref", message) from None
    except ibans.ValidationError:
        message = "This IBAN is too short, too long, or not of the form that its country has."
        raise RailFault("account_ref", message) from None
