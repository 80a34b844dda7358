"""Links for staff by mail: only where mail leaves, and nobody learns who works here."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override

from factories.passkeys import give_passkey
from factories.visitors import PASSWORD, Commits, Visitor, give_app, member, words_of
from handpress import conf
from handpress.accounts import actions
from handpress.accounts.models import Invitation
from handpress.accounts.roles import Role
from handpress.lib import clock
from handpress.mail.models import Letter

pytestmark = pytest.mark.django_db

FORGOTTEN = "/desk/sign-in/forgotten/"
PHRASE = "ink and paper and glue"
LINK = re.compile(r"http\S+(/desk/link/[\w-]+/)")


@pytest.fixture
def relay(settings: Any) -> None:
    """A newsroom whose mail leaves."""
    now: conf.Settings = settings.HANDPRESS
    there = conf.RelaySettings(name="main", host="smtp.example.org")
    mail = replace(now.mail, relays=(there,), from_address="desk@lantern.example")
    settings.HANDPRESS = replace(now, mail=mail)


@pytest.fixture
def visitor(django_capture_on_commit_callbacks: Commits) -> Visitor:
    return Visitor(django_capture_on_commit_callbacks)


def test_an_invitation_is_mailed(relay: None, visitor: Visitor) -> None:
    visitor.come_in(member("root", is_superuser=True))
    given = {"name": "Bo Press", "email": "bo@lantern.example", "role": "Reporter", "by_mail": "on"}
    page = visitor.post(reverse("accounts_invite"), given)
    assert "on its way to bo@lantern.example by mail" in words_of(page)
    letter = Letter.objects.get()
    assert (letter.to, letter.kind) == ("bo@lantern.example", "invitation")
    found = LINK.search(letter.text)
    assert found
    assert found[1] in page.content.decode()
    stranger = Visitor(visitor.commits, "203.0.113.9")
    assert "This invitation is for Bo Press" in words_of(stranger.get(found[1]))


def test_whoever_invites_may_hand_the_link_over_alone(relay: None, visitor: Visitor) -> None:
    visitor.come_in(member("root", is_superuser=True))
    given = {"name": "Bo Press", "email": "bo@lantern.example", "role": "Reporter"}
    page = visitor.post(reverse("accounts_invite"), given)
    assert "by mail" not in words_of(page)
    assert not Letter.objects.exists()


def test_without_a_relay_no_link_lies_in_the_outbox(visitor: Visitor) -> None:
    visitor.come_in(member("root", is_superuser=True))
    assert "by_mail" not in visitor.get(reverse("accounts_invite")).content.decode()
    given = {"name": "Bo Press", "email": "bo@lantern.example", "role": "Reporter", "by_mail": "on"}
    visitor.post(reverse("accounts_invite"), given)
    assert Invitation.objects.exists()
    assert not Letter.objects.exists()
    assert visitor.get(FORGOTTEN).status_code == 404
    assert "An administrator" in words_of(Visitor(visitor.commits).get("/desk/sign-in/"))


def test_an_administrators_link_is_mailed(relay: None, visitor: Visitor) -> None:
    bo = member("bo", Role.REPORTER)
    visitor.come_in(member("root", is_superuser=True))
    page = visitor.post(reverse("accounts_password_link", args=[bo.pk]), {"by_mail": "on"})
    assert f"on its way to {bo.email}" in words_of(page)
    assert "An administrator of" in Letter.objects.get().text


def test_a_mailed_link_is_used_once_and_ends_the_others(relay: None, visitor: Visitor) -> None:
    bo = member("bo", Role.REPORTER)
    by_hand = actions.make_password_link(bo, removes_factors=False)
    page = visitor.post(FORGOTTEN, {"login": "BO@proof.example"})
    assert "If there is such an account" in words_of(page)
    # What an administrator made goes on until somebody has used one.
    assert actions.find_invitation(by_hand.token).user == bo
    found = LINK.search(Letter.objects.get().text)
    assert found
    new = {"password1": PHRASE, "password2": PHRASE}
    assert visitor.post(found[1], new)["Location"] == "/desk/sign-in/"
    visitor.sign_in("bo", PHRASE)
    assert visitor.is_inside
    with pytest.raises(actions.LinkError):
        actions.find_invitation(by_hand.token)


def test_ones_own_link_lasts_two_hours(relay: None, visitor: Visitor) -> None:
    member("bo", Role.REPORTER)
    visitor.post(FORGOTTEN, {"login": "bo"})
    lasts = Invitation.objects.get().expires_at - clock.now()
    assert timedelta(hours=1, minutes=58) < lasts <= timedelta(hours=2)


def test_the_answer_tells_nobody_who_works_here(relay: None, visitor: Visitor) -> None:
    member("bo", Role.REPORTER)
    member("gone", Role.REPORTER, is_active=False)
    answers = set()
    for number, login in enumerate(("bo", "nobody", "gone", "x" * 254)):
        page = Visitor(visitor.commits, f"203.0.113.{number}").post(FORGOTTEN, {"login": login})
        assert page.status_code == 200
        answers.add(words_of(page))
    assert len(answers) == 1
    assert [letter.to for letter in Letter.objects.all()] == ["bo@proof.example"]


def test_a_mailbox_alone_opens_no_account_that_needs_more(
    relay: None, settings: Any, visitor: Visitor
) -> None:
    required = conf.DeskSettings(second_factor="required")
    settings.HANDPRESS = replace(settings.HANDPRESS, desk=required)
    editor = member("ada", Role.EDITOR)
    assert actions.mail_own_link("ada") is None
    give_app(editor)
    assert actions.mail_own_link("ada") is not None
    other = member("eve", Role.EDITOR)
    give_passkey(other)
    assert actions.mail_own_link("eve") is not None


def test_the_second_factor_is_asked_for_after_the_new_password(
    relay: None, visitor: Visitor
) -> None:
    give_app(member("ada", Role.EDITOR))
    visitor.post(FORGOTTEN, {"login": "ada"})
    found = LINK.search(Letter.objects.get().text)
    assert found
    visitor.post(found[1], {"password1": PHRASE, "password2": PHRASE})
    assert visitor.sign_in("ada", PHRASE)["Location"].startswith("/desk/sign-in/second-step/")
    assert not visitor.is_inside


def test_nobodys_mailbox_is_filled(relay: None, visitor: Visitor) -> None:
    member("bo", Role.REPORTER)
    for number in range(20):
        Visitor(visitor.commits, f"203.0.113.{number}").post(FORGOTTEN, {"login": "bo"})
    assert Letter.objects.count() == 5


def test_whoever_asks_again_and_again_waits(relay: None, visitor: Visitor) -> None:
    answers = [visitor.post(FORGOTTEN, {"login": "nobody"}) for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert answers[-1]["Retry-After"]


def test_looking_mails_nothing(relay: None, visitor: Visitor) -> None:
    member("bo", Role.REPORTER)
    assert visitor.get(f"{FORGOTTEN}?login=bo").status_code == 200
    assert "Forgotten your password?" in words_of(visitor.get("/desk/sign-in/"))
    assert not Letter.objects.exists()


def test_after_a_wrong_password_the_way_that_is_open_is_named(
    visitor: Visitor, request: pytest.FixtureRequest
) -> None:
    member("bo", Role.REPORTER)
    assert "asks an administrator for a link" in words_of(visitor.sign_in("bo", "not this one"))
    request.getfixturevalue("relay")
    said = words_of(visitor.sign_in("bo", "nor this one"))
    assert "can have a link mailed" in said
    assert "asks an administrator" not in said


@pytest.mark.parametrize("language", ["ar", "es", "fr", "ko"])
def test_the_mail_speaks_the_desks_language(relay: None, settings: Any, language: str) -> None:
    settings.LANGUAGE_CODE = language
    with override("en"):
        actions.invite(name="Bo", email="bo@lantern.example", role="Editor", by_mail=True)
    letter = Letter.objects.get()
    assert "invites you" not in letter.text
    assert letter.language == language
    assert LINK.search(letter.text)


def test_the_command_mails_too(relay: None) -> None:
    call_command(
        "user", "add", "bo@lantern.example", "--mail", stdout=StringIO(), stderr=StringIO()
    )
    member("eve", Role.REPORTER)
    call_command(
        "user", "reset", "eve", "--mail", "--keep-factors", stdout=StringIO(), stderr=StringIO()
    )
    assert {letter.kind for letter in Letter.objects.all()} == {"invitation", "password"}


def test_the_command_says_where_no_mail_leaves() -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("user", "add", "bo@lantern.example", "--mail", stderr=said)
    assert ended.value.code == 1
    assert "No relay takes mail yet" in said.getvalue()
    assert not Invitation.objects.exists()


def test_an_address_that_no_relay_takes_stops_nothing(relay: None) -> None:
    bo = member("bo", Role.REPORTER)
    bo.email = '"b o"@proof.example'
    bo.save()
    assert actions.make_password_link(bo, removes_factors=False, by_mail=True).token
    assert not Letter.objects.exists()


def test_the_mail_is_an_intent_until_the_link_is_there(relay: None) -> None:
    assert PASSWORD
    with pytest.raises(Exception, match="is a user already"):
        actions.invite(name="Bo", email=member("bo").email, role="Reporter", by_mail=True)
    assert not Letter.objects.exists()
