"""Stripe: cards, wallets and debits, on a page of Stripe's.

The vendor's client, which is heavy, is read when an account is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.contract import Caps, Company, Events
from handpress.donations.companies.kinds import Account, CompanyKind
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.stripe.sums import CURRENCIES, LEAST
from handpress.donations.rails.faults import RailFault

_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{8,60}", re.ASCII)
_KEY = re.compile(r"(?:sk|rk)_(live|test)_[A-Za-z0-9_]{8,240}", re.ASCII)
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,240}", re.ASCII)
_BASE = "https://api.stripe.com"


def _caps(details: Mapping[str, Any]) -> Caps:
    return Caps(
        host="checkout.stripe.com",
        takes_mandates=True,
        gives_back=True,
        gives_back_parts=True,
        events=Events.SIGNED,
        needs_script=True,
        learns=("name", "email", "card"),
        currencies=CURRENCIES,
        least=LEAST,
    )


def _check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    account = account_ref.strip()
    if not _ACCOUNT.fullmatch(account):
        raise RailFault(
            "account_ref",
            "An account with Stripe is called acct_ and letters and figures: see Settings,"
            " Business, Account details there.",
        )
    return account, {}


def _check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    found = _KEY.fullmatch(secrets.get("secret_key", ""))
    if found is None:
        raise SecretsUnusable(
            "secret_key is no secret key of Stripe's: that begins with sk_live_, rk_live_,"
            " sk_test_ or rk_test_."
        )
    if found[1] != mode:
        raise SecretsUnusable(
            "secret_key is a key for trials, and this way takes real money."
            if mode == "live"
            else "secret_key is a key for real money, and this way is a trial."
        )
    if not _SECRET.fullmatch(secrets.get("webhook_secret", "")):
        raise SecretsUnusable("webhook_secret is no secret of Stripe's: that begins with whsec_.")


def _open(account: Account) -> Company:
    from handpress.donations.companies.stripe.account import Stripe

    return Stripe(account, _caps(account.details))


KIND = CompanyKind(
    kind="stripe",
    name="Stripe",
    secret_fields=("secret_key", "webhook_secret"),
    fields=(),
    bases={"live": _BASE, "test": _BASE},
    caps=_caps,
    check=_check,
    check_secrets=_check_secrets,
    open=_open,
)
