"""Movements: what happened to money on a rail, and what follows from one for the books.

A movement's ``amount`` is seen from the rail: above zero what came, below zero what went. Its
``fee`` is what was kept on the way. All amounts are whole minor units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a movement is."""

    BANK_IN = "bank_in"
    CHEQUE_IN = "cheque_in"
    CASH_IN = "cash_in"
    LINK_IN = "link_in"
    REFUND = "refund"
    REFUND_BACK = "refund_back"
    """A refund that never reached the donor: the money is ours again."""
    CHEQUE_BOUNCE = "cheque_bounce"
    REVERSAL = "reversal"
    CAPTURE = "capture"
    """A gift that a company took for us."""
    DISPUTE = "dispute"
    """A donor's bank took a gift back, and it may be argued about."""
    DISPUTE_WON = "dispute_won"
    FEE = "fee"
    """What a company keeps, told apart from the gift that it is for."""
    PAYOUT = "payout"
    """What a company sends to our bank."""
    PAYOUT_IN = "payout_in"
    """The same, as it comes to the bank."""


GIFTS = frozenset({Kind.BANK_IN, Kind.CHEQUE_IN, Kind.CASH_IN, Kind.LINK_IN, Kind.CAPTURE})
GIVEN_BACK = frozenset({Kind.REFUND, Kind.CHEQUE_BOUNCE, Kind.DISPUTE})
CAME_BACK = frozenset({Kind.DISPUTE_WON, Kind.REFUND_BACK})
"""What makes of a gift more again, after some of it was given back or taken."""
COMPANIES = CAME_BACK | {Kind.FEE, Kind.PAYOUT, Kind.PAYOUT_IN}
"""What only a company brings about, and nobody writes down by hand."""


class Role(StrEnum):
    """What an account of the books is for."""

    RAIL = "rail"
    """What lies on a rail: the bank account, the cheques, the cash box."""
    GIFTS = "gifts"
    REFUNDS = "refunds"
    BOUNCED = "bounced"
    FEES = "fees"
    DISPUTED = "disputed"
    TRANSIT = "transit"
    """What a company sent, and the bank does not have yet."""


RAISED = frozenset({Role.GIFTS, Role.REFUNDS, Role.BOUNCED, Role.DISPUTED})
"""A campaign's sum is what these hold: gifts, less what was given back."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: what an account gains (above zero) or loses."""

    role: Role
    minor: int


@dataclass(frozen=True, slots=True)
class Step:
    """What was done to a gift after it came; a reversal undoes it."""

    kind: Kind
    amount: int
    is_undone: bool = False


class RefusedMovement(ValueError):
    """The books cannot hold this; the message says so to whoever asked."""


_AGAINST = {
    Kind.REFUND: Role.REFUNDS,
    Kind.REFUND_BACK: Role.REFUNDS,
    Kind.CHEQUE_BOUNCE: Role.BOUNCED,
    Kind.DISPUTE: Role.DISPUTED,
    Kind.DISPUTE_WON: Role.DISPUTED,
    Kind.FEE: Role.FEES,
    Kind.PAYOUT: Role.TRANSIT,
    Kind.PAYOUT_IN: Role.TRANSIT,
}


def legs_of(kind: Kind, amount: int, fee: int) -> tuple[Leg, ...]:
    """Return the sides of the entry for a movement that is no reversal; they add up to nothing."""
    against = _AGAINST.get(kind, Role.GIFTS)
    legs = (Leg(Role.RAIL, amount - fee), Leg(Role.FEES, fee), Leg(against, -amount))
    return tuple(leg for leg in legs if leg.minor)


def check_amounts(kind: Kind, amount: int, fee: int) -> None:
    """Raise `RefusedMovement` where a sum cannot be that of such a movement."""
    if kind in GIFTS and amount <= 0:
        raise RefusedMovement("A gift is more than nothing.")
    if kind in GIVEN_BACK and amount >= 0:
        raise RefusedMovement("What is given back is more than nothing.")
    if kind in CAME_BACK | {Kind.PAYOUT_IN} and amount <= 0:
        raise RefusedMovement("What comes is more than nothing.")
    if kind in COMPANIES and fee:
        raise RefusedMovement("A fee of a company's is a movement of its own.")
    if fee < 0:
        raise RefusedMovement("A fee cannot be below zero.")
    if kind in GIFTS and fee >= amount:
        raise RefusedMovement("The fee is as large as the gift. Please check both.")


def left_of(gift: int, steps: Iterable[Step]) -> int:
    """Return what is still there of a gift after what was done to it, undone steps apart."""
    return gift + sum(step.amount for step in steps if not step.is_undone)


def check_step(kind: Kind, amount: int, gift_kind: Kind, gift: int, steps: list[Step]) -> None:
    """Raise `RefusedMovement` where a step cannot follow on a gift and what was done to it."""
    done = [step for step in steps if not step.is_undone]
    if any(step.kind == Kind.REVERSAL for step in done):
        raise RefusedMovement("This gift was undone. Nothing is left of it.")
    if kind == Kind.REVERSAL and done:
        raise RefusedMovement("Undo first what was done to the gift since, the last of it first.")
    if kind == Kind.CHEQUE_BOUNCE and gift_kind != Kind.CHEQUE_IN:
        raise RefusedMovement("Only a cheque can come back unpaid.")
    if kind == Kind.CHEQUE_BOUNCE and done:
        raise RefusedMovement("Something of this cheque was given back. Undo that first.")
    if left_of(gift, steps) + amount < 0:
        raise RefusedMovement("That is more than is left of the gift.")
