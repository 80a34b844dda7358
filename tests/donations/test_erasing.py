"""Erasing a donor reaches letters and lines; where nobody can know, nobody is told of nothing."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from factories import giving
from factories.camt import entry, statement
from factories.desk_forms import Desk
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations import actions
from handpress.donations.actions import lines, statements
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.models import BankLine, Donor, Pledge, Rail
from handpress.donations.queries.donors import all_about
from handpress.donations.queries.lines import words_of
from handpress.donations.receipt_letters import write_receipt
from handpress.lib import clock
from handpress.mail.letters import letters_to, write_letter
from handpress.mail.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
EMAIL = "mara@proof.example"


@pytest.fixture
def bank() -> Rail:
    return giving.rail("bank", account_ref=giving.OTHER_IBAN)


@pytest.fixture
def pledge(bank: Rail) -> Pledge:
    donor = actions.keep_donor({"name": "Mara Quill", "email": EMAIL})
    values: Any = {"currency": "EUR", "nonce": uuid4(), "now": clock.now(), "donor": donor}
    return actions.promise_gift(rail=bank, amount=2500, **values)[0]


def donor_of(pledge: Pledge) -> Donor:
    assert pledge.donor
    return pledge.donor


def bring(bank: Rail, *entries: str) -> None:
    statements.bring_statement(bank, statement(*entries), file_name="may.xml")


def test_letters_about_gifts_go_and_others_stay(pledge: Pledge):
    gift = giving.gift(pledge.rail, 2500, pledge=pledge)
    assert write_receipt(issue_receipt(gift, now=clock.now())[0])
    write_letter(to=EMAIL, subject="Please confirm", text="x", kind="confirm")
    write_letter(to="other@proof.example", subject="Your gift", text="x", kind="gift")
    assert any("Mara Quill" in letter.text for letter in letters_to(EMAIL))
    actions.erase_donor(donor_of(pledge))
    assert {(letter.to, letter.kind) for letter in Letter.objects.all()} == {
        (EMAIL, "confirm"),
        ("other@proof.example", "gift"),
    }


def test_who_may_not_see_donors_sees_no_letters_to_them(pledge: Pledge):
    write_letter(to=EMAIL, subject="Your gift", text="x", kind="gift")
    write_letter(to="reader@proof.example", subject="Please confirm", text="x", kind="confirm")
    letter = Letter.objects.get(kind="gift")
    pages = {}
    for role in (Role.EDITOR, Role.ADMINISTRATOR):
        client = desk_of(staff(role)).client
        pages[role] = client.get(reverse("mail_letters")).content.decode()
        assert "reader@proof.example" in pages[role]
        url = reverse("mail_letter_step", args=[letter.pk, "now"])
        assert client.post(url).status_code == (404 if role == Role.EDITOR else 302)
    assert EMAIL not in pages[Role.EDITOR]
    assert EMAIL in pages[Role.ADMINISTRATOR]


def test_lines_that_name_a_promise_go_also_where_they_were_booked_for_none(
    pledge: Pledge, bank: Rail
):
    words = f"{pledge.reference} Mara Quill"
    bring(
        bank,
        entry("25.00", words, name="B1"),
        entry("5.00", f"sent back {words}", name="B2", sign="DBIT"),
        entry("3.00", words, name="B3", more="<RvslInd>true</RvslInd>"),
        entry("9.00", "Ida Loom, no reference", name="B4"),
    )
    donor = donor_of(pledge)
    assert len(all_about(donor)["said_by_the_bank"]) == 3
    actions.erase_donor(donor)
    said = {line.amount_minor: words_of(line) for line in BankLine.objects.all()}
    assert [minor for minor, words in said.items() if words] == [900]
    assert "Ida Loom" in said[900]["text"]


def test_nothing_is_kept_of_who_was_erased_and_goes_on_giving(pledge: Pledge, bank: Rail):
    bring(bank, entry("8.00", "Mara Quill without a reference", name="B1"))
    actions.erase_donor(donor_of(pledge))
    bring(bank, entry("25.00", f"{pledge.reference} Mara Quill", name="B2"))
    line = BankLine.objects.get(amount_minor=2500)
    assert line.movement
    assert (line.movement.pledge, words_of(line)) == (pledge, {})
    other = BankLine.objects.get(amount_minor=800)
    assert lines.book_line(other, pledge=Pledge.objects.get())
    other.refresh_from_db()
    assert words_of(other) == {}


def test_without_the_key_erasing_works_and_nobody_is_told_of_nothing(
    desk: Desk, pledge: Pledge, own_folder: Path
):
    key = own_folder / "keys" / "donors.key"
    kept = key.read_bytes()
    key.unlink()
    other = "0" * 43 + "=\n"
    for content, words in (("", "is missing"), (other, "is not the key")):
        if content:
            key.write_text(content)
        with pytest.raises(CommandError, match=words):
            call_command("fund", "donor", EMAIL, stdout=StringIO())
        page = desk.client.post("/desk/donations/donors/", {"email": EMAIL}).content.decode()
        assert words in page
        assert "Nobody with the address" not in page
        assert words in desk.client.get(f"/desk/donations/gifts/?q={EMAIL}").content.decode()
    assert actions.erase_donor(donor_of(pledge))
    key.write_bytes(kept)
    with pytest.raises(CommandError, match="Nobody with that"):
        call_command("fund", "donor", EMAIL, stdout=StringIO())


def test_where_nobody_was_ever_kept_there_is_no_key_to_miss():
    with pytest.raises(CommandError, match="Nobody with that"):
        call_command("fund", "donor", EMAIL, stdout=StringIO())
