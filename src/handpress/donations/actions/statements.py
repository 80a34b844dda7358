"""Bank statements: taken over once, matched by reference; a person looks at what has none
(`actions.lines`).

A statement is taken over whole or not at all. What comes is a gift only where its words hold
the reference of one promise, exactly; everything else waits. What the bank itself takes back by
such a reference takes its gift back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from handpress.donations import sealing
from handpress.donations.actions.debits import note_returned
from handpress.donations.actions.donors import have_key
from handpress.donations.actions.gifts import left_of_gift, take_back_gift
from handpress.donations.actions.ledger import lock_books
from handpress.donations.actions.lines import book, is_forgotten, join
from handpress.donations.core.amounts import LONGEST
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.models import (
    BankLine,
    BankStatement,
    LineState,
    Pledge,
    Rail,
    RailKind,
)
from handpress.donations.queries.lines import recorded_gifts, told_as, words_of
from handpress.donations.statements import (
    Line,
    NotAStatement,
    Statement,
    former_identities,
    identities,
    is_name,
    read,
)
from handpress.lib import clock
from handpress.lib.batches import batched

_REFUSALS_KEPT = 50
_AT_ONCE = 500
_SHORTEST_ACCOUNT = 4
"""Figures: by fewer alone no account is known."""
_MOST_CHARGED = 20_00
"""What banks charge for a direct debit that comes back, in cents, at most."""


FATES = (
    ("matched", "gifts booked by their reference"),
    ("waiting", "to be looked at"),
    ("went", "went out, or was taken back; no gifts"),
    ("known", "known from before"),
    ("elsewhere", "of another account in the file, left out"),
    ("pending", "have not come"),
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
    elsewhere: int = 0
    pending: int = 0
    refused: int = 0
    refusals: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Before:
    """What files brought before tell of some lines of this one.

    ``in_file`` are the identities of all its lines, ``pledges`` those of which a line of another
    file is booked; ``has_returns`` says that another tells of something that was taken back, and
    nobody knows of what.
    """

    in_file: Container[str]
    pledges: set[int]
    has_returns: bool


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
    lines = _own_lines(rail, statement)
    sheet = Sheet(
        found=statement.found,
        elsewhere=len(statement.lines) - len(lines),
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
        told = _told(lines)
        sheet.known += len(lines) - len(told)
        for some in batched(told.values(), _AT_ONCE):
            _take_lines(row, some, told, sheet)
        row.sheet = sheet.as_json()
        row.save()
        if dry_run:
            transaction.set_rollback(True)
    return sheet


def _own_lines(rail: Rail, statement: Statement) -> list[Line]:
    """Return the lines of the rail's account: banks put several accounts into one file."""
    own = _bare(rail.account_ref)
    others = {_bare(each) for each in statement.accounts}
    if not others or not own:
        return statement.lines
    mine = {each for each in others if _is_account(own, each)}
    if not mine:
        raise NotAStatement(
            f"The statement is of another account ({', '.join(sorted(others))[:100]}), not of "
            f"“{rail.name}” ({own}). Nothing was changed."
        )
    return [line for line in statement.lines if _bare(line.account) in mine]


def _told(lines: list[Line]) -> dict[str, tuple[str, str, Line]]:
    """Return each line once, by its identity: (that, the former one, the line).

    As it happened: banks put the newest first, and what is taken back must have come before.
    """
    told = zip(identities(lines), former_identities(lines), strict=True)
    named = ((now, former, line) for (now, line), (former, _) in told)
    in_order = sorted(named, key=lambda each: (each[2].on, each[2].minor < 0))
    return {each[0]: each for each in in_order}


def _bare(account: str) -> str:
    return "".join(each for each in account.upper() if each.isalnum())


def _is_account(own: str, told: str) -> bool:
    # An account's number may be written with or without the bank's own before it.
    is_number = min(len(own), len(told)) >= _SHORTEST_ACCOUNT
    return own == told or (is_number and (own.endswith(told) or told.endswith(own)))


def _take_lines(
    row: BankStatement,
    told: Sequence[tuple[str, str, Line]],
    in_file: Container[str],
    sheet: Sheet,
) -> None:
    names = {name for now, former, _ in told for name in (now, former)}
    rows = BankLine.objects.filter(rail=row.rail, identity__in=names)
    known = dict(rows.values_list("identity", "on"))
    fresh = [
        (now, line)
        for now, former, line in told
        if now not in known and known.get(former) != line.on
    ]
    sheet.known += len(told) - len(fresh)
    promised = _promised([line for _, line in fresh])
    before = _before(row, in_file, [each for each in promised if each])
    for (identity, line), pledge in zip(fresh, promised, strict=True):
        stored = _stored(row, identity, line, is_erased=is_forgotten(pledge))
        if line.minor < 0:
            sheet.went += 1
            if pledge and line.is_reversal:
                _book_returned(stored, pledge, before)
        else:
            fate = _fate_of(stored, pledge, before) if pledge else "waiting"
            setattr(sheet, fate, getattr(sheet, fate) + 1)


def _before(row: BankStatement, in_file: Container[str], pledges: list[Pledge]) -> _Before:
    lines = BankLine.objects.exclude(statement=row)
    booked = lines.filter(movement__pledge__in=pledges) if pledges else lines.none()
    return _Before(
        in_file,
        set(booked.values_list("movement__pledge", flat=True)),
        lines.filter(is_reversal=True, amount_minor__lt=0, movement=None).exists(),
    )


def _promised(lines: list[Line]) -> list[Pledge | None]:
    """Return the promise of each line that holds the reference of exactly one; one query."""
    named = [references_in(f"{line.payer} {line.text}") for line in lines]
    rows = Pledge.objects.filter(reference__in=set().union(*named))
    pledges = {pledge.reference: pledge for pledge in rows.select_related("campaign", "donor")}
    found: list[Pledge | None] = []
    for line, references in zip(lines, named, strict=True):
        there = [pledges[each] for each in references if each in pledges]
        is_sure = len(there) == 1 and there[0].currency == line.currency
        # Money that comes back to us is not a gift; what is taken back may be of one.
        is_sure = is_sure and (line.minor < 0 or not line.is_reversal)
        # There may be another one that is not told, or was cut off.
        is_sure = is_sure and not line.is_collective and len(line.text) < LONGEST
        found.append(there[0] if is_sure else None)
    return found


def _stored(row: BankStatement, identity: str, line: Line, *, is_erased: bool) -> BankLine:
    said = {"payer": line.payer, "text": line.text, "reference": line.reference}
    key, wrapped_key = sealing.new_donor_key()
    sealed = sealing.seal({name: text for name, text in said.items() if text}, key)
    return BankLine.objects.create(
        rail=row.rail,
        statement=row,
        identity=identity,
        on=line.on,
        amount_minor=line.minor,
        currency=line.currency,
        is_reversal=line.is_reversal,
        # Of who was erased nothing is kept, also where they go on giving.
        wrapped_key="" if is_erased else wrapped_key,
        sealed="" if is_erased else sealed,
        # What went out is no gift; it stays to be seen, and asks nobody for anything.
        state=LineState.OPEN if line.minor > 0 else LineState.ASIDE,
    )


def _fate_of(line: BankLine, pledge: Pledge, before: _Before) -> str:
    """Book what came for a promise, unless somebody wrote that gift down before the bank told.

    It is that one where the day is the same; on another day a person has to look.
    """
    there = list(recorded_gifts(line).filter(pledge=pledge)[:2])
    if len(there) == 1 and there[0].occurred_on == line.on:
        join(line, there[0], was_found=True)
        return "known"
    if there or _may_be_known(line, pledge, before):
        return "waiting"
    try:
        booked = book(line, pledge=pledge, was_found=True)
    except RefusedMovement:
        return "waiting"
    if booked is None:
        return "waiting"
    _book_told_before(line, pledge, before)
    return "matched"


def _may_be_known(line: BankLine, pledge: Pledge, before: _Before) -> bool:
    """Say whether a line is perhaps one that another file told in other words.

    Who changes from tables to CAMT, or fetches a report and then the statement, gets every line
    twice, and a day may differ; or a file is brought for another account, too. What a bank itself
    calls by two names is two.
    """
    if pledge.pk not in before.pledges:
        return False
    rows = BankLine.objects.filter(
        told_as(line), movement__pledge=pledge, is_reversal=line.is_reversal
    )
    others = rows.exclude(statement=line.statement_id).select_related("statement")
    return any(
        not (each.rail_id == line.rail_id and each.identity in before.in_file)
        and not _is_told_apart(each, line)
        for each in others
    )


def _is_told_apart(one: BankLine, other: BankLine) -> bool:
    if one.statement.format != other.statement.format:
        return False
    names = [words_of(each).get("reference", "") for each in (one, other)]
    if one.on != other.on:
        return not is_name(names[0]) or names[0] != names[1]
    return all(map(is_name, names)) and names[0] != names[1]


def _book_told_before(line: BankLine, pledge: Pledge, before: _Before) -> None:
    """Take a gift back that is booked only now, and of which a file brought before told that."""
    if not before.has_returns:
        return
    rows = BankLine.objects.filter(
        rail=line.rail,
        currency=line.currency,
        amount_minor=-line.amount_minor,
        on__gte=line.on,
        is_reversal=True,
        movement=None,
    )
    for each in rows.exclude(statement=line.statement_id).order_by("on", "pk"):
        if references_in(" ".join(words_of(each).values())) == {pledge.reference}:
            _book_returned(each, pledge, before)
            before.pledges.add(pledge.pk)
            return


def _book_returned(line: BankLine, pledge: Pledge, before: _Before) -> None:
    """Book that a bank took a gift back, where it is sure which one that was.

    What is more than a direct debit of ours is what the banks charge for it; of other gifts
    nothing is charged. All else that went stays aside.
    """
    if _may_be_known(line, pledge, before):
        return
    is_debit = pledge.rail.kind == RailKind.DEBIT
    most = _MOST_CHARGED if is_debit else 0
    gifts = pledge.movements.filter(rail=line.rail, kind=Kind.BANK_IN.value, of=None)
    for gift in gifts.filter(occurred_on__lte=line.on).order_by("-occurred_on", "-pk"):
        left = left_of_gift(gift)
        fee = -line.amount_minor - left
        if left and 0 <= fee <= most:
            movement, _ = take_back_gift(
                gift, amount=left, fee=fee, key=f"bank-{line.identity}", on=line.on
            )
            join(line, movement, was_found=True)
            if is_debit:
                note_returned(pledge, clock.now())
            return
