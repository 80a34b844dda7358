"""Whoever gets at the database cannot change what was given out, nor make a gap, nor a double.

Every attack is a statement of SQL, sent past all of our code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from factories import giving
from factories.papers import undone
from factories.receipts import NOW, given_by, receipt
from handpress.donations import receipt_rules
from handpress.donations.actions.receipts import issue_receipt, void_receipt
from handpress.donations.core.receipts import recipient
from handpress.donations.models import Receipt, ReceiptLine
from handpress.donations.queries.receipts import faults_of_receipts
from handpress.donations.receipt_tasks import make_waiting_pdfs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
IS_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a statement of SQLite")


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Receipt, ReceiptLine)]


def refused(attack: Callable[[], Any], words: str = "receipts:") -> None:
    before = everything()
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        attack()
    assert everything() == before


def copy_of(row: Receipt, **changes: Any) -> Callable[[], Any]:
    """Return what writes a row like another one, by hand."""
    values: dict[str, Any] = dict(Receipt.objects.filter(pk=row.pk).values().get())
    values |= {"id": 900, "number": row.number + 1, **changes}
    return lambda: Receipt.objects.bulk_create([Receipt(**values)])


def line(row: Receipt, gift: Any, minor: Any, **more: Any) -> Callable[[], Any]:
    values = {"receipt_id": row.pk, "movement_id": gift.pk, "amount_minor": minor, **more}
    marks = ", ".join(["%s"] * len(values))
    insert = f"INSERT INTO donations_receiptline ({', '.join(values)}) VALUES ({marks})"
    return lambda: run(insert, *values.values())


@pytest.mark.parametrize(
    "change",
    [
        "number = 9",
        "fiscal_year = 2027",
        "kind = 'annual'",
        "sponsor_name = 'Another'",
        "sponsor_tax_id = '1'",
        "profile = 'de'",
        "language = 'ko'",
        "currency = 'USD'",
        "total_minor = 1",
        "donor_id = NULL",
        "issued_at = '2020-01-01 00:00:00+00'",
        "keep_until = '2099-01-01'",
        "sealed = 'another'",
        "wrapped = 'another'",
        "sealed = ''",
        "wrapped = ''",
        "wrapped = '', sealed = '', number = 9",
        "wrapped = '', sealed = '', pdf_sha256 = 'x'",
    ],
)
def test_what_was_given_out_is_never_changed(change: str) -> None:
    receipt()
    attack = f"UPDATE donations_receipt SET {change}"
    refused(lambda: run(attack), "never changed")
    make_waiting_pdfs()
    refused(lambda: run(attack), "never changed")


def test_a_pdf_is_added_once_and_goes_with_the_key() -> None:
    row = receipt()
    run("UPDATE donations_receipt SET pdf_sha256 = 'no font'")
    run("UPDATE donations_receipt SET pdf_sha256 = ''")
    assert make_waiting_pdfs() == 1
    for change in ("pdf_sha256 = 'x'", "pdf_sha256 = ''"):
        refused(lambda change=change: run(f"UPDATE donations_receipt SET {change}"))  # type: ignore[misc]
    refused(lambda: Receipt.objects.filter(pk=row.pk).update(pdf=b"another"))
    Receipt.objects.filter(pk=row.pk).update(wrapped="", sealed="", pdf=b"")
    refused(lambda: Receipt.objects.filter(pk=row.pk).update(pdf=b"another", pdf_sha256="x"))
    refused(lambda: Receipt.objects.filter(pk=row.pk).update(wrapped="back", sealed="again"))


@pytest.mark.parametrize("table", ["receipt", "receiptline"])
def test_nothing_is_taken_away(table: str) -> None:
    receipt()
    refused(lambda: run(f"DELETE FROM donations_{table}"), "never changed")
    if connection.vendor == "postgresql":
        connection.check_constraints()
        refused(lambda: run(f"TRUNCATE donations_{table} CASCADE"), "never changed")


def test_a_line_is_never_changed() -> None:
    receipt()
    refused(lambda: run("UPDATE donations_receiptline SET amount_minor = 1"), "never changed")
    refused(
        lambda: run("UPDATE donations_receiptline SET receipt_id = receipt_id"), "never changed"
    )


@IS_SQLITE
@pytest.mark.parametrize("table", ["receipt", "receiptline"])
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_nothing_is_replaced(table: str, recursive: str) -> None:
    receipt()
    run(f"PRAGMA recursive_triggers = {recursive}")
    try:
        refused(lambda: run(f"REPLACE INTO donations_{table} SELECT * FROM donations_{table}"))
    finally:
        run("PRAGMA recursive_triggers = ON")


def test_numbers_leave_no_gap() -> None:
    row = receipt()
    refused(copy_of(row, number=3), "follow on each other")
    refused(copy_of(row, number=1), "follow on each other")
    refused(copy_of(row, number=0), "follow on each other")
    refused(copy_of(row, fiscal_year=2027, number=2), "follow on each other")
    copy_of(row)()
    assert Receipt.objects.count() == 2


def test_a_receipt_is_over_something_and_taken_back_whole() -> None:
    row = receipt()
    refused(copy_of(row, total_minor=0), "over something")
    void = {"kind": "void", "voids_id": row.pk}
    refused(copy_of(row, **void), "taken back whole")
    refused(copy_of(row, **void, total_minor=-2499), "taken back whole")
    refused(copy_of(row, **void, total_minor=-2500, currency="USD"), "taken back whole")
    refused(copy_of(row, kind="void", voids_id=None, total_minor=-2500), "taken back whole")
    taken, _ = void_receipt(row, "x", now=NOW)
    refused(copy_of(taken, voids_id=taken.pk, total_minor=2500), "taken back whole")
    refused(copy_of(taken), "(?i)unique")


def test_a_gift_stands_on_one_receipt_that_counts_with_what_is_left_of_it() -> None:
    row = receipt()
    gift = row.lines.get().movement
    rail = gift.rail
    copy_of(row)()
    second = Receipt.objects.get(pk=900)
    refused(line(second, gift, 2500), "stands on a receipt that counts")
    refused(line(second, gift, 2499), "what is left")
    other = giving.gift(rail, 2500)
    refused(line(row, other, 2500), "complete")
    dollars = giving.gift(rail, 2500, currency="USD")
    refused(line(second, dollars, 2500), "gift to this sponsor")
    foreign = giving.gift(giving.rail("cash", of=giving.sponsor("X")), 2500)
    refused(line(second, foreign, 2500), "gift to this sponsor")
    void, _ = void_receipt(issue_receipt(other, now=NOW, to=recipient("Y"))[0], "x", now=NOW)
    refused(line(void, gift, -2500), "as it was")
    line(second, other, 2500)()


@IS_SQLITE
def test_sums_are_whole() -> None:
    row = receipt()
    refused(copy_of(row, total_minor=0.5), "whole|datatype|over something")
    gift = given_by(None, giving.rail("cash", of=row.sponsor))
    copy_of(row)()
    refused(line(Receipt.objects.get(pk=900), gift, "many"), "what is left|whole|datatype")


def test_rules_that_are_gone_are_missed_and_come_back() -> None:
    row = receipt()
    assert not receipt_rules.missing_rules()
    with undone():
        giving.drop_rules()
        count = 6 if connection.vendor == "sqlite" else 8
        assert len(receipt_rules.missing_rules()) == count
        Receipt.objects.filter(pk=row.pk).update(number=4, total_minor=2)
        found = " / ".join(faults_of_receipts())
        assert "3 numbers are missing" in found
        assert f"receipt {row.pk} is over 2, and its lines over 2500" in found
        receipt_rules.install_after_migrate(None, using="default")
        assert not receipt_rules.missing_rules()
    assert not receipt_rules.missing_rules()
    assert list(faults_of_receipts()) == []
