"""PayPal, by Orders v2, asked by a client of our own.

An order makes a page; the donor approves it there; the money moves when we *capture* what was
approved, and not before. So to look up an approved order is to capture it: whoever looks first, be
it for an event, for a donor who comes back or in the background, completes the gift, and PayPal
lets an order be captured once.

PayPal gives no mandate here: a monthly gift is asked for every month, by a letter with one link.

What must be switched on for the app at PayPal: Transaction Search, which lists what moved up to
three hours late and for three years, and Disputes. The webhook needs the events
``CHECKOUT.ORDER.APPROVED``, ``PAYMENT.CAPTURE.*`` and ``CUSTOMER.DISPUTE.*``. The account should
hold a balance in every currency that is taken: what PayPal exchanges is told as two payouts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.kinds import CompanyKind
from handpress.donations.companies.paypal.account import CAPS, PayPal
from handpress.donations.companies.paypal.events import WEBHOOK_ID
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault, line

_MERCHANT = re.compile("[2-9A-HJ-NP-Z]{13}")
_KEY = re.compile(r"[\x21-\x7e]{16,300}")


def _check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the account by its merchant ID, where that is told; the webhook may come later."""
    webhook = line(details.get("webhook_id")).upper()
    merchant = line(details.get("merchant_id")).upper()
    if webhook and not WEBHOOK_ID.fullmatch(webhook):
        raise RailFault("webhook_id", "It has capital letters and figures alone: 1JE4291016473214C")
    if merchant and not _MERCHANT.fullmatch(merchant):
        raise RailFault(
            "merchant_id", "It has 13 signs, as PayPal shows it under Account settings."
        )
    told = {"webhook_id": webhook, "merchant_id": merchant}
    kept = {name: value for name, value in told.items() if value}
    return merchant or account_ref.strip(), kept


def _check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    """Look at the form of the keys. Which mode they are for, only PayPal can tell: each mode has a
    host of its own, and that of the other refuses them."""
    for name in ("client_id", "client_secret"):
        if not _KEY.fullmatch(secrets[name]):
            raise SecretsUnusable(f"{name} is no key of PayPal’s: copy it whole, without blanks.")
    if secrets["client_id"] == secrets["client_secret"]:
        raise SecretsUnusable("client_id and client_secret are the same.")


KIND = CompanyKind(
    kind="paypal",
    name="PayPal",
    secret_fields=("client_id", "client_secret"),
    fields=("webhook_id", "merchant_id"),
    bases={
        "live": "https://api-m.paypal.com",
        "test": "https://api-m.sandbox.paypal.com",
    },
    caps=lambda details: CAPS,
    check=_check,
    check_secrets=_check_secrets,
    open=PayPal,
)
