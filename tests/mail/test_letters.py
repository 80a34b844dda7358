"""Writing letters: an intent in the caller's transaction, and nothing that could say more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from handpress.lib import clock
from handpress.mail.letters import names_outlet, write_letter
from handpress.mail.models import Letter, LetterState

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_a_letter_waits_until_somebody_sends_it() -> None:
    letter = write_letter(
        to="ana@lantern.example", subject="Please  confirm\n", text="Hello.", kind="confirm"
    )
    letter.refresh_from_db()
    assert letter.state == LetterState.WAITING
    assert letter.subject == "Please confirm"
    assert (letter.next_at, letter.deadline_at) == (NOON, NOON + timedelta(days=1))


def test_what_is_rolled_back_was_never_written() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        write_letter(to="ana@lantern.example", subject="x", text="x", kind="confirm")
        raise RuntimeError
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ana",
        "ana@",
        "@lantern.example",
        "a@b.example, c@d.example",
        "ana@lantern.example\nBcc: all@lantern.example",
        "ana@lantern.example>",
        "<ana@lantern.example>",
        "a b@lantern.example",
        f"{'a' * 320}@lantern.example",
    ],
)
def test_it_goes_to_one_address(to: str) -> None:
    with pytest.raises(ValueError, match="one address"):
        write_letter(to=to, subject="x", text="x", kind="confirm")


@pytest.mark.parametrize("name", ["To", "bcc", "From", "X-A: b", "X A", "", "MIME-Version"])
def test_headers_that_the_sender_writes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="may not have the header"):
        write_letter(to="ana@lantern.example", subject="x", text="x", kind="k", headers={name: "y"})


@pytest.mark.parametrize("value", ["a\r\nBcc: b@c.example", "a\nb", "a\x00b", "a\u2028b"])
def test_a_header_cannot_begin_another(value: str) -> None:
    with pytest.raises(ValueError, match="not one line"):
        write_letter(
            to="ana@lantern.example", subject="x", text="x", kind="k", headers={"X-A": value}
        )


def test_a_letter_says_something() -> None:
    with pytest.raises(ValueError, match="has words"):
        write_letter(to="ana@lantern.example", subject="x", text=" \n", kind="k")


def test_the_database_keeps_the_words_of_a_letter_that_must_still_be_sent() -> None:
    letter = write_letter(to="ana@lantern.example", subject="x", text="x", kind="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(text="")


def test_who_writes_is_asked_of_whoever_knows_the_outlet_s_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("handpress.mail.letters._NAMES", [])
    plain = write_letter(to="ana@lantern.example", subject="x", text="x", kind="confirm")
    assert plain.from_name == settings.HANDPRESS.newsroom.name
    names_outlet(lambda: "The Long Night")
    named = write_letter(to="ana@lantern.example", subject="x", text="x", kind="confirm")
    assert named.from_name == "The Long Night"
