"""The outbox on the desk: what stands in it, read safely, found and cleared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.lib import clock
from handpress.mail import outbox
from handpress.mail.letters import write_letter
from handpress.mail.tasks import send_letters_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HTML = (
    "<!doctype html><html><head><title>x</title></head><body><p>Please <a href='https://l.example/'>"
    "confirm</a></p><script>alert(1)</script></body></html>"
)


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    at = [NOON]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    return at


def put(to: str = "ana@lantern.example", **values: object) -> str:
    """Put a letter into the outbox and return its name there."""
    given = {"subject": "Please confirm", "text": "Hello.\n", "kind": "confirm", **values}
    write_letter(to=to, **given)  # type: ignore[arg-type]
    assert send_letters_once() == 1
    return outbox.names()[0]


@pytest.fixture
def editor() -> Client:
    return desk_of(staff(Role.EDITOR)).client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def test_what_is_sent_without_a_relay_stands_here(editor: Client) -> None:
    put(subject="안녕하세요")
    text = page(editor, reverse("mail_outbox"))
    assert "안녕하세요" in text
    assert "ana@lantern.example" in text
    assert "nobody is sent anything" in text


def test_an_empty_outbox_says_so(editor: Client) -> None:
    assert "The outbox is empty" in page(editor, reverse("mail_outbox"))
    assert "empty already" in page(editor, reverse("mail_outbox_clear"))


def test_the_newest_is_first_and_a_page_has_forty(editor: Client, time: list[datetime]) -> None:
    for number in range(45):
        time[0] += timedelta(minutes=1)
        put(subject=f"Number {number}.")
    first, second = (page(editor, f"{reverse('mail_outbox')}?p={p}") for p in (1, 2))
    assert first.index("Number 44.") < first.index("Number 43.")
    assert "Number 5." in first
    assert "Number 4." not in first
    assert "Number 4." in second
    # A message that is opened by its address alone stands in its own page of the list.
    oldest = outbox.names()[-1]
    assert "Page 2 of 2" in page(editor, reverse("mail_outbox_message", args=[oldest]))


def test_the_list_asks_the_database_a_constant_number_of_questions(editor: Client) -> None:
    counts = []
    for _ in range(2):
        put()
        put()
        with CaptureQueriesContext(connection) as asked:
            page(editor, reverse("mail_outbox"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_message_is_read_in_every_way(editor: Client) -> None:
    name = put(html=HTML, text="See https://l.example/confirm\n<b>not bold</b>")
    url = reverse("mail_outbox_message", args=[name])
    shown = page(editor, url)
    assert f'src="{reverse("mail_outbox_frame", args=[name])}"' in shown
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    assert "<script>alert(1)" not in shown
    text = page(editor, f"{url}?view=text")
    assert 'href="https://l.example/confirm"' in text
    assert "&lt;b&gt;not bold" in text
    source = page(editor, f"{url}?view=source")
    assert "Delivered-To: ana@lantern.example" in source
    assert "Auto-Submitted: auto-generated" in source


def test_a_message_without_html_is_shown_as_text(editor: Client) -> None:
    name = put()
    shown = page(editor, reverse("mail_outbox_message", args=[name]))
    assert "Hello." in shown
    assert "<iframe" not in shown
    page(editor, reverse("mail_outbox_frame", args=[name]), status=404)


def test_the_frame_lets_a_mail_do_nothing(editor: Client) -> None:
    name = put(html=HTML)
    response = editor.get(reverse("mail_outbox_frame", args=[name]))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src 'self' https://proof.example data:;" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../../secret.key",
        "1795717569263446.P1Q0.handpress",
        "x",
        "1795717569263446.P1Q0.h/..",
    ],
)
def test_no_name_leads_out_of_the_outbox(editor: Client, name: str) -> None:
    put()
    assert outbox.open_message(name) is None
    assert outbox.delete(name) is False
    if "/" not in name:
        page(editor, reverse("mail_outbox_message", args=[name]), status=404)


def test_messages_are_found_by_recipient_and_subject(editor: Client) -> None:
    put("ana@lantern.example", subject="Grüße")
    put("ben@lantern.example", subject="Water")
    found = page(editor, f"{reverse('mail_outbox')}?q=GRÜSSE")
    assert "ana@lantern.example" in found
    assert "ben@lantern.example" not in found
    assert "Nothing among the newest" in page(editor, f"{reverse('mail_outbox')}?q=<script>")


def test_old_messages_are_cleared(editor: Client, time: list[datetime]) -> None:
    time[0] = NOON - timedelta(days=8)
    put(subject="Old one")
    time[0] = NOON
    put(subject="New one")
    clear = reverse("mail_outbox_clear")
    assert "older than 7 days (1)" in page(editor, clear)
    editor.post(clear, {"days": "7"})
    assert [line.subject for line in outbox.headlines(outbox.names())] == ["New one"]
    editor.post(clear, {"days": "nonsense"})
    assert len(outbox.names()) == 1
    editor.post(clear, {"days": "all"})
    assert outbox.names() == []


def test_looking_deletes_nothing(editor: Client) -> None:
    name = put()
    page(editor, reverse("mail_outbox_clear"))
    assert editor.get(reverse("mail_outbox_delete", args=[name])).status_code == 405
    assert outbox.names() == [name]
    editor.post(reverse("mail_outbox_delete", args=[name]))
    assert outbox.names() == []


@pytest.mark.parametrize("role", [Role.REPORTER, Role.TREASURER])
def test_others_do_not_read_it(role: Role) -> None:
    name = put(html=HTML)
    client = desk_of(staff(role)).client
    for url in (
        reverse("mail_outbox"),
        reverse("mail_outbox_message", args=[name]),
        reverse("mail_outbox_frame", args=[name]),
        reverse("mail_outbox_clear"),
        reverse("mail_letters"),
    ):
        # The desk sends whoever lacks a permission home.
        assert client.get(url).status_code in {302, 403}
        assert "Please" not in client.get(url).content.decode()


def test_a_mail_program_that_has_read_it_takes_nothing_away(editor: Client) -> None:
    name = put()
    new = outbox.outbox_folder() / "new" / name
    new.rename(outbox.outbox_folder() / "cur" / f"{name}:2,S")
    assert outbox.names() == [f"{name}:2,S"]
    assert "Hello." in page(editor, reverse("mail_outbox_message", args=[f"{name}:2,S"]))


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"Subject: =?x?q?=FF?=\nTo: <<>>\n\n", b"", b"From: @\n"]
)
def test_what_is_no_mail_does_not_spoil_the_list(editor: Client, data: bytes) -> None:
    put(subject="A real one")
    (outbox.outbox_folder() / "new" / "1795717569263446.P1Q0.handpress").write_bytes(data)
    (outbox.outbox_folder() / "new" / "README").write_text("not a message")
    assert "A real one" in page(editor, reverse("mail_outbox"))
    url = reverse("mail_outbox_message", args=["1795717569263446.P1Q0.handpress"])
    assert editor.get(url).status_code in {200, 404}
