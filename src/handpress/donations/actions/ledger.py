"""Writing into the books: one movement, its entry, its seal, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from handpress.donations.core import chain
from handpress.donations.core.movements import (
    Kind,
    RefusedMovement,
    Role,
    check_amounts,
    legs_of,
)
from handpress.donations.models import (
    Account,
    Campaign,
    Entry,
    Movement,
    Pledge,
    Posting,
    Rail,
    Seal,
)
from handpress.press.prepared import Prepared

_LOCK = 0x48504C  # of PostgreSQL, for whoever writes into the books
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What happened on a rail, to be booked. ``remote_id`` makes it once (see `Movement`)."""

    rail: Rail
    kind: Kind
    remote_id: str
    amount: int
    currency: str
    on: date
    fee: int = 0
    campaign: Campaign | None = None
    pledge: Pledge | None = None
    of: Movement | None = None


class AlreadyBooked(RefusedMovement):
    """Something else was booked under this name; ``movement`` is what stands there."""

    def __init__(self, message: str, movement: Movement) -> None:
        super().__init__(message)
        self.movement = movement


def lock_books() -> None:
    """Let one at a time write into the books, until the transaction ends.

    What is read after it is true until then. SQLite lets nobody else write anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def book(happened: Happened) -> tuple[Movement, bool]:
    """Write a movement with its sealed entry; return it, and whether it is new.

    The same once more changes nothing. Raises `AlreadyBooked` where another sum or gift
    stands under its name, and `RefusedMovement` where the books cannot hold it. To be called
    inside a transaction, after `lock_books`.
    """
    if not 0 < len(happened.remote_id) <= LONGEST_NAME:
        raise RefusedMovement("A movement needs a name of its own.")
    there = _same(happened)
    if there is not None:
        return there, False
    if happened.kind != Kind.REVERSAL:
        check_amounts(happened.kind, happened.amount, happened.fee)
    last, previous = _last_seal()
    number = last + 1
    movement = _write_movement(happened, number)
    Entry.objects.create(number=number, seal_id=number, booked_on=happened.on)
    postings = _write_postings(happened, number)
    seal_entry(movement, postings, previous)
    return movement, True


def book_many(some: Sequence[Happened]) -> list[Movement]:
    """Write movements that are new, each with its sealed entry, in their order; return them.

    Far faster than one by one; none of them may stand in the books, nor be a reversal. Raises
    `RefusedMovement` where a sum cannot be. To be called inside a transaction, after `lock_books`.
    """
    for each in some:
        check_amounts(each.kind, each.amount, each.fee)
    last, previous = _last_seal()
    first = last + 1
    entries = [
        Entry(number=number, seal_id=number, booked_on=each.on)
        for number, each in enumerate(some, first)
    ]
    Entry.objects.bulk_create(entries)
    movements = Movement.objects.bulk_create(
        _movement(each, number) for number, each in enumerate(some, first)
    )
    accounts: dict[tuple[Role, int, int | None, str], Account] = {}
    postings = [
        [
            Posting(entry_id=number, account=account, currency=each.currency, amount_minor=minor)
            for account, minor in _known_accounts(each, accounts)
        ]
        for number, each in enumerate(some, first)
    ]
    Posting.objects.bulk_create(one for part in postings for one in part)
    Seal.objects.bulk_create(_seals(movements, postings, previous))
    return movements


def _known_accounts(
    happened: Happened, known: dict[tuple[Role, int, int | None, str], Account]
) -> list[tuple[Account, int]]:
    found = []
    for leg in legs_of(happened.kind, happened.amount, happened.fee):
        campaign = happened.campaign.pk if happened.campaign else None
        key = (leg.role, happened.rail.pk, campaign, happened.currency)
        if key not in known:
            known[key] = _account(leg.role, happened)
        found.append((known[key], leg.minor))
    return found


def _seals(
    movements: Sequence[Movement], postings: Sequence[list[Posting]], previous: str
) -> Iterator[Seal]:
    for movement, parts in zip(movements, postings, strict=True):
        entry = sealed_entry(movement, booked_on=movement.occurred_on, postings=parts)
        seal = chain.seal_of(entry, previous)
        yield Seal(number=movement.entry_id, previous=previous, hash=seal)
        previous = seal


def seal_entry(movement: Movement, postings: list[Posting], previous: str) -> Seal:
    """Close an entry that follows on another; from here on the database lets nobody touch it."""
    entry = sealed_entry(movement, booked_on=movement.occurred_on, postings=postings)
    return Seal.objects.create(
        number=movement.entry_id, previous=previous, hash=chain.seal_of(entry, previous)
    )


def sealed_entry(
    movement: Movement, *, booked_on: date, postings: list[Posting]
) -> chain.SealedEntry:
    """Return an entry as it is sealed, from its rows."""
    return chain.SealedEntry(
        number=movement.entry_id,
        booked_on=booked_on.isoformat(),
        movement=movement.pk,
        rail=movement.rail_id,
        kind=str(movement.kind),
        remote_id=movement.remote_id,
        amount=movement.amount_minor,
        fee=movement.fee_minor,
        currency=movement.currency,
        occurred_on=movement.occurred_on.isoformat(),
        campaign=movement.campaign_id,
        pledge=movement.pledge_id,
        of=movement.of_id,
        postings=tuple(
            chain.SealedPosting(each.account.code, each.currency, each.amount_minor)
            for each in postings
        ),
    )


def _same(happened: Happened) -> Movement | None:
    there = _STANDING.first(happened.rail.pk, happened.kind.value, happened.remote_id)
    if there is None:
        return None
    told = (happened.amount, happened.fee, happened.currency, happened.of and happened.of.pk)
    stands = (there.amount_minor, there.fee_minor, there.currency, there.of_id)
    if told != stands:
        raise AlreadyBooked(
            "Something else was booked under the same name. Nothing was changed.", there
        )
    return there


_STANDING = Prepared(
    lambda rail, kind, name: Movement.objects.filter(rail=rail, kind=kind, remote_id=name)
)


def _last_seal() -> tuple[int, str]:
    """Return the number and the hash of the newest entry's seal."""
    return _LAST_SEAL.first() or (0, chain.FIRST)


_LAST_SEAL = Prepared(lambda: Seal.objects.order_by("-number").values_list("number", "hash")[:1])


def _write_movement(happened: Happened, number: int) -> Movement:
    movement = _movement(happened, number)
    movement.save(force_insert=True)
    return movement


def _movement(happened: Happened, number: int) -> Movement:
    return Movement(
        entry_id=number,
        rail=happened.rail,
        kind=happened.kind.value,
        remote_id=happened.remote_id,
        amount_minor=happened.amount,
        fee_minor=happened.fee,
        currency=happened.currency,
        occurred_on=happened.on,
        campaign=happened.campaign,
        pledge=happened.pledge,
        of=happened.of,
    )


def _write_postings(happened: Happened, number: int) -> list[Posting]:
    postings = [
        Posting(
            entry_id=number,
            account=account,
            currency=happened.currency,
            amount_minor=minor,
        )
        for account, minor in _accounts(happened)
    ]
    Posting.objects.bulk_create(postings)
    return postings


def _accounts(happened: Happened) -> list[tuple[Account, int]]:
    if happened.kind == Kind.REVERSAL and happened.of is not None:
        of = Posting.objects.filter(entry=happened.of.entry_id).select_related("account")
        return [(each.account, -each.amount_minor) for each in of.order_by("pk")]
    legs = legs_of(happened.kind, happened.amount, happened.fee)
    return [(_account(leg.role, happened), leg.minor) for leg in legs]


def _account(role: Role, happened: Happened) -> Account:
    is_rails = role in {Role.RAIL, Role.FEES, Role.TRANSIT}
    rail = happened.rail if is_rails else None
    if role == Role.TRANSIT and happened.kind == Kind.PAYOUT_IN and happened.of is not None:
        # What came to the bank is what was on its way from there.
        rail = happened.of.rail
    campaign = None if is_rails else happened.campaign
    code = account_code(
        role,
        happened.currency,
        rail=None if rail is None else rail.pk,
        campaign=None if campaign is None else campaign.pk,
    )
    account = Account(
        code=code, role=role.value, currency=happened.currency, rail=rail, campaign=campaign
    )
    if known := _ACCOUNT.first(code):
        account.pk = known
    else:
        account.save(force_insert=True)
    return account


_ACCOUNT = Prepared(lambda code: Account.objects.filter(code=code).values_list("pk", flat=True))


_BRANCHES = {
    Role.RAIL: "Assets:Rail",
    Role.FEES: "Expenses:Fees:Rail",
    Role.GIFTS: "Income:Gifts",
    Role.REFUNDS: "Income:Refunds",
    Role.BOUNCED: "Income:Bounced",
    Role.DISPUTED: "Income:Disputed",
    Role.TRANSIT: "Assets:Transit:Rail",
}


def account_code(role: Role, currency: str, *, rail: int | None, campaign: int | None) -> str:
    """Return an account's name as plain-text accounting writes it; it never changes."""
    if rail is not None:
        return f"{_BRANCHES[role]}{rail}:{currency}"
    whose = "General" if campaign is None else f"Campaign{campaign}"
    return f"{_BRANCHES[role]}:{whose}:{currency}"
