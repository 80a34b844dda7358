"""BTCPay Server: Bitcoin and what is like it, on a server of the outlet's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.btcpay.addresses import STORE, AddressUnusable, server_address
from handpress.donations.companies.btcpay.client import BTCPay, caps_at
from handpress.donations.companies.contract import Caps
from handpress.donations.companies.kinds import CompanyKind
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

_KEY = re.compile("[!-~]{16,200}")


def check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Ask for the server's address and a store; together they tell one account from another."""
    try:
        base = server_address(str(details.get("base") or ""))
    except AddressUnusable as error:
        raise RailFault("base", str(error)) from None
    store = str(details.get("store_id") or "").strip()
    if not STORE.fullmatch(store):
        message = "Write the store's ID; BTCPay Server shows it under Settings, General."
        raise RailFault("store_id", message)
    return f"{base.removeprefix('https://')}/{store}", {"base": base, "store_id": store}


def check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    """Refuse keys that are none. A key does not say whether a server moves real coins."""
    for field in ("api_key", "webhook_secret"):
        if not _KEY.fullmatch(secrets.get(field, "")):
            raise SecretsUnusable(
                f"{field} is none of BTCPay Server's: it has sixteen signs or more, and no blanks."
            )


def caps(details: Mapping[str, Any]) -> Caps:
    """Return what the server at ``base`` can do."""
    address = str(details.get("base") or "").partition("://")[2]
    return caps_at(address.partition("/")[0])


KIND = CompanyKind(
    kind="btcpay",
    name="BTCPay Server",
    # The server is named beside its key: an address that is typed on the desk gets none.
    secret_fields=("api_key", "webhook_secret", "server"),
    fields=("base", "store_id"),
    bases={},
    caps=caps,
    check=check,
    check_secrets=check_secrets,
    open=BTCPay,
)
