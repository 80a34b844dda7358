"""Sponsors, rails and gifts for tests, and ways to get round the rules of the books."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from handpress.donations.actions import Gift, record_gift
from handpress.donations.models import Campaign, Movement, Rail, Sponsor, SponsorState

IBAN, OTHER_IBAN = "GB82WEST12345698765432", "DE89370400440532013000"
DAY = date(2026, 11, 26)
_numbers = itertools.count(1)


def sponsor(name: str = "The Readers’ Association", **values: Any) -> Sponsor:
    """Return a sponsor who receives gifts."""
    values.setdefault("state", SponsorState.LIVE)
    return Sponsor.objects.create(legal_name=name, **values)


def rail(kind: str = "bank", *, of: Sponsor | None = None, **values: Any) -> Rail:
    """Return a rail, of a sponsor of its own unless one is given."""
    values.setdefault("name", f"Our {kind}")
    if kind == "bank":
        values.setdefault("account_ref", IBAN)
    if kind == "link":
        values.setdefault("account_ref", "https://give.example/us")
    if kind == "cheque":
        values.setdefault("details", {"address": ["1 Quay", "Port"]})
    of = of or Sponsor.objects.first() or sponsor()
    return Rail.objects.create(sponsor=of, kind=kind, **values)


def campaign(name: str = "Winter", **values: Any) -> Campaign:
    """Return a campaign in euros that runs."""
    values = {
        "heading": "The roof leaks",
        "full_text": "Help.",
        "compact_text": "Help.",
        "currency": "EUR",
        "starts_at": datetime(2026, 11, 1, tzinfo=UTC),
        **values,
    }
    return Campaign.objects.create(name=name, **values)


def gift(by: Rail, amount: int = 1000, key: str = "", **values: Any) -> Movement:
    """Return a gift that was booked."""
    values = {"currency": "EUR", "on": DAY, **values}
    return record_gift(Gift(rail=by, key=key or f"k{next(_numbers)}", amount=amount, **values))[0]


def drop_rules() -> None:
    """Take away what guards books and receipts, as who has the database in hand could."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
            if is_sqlite
            else "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        for name, table in cursor.fetchall():
            if name.startswith(("ledger_rule__", "receipt_rule__")):
                cursor.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
