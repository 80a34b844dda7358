"""Bank statements: taken over once, matched by reference; a person looks at what has none.

A statement is taken over whole or not at all. What comes is a gift only where its words hold
the reference of one promise, exactly; everything else waits. A direct debit of ours that comes
back takes its gift back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from handpress.donations import sealing
from handpress.donations.actions.debits import note_came, note_returned
from handpress.donations.actions.donors import have_key
from handpress.donations.actions.gifts import Gift, left_of_gift, record_gift, take_back_gift
from handpress.donations.actions.ledger import lock_books
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.models import (
    BankLine,
    BankStatement,
    Campaign,
    LineState,
    Movement,
    Pledge,
    Rail,
    RailKind,
)
from handpress.donations.statements import Line, NotAStatement, identities, read
from handpress.lib import clock
from handpress.lib.batches import batched

_REFUSALS_KEPT = 50
_AT_ONCE = 500
_MOST_CHARGED = 20_00
"""What banks charge for a direct debit that comes back, in cents, at most."""


FATES = (
    ("matched", "gifts booked by their reference"),
    ("waiting", "to be looked at"),
    ("went", "went out, or was taken back; no gifts"),
    ("known", "known from a statement before"),
    ("pending", "have not come yet"),
    ("refused", "could not be read"),
)
"""What became of lines, and how that is said."""


@dataclass(slots=True)
class Sheet:
    """The balance of a file: ``found`` is the sum of all the other counts."""

    found: int = 0
    known: int = 0
    matched: int = 0
    waiting: int = 0
    went: int = 0
    pending: int = 0
    refused: int = 0
    refusals: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def bring_statement(
    rail: Rail,
    data: bytes,
    *,
    file_name: str,
    dates: str = "",
    by: Any = None,
    dry_run: bool = False,
) -> Sheet:
    """Take a statement over, all of it in one transaction; return its balance.

    The same file again, or one that overlaps it, adds nothing that is known. Raises
    `NotAStatement`, with nothing changed, for what cannot be read or is another account's.
    """
    statement = read(data, currency=rail.currency, dates=dates)
    _check_account(rail, statement.accounts)
    sheet = Sheet(
        found=statement.found,
        pending=statement.pending,
        refused=len(statement.refused),
        refusals=[asdict(each) for each in statement.refused[:_REFUSALS_KEPT]],
    )
    have_key()
    with transaction.atomic():
        lock_books()
        row = BankStatement.objects.create(
            rail=rail,
            file_name=file_name[:200],
            sha256=hashlib.sha256(data).hexdigest(),
            format=statement.format,
            by=by,
        )
        for some in batched(identities(statement.lines), _AT_ONCE):
            _take_lines(row, some, sheet)
        row.sheet = sheet.as_json()
        row.save()
        if dry_run:
            transaction.set_rollback(True)
    return sheet


def _check_account(rail: Rail, accounts: set[str]) -> None:
    own = "".join(rail.account_ref.upper().split())
    others = {"".join(each.upper().split()) for each in accounts}
    # An account's number may be written with or without the bank's own before it.
    if others and own and not any(own.endswith(each) or each.endswith(own) for each in others):
        raise NotAStatement(
            f"The statement is of another account ({', '.join(sorted(others))[:100]}), not of "
            f"“{rail.name}” ({own}). Nothing was changed."
        )


def _take_lines(row: BankStatement, told: Sequence[tuple[str, Line]], sheet: Sheet) -> None:
    rows = BankLine.objects.filter(rail=row.rail, identity__in=[each for each, _ in told])
    known = set(rows.values_list("identity", flat=True))
    fresh = [(identity, line) for identity, line in told if identity not in known]
    sheet.known += len(told) - len(fresh)
    promised = _promised([line for _, line in fresh])
    for (identity, line), pledge in zip(fresh, promised, strict=True):
        stored = _stored(row, identity, line)
        if line.minor < 0:
            sheet.went += 1
            if pledge and line.is_reversal:
                _book_returned(stored, pledge)
        elif pledge and _book_found(stored, pledge):
            sheet.matched += 1
        else:
            sheet.waiting += 1


def _promised(lines: list[Line]) -> list[Pledge | None]:
    """Return the promise of each line that holds the reference of exactly one; one query."""
    named = [references_in(f"{line.payer} {line.text}") for line in lines]
    rows = Pledge.objects.filter(reference__in=set().union(*named))
    pledges = {pledge.reference: pledge for pledge in rows.select_related("campaign")}
    found: list[Pledge | None] = []
    for line, references in zip(lines, named, strict=True):
        there = [pledges[each] for each in references if each in pledges]
        is_sure = len(there) == 1 and there[0].currency == line.currency
        # Money that comes back to us is not a gift; what is taken back may be of one.
        is_sure = is_sure and (line.minor < 0 or not line.is_reversal)
        found.append(there[0] if is_sure else None)
    return found


def _stored(row: BankStatement, identity: str, line: Line) -> BankLine:
    said = {"payer": line.payer, "text": line.text, "reference": line.reference}
    key, wrapped_key = sealing.new_donor_key()
    return BankLine.objects.create(
        rail=row.rail,
        statement=row,
        identity=identity,
        on=line.on,
        amount_minor=line.minor,
        currency=line.currency,
        is_reversal=line.is_reversal,
        wrapped_key=wrapped_key,
        sealed=sealing.seal({name: text for name, text in said.items() if text}, key),
        # What went out is no gift; it stays to be seen, and asks nobody for anything.
        state=LineState.OPEN if line.minor > 0 else LineState.ASIDE,
    )


def _book_found(line: BankLine, pledge: Pledge) -> bool:
    try:
        return _book(line, pledge=pledge, was_found=True) is not None
    except RefusedMovement:
        return False


def words_of(line: BankLine) -> dict[str, str]:
    """Return who paid and what they wrote; nothing once the donor was erased."""
    try:
        return sealing.unseal(line.sealed, line.wrapped_key)
    except sealing.Forgotten:
        return {}


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
    return _book(line, pledge=pledge, campaign=campaign)


def _book(
    line: BankLine,
    *,
    pledge: Pledge | None,
    campaign: Campaign | None = None,
    was_found: bool = False,
) -> Movement | None:
    gift = Gift(
        rail=line.rail,
        key=f"bank-{line.identity}",
        amount=line.amount_minor,
        currency=line.currency,
        on=line.on,
        pledge=pledge,
        campaign=campaign,
    )
    movement, is_new = record_gift(gift)
    if not is_new:
        return None
    line.state, line.movement, line.was_found = LineState.BOOKED, movement, was_found
    line.save()
    if pledge:
        note_came(pledge, clock.now())
    return movement


def _book_returned(line: BankLine, pledge: Pledge) -> None:
    """Book that a direct debit of ours was taken back, where it is sure which gift that was.

    What is more than the gift is what the banks charge for it. All else that went stays aside.
    """
    if pledge.rail.kind != RailKind.DEBIT:
        return
    gifts = pledge.movements.filter(rail=line.rail, kind=Kind.BANK_IN.value, of=None)
    for gift in gifts.order_by("-pk"):
        left = left_of_gift(gift)
        fee = -line.amount_minor - left
        if left and 0 <= fee <= _MOST_CHARGED:
            movement, _ = take_back_gift(
                gift, amount=left, fee=fee, key=f"bank-{line.identity}", on=line.on
            )
            line.state, line.movement, line.was_found = LineState.BOOKED, movement, True
            line.save()
            note_returned(pledge, clock.now())
            return


def set_aside(line: BankLine) -> bool:
    """Say that a line is no gift; False where somebody decided before."""
    rows = BankLine.objects.filter(pk=line.pk, state=LineState.OPEN)
    return bool(rows.update(state=LineState.ASIDE))


def take_up_again(line: BankLine) -> bool:
    """Let money that came and was set aside wait again; False where it does not lie aside."""
    rows = BankLine.objects.filter(pk=line.pk, state=LineState.ASIDE, amount_minor__gt=0)
    return bool(rows.update(state=LineState.OPEN))
