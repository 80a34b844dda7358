"""Many entries at once are what they would be one by one, and the books refuse the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from factories import giving
from factories.papers import undone
from handpress.donations.actions.ledger import Happened, book, book_many, lock_books
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.models import Campaign, Movement, Posting, Rail, Seal
from handpress.donations.queries.books import trial_balance, walk

pytestmark = pytest.mark.django_db


def happened(rail: Rail, number: int, campaign: Campaign | None = None, **values: Any) -> Happened:
    values = {
        "amount": 1000 + number,
        "fee": number % 3,
        "currency": ("EUR", "USD")[number % 2],
        "on": giving.DAY - timedelta(days=number),
        **values,
    }
    return Happened(
        rail=rail, kind=Kind.LINK_IN, remote_id=f"h{number}", campaign=campaign, **values
    )


def test_many_are_sealed_as_they_would_be_one_by_one() -> None:
    campaign = giving.campaign()
    rail = giving.rail("link")
    giving.gift(rail)
    some = [happened(rail, number, campaign if number % 4 else None) for number in range(50)]
    with undone():
        lock_books()
        for each in some:
            book(each)
        balances = [(each.code, each.minor) for each in trial_balance()]
        postings = list(Posting.objects.order_by("pk").values_list("account__code", "amount_minor"))
    with transaction.atomic():
        lock_books()
        movements = book_many(some)
    assert [each.remote_id for each in movements] == [each.remote_id for each in some]
    assert [(each.code, each.minor) for each in trial_balance()] == balances
    rows = Posting.objects.order_by("entry_id", "pk").values_list("account__code", "amount_minor")
    assert list(rows) == postings
    assert list(walk()) == []
    assert Seal.objects.count() == 51
    # What comes after them goes on from them.
    giving.gift(rail)
    assert list(walk()) == []


def test_one_that_cannot_be_keeps_all_out() -> None:
    rail = giving.rail("link")
    with pytest.raises(RefusedMovement), transaction.atomic():
        book_many([happened(rail, 0), happened(rail, 1, fee=2000)])
    with pytest.raises(IntegrityError), transaction.atomic():
        book_many([happened(rail, 0), happened(rail, 0)])
    with transaction.atomic():
        book_many([happened(rail, 0)])
    with pytest.raises(IntegrityError), transaction.atomic():
        book_many([happened(rail, 1), happened(rail, 0)])
    assert Movement.objects.count() == 1
    with transaction.atomic():
        assert book_many([]) == []


def test_twice_as_many_cost_hardly_more_queries() -> None:
    rail = giving.rail("link")

    def cost(first: int, count: int) -> int:
        some = [happened(rail, number) for number in range(first, first + count)]
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            book_many(some)
        return len(captured)

    cost(0, 10)
    assert cost(100, 200) <= cost(300, 100) + 20
