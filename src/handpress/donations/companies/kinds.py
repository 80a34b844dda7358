"""What is fixed about each kind of company, before an account with it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handpress.donations.companies.contract import Caps, Company


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account with a company. ``base`` is where its interface is asked, https and all."""

    mode: str
    base: str
    account_ref: str
    details: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyKind:
    """One kind of company.

    ``secret_fields`` are the keys that it needs (`companies.secrets`), ``fields`` the details of
    a rail's form. ``check`` is that of `rails.RailType`. ``check_secrets`` gets the mode
    and the keys, and raises `SecretsUnusable` for a test's key on a live rail and the other way
    round. ``bases`` is where to ask, by mode; empty where the account says.
    """

    kind: str
    name: str
    secret_fields: tuple[str, ...]
    fields: tuple[str, ...]
    bases: Mapping[str, str]
    caps: Callable[[Mapping[str, Any]], Caps]
    check: Callable[[str, Mapping[str, Any]], tuple[str, dict[str, Any]]]
    check_secrets: Callable[[str, Mapping[str, str]], None]
    open: Callable[[Account], Company]
