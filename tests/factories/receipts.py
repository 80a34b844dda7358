"""Receipts for tests: gifts of donors who told who they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from factories import giving
from handpress.donations import actions
from handpress.donations.actions.ledger import Happened, book, lock_books
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.core.movements import Kind
from handpress.donations.models import Donor, Movement, Rail, Receipt

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NEXT_YEAR = datetime(2027, 2, 1, 12, tzinfo=UTC)
FACTS = {"name": "Zuleika Canary", "email": "zuleika@canary.example", "address": "7 Birdcage Walk"}


def given_by(
    donor: Donor | None, by: Rail, amount: int = 1000, *, on: date = giving.DAY, **values: Any
) -> Movement:
    """Return a gift of a donor, or of nobody who is known."""
    values = {"currency": "EUR", "campaign": None, **values}
    key = str(uuid4())
    pledge, _ = actions.pledges.write_pledge(
        rail=by, amount=amount, nonce=uuid4(), donor=donor,
        currency=values["currency"], campaign=values["campaign"],
    )  # fmt: skip
    return giving.gift(by, amount, key, on=on, pledge=pledge, **values)


def receipt(facts: dict[str, str] | None = None, **values: Any) -> Receipt:
    """Return a receipt of a gift of 25.00 euros."""
    rail = Rail.objects.first() or giving.rail()
    donor = actions.keep_donor(facts or FACTS)
    return issue_receipt(given_by(donor, rail, 2500), now=NOW, **values)[0]


def taken_back(gift: Movement, minor: int, kind: Kind = Kind.DISPUTE) -> Movement:
    """Book that a bank took some of a gift back, or gave it once more."""
    lock_books()
    happened = Happened(
        rail=gift.rail,
        kind=kind,
        remote_id=str(uuid4()),
        amount=minor,
        currency=gift.currency,
        on=giving.DAY,
        pledge=gift.pledge,
        of=gift,
    )
    return book(happened)[0]
