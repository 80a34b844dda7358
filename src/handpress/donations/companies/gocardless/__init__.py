"""GoCardless: payments from bank to bank, at once where banks can, else by direct debit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.contract import Caps
from handpress.donations.companies.gocardless.account import CAPS, GoCardless
from handpress.donations.companies.kinds import CompanyKind
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

__all__ = ["KIND", "GoCardless"]


def _caps(details: Mapping[str, Any]) -> Caps:
    return CAPS


def _check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Keep which creditor it is; needed only where a key is good for several."""
    creditor = str(details.get("creditor") or "").strip()
    if creditor and not re.fullmatch(r"CR[0-9A-Z]{1,40}", creditor):
        raise RailFault("creditor", "A creditor’s number is CR and more signs. It may stay empty.")
    return account_ref.strip(), {"creditor": creditor} if creditor else {}


def _check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    """Refuse the sandbox's key on a live rail, and a live one on a trial."""
    token = secrets.get("access_token", "")
    if mode == "live" and token.startswith("sandbox_"):
        raise SecretsUnusable("access_token is one of the sandbox: it takes no real money.")
    if mode != "live" and token.startswith("live_"):
        raise SecretsUnusable("access_token is a live one: a trial must not take real money.")
    if not secrets.get("webhook_secret", "").strip():
        raise SecretsUnusable("webhook_secret is empty: anybody could sign with that.")


KIND = CompanyKind(
    kind="gocardless",
    name="GoCardless",
    secret_fields=("access_token", "webhook_secret"),
    fields=("creditor",),
    bases={"live": "https://api.gocardless.com", "test": "https://api-sandbox.gocardless.com"},
    caps=_caps,
    check=_check,
    check_secrets=_check_secrets,
    open=GoCardless,
)
