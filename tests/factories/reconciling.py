"""Books and a company's list that say the same, and every way in which they may come to differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import transaction

from handpress.donations.actions import undo
from handpress.donations.actions.ledger import Happened, book, book_many, lock_books
from handpress.donations.actions.periods import local_day
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.companies.practice_book import Moved, PracticeBook
from handpress.donations.core.movements import CAME_BACK, Kind
from handpress.donations.core.reconciling import Difference
from handpress.donations.models import (
    BankLine,
    BankStatement,
    Movement,
    Pledge,
    Rail,
    RailKind,
)

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAYS = 10
"""How far back the window goes; what is taken lies well within."""


@dataclass
class Both:
    """Our books and the practice company's list."""

    rail: Rail
    book: PracticeBook
    now: datetime = NOW
    gifts: list[Moved] = field(default_factory=list)
    """Gifts that are on both sides, and that nothing was done to yet: each fault takes one."""

    @property
    def since(self) -> datetime:
        return self.now - timedelta(days=DAYS)

    def take(self, count: int) -> None:
        """Let gifts be on both sides, each with its fee, from three to seven days ago."""
        names = [f"{len(self.gifts) + number:05}" for number in range(count)]
        span = timedelta(days=4) / max(count, 1)
        first = self.now - timedelta(days=7)
        gifts = [
            self.moved("capture", f"cap_{name}", 500 + number % 9000, first + number * span)
            for number, name in enumerate(names)
        ]
        fees = [
            self.moved("fee", f"fee_{name}", -(25 + gift.minor * 14 // 1000), _at(gift), gift.id)
            for name, gift in zip(names, gifts, strict=True)
        ]
        rows = [row for pair in zip(gifts, fees, strict=True) for row in pair]
        with self.book._writing() as file:
            file.executemany(
                "INSERT INTO moved (id, kind, of, key, minor, currency, at, reference)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (each.id, each.kind, each.of, "", each.minor, each.currency, each.at, "")
                    for each in rows
                ],
            )
        with transaction.atomic():
            lock_books()
            for start in range(0, len(rows), 1000):
                book_many([self.happened(each) for each in rows[start : start + 1000]])
        self.gifts += gifts

    def moved(self, kind: str, name: str, minor: int, at: datetime, of: str = "") -> Moved:
        return Moved(0, name, kind, of, "", minor, "EUR", int(at.timestamp()), "")

    def happened(self, moved: Moved, *, pledge: Pledge | None = None) -> Happened:
        about = CAME_BACK | {Kind.REFUND, Kind.DISPUTE}
        return Happened(
            rail=self.rail,
            kind=Kind(moved.kind),
            remote_id=moved.id,
            amount=moved.minor,
            currency=moved.currency,
            on=local_day(_at(moved)),
            pledge=pledge,
            of=self.ours(moved.of) if Kind(moved.kind) in about else None,
        )

    def ours(self, name: str, kind: Kind = Kind.CAPTURE) -> Movement:
        return Movement.objects.get(rail=self.rail, kind=kind.value, remote_id=name)

    def book_here(self, moved: Moved, *, pledge: Pledge | None = None) -> None:
        """Book something on our side alone."""
        with transaction.atomic():
            lock_books()
            book(self.happened(moved, pledge=pledge))

    def move_there(self, kind: str, of: str, minor: int, at: datetime | None = None) -> str:
        """Let money move on their side alone; return its name."""
        return self.book.move(kind, of, minor, "EUR", at or self.now - timedelta(days=4))

    def change_there(self, name: str, column: str, value: object) -> None:
        """Let the company's list say something else of one movement."""
        done = self.book._file.execute(
            f"UPDATE moved SET {column} = ? WHERE id = ?",
            [value, name],
        )
        assert done.rowcount == 1


def _at(moved: Moved) -> datetime:
    return datetime.fromtimestamp(moved.at, UTC)


def _taken_back_here(both: Both) -> str:
    gift = both.gifts.pop()
    undo(both.ours(gift.id), on=local_day(both.now))
    return gift.id


def _here_alone(both: Both) -> str:
    gift = both.moved("capture", f"cap_{uuid4()}", 700, both.now - timedelta(days=4))
    both.book_here(gift)
    return gift.id


def _another_sum(both: Both) -> str:
    gift = both.gifts.pop()
    both.change_there(gift.id, "minor", gift.minor + 1)
    return gift.id


def _another_currency(both: Both) -> str:
    gift = both.gifts.pop()
    both.change_there(gift.id, "currency", "USD")
    return gift.id


def _another_day(both: Both) -> str:
    gift = both.gifts.pop()
    both.change_there(gift.id, "at", gift.at - 2 * 86_400)
    return gift.id


def _another_fee(both: Both) -> str:
    fee = both.gifts.pop().id.replace("cap_", "fee_")
    both.change_there(fee, "minor", -1)
    return fee


def _about_nothing(both: Both) -> str:
    return both.move_there("refund", "cap_of nobody", -500)


def _given_back_twice(both: Both) -> str:
    gift = both.gifts.pop()
    for _ in range(2):
        both.move_there("refund", gift.id, -gift.minor)
    return gift.id


def _listed_twice(both: Both) -> str:
    gift = both.gifts.pop()
    both.book._file.execute(
        "INSERT INTO moved (id, kind, of, key, minor, currency, at, reference)"
        " SELECT id, kind, of, key, minor + 5, currency, at, reference FROM moved WHERE id = ?",
        [gift.id],
    )
    return gift.id


def _won_here_alone(both: Both) -> str:
    gift, at = both.gifts.pop(), both.now - timedelta(days=4)
    name = both.move_there("dispute", gift.id, -gift.minor, at)
    both.book_here(both.moved("dispute", name, -gift.minor, at, gift.id))
    won = both.moved("dispute_won", f"dw_{uuid4()}", gift.minor, at, gift.id)
    both.book_here(won)
    return won.id


def _not_at_the_bank(both: Both) -> str:
    """A payout of before the window; the bank's statement of today knows nothing of it."""
    at = both.now - timedelta(days=20)
    name = both.move_there("payout", "", -1500, at)
    both.book_here(both.moved("payout", name, -1500, at))
    bring_statement_until(both)
    return name


def bring_statement_until(both: Both) -> None:
    """Let the bank's statement be known up to now; nothing of the company's stands in it."""
    bank = Rail.objects.filter(kind=RailKind.BANK).first() or Rail.objects.create(
        sponsor=both.rail.sponsor, kind=RailKind.BANK, name="Our bank", account_ref="GB82WEST1234"
    )
    statement = BankStatement.objects.create(rail=bank, sha256=uuid4().hex * 2, format="camt")
    BankLine.objects.create(
        rail=bank,
        statement=statement,
        identity=str(uuid4()),
        on=local_day(both.now),
        amount_minor=300,
        currency="EUR",
    )


def _for_another(both: Both) -> str:
    pledges = [
        write_pledge(
            rail=both.rail, amount=800, currency="EUR", nonce=uuid4(), campaign=None, donor=None
        )[0]
        for _ in range(2)
    ]
    at = both.now - timedelta(days=4)
    name = both.move_there("capture", "", 800, at)
    both.change_there(name, "reference", pledges[1].reference)
    both.book_here(both.moved("capture", name, 800, at), pledge=pledges[0])
    return name


FAULTS: dict[Difference, Callable[[Both], str]] = {
    Difference.MISSING: _taken_back_here,
    Difference.EXTRA: _here_alone,
    Difference.AMOUNT: _another_sum,
    Difference.CURRENCY: _another_currency,
    Difference.DAY: _another_day,
    Difference.FEE: _another_fee,
    Difference.ORPHAN: _about_nothing,
    Difference.OVERDRAWN: _given_back_twice,
    Difference.DOUBLE: _listed_twice,
    Difference.DISPUTE_LOST_AND_WON: _won_here_alone,
    Difference.PAYOUT: _not_at_the_bank,
    Difference.REFERENCE: _for_another,
}
"""For each class, what brings it about; it returns the name under which it must be told."""
ALONE = {
    Difference.EXTRA: "ours",
    Difference.ORPHAN: "theirs",
    Difference.DISPUTE_LOST_AND_WON: "ours",
    Difference.PAYOUT: "ours",
}
"""The classes that have one side, and which."""
BESIDE = {Difference.OVERDRAWN: {Difference.MISSING: 1}}
"""What else is told because of one: the books refuse what is more than came."""
