"""What companies send to our bank, found again in its statements."""

from __future__ import annotations

from django.db import transaction

from handpress.donations.actions.ledger import Happened, book, lock_books
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.models import BankLine, LineState, Movement


@transaction.atomic
def book_payout(line: BankLine, payout: Movement) -> Movement | None:
    """Book a bank's line as a company's payout that has come; None where somebody decided before.

    Raises `RefusedMovement` where the sums differ, or the payout has come already: what a bank
    kept of it, or what came in parts, only a person can tell apart.
    """
    lock_books()
    line.refresh_from_db()
    if line.state != LineState.OPEN:
        return None
    if payout.kind != Kind.PAYOUT:
        raise RefusedMovement("That is no payout.")
    if (line.currency, line.amount_minor) != (payout.currency, -payout.amount_minor):
        raise RefusedMovement("The payout is of another sum.")
    if payout.steps.exists():
        raise RefusedMovement("This payout has come already.")
    movement, is_new = book(
        Happened(
            rail=line.rail,
            kind=Kind.PAYOUT_IN,
            remote_id=f"bank-{line.identity}",
            amount=line.amount_minor,
            currency=line.currency,
            on=line.on,
            of=payout,
        )
    )
    if not is_new:
        return None
    line.state, line.movement = LineState.BOOKED, movement
    line.save()
    return movement
