"""The ways for money to travel, each behind the same small protocol.

A rail's kind knows what its details must be and what donors are told; it asks no database and
writes no page. `donations.actions.gifts` books what comes by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from handpress.donations.companies import NAMES
from handpress.donations.core.movements import Kind
from handpress.donations.rails import bank, cash, cheque, debit, link
from handpress.donations.rails.company import CompanyRail
from handpress.donations.rails.faults import RailFault

__all__ = ["RAIL_KINDS", "RailFault", "RailType", "rail_kind"]


class RailType(Protocol):
    """What a kind of rail answers."""

    kind: str
    gift: Kind
    """What a gift that comes by it is in the books."""
    icon: str
    takes_monthly: bool
    """Whether a gift can come by it every month."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The details that it has, in the order of the form."""
        ...

    def check(self, account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return both as they are stored; raise `RailFault` for what is wrong."""
        ...

    def shown(self, holder: str, account_ref: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page of a gift says, for a sponsor of this name; {} where nothing."""
        ...


_BY_HAND: tuple[RailType, ...] = (
    bank.Bank(),
    cheque.Cheque(),
    cash.Cash(),
    link.Link(),
    debit.Debit(),
)
_BY_COMPANY: tuple[RailType, ...] = tuple(CompanyRail(name) for name in NAMES)

RAIL_KINDS: dict[str, RailType] = {one.kind: one for one in (*_BY_HAND, *_BY_COMPANY)}


def rail_kind(kind: str) -> RailType:
    """Return what a kind of rail answers."""
    return RAIL_KINDS[kind]
