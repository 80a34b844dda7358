"""4.7: whoever gets at the database cannot write what is not so, nor change what is written.

Every attack is a statement of SQL, sent past all of our code; then what is looked at when a
transaction ends is looked at. One test commits for real.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from factories import giving
from factories.papers import undone
from handpress.donations import ledger_rules
from handpress.donations.models import Account, Entry, Movement, Posting, Seal
from handpress.donations.queries import books

pytestmark = pytest.mark.django_db
IS_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a statement of SQLite")


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


class Stage:
    """Books with one gift of 10.00, and the means to add to them by hand."""

    def __init__(self) -> None:
        self.rail = giving.rail()
        self.gift = giving.gift(self.rail, fee=30)
        self.usd = Account.objects.create(code="FX:USD", role="fees", currency="USD")
        self.usd_gifts = Account.objects.create(code="FX:USD:2", role="gifts", currency="USD")
        self.accounts = {each.role: each.pk for each in Account.objects.filter(currency="EUR")}

    def movement(self, number: int, amount: int = 1000, kind: str = "bank_in", **more: Any) -> None:
        values = {
            "entry_id": number,
            "rail_id": self.rail.pk,
            "kind": kind,
            "remote_id": f"by-hand-{number}",
            "amount_minor": amount,
            "fee_minor": 0,
            "currency": "EUR",
            "occurred_on": giving.DAY,
            **more,
        }
        marks = ", ".join(["%s"] * len(values))
        run(
            f"INSERT INTO donations_movement ({', '.join(values)}) VALUES ({marks})",
            *values.values(),
        )

    def entry(self, number: int, *, seal: int | None = None) -> None:
        run(
            "INSERT INTO donations_entry (number, seal_id, booked_on, recorded_at) "
            "VALUES (%s, %s, %s, %s)",
            number,
            number if seal is None else seal,
            giving.DAY,
            "2026-11-26 12:00:00+00",
        )

    def posting(self, number: int, account: int, minor: Any, currency: str = "EUR") -> None:
        run(
            "INSERT INTO donations_posting (entry_id, account_id, currency, amount_minor) "
            "VALUES (%s, %s, %s, %s)",
            number,
            account,
            currency,
            minor,
        )

    def seal(self, number: int, previous: str | None = None, hash: str = "") -> None:
        before = Seal.objects.filter(number=number - 1).first()
        said = previous if previous is not None else (before.hash if before else "")
        run(
            "INSERT INTO donations_seal (number, previous, hash) VALUES (%s, %s, %s)",
            number,
            said,
            hash or f"{number:064}",
        )

    def write(
        self, legs: list[tuple[int, str, Any]], *, number: int = 2, amount: int = 1000, **more: Any
    ) -> None:
        """Write a whole entry by hand."""
        with transaction.atomic():
            self.movement(number, amount, **more)
            self.entry(number)
            for account, currency, minor in legs:
                self.posting(number, account, minor, currency)
            self.seal(number)

    def legs(self, rail: int = 1000, gifts: int = -1000) -> list[tuple[int, str, Any]]:
        return [(self.accounts["rail"], "EUR", rail), (self.accounts["gifts"], "EUR", gifts)]


@pytest.fixture
def stage(db: None) -> Stage:
    made = Stage()
    connection.check_constraints()
    return made


def everything() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Account, Seal, Entry, Posting, Movement)
    ]


def refused(stage: Stage, attack: Callable[[], Any], words: str = "ledger:") -> None:
    before = everything()
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        attack()
        connection.check_constraints()
    assert everything() == before
    assert not list(books.walk())


def test_4_7_what_is_right_is_accepted(stage: Stage) -> None:
    stage.write(stage.legs())
    fx = [(stage.usd.pk, "USD", 110), (stage.usd_gifts.pk, "USD", -110)]
    stage.write([*stage.legs(), *fx], number=3)
    assert Seal.objects.count() == 3


def test_4_7_unbalanced(stage: Stage) -> None:
    refused(stage, lambda: stage.write(stage.legs(gifts=-970)), "does not balance")


def test_4_7_one_legged(stage: Stage) -> None:
    refused(stage, lambda: stage.write(stage.legs()[:1]), "two postings at least")


def test_4_7_balanced_across_currencies_only(stage: Stage) -> None:
    legs = [(stage.accounts["rail"], "EUR", 100), (stage.usd.pk, "USD", -100)]
    refused(stage, lambda: stage.write(legs, amount=100), "does not balance")


def test_4_7_wrong_currency(stage: Stage) -> None:
    legs = [(stage.accounts["rail"], "USD", 5), (stage.accounts["gifts"], "USD", -5)]
    refused(stage, lambda: stage.write(legs, amount=5), "in its account’s currency")


def test_4_7_unsealed_at_commit(stage: Stage) -> None:
    def attack() -> None:
        stage.movement(2)
        stage.entry(2)
        for account, currency, minor in stage.legs():
            stage.posting(2, account, minor, currency)

    refused(stage, attack, "(?i)foreign key")


def test_4_7_sealed_by_the_seal_of_another(stage: Stage) -> None:
    def attack() -> None:
        stage.movement(2)
        stage.entry(2, seal=1)

    refused(stage, attack, "entry_has_its_own_seal|[Uu]nique|UNIQUE")


def test_4_7_movement_without_an_entry(stage: Stage) -> None:
    refused(stage, lambda: stage.movement(2), "(?i)foreign key")


def test_4_7_entry_without_a_movement(stage: Stage) -> None:
    def attack() -> None:
        stage.entry(2)
        for account, currency, minor in stage.legs():
            stage.posting(2, account, minor, currency)
        stage.seal(2)

    refused(stage, attack, "not that of its movement")


def test_4_7_entry_of_another_sum_than_its_movement(stage: Stage) -> None:
    refused(stage, lambda: stage.write(stage.legs(), amount=999), "not that of its movement")


def test_4_7_second_movement_for_an_entry(stage: Stage) -> None:
    refused(stage, lambda: stage.movement(1, remote_id="second"), "(?i)unique")


def test_4_7_the_same_movement_twice(stage: Stage) -> None:
    same: Any = {"remote_id": stage.gift.remote_id}
    refused(stage, lambda: stage.write(stage.legs(), **same), "there already")


def test_4_7_more_given_back_than_came(stage: Stage) -> None:
    giving_back: Any = {"kind": "refund", "of_id": stage.gift.pk, "amount": -1001}
    refused(stage, lambda: stage.write(stage.legs(-1001, 1001), **giving_back), "more than is left")


def test_4_7_reversal_of_another_sum(stage: Stage) -> None:
    undoing: Any = {"kind": "reversal", "of_id": stage.gift.pk, "amount": -999, "fee_minor": -30}
    refused(stage, lambda: stage.write(stage.legs(-969, 969), **undoing), "exactly what was there")


def test_4_7_posting_added_to_a_sealed_entry(stage: Stage) -> None:
    refused(stage, lambda: stage.posting(1, stage.accounts["rail"], 1), "is sealed")


def test_4_7_seal_that_does_not_follow(stage: Stage) -> None:
    refused(stage, lambda: stage.seal(2, previous="e" * 64), "follows on the last")
    refused(stage, lambda: stage.seal(9, previous=""), "follows on the last")
    refused(stage, lambda: stage.seal(2), "two postings at least")


@pytest.mark.parametrize(
    "change",
    [
        "donations_posting SET amount_minor = 1",
        "donations_posting SET account_id = account_id",
        "donations_movement SET remote_id = 'another'",
        "donations_movement SET campaign_id = NULL",
        "donations_entry SET booked_on = '1999-01-01'",
        "donations_seal SET hash = 'forged'",
        "donations_account SET currency = 'USD'",
        "donations_account SET code = 'another'",
    ],
)
def test_4_7_update(stage: Stage, change: str) -> None:
    refused(stage, lambda: run(f"UPDATE {change}"), "nothing is changed here")


@pytest.mark.parametrize("table", ["seal", "entry", "posting", "movement", "account"])
def test_4_7_delete(stage: Stage, table: str) -> None:
    refused(stage, lambda: run(f"DELETE FROM donations_{table}"), "nothing is changed here")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such statement")
@pytest.mark.parametrize("table", ["seal", "entry", "posting", "movement", "account"])
def test_4_7_truncate(stage: Stage, table: str) -> None:
    refused(stage, lambda: run(f"TRUNCATE donations_{table} CASCADE"), "nothing is changed here")


_REPLACE = {
    "seal": "SELECT number, 'forged', hash FROM donations_seal",
    "entry": "SELECT number, '1999-01-01', recorded_at, seal_id FROM donations_entry",
    "posting": "SELECT id, 'EUR', 5, account_id, entry_id FROM donations_posting",
    "movement": "SELECT * FROM donations_movement",
    "account": "SELECT * FROM donations_account",
}


@IS_SQLITE
@pytest.mark.parametrize("table", sorted(_REPLACE))
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_4_7_replace(stage: Stage, table: str, recursive: str) -> None:
    run(f"PRAGMA recursive_triggers = {recursive}")
    try:
        refused(stage, lambda: run(f"REPLACE INTO donations_{table} {_REPLACE[table]}"))
    finally:
        run("PRAGMA recursive_triggers = ON")


@IS_SQLITE
@pytest.mark.parametrize("sign", [0.5, "many"])
def test_4_7_broken_numbers(stage: Stage, sign: Any) -> None:
    refused(stage, lambda: stage.write([(stage.accounts["rail"], "EUR", sign)]), "whole|datatype")


@pytest.mark.parametrize(
    ("forgery", "words"),
    [
        ("UPDATE donations_posting SET amount_minor = amount_minor * 2", "entry 1 is not as"),
        ("UPDATE donations_movement SET amount_minor = 2000", "entry 1 is not as"),
        ("UPDATE donations_movement SET campaign_id = NULL", "entry 1 is not as"),
        ("UPDATE donations_entry SET booked_on = '1999-01-01'", "entry 1 is not as"),
        ("UPDATE donations_account SET code = 'x' || id", "entry 1 is not as"),
        ("UPDATE donations_seal SET hash = 'forged' || number", "entry 1 is not as"),
        ("DELETE FROM donations_posting WHERE amount_minor = 30", "does not balance"),
        ("DELETE FROM donations_movement WHERE entry_id = 2", "entry 2 is not as"),
        ("DELETE FROM donations_entry WHERE number = 2", "entry 2 is missing"),
        ("DELETE FROM donations_seal WHERE number = 3", "without a seal"),
    ],
)
def test_4_7_a_walk_finds_edits_made_with_the_guards_off(
    db: None, forgery: str, words: str
) -> None:
    rail, campaign = giving.rail(), giving.campaign()
    for _ in range(3):
        giving.gift(rail, fee=30, campaign=campaign)
    connection.check_constraints()
    assert not list(books.walk())
    with undone():
        giving.drop_rules()
        assert len(ledger_rules.missing_rules()) == 15
        run(forgery)
        assert words in " / ".join(books.walk())
    assert not ledger_rules.missing_rules()


def test_4_7_what_is_not_sealed_is_not_committed(committed: None) -> None:
    stage = Stage()

    def attack() -> None:
        stage.movement(2)
        stage.entry(2)

    before = everything()
    with pytest.raises(DatabaseError, match=r"(?i)foreign key"), transaction.atomic():
        attack()
    connection.rollback()
    assert everything() == before
    giving.drop_rules()
    ledger_rules.install_after_migrate(None, using="default")
    assert not ledger_rules.missing_rules()
