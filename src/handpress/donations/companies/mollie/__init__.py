"""Mollie: cards, iDEAL, direct debit and other ways to pay, on Mollie's own page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.contract import Caps
from handpress.donations.companies.kinds import CompanyKind
from handpress.donations.companies.mollie.client import Mollie
from handpress.donations.companies.mollie.facts import CAPS
from handpress.donations.companies.mollie.telling import PROFILE
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

_BASE = "https://api.mollie.com"
_KEY = re.compile("(live|test|access)_[0-9A-Za-z]{16,100}")


def check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Ask for the profile: it tells one account from another, and that a key is the right one's."""
    profile = account_ref.strip()
    if not PROFILE.fullmatch(profile):
        message = (
            "Write the profile's ID, which begins with pfl_. Mollie shows it beside the API keys."
        )
        raise RailFault("account_ref", message)
    return profile, {}


def check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    """Refuse what is no key of Mollie's, and a key of the other mode."""
    found = _KEY.fullmatch(secrets.get("api_key", ""))
    if not found:
        raise SecretsUnusable(
            "api_key is none of Mollie's: they begin with live_, test_ or access_."
        )
    if found[1] in {"live", "test"} and found[1] != mode:
        raise SecretsUnusable(
            "api_key is a key for trials, and this way takes real money."
            if mode == "live"
            else "api_key is a key for real money, and this way is a trial."
        )


def caps(details: Mapping[str, Any]) -> Caps:
    """Return what Mollie can do, the same for every account."""
    return CAPS


KIND = CompanyKind(
    kind="mollie",
    name="Mollie",
    secret_fields=("api_key",),
    fields=(),
    bases={"live": _BASE, "test": _BASE},
    caps=caps,
    check=check,
    check_secrets=check_secrets,
    open=Mollie,
)
