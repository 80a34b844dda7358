"""Full books are migrated: nothing of them changes, and what guards them is back at once."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations import Migration

from factories import giving
from factories.papers import undone
from handpress.donations import actions, ledger_rules, receipt_rules
from handpress.donations.migrating import stand_aside
from handpress.donations.models import Movement
from handpress.donations.queries import books


def test_full_books_are_migrated_and_guarded_again(committed: None) -> None:
    """Back and forth over a step that changes the books' own table."""
    gift = giving.gift(giving.rail(), 1000, fee=30)
    actions.refund_gift(gift, amount=300, key="r", on=giving.DAY)
    before = list(Movement.objects.values())
    try:
        call_command("migrate", "donations", "0007", verbosity=0)
        assert not ledger_rules.missing_rules()
    finally:
        call_command("migrate", "donations", verbosity=0)
    assert list(Movement.objects.values()) == before
    assert not list(books.walk())
    assert not ledger_rules.missing_rules()
    assert not receipt_rules.missing_rules()
    with pytest.raises(DatabaseError, match="ledger"), transaction.atomic():
        Movement.objects.update(amount_minor=1)


def test_they_stand_aside_for_a_change_of_these_tables_alone(db: None) -> None:
    other = Migration("0001_initial", "elsewhere")
    ours = Migration("0009_more", "donations")
    stand_aside(None, "default", plan=[])
    stand_aside(None, "default", plan=[(other, False)])
    assert not ledger_rules.missing_rules()
    with undone():
        stand_aside(None, "default", plan=[(other, False), (ours, False)])
        # PostgreSQL changes a table in its place.
        gone = 15 if connection.vendor == "sqlite" else 0
        assert len(ledger_rules.missing_rules()) == gone
        assert bool(receipt_rules.missing_rules()) == bool(gone)
    assert not ledger_rules.missing_rules()
