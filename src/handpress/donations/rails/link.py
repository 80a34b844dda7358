"""A page of somebody else's that takes gifts, such as a new sponsor's on its first day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from handpress.donations.core.movements import Kind
from handpress.donations.rails.faults import RailFault, line


class Link:
    """``account_ref`` is the page's address. What came is booked from its list, by hand."""

    kind = "link"
    gift = Kind.LINK_IN
    icon = "link"
    takes_monthly = True
    fields: tuple[str, ...] = ("words",)

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Ask for an address with https; what is behind the host stays as it is."""
        address = account_ref.strip()
        if any(sign.isspace() or ord(sign) < 0x20 for sign in address):
            raise RailFault("account_ref", "An address has no blanks.")
        try:
            parts = urlsplit(address)
            is_right = (
                parts.scheme == "https"
                and "." in (parts.hostname or "")
                and not (parts.username or parts.password)
            )
            _ = parts.port
        except ValueError:
            is_right = False
        if not is_right:
            raise RailFault("account_ref", "Write the whole address, https:// and all.")
        words = line(details.get("words"))
        return address, {"words": words} if words else {}

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return the address, what it is called, and the host that will open."""
        host = urlsplit(account_ref).hostname or ""
        return {"url": account_ref, "words": details.get("words") or holder, "host": host}
