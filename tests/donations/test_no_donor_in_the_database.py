"""4.20 for the database as a whole: whoever gets a copy of it learns of no donor."""

from __future__ import annotations

import logging
import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from donations.test_giving import Somebody
from factories import giving
from handpress.donations import actions
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.models import Donor, Pledge
from handpress.donations.receipt_letters import write_receipt
from handpress.lib import clock
from handpress.mail.letters import letters_to, write_letter
from handpress.mail.messages import letter_message
from handpress.mail.models import Letter, LetterState
from handpress.mail.sending import due_letters
from handpress.mail.tasks import send_letters_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
EMAIL, NAME, STREET = "zuleika@canary.example", "Zuleika Canary", "7 Canary Row"
ADDRESS = "203.0.113.77"


def whole_database() -> str:
    """Return every row of every table there is, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found)


def told_of_donors() -> list[str]:
    """Return where something that a donor told, or the way to a gift, stands in clear."""
    canaries = rf"{EMAIL}|{EMAIL.encode().hex()}|{NAME}|{STREET}|{re.escape(ADDRESS)}|/-/gift/"
    return re.findall(rf".*(?:{canaries}).*", whole_database())


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What goes out, to whom."""
    taken: list[tuple[str, str]] = []

    def kept(letter: Letter, *more: Any) -> bytes:
        message = letter_message(letter, *more)
        taken.append((letter.to, message.decode()))
        return message

    monkeypatch.setattr("handpress.mail.sending.letter_message", kept)
    return taken


def promised() -> Pledge:
    """Return what somebody who left an address promised, by the form."""
    giving.rail("bank", account_ref=giving.OTHER_IBAN)
    somebody = Somebody()
    somebody.client = Client(REMOTE_ADDR=ADDRESS)
    somebody.send(choice="once EUR 2500").press(email=EMAIL).follow()
    return Pledge.objects.get()


def test_4_20_a_letter_to_a_donor_tells_the_database_nothing(
    outbox: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    promised()
    (letter,) = Letter.objects.all()
    assert (letter.to, letter.state) == (EMAIL, LetterState.WAITING)
    assert "/-/gift/" in letter.text
    assert "Your gift" in letter.html
    assert told_of_donors() == []
    assert send_letters_once() == 1
    # After it, too: that it went is remembered for a month.
    letter.refresh_from_db()
    assert (letter.to, letter.text, letter.html) == (EMAIL, "", "")
    assert told_of_donors() == []
    ((to, message),) = outbox
    assert to == EMAIL
    assert "/-/gift/" in message
    assert EMAIL not in caplog.text


def test_4_20_nor_does_a_receipt_that_is_mailed(outbox: list[tuple[str, str]]):
    rail = giving.rail("bank", account_ref=giving.OTHER_IBAN)
    donor = actions.keep_donor({"name": NAME, "email": EMAIL, "address": STREET})
    values: dict[str, Any] = {"currency": "EUR", "nonce": uuid4(), "now": clock.now()}
    pledge = actions.promise_gift(rail=rail, amount=2500, donor=donor, **values)[0]
    gift = giving.gift(rail, 2500, pledge=pledge)
    assert write_receipt(issue_receipt(gift, now=clock.now())[0])
    assert told_of_donors() == []
    assert send_letters_once() == 1
    assert told_of_donors() == []
    ((to, message),) = outbox
    assert to == EMAIL
    assert NAME in message


def test_a_letter_that_waits_is_found_by_its_address_and_forgotten_with_its_donor():
    pledge = promised()
    write_letter(to=EMAIL, subject="Please confirm", text="x", kind="confirm")
    assert letters_to(EMAIL).count() == 2
    assert isinstance(pledge.donor, Donor)
    actions.erase_donor(pledge.donor)
    assert [each.kind for each in letters_to(EMAIL)] == ["confirm"]


def test_what_was_sealed_with_another_key_is_told_and_hinders_nobody(settings: Any):
    promised()
    settings.SECRET_KEY = "another" * 8
    write_letter(to="ana@canary.example", subject="Your gift", text="x", kind="gift")
    assert [each.is_shut for each in due_letters()] == [True, False]
    assert send_letters_once() == 1
    shut, sent = Letter.objects.order_by("pk")
    assert (shut.state, shut.to) == (LetterState.FAILED, "")
    assert "secret.key" in shut.reply
    assert sent.state == LetterState.ACCEPTED
