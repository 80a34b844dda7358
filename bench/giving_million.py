"""Books of a million postings, sealed as the product seals them, in less time than it would take.

Each gift is a company's: an entry of two postings, and another for its fee. The rules of the books
look at each row that is written; here they are taken away for as long as the rows go in, and
put back; `books.walk` would find every entry as it should be.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from factories import giving
from handpress.donations.actions.ledger import Happened, book_many, lock_books
from handpress.donations.core import chain
from handpress.donations.core.movements import Kind, Role, legs_of
from handpress.donations.ledger_rules import install_rules
from handpress.donations.models import Account, Campaign, Movement, Posting, Rail, Seal

_DAYS = 730
_AT_ONCE = 20_000
_TABLES = {
    "donations_entry": "number, seal_id, booked_on, recorded_at",
    "donations_movement": "id, entry_id, rail_id, kind, remote_id, amount_minor, fee_minor, "
    "currency, occurred_on, campaign_id, pledge_id, of_id",
    "donations_posting": "entry_id, account_id, currency, amount_minor",
    "donations_seal": "number, previous, hash",
}


def campaign() -> Campaign:
    """Return the campaign that most gifts are for."""
    return Campaign.objects.order_by("pk").first() or giving.campaign()


def fill(count: int) -> int:
    """Fill the books up to so many postings; return how many there are."""
    ways = [
        giving.rail(kind, account_ref=f"acct_million_{kind}", secret_name="bench", mode="test")
        for kind in ("stripe", "mollie")
    ]
    campaigns = [campaign(), giving.campaign("Summer"), None]
    _open_accounts(ways, campaigns)
    giving.drop_rules()
    with transaction.atomic():
        missing = count - Posting.objects.count()
        writer = _Writer()
        for rows in _batched(_gifts(-(-missing // 4), ways, campaigns)):
            writer.write(rows)
    install_rules()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return Posting.objects.count()


def _open_accounts(ways: Sequence[Rail], campaigns: Sequence[Campaign | None]) -> None:
    """Book a gift and a fee of each sort by the product's own hand: that makes the accounts."""
    sorts = itertools.product(ways, campaigns, ("EUR", "USD"))
    with transaction.atomic():
        lock_books()
        for number, (way, about, currency) in enumerate(sorts):
            gift = Happened(
                rail=way,
                kind=Kind.CAPTURE,
                remote_id=f"first-{number}",
                amount=1000,
                currency=currency,
                on=date.today(),
                campaign=about,
            )
            book_many([gift, replace(gift, kind=Kind.FEE, amount=-39)])


@dataclass(frozen=True, slots=True)
class _Row:
    """A movement that is to be written."""

    way: int
    kind: Kind
    name: str
    minor: int
    currency: str
    on: date
    campaign: int | None


def _gifts(
    count: int, ways: Sequence[Rail], campaigns: Sequence[Campaign | None]
) -> Iterator[_Row]:
    """Yield so many gifts with their fees, over two years, the same ones every time."""
    dice = random.Random(20261127)
    first = date.today() - timedelta(days=_DAYS)
    keys = [each and each.pk for each in campaigns]
    for number in range(count):
        way, about = dice.choice(ways).pk, dice.choice(keys)
        currency = "EUR" if dice.random() < 0.8 else "USD"
        minor = dice.randint(300, 20_000)
        on = first + timedelta(days=number * _DAYS // count)
        name = f"ch_{number:09}"
        yield _Row(way, Kind.CAPTURE, name, minor, currency, on, about)
        yield _Row(way, Kind.FEE, name, -25 - minor * 14 // 1000, currency, on, about)


class _Writer:
    """Writes movements with entries, postings and seals, each following on the last."""

    def __init__(self) -> None:
        last = Seal.objects.order_by("-number")[0]
        self._number, self._seal = last.number, last.hash
        # Half of the time of a seal is copying deeply what nobody changes.
        chain.asdict = _facts  # type: ignore[attr-defined]
        self._movement = Movement.objects.order_by("-pk")[0].pk
        self._now = timezone.now()
        self._accounts = {
            (each.role, each.rail_id, each.campaign_id, each.currency): (each.pk, each.code)
            for each in Account.objects.all()
        }

    def write(self, rows: Iterable[_Row]) -> None:
        """Write some, a table after the other."""
        tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        for row in rows:
            self._add(row, *tables.values())
        for name, values in tables.items():
            _insert(name, values)

    def _add(self, row: _Row, *tables: list[tuple[Any, ...]]) -> None:
        entries, movements, postings, seals = tables
        self._number += 1
        self._movement += 1
        number, day = self._number, row.on.isoformat()
        legs = [
            (*self._account(leg.role, row), leg.minor) for leg in legs_of(row.kind, row.minor, 0)
        ]
        entry = chain.SealedEntry(
            number=number,
            booked_on=day,
            movement=self._movement,
            rail=row.way,
            kind=row.kind.value,
            remote_id=row.name,
            amount=row.minor,
            fee=0,
            currency=row.currency,
            occurred_on=day,
            campaign=row.campaign,
            pledge=None,
            of=None,
            postings=tuple(
                chain.SealedPosting(code, row.currency, minor) for _, code, minor in legs
            ),
        )
        seal = chain.seal_of(entry, self._seal)
        entries.append((number, number, day, self._now))
        moved = (self._movement, number, row.way, row.kind.value, row.name, row.minor, 0)
        movements.append((*moved, row.currency, day, row.campaign, None, None))
        postings += [(number, account, row.currency, minor) for account, _, minor in legs]
        seals.append((number, self._seal, seal))
        self._seal = seal

    def _account(self, role: Role, row: _Row) -> tuple[int, str]:
        is_rails = role in {Role.RAIL, Role.FEES}
        about = (row.way, None) if is_rails else (None, row.campaign)
        return self._accounts[role.value, *about, row.currency]


def _facts(entry: chain.SealedEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__slots__}


def _batched(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    while some := list(itertools.islice(rows, _AT_ONCE)):
        yield some


def _insert(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = _TABLES[table]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * (columns.count(",") + 1))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
