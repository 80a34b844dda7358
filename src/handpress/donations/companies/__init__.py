"""Companies that take money for the outlet, each behind one contract (`companies.contract`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from handpress.donations.companies.contract import Caps, Company
from handpress.donations.companies.kinds import Account, CompanyKind
from handpress.donations.companies.secrets import read_secrets

if TYPE_CHECKING:
    from handpress.donations.models import Rail

NAMES = ("stripe", "paypal", "mollie", "gocardless", "btcpay", "practice")
"""Each is a module here with a `CompanyKind` named ``KIND``; it is read when it is asked for."""


def company_kind(kind: str) -> CompanyKind:
    """Return what is fixed about a kind of company; raises `KeyError` where there is none."""
    if kind not in NAMES:
        raise KeyError(kind)
    found: CompanyKind = import_module(f"{__name__}.{kind}").KIND
    return found


def caps_of(rail: Rail) -> Caps:
    """Return what the company of a rail can do; its keys are not needed for that."""
    return company_kind(rail.kind).caps(rail.details)


def open_company(rail: Rail) -> Company:
    """Return the company of a rail; raises `SecretsUnusable` where its keys are not there."""
    kind = company_kind(rail.kind)
    secrets = read_secrets(rail.secret_name, kind.secret_fields) if kind.secret_fields else {}
    kind.check_secrets(rail.mode, secrets)
    base = kind.bases.get(rail.mode) or str(rail.details.get("base", ""))
    return kind.open(
        Account(
            mode=rail.mode,
            base=base,
            account_ref=rail.account_ref,
            details=rail.details,
            secrets=secrets,
        )
    )
