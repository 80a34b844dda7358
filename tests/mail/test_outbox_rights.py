"""What stands in the outbox of donors and of staff is for those alone whom it concerns."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.mail import outbox
from handpress.mail.letters import write_letter
from handpress.mail.models import Letter
from handpress.mail.tasks import send_letters_once

pytestmark = pytest.mark.django_db

KINDS = ["gift", "receipt", "invitation", "password"]


def put(kind: str, subject: str = "In private") -> str:
    """Put a letter into the outbox and return its name there."""
    text = "Here: https://lantern.example/-/secret\n"
    html = f"<p>{text}</p>"
    write_letter(to="ana@lantern.example", subject=subject, text=text, html=html, kind=kind)
    assert send_letters_once() == 1
    return outbox.names()[0]


def pages_of(name: str) -> list[str]:
    message = reverse("mail_outbox_message", args=[name])
    return [
        *(f"{message}?view={view}" for view in ("html", "text", "source")),
        reverse("mail_outbox_frame", args=[name]),
    ]


@pytest.fixture
def editor() -> Client:
    return desk_of(staff(Role.EDITOR)).client


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_does_not_read_what_concerns_donors_or_staff(editor: Client, kind: str) -> None:
    name = put(kind)
    for url in pages_of(name):
        assert editor.get(url).status_code == 404
    for query in ("", "?q=ana", "?q=private"):
        text = editor.get(reverse("mail_outbox") + query).content.decode()
        assert "ana@lantern.example" not in text
        assert "In private" not in text
    assert editor.post(reverse("mail_outbox_delete", args=[name])).status_code == 404
    assert outbox.names() == [name]


def test_nor_once_the_letter_is_forgotten(editor: Client) -> None:
    name = put("gift")
    Letter.objects.all().delete()
    assert [editor.get(url).status_code for url in pages_of(name)] == [404] * 4
    assert "ana@lantern" not in editor.get(reverse("mail_outbox")).content.decode()


@pytest.mark.parametrize("kind", [*KINDS, "confirm"])
def test_an_administrator_reads_it(kind: str) -> None:
    client = desk_of(staff(Role.ADMINISTRATOR)).client
    name = put(kind)
    assert [client.get(url).status_code for url in pages_of(name)] == [200] * 4
    assert "In private" in client.get(reverse("mail_outbox")).content.decode()


def test_the_list_says_that_there_is_more(editor: Client) -> None:
    put("confirm", "Please confirm")
    put("gift")
    text = editor.get(reverse("mail_outbox")).content.decode()
    assert "Please confirm" in text
    assert "1 more here is for others" in text
