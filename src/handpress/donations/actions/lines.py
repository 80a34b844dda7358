"""What becomes of a line of a bank statement: a gift, one that is known, or none.

By its reference where it is taken over (`actions.statements`), else as a person decides.
"""

from __future__ import annotations

from django.db import transaction

from handpress.donations.actions.debits import note_came
from handpress.donations.actions.gifts import Gift, record_gift
from handpress.donations.actions.ledger import lock_books
from handpress.donations.core.movements import RefusedMovement
from handpress.donations.models import BankLine, Campaign, LineState, Movement, Pledge
from handpress.donations.queries.lines import recorded_gifts
from handpress.lib import clock


@transaction.atomic
def book_line(
    line: BankLine, *, pledge: Pledge | None = None, campaign: Campaign | None = None
) -> Movement | None:
    """Book a line as a gift, as a person decided; None where somebody did it before.

    Raises `RefusedMovement` where the books cannot hold it.
    """
    lock_books()
    line.refresh_from_db()
    if line.state != LineState.OPEN:
        return None
    if pledge and pledge.currency != line.currency:
        raise RefusedMovement(
            f"The promise is in {pledge.currency}, and {line.currency} came. Book it without."
        )
    return book(line, pledge=pledge, campaign=campaign, key=_key_anew(line))


@transaction.atomic
def join_line(line: BankLine, gift: Movement) -> bool:
    """Say that a line is a gift that somebody wrote down before; False where somebody decided.

    Raises `RefusedMovement` for another account's gift, another sum, or one that has its line.
    """
    lock_books()
    line.refresh_from_db()
    if line.state != LineState.OPEN:
        return False
    if not recorded_gifts(line).filter(pk=gift.pk).exists():
        raise RefusedMovement("That is not the gift of this line.")
    join(line, gift)
    return True


def join(line: BankLine, gift: Movement, *, was_found: bool = False) -> None:
    """Write down of a line which gift it is."""
    line.state, line.movement, line.was_found = LineState.BOOKED, gift, was_found
    if is_forgotten(gift.pledge):
        line.wrapped_key = line.sealed = ""
    line.save()


def _key_anew(line: BankLine) -> str:
    """Return what a line's gift is called in the books; another name once one was undone."""
    key = f"bank-{line.identity}"
    before = Movement.objects.filter(rail=line.rail, of=None, remote_id__startswith=key).count()
    return f"{key}-{before + 1}" if before else key


def book(
    line: BankLine,
    *,
    pledge: Pledge | None,
    campaign: Campaign | None = None,
    was_found: bool = False,
    key: str = "",
) -> Movement | None:
    """Book a line as a gift; None where it is booked already. Raises `RefusedMovement`."""
    gift = Gift(
        rail=line.rail,
        key=key or f"bank-{line.identity}",
        amount=line.amount_minor,
        currency=line.currency,
        on=line.on,
        pledge=pledge,
        campaign=campaign,
    )
    movement, is_new = record_gift(gift)
    if not is_new:
        return None
    join(line, movement, was_found=was_found)
    if pledge:
        note_came(pledge, clock.now())
    return movement


def is_forgotten(pledge: Pledge | None) -> bool:
    """Say whether whoever promised was erased since."""
    donor = pledge.donor if pledge else None
    return donor is not None and donor.erased_at is not None


def set_aside(line: BankLine) -> bool:
    """Say that a line is no gift; False where somebody decided before."""
    rows = BankLine.objects.filter(pk=line.pk, state=LineState.OPEN)
    return bool(rows.update(state=LineState.ASIDE))


def take_up_again(line: BankLine) -> bool:
    """Let money that came and was set aside wait again; False where it does not lie aside."""
    rows = BankLine.objects.filter(pk=line.pk, state=LineState.ASIDE, amount_minor__gt=0)
    return bool(rows.update(state=LineState.OPEN))
