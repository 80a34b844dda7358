"""Gifts: written down, given back, come back unpaid, taken back when they were a mistake.

Each is one transaction and one sealed entry, and does nothing the second time: its key says
which time that is. Rails of any state and sponsors of any state can be written about, because
money comes and goes whatever we decided meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.ledger import Happened, book, lock_books
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.core.movements import (
    GIFTS,
    Kind,
    RefusedMovement,
    Step,
    check_amounts,
    check_step,
    left_of,
)
from handpress.donations.models import BankLine, Campaign, LineState, Movement, Pledge, Rail
from handpress.donations.rails import rail_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """A gift that came. ``key`` names it on its rail; sums are minor units of ``currency``."""

    rail: Rail
    key: str
    amount: int
    currency: str
    on: date
    fee: int = 0
    campaign: Campaign | None = None
    pledge: Pledge | None = None


@transaction.atomic
def record_gift(gift: Gift) -> tuple[Movement, bool]:
    """Book a gift that came by bank, cheque, cash or link; return it, and whether it is new.

    Late money is booked like any other: a campaign that is over still gets what came for it.
    Raises `RefusedMovement` where the sum cannot be, or the rail takes another currency.
    """
    rail = gift.rail
    if rail.currency and rail.currency != gift.currency:
        raise RefusedMovement(f"“{rail}” takes {rail.currency}, not {gift.currency}.")
    lock_books()
    pledge = gift.pledge
    campaign = gift.campaign or (pledge.campaign if pledge else None)
    return book(
        Happened(
            rail=rail,
            kind=rail_kind(rail.kind).gift,
            remote_id=gift.key,
            amount=gift.amount,
            fee=gift.fee,
            currency=gift.currency,
            on=gift.on,
            campaign=campaign,
            pledge=pledge,
        )
    )


def refund_gift(
    gift: Movement, *, amount: int, key: str, on: date, fee: int = 0
) -> tuple[Movement, bool]:
    """Book that some or all of a gift was given back; raises `RefusedMovement` beyond what is left.

    ``key`` is that of this refund: two equal ones are two.
    """
    return _follow(gift, Kind.REFUND, amount=-amount, fee=fee, key=key, on=on)


def bounce_cheque(gift: Movement, *, key: str, on: date, fee: int = 0) -> tuple[Movement, bool]:
    """Book that a cheque came back unpaid, and what the bank charged for it."""
    return _follow(gift, Kind.CHEQUE_BOUNCE, amount=-gift.amount_minor, fee=fee, key=key, on=on)


def take_back_gift(
    gift: Movement, *, amount: int, key: str, on: date, fee: int = 0
) -> tuple[Movement, bool]:
    """Book that the donor's bank took a gift back, such as a direct debit, and what ours kept."""
    return _follow(gift, Kind.DISPUTE, amount=-amount, fee=fee, key=key, on=on)


@transaction.atomic
def undo(movement: Movement, *, on: date) -> tuple[Movement, bool]:
    """Book an entry that takes a movement back, since it was a mistake; once, whoever asks.

    What was done to a gift since must be undone before the gift. A bank's line that was booked so
    waits again: what it tells came all the same.
    """
    lock_books()
    if movement.kind == Kind.REVERSAL:
        raise RefusedMovement("What was undone is written down anew, not undone again.")
    done = Movement.objects.filter(of=movement, kind=Kind.REVERSAL.value).first()
    if done is None and movement.kind in GIFTS:
        _check(movement, Kind.REVERSAL, -movement.amount_minor)
    if done:
        return done, False
    lines = BankLine.objects.filter(movement=movement)
    state = LineState.OPEN if movement.kind in GIFTS else LineState.ASIDE
    lines.update(state=state, movement=None, was_found=False)
    return book(_reversal(movement, on))


def _reversal(movement: Movement, on: date) -> Happened:
    return Happened(
        rail=movement.rail,
        kind=Kind.REVERSAL,
        remote_id=f"undo-{movement.pk}",
        amount=-movement.amount_minor,
        fee=-movement.fee_minor,
        currency=movement.currency,
        on=on,
        campaign=movement.campaign,
        pledge=movement.pledge,
        of=movement,
    )


@transaction.atomic
def _follow(
    gift: Movement, kind: Kind, *, amount: int, fee: int, key: str, on: date
) -> tuple[Movement, bool]:
    if gift.kind not in GIFTS:
        raise RefusedMovement("Only a gift can be given back.")
    lock_books()
    there = Movement.objects.filter(rail=gift.rail, kind=kind.value, remote_id=key).exists()
    if not there:
        _check(gift, kind, amount)
    return book(
        Happened(
            rail=gift.rail,
            kind=kind,
            remote_id=key,
            amount=amount,
            fee=fee,
            currency=gift.currency,
            on=on,
            campaign=gift.campaign,
            pledge=gift.pledge,
            of=gift,
        )
    )


def _check(gift: Movement, kind: Kind, amount: int) -> None:
    check_step(kind, amount, Kind(gift.kind), gift.amount_minor, steps_on(gift))


def steps_on(gift: Movement) -> list[Step]:
    """Return what was done to a gift, in order; one query."""
    rows = gift.steps.prefetch_related("steps").order_by("pk")
    return [_step(row) for row in rows]


def _step(row: Movement) -> Step:
    return Step(Kind(row.kind), row.amount_minor, is_undone=bool(row.steps.all()))


def left_of_gift(gift: Movement, steps: Iterable[Step] | None = None) -> int:
    """Return what is left of a gift, in minor units."""
    return left_of(gift.amount_minor, steps_on(gift) if steps is None else steps)


@transaction.atomic
def record_named_gift(
    gift: Gift, *, donor: Mapping[str, str], nonce: UUID
) -> tuple[Movement, bool]:
    """Book a gift of somebody who told who they are; the same form twice is one gift.

    The name is kept with the donor, under the donor's own key, and joined to the gift by a
    promise that is kept at once; nothing of it stands in the books.
    """
    check_amounts(rail_kind(gift.rail.kind).gift, gift.amount, gift.fee)
    pledge = Pledge.objects.filter(form_nonce=nonce).first() or gift.pledge
    if pledge is None:
        pledge, _ = write_pledge(
            rail=gift.rail,
            amount=gift.amount,
            currency=gift.currency,
            nonce=nonce,
            campaign=gift.campaign,
            donor=keep_donor(donor),
        )
    elif pledge.donor is None:
        pledge.donor = keep_donor(donor)
        pledge.save()
    return record_gift(replace(gift, pledge=pledge))
