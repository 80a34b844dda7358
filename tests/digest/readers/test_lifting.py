"""An address that is not mailed any more can be lifted, whoever's it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import ModelLogEntry

from digest.readers.conftest import Post, add_reader
from digest.readers.test_book import LIST
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.digest.actions import ask_to_read, leave
from handpress.digest.core.tokens import token_of
from handpress.digest.models import SubscriberState
from handpress.lib import clock
from handpress.mail.core.addresses import read_address
from handpress.mail.models import Suppression, SuppressionReason
from handpress.mail.suppression import is_suppressed, suppress

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"
UNREACHABLE = "/desk/digest/unreachable/"


@pytest.fixture
def editor() -> Client:
    return desk_of(staff(Role.EDITOR)).client


def letters_after_signing_up(post: Post) -> int:
    ask_to_read(read_address(ADA), network="198.51.100.9")
    return len(post.to(ADA))


def left_then_complained() -> Any:
    reader = add_reader(state=SubscriberState.LEFT)
    suppress(ADA, SuppressionReason.COMPLAINED)
    return reader


def bounced_then_left() -> Any:
    reader = add_reader()
    suppress(ADA, SuppressionReason.BOUNCED)
    assert leave(token_of(reader.uuid))
    return reader


@pytest.mark.parametrize("come_about", [left_then_complained, bounced_then_left])
def test_who_left_and_cannot_be_reached_is_lifted_and_may_sign_up_again(
    editor: Client, post: Post, come_about: Any
) -> None:
    reader = come_about()
    assert letters_after_signing_up(post) == 0
    page = editor.get(f"{LIST}{reader.pk}/").content.decode()
    assert f"{LIST}{reader.pk}/lift/" in page
    assert "Not mailed" in page
    assert "signing up anew" in editor.get(f"{LIST}{reader.pk}/lift/").content.decode()
    told = editor.post(f"{LIST}{reader.pk}/lift/", follow=True).content.decode()
    assert "Its reader has left" in told
    assert f"{LIST}{reader.pk}/lift/" not in told
    reader.refresh_from_db()
    assert reader.state == SubscriberState.LEFT
    assert letters_after_signing_up(post) == 1


def test_an_address_that_is_no_reader_s_is_lifted_in_the_list(editor: Client, post: Post) -> None:
    suppress(ADA, SuppressionReason.BOUNCED, said="550 5.1.1 no such user")
    row = Suppression.objects.get()
    shown = BeautifulSoup(editor.get(UNREACHABLE).content, "html.parser")
    (link,) = [str(each["href"]) for each in shown.find_all("a") if "Mail again" in each.get_text()]
    asked = editor.get(link).content.decode()
    assert ADA in asked
    assert "550 5.1.1 no such user" in asked
    assert is_suppressed(ADA)
    told = editor.post(link, follow=True).content.decode()
    assert "once somebody signs up" in told
    assert not is_suppressed(ADA)
    assert Suppression.objects.get().lifted_by
    entry = ModelLogEntry.objects.get(action="handpress.reader.lifted")
    assert ADA not in f"{entry.label} {entry.data}"
    assert editor.post(link).status_code == 404
    assert letters_after_signing_up(post) == 1
    assert row.pk == Suppression.objects.get().pk


def test_who_may_not_change_readers_lifts_nothing() -> None:
    suppress(ADA, SuppressionReason.BOUNCED)
    row = Suppression.objects.get()
    for role in (Role.REPORTER, Role.TREASURER):
        answer = desk_of(staff(role)).client.post(f"{UNREACHABLE}{row.pk}/lift/")
        assert answer.status_code in {302, 403}
    assert is_suppressed(ADA)


def test_a_paused_reader_who_is_lifted_is_said_to_have_paused(editor: Client) -> None:
    until = clock.now().date() + timedelta(days=9)
    reader = add_reader(state=SubscriberState.PAUSED, paused_until=until)
    suppress(ADA, SuppressionReason.BOUNCED)
    answer = editor.post(f"{LIST}{reader.pk}/lift/", follow=True).content.decode()
    reader.refresh_from_db()
    assert reader.state == SubscriberState.PAUSED
    assert "Its reader has paused" in answer
    assert "once somebody signs up" not in answer
