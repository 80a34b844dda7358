"""Cash, handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handpress.donations.core.movements import Kind


class Cash:
    """Is booked, and not offered to strangers: whoever brings some knows where."""

    kind = "cash"
    gift = Kind.CASH_IN
    icon = "download"
    takes_monthly = False
    fields: tuple[str, ...] = ()

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Keep nothing: a cash box has no details."""
        return "", {}

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing."""
        return {}
