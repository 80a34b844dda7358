"""Statements into the books: once, whole, matched by reference alone, and nobody named in clear."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories import giving
from factories.camt import entry, part, statement
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.actions import lines, statements
from handpress.donations.core.references import rf_of
from handpress.donations.days import today
from handpress.donations.models import BankLine, BankStatement, LineState, Movement, Pledge, Rail
from handpress.donations.queries.books import raised, trial_balance, walk
from handpress.donations.queries.lines import words_of
from handpress.donations.sealing import KeysUnusable
from handpress.donations.statements import NotAStatement
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
URL = "/desk/donations/statements/"


@pytest.fixture
def bank() -> Rail:
    return giving.rail("bank", account_ref=giving.OTHER_IBAN)


def promise(bank: Rail, amount: int = 2500, **values: Any) -> Pledge:
    values = {"currency": "EUR", "nonce": uuid4(), "now": clock.now(), **values}
    return actions.promise_gift(rail=bank, amount=amount, **values)[0]


def bring(bank: Rail, *entries: str, **options: Any) -> statements.Sheet:
    return statements.bring_statement(bank, statement(*entries), file_name="may.xml", **options)


def test_what_bears_a_reference_is_booked_and_the_rest_waits(bank: Rail):
    drive = giving.campaign()
    pledge = promise(bank, campaign=drive)
    words = f"SVWZ+ gift {pledge.reference[:5]} {pledge.reference[5:]} thanks"
    sheet = bring(
        bank,
        entry("25.00", words, name="B1"),
        entry("7.00", "no reference", name="B2"),
        entry("3.00", name="B3", sign="DBIT"),
        entry("9.00", name="B4", status="<Cd>PDNG</Cd>"),
        entry("9.005", name="B5"),
    )
    counts = (sheet.matched, sheet.waiting, sheet.went, sheet.pending, sheet.refused, sheet.known)
    assert counts == (1, 1, 1, 1, 1, 0)
    assert sheet.found == sum(counts)
    gift = Movement.objects.get()
    assert (gift.pledge, gift.campaign, gift.amount_minor) == (pledge, drive, 2500)
    assert raised(drive) == 2500
    assert list(walk()) == []


def test_4_14_the_same_file_and_one_that_overlaps_add_nothing(bank: Rail):
    pledge = promise(bank)
    first = [entry("25.00", pledge.reference, name="B1"), entry("7.00", name="")]
    bring(bank, *first)
    assert bring(bank, *first).known == 2
    sheet = bring(bank, *first, entry("7.00", name=""), entry("8.00", name="B9"))
    assert (sheet.known, sheet.waiting) == (2, 2)
    assert Movement.objects.count() == 1
    assert BankLine.objects.count() == 4


def test_a_dry_run_changes_nothing_and_says_the_same(bank: Rail):
    pledge = promise(bank)
    lines = [entry("25.00", pledge.reference), entry("7.00", name="B2")]
    looked = bring(bank, *lines, dry_run=True)
    assert not BankLine.objects.exists()
    assert not BankStatement.objects.exists()
    assert not Movement.objects.exists()
    assert bring(bank, *lines) == looked


def test_another_accounts_statement_changes_nothing(bank: Rail):
    with pytest.raises(NotAStatement, match="of another account"):
        statements.bring_statement(
            bank, statement(entry(), account=giving.IBAN), file_name="other.xml"
        )
    assert not BankStatement.objects.exists()


def test_4_14_what_is_not_sure_is_not_booked(bank: Rail):
    one, other = promise(bank), promise(bank)
    dollars = promise(bank, currency="USD")
    swapped = one.reference[:4] + one.reference[5] + one.reference[4] + one.reference[6:]
    sheet = bring(
        bank,
        entry("25.00", f"{one.reference} {other.reference}", name="B1"),
        entry("25.00", dollars.reference, name="B2"),
        entry("25.00", one.reference, name="B3", more="<RvslInd>true</RvslInd>"),
        entry("25.00", one.reference[:-1], name="B4"),
        entry("25.00", swapped if swapped != one.reference else "HP", name="B5"),
        entry("25.00", "HP22222222 HPHPHPHP", name="B6"),
        entry("50.00", name="B7", details=part("", one.reference) + part("", other.reference)),
    )
    assert (sheet.matched, sheet.waiting) == (0, 7)
    assert not Movement.objects.exists()


def test_a_part_of_a_collective_entry_finds_its_own_promise(bank: Rail):
    one, other = promise(bank, 1000), promise(bank, 2000)
    parts = part("10.00", one.reference) + part("20.00", rf_of(other.reference))
    assert bring(bank, entry("30.00", details=parts)).matched == 2
    assert set(Movement.objects.values_list("pledge", "amount_minor")) == {
        (one.pk, 1000),
        (other.pk, 2000),
    }


def test_a_standing_order_finds_its_promise_every_month(bank: Rail):
    pledge = promise(bank, frequency="monthly")
    months = [entry("25.00", pledge.reference, name=f"B{n}", on=f"2026-{n:02}-01") for n in (9, 10)]
    assert bring(bank, *months).matched == 2


def test_nobody_is_named_in_clear_and_erasing_reaches_the_lines(bank: Rail):
    pledge = promise(bank, donor=actions.keep_donor({"email": "mara@proof.example"}))
    bring(bank, entry("25.00", f"{pledge.reference} from Mara", payer="Mara Quill"))
    line = BankLine.objects.get()
    assert words_of(line)["payer"] == "Mara Quill"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM donations_bankline")
        assert "Quill" not in str(cursor.fetchall())
    assert pledge.donor
    actions.erase_donor(pledge.donor)
    line.refresh_from_db()
    assert words_of(line) == {}
    assert Movement.objects.count() == 1


def test_a_lost_key_is_not_replaced_while_lines_need_it(bank: Rail, own_folder: Path):
    bring(bank, entry(name="B1"))
    (own_folder / "keys" / "donors.key").unlink()
    with pytest.raises(KeysUnusable, match="is missing"):
        bring(bank, entry(name="B2"))
    assert BankLine.objects.count() == 1


def test_many_lines_cost_no_more_queries_each(bank: Rail, django_assert_max_num_queries: Any):
    lines = [entry("1.00", name=f"B{n}") for n in range(400)]
    with django_assert_max_num_queries(420):
        assert bring(bank, *lines).waiting == 400


# Decided by a person ---------------------------------------------------------------------------


def test_a_person_decides_once(bank: Rail):
    bring(bank, entry("25.00", name="B1"), entry("7.00", name="B2"))
    gift, none = BankLine.objects.order_by("pk")
    pledge = promise(bank)
    assert lines.book_line(gift, pledge=pledge)
    assert lines.book_line(gift, pledge=pledge) is None
    assert not lines.set_aside(gift)
    assert lines.set_aside(none)
    assert lines.book_line(none) is None
    assert lines.take_up_again(none)
    assert lines.book_line(none)
    assert sum(balance.minor for balance in trial_balance()) == 0
    assert Movement.objects.count() == 2


def send(desk: Desk, data: bytes, rail: Rail, **values: str) -> Any:
    file = SimpleUploadedFile("may.xml", data)
    return desk.client.post(URL, {"rail": rail.pk, "file": file, **values}, follow=True)


def test_the_desk_takes_a_statement_and_decisions(desk: Desk, bank: Rail):
    found, likely = promise(bank), promise(bank, 700)
    lines = [
        entry("25.00", found.reference, name="B1"),
        entry("7.00", "<b>x", name="B2", on=f"{today()}"),
    ]
    page = send(desk, statement(*lines), bank)
    said = page.content.decode()
    assert "1 gifts booked by their reference; 1 to be looked at" in said
    assert "&lt;b&gt;x" in said
    assert f"{likely.reference[:2]}-{likely.reference[2:6]}" in said
    waits = BankLine.objects.get(state=LineState.OPEN)
    bad = desk.client.post(f"{URL}{waits.pk}/", {"do": "book", "reference": "HP-9"}, follow=True)
    assert "Nothing was booked." in bad.content.decode()
    values = {"do": "book", "reference": likely.reference}
    desk.client.post(f"{URL}{waits.pk}/", values)
    desk.client.post(f"{URL}{waits.pk}/", values)
    assert Movement.objects.filter(pledge=likely).count() == 1
    assert "found by its reference" in desk.client.get(f"{URL}?state=booked").content.decode()


def test_a_file_that_is_none_is_said_beside_the_field(desk: Desk, bank: Rail):
    page = send(desk, b"\x89PNG\r\n\x00", bank)
    assert "The file is no text." in page.content.decode()
    assert "The file is empty." in send(desk, b"", bank).content.decode()
    assert not BankStatement.objects.exists()


def test_the_queue_costs_the_same_whatever_waits(desk: Desk, bank: Rail):
    bring(bank, entry("1.00", name="A"))
    desk.client.get(URL)
    with CaptureQueriesContext(connection) as few:
        desk.client.get(URL)
    bring(bank, *(entry("1.00", name=f"B{n}") for n in range(20)))
    with CaptureQueriesContext(connection) as many:
        desk.client.get(URL)
    assert len(many) <= len(few) + 1


def test_only_who_may_sees_and_decides(bank: Rail, client: Client, django_user_model: Any):
    bring(bank, entry("1.00", name="A"))
    reporter = django_user_model.objects.create_user("r", "r@proof.example", "a long phrase here")
    client.force_login(reporter)
    line = BankLine.objects.get()
    for answer in (client.get(URL), client.post(f"{URL}{line.pk}/", {"do": "book"})):
        assert answer.status_code in {302, 403}
    assert not Movement.objects.exists()


# The command ------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    out, status = StringIO(), 0
    try:
        call_command("fund", "import-statement", *words, stdout=out)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    return status, out.getvalue()


def test_the_command_takes_a_statement(bank: Rail, tmp_path: Path):
    file = tmp_path / "may.xml"
    file.write_bytes(statement(entry("25.00", promise(bank).reference, name="B1")))
    status, said = run(str(file), "--dry-run")
    assert (status, Movement.objects.count()) == (0, 0)
    assert "1  gifts booked by their reference" in said
    status, said = run(str(file), "--json")
    assert json.loads(said)["matched"] == 1
    assert run(str(file))[0] == 0
    file.write_bytes(statement(entry("1.005", name="B2")))
    assert run(str(file))[0] == 1
    giving.rail("bank", name="Old", account_ref=giving.IBAN)
    with pytest.raises(CommandError, match="Say whose account it is with --way"):
        run(str(file))
    with pytest.raises(CommandError, match="of another account"):
        run(str(file), "--way", "Old")
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(tmp_path / "none.xml"), "--way", "Old")
    with pytest.raises(CommandError, match="Name the file"):
        run()
