"""A bank's line and a gift are one, whoever wrote which down first, and whatever was a mistake."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from factories import giving
from factories.camt import entry, statement
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.actions import lines, statements
from handpress.donations.core.references import grouped
from handpress.donations.models import BankLine, LineState, Movement, Pledge, Rail
from handpress.donations.queries.books import raised
from handpress.donations.queries.lines import likely_promises, waiting_promises
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
URL = "/desk/donations/statements/"


@pytest.fixture
def bank() -> Rail:
    return giving.rail("bank", account_ref=giving.OTHER_IBAN)


def promise(bank: Rail, **values: Any) -> Pledge:
    values = {"amount": 2500, "currency": "EUR", "nonce": uuid4(), "now": clock.now(), **values}
    return actions.promise_gift(rail=bank, **values)[0]


def bring(bank: Rail, *entries: str) -> statements.Sheet:
    return statements.bring_statement(bank, statement(*entries), file_name="may.xml")


def test_a_standing_order_is_booked_every_month_also_where_the_bank_calls_all_alike(bank: Rail):
    words = promise(bank, frequency="monthly").reference
    for month in (9, 10, 11):
        line = entry(words=words, name="NONREF", on=f"2026-{month:02}-01")
        assert bring(bank, line).matched == 1
    table = "Datum;Verwendungszweck;Betrag;Währung;Kundenreferenz\n"
    for day in ("2026-08-14", "2026-09-14"):
        data = f"{table}{day};{words};25,00;EUR;STO-1\n".encode()
        assert statements.bring_statement(bank, data, file_name="x.csv").matched == 1
    assert Movement.objects.count() == 5


def test_a_line_that_was_taken_over_before_days_counted_stays_known(bank: Rail):
    bring(bank, entry(name="B7", on="2026-09-01"))
    former = hashlib.sha256(b"B7\x1f2500\x1fEUR\x1f0").hexdigest()
    BankLine.objects.update(identity=former)
    assert bring(bank, entry(name="B7", on="2026-09-01")).known == 1
    assert bring(bank, entry(name="B7", on="2026-10-01")).waiting == 1


def test_another_accounts_lines_in_the_same_file_are_left_out(bank: Rail):
    reference = promise(bank, amount=9900).reference
    one = statement(entry("25.00", name="B1")).decode()
    other = statement(entry("99.00", reference, name="C1"), account=giving.IBAN).decode()
    more = other[other.index("<Stmt>") : other.index("</BkToCstmrStmt>")]
    both = one.replace("</BkToCstmrStmt>", f"{more}</BkToCstmrStmt>").encode()
    sheet = statements.bring_statement(bank, both, file_name="both.xml")
    assert (sheet.found, sheet.waiting, sheet.matched, sheet.elsewhere) == (2, 1, 0, 1)
    assert BankLine.objects.get().amount_minor == 2500
    assert not Movement.objects.exists()


def test_a_gift_that_was_undone_lets_its_line_and_its_promise_wait_again(desk: Desk, bank: Rail):
    wrong, right = promise(bank), promise(bank)
    bring(bank, entry(words=wrong.reference, name="B1", on=str(clock.now().date())))
    gift = Movement.objects.get()
    assert [each[2] for each in waiting_promises(clock.now())] == [1]
    desk.client.post(f"/desk/donations/gifts/{gift.pk}/undo/", {"key": str(uuid4())})
    line = BankLine.objects.get()
    assert (line.state, line.movement) == (LineState.OPEN, None)
    assert [each[2] for each in waiting_promises(clock.now())] == [2]
    assert set(likely_promises([line])[line.pk]) == {wrong, right}
    desk.client.post(f"{URL}{line.pk}/", {"do": "book", "reference": grouped(right.reference)})
    line.refresh_from_db()
    assert line.movement
    assert (line.movement.pledge, line.state) == (right, LineState.BOOKED)
    assert actions.left_of_gift(line.movement) == 2500
    # And once more, as somebody may be wrong twice.
    actions.undo(line.movement, on=clock.now().date())
    line.refresh_from_db()
    assert lines.book_line(line, pledge=wrong)


def test_a_gift_that_was_written_down_before_the_bank_told_is_not_booked_twice(bank: Rail):
    pledge = promise(bank)
    gift = giving.gift(bank, 2500, pledge=pledge)
    sheet = bring(bank, entry(words=pledge.reference, name="B1", on=str(giving.DAY)))
    assert (sheet.matched, sheet.known) == (0, 1)
    assert (Movement.objects.get(), BankLine.objects.get().movement) == (gift, gift)
    # A fee that the bank kept is taken off what it tells.
    other = promise(bank)
    less = giving.gift(bank, 2500, pledge=other, fee=100)
    line = entry("24.00", other.reference, name="B9", on=str(giving.DAY))
    assert bring(bank, line).known == 1
    assert BankLine.objects.get(amount_minor=2400).movement == less
    # The next month's is another one.
    later = str(giving.DAY + timedelta(days=30))
    assert bring(bank, entry(words=pledge.reference, name="B2", on=later)).matched == 1


def test_a_gift_that_may_be_the_line_is_shown_and_a_person_says_so(desk: Desk, bank: Rail):
    pledge = promise(bank)
    gift = giving.gift(bank, 2500, pledge=pledge)
    nameless = giving.gift(bank, 700)
    later = str(giving.DAY + timedelta(days=2))
    sheet = bring(
        bank,
        entry(words=pledge.reference, name="B1", on=later),
        entry("7.00", "no words", name="B2", on=later),
    )
    assert (sheet.matched, sheet.waiting) == (0, 2)
    page = desk.client.get(URL).content.decode()
    for each in (gift, nameless):
        assert f'value="gift-{each.pk}"' in page
        line = BankLine.objects.get(amount_minor=each.amount_minor)
        assert desk.client.post(f"{URL}{line.pk}/", {"do": f"gift-{each.pk}"}).status_code == 302
        line.refresh_from_db()
        assert (line.state, line.movement) == (LineState.BOOKED, each)
    assert Movement.objects.count() == 2
    # A gift has one line, and another sum's is none.
    bring(bank, entry(words="x", name="B3", on=later))
    line = BankLine.objects.get(state=LineState.OPEN)
    for pk in (gift.pk, nameless.pk, 10**6):
        desk.client.post(f"{URL}{line.pk}/", {"do": f"gift-{pk}"})
    line.refresh_from_db()
    assert line.state == LineState.OPEN


@pytest.mark.parametrize(("amount", "is_sure"), [("25.00", True), ("25.50", False)])
def test_a_transfer_that_the_bank_undoes_is_taken_off_its_gift(
    desk: Desk, bank: Rail, amount: str, is_sure: bool
):
    pledge = promise(bank)
    bring(bank, entry("25.00", pledge.reference, name="B1"))
    gift = Movement.objects.get()
    undone = entry(amount, pledge.reference, name="B2", sign="DBIT", more="<RvslInd>true</RvslInd>")
    sent = entry("25.00", pledge.reference, name="B3", sign="DBIT", on="2026-11-27")
    assert bring(bank, undone, sent).went == 2
    assert actions.left_of_gift(gift) == (0 if is_sure else 2500)
    page = desk.client.get(f"{URL}?state=booked").content.decode()
    assert page.count(f"/desk/donations/gifts/{gift.pk}/") == 1 + is_sure


def test_what_was_promised_for_a_campaign_counts_for_it_whatever_runs(desk: Desk, bank: Rail):
    spring, winter = giving.campaign("Spring"), giving.campaign("Winter")
    pledge, other = promise(bank, campaign=spring), promise(bank, campaign=spring)
    bring(bank, entry("20.00", "no words", name="B1"))
    line = BankLine.objects.get()
    sent = {"do": "book", "reference": grouped(pledge.reference), "campaign": winter.pk}
    desk.client.post(f"{URL}{line.pk}/", sent)
    fields = {
        "rail": bank.pk,
        "key": str(uuid4()),
        "amount": "25",
        "currency": "EUR",
        "on": str(giving.DAY),
        "reference": grouped(other.reference),
        "campaign": winter.pk,
    }
    answer = desk.client.post("/desk/donations/gifts/record/", fields)
    assert answer.status_code == 302
    assert (raised(spring), raised(winter)) == (4500, 0)
