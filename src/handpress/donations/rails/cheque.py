"""Cheques by post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handpress.donations.core.movements import Kind
from handpress.donations.rails.faults import RailFault, line

_MOST_LINES = 8


class Cheque:
    """Has no account; ``address`` is a list of lines."""

    kind = "cheque"
    gift = Kind.CHEQUE_IN
    icon = "edit"
    takes_monthly = False
    fields: tuple[str, ...] = ("payable_to", "address", "memo")

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Ask for an address; everything else may stay empty."""
        given = details.get("address") or []
        lines = given.splitlines() if isinstance(given, str) else list(given)
        address = [kept for each in lines if (kept := line(each))]
        if not address:
            raise RailFault("address", "Where shall cheques be sent?")
        if len(address) > _MOST_LINES:
            raise RailFault("address", f"An address has {_MOST_LINES} lines at most.")
        others = {name: line(details.get(name)) for name in ("payable_to", "memo")}
        return "", {"address": address, **{n: value for n, value in others.items() if value}}

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return to whom and where; made out to the sponsor unless it says otherwise."""
        return {
            "payable_to": details.get("payable_to") or holder,
            "address": list(details.get("address", [])),
            "memo": details.get("memo", ""),
        }
