"""Gifts that a company takes for the outlet; `donations.companies` asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handpress.donations.companies import company_kind
from handpress.donations.core.movements import Kind


class CompanyRail:
    """A company of a kind. Nothing of it is printed: `/-/donate` offers it while it works."""

    gift = Kind.CAPTURE
    icon = "globe"
    takes_monthly = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @property
    def fields(self) -> tuple[str, ...]:
        """The details that it has."""
        return company_kind(self.kind).fields

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Ask the company's module."""
        return company_kind(self.kind).check(account_ref, details)

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing."""
        return {}
