"""Signing in: password, then second factor; what is refused, and what is noted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from wagtail.models import ModelLogEntry

from accounts.conftest import Visit
from factories.passkeys import give_passkey
from factories.visitors import (
    PASSWORD,
    SIGN_IN,
    code_now,
    give_app,
    give_codes,
    member,
    words_of,
    wrong_code,
)
from handpress.accounts.models import User
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    rows = ModelLogEntry.objects.order_by("pk").values_list("action", flat=True)
    return [action.removeprefix("accounts.") for action in rows if action.startswith("accounts.")]


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@proof.example", "Ada@Proof.Example", " ada "])
def test_by_user_name_or_e_mail_address(login: str, visit: Visit) -> None:
    member("ada", Role.REPORTER)
    visitor = visit()
    assert visitor.sign_in(login)["Location"] == "/desk/"
    assert visitor.is_inside
    assert actions()[-1:] == ["sign_in"]


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "not this one"), ("nobody", PASSWORD), ("ada", PASSWORD.upper())],
)
def test_what_is_wrong_is_not_told(login: str, password: str, visit: Visit) -> None:
    member("ada", Role.REPORTER)
    visitor = visit()
    answer = visitor.sign_in(login, password)
    assert answer.status_code == 200
    assert "User name or password is wrong." in words_of(answer)
    assert f'value="{login}"' in answer.content.decode()
    assert password not in answer.content.decode()
    assert not visitor.is_inside
    assert actions().count("sign_in_failed") == (login == "ada")
    assert password not in str(list(ModelLogEntry.objects.values()))


def test_an_address_as_a_user_name_shadows_nobody(visit: Visit) -> None:
    bob = member("bob", Role.REPORTER)
    User.objects.create_user("bob@proof.example", "eve@proof.example", "another long phrase")
    visitor = visit()
    visitor.come_in(bob)
    assert visit().sign_in("bob@proof.example").status_code == 302


def test_a_stolen_password_is_not_enough(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    secret = give_app(user)
    thief = visit()
    assert thief.sign_in("ada")["Location"] == "/desk/sign-in/second-step/"
    assert not thief.is_inside
    assert thief.get("/desk/security/")["Location"].startswith(SIGN_IN)
    thief.type_code(wrong_code(secret))
    assert not thief.is_inside
    assert "code_failed" in actions()


def test_the_code_of_an_app_works_once_whichever_process_is_asked(visit: Visit) -> None:
    from django.core.cache import cache

    secret = give_app(member("ada", Role.REPORTER))
    code = code_now(secret)
    first, second = visit(), visit("203.0.113.9")
    first.sign_in("ada")
    first.type_code(code)
    assert first.is_inside
    # Another web process has another memory.
    cache.clear()
    second.sign_in("ada")
    assert second.type_code(f"{code[:3]} {code[3:]}").status_code == 200
    assert not second.is_inside


def test_a_recovery_code_works_once(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    give_passkey(user)
    code = give_codes(user)[3]
    first, second = visit(), visit("203.0.113.9")
    first.sign_in("ada")
    first.type_code(f"{code[:5]} {code[5:]}")
    assert first.is_inside
    second.sign_in("ada")
    second.type_code(code)
    assert not second.is_inside


# What follows on setting up an app waits for a real end of the transaction.
@pytest.mark.django_db(transaction=True)
def test_who_must_have_a_factor_is_led_to_one_and_can_do_nothing_else(
    required: None, visit: Visit
) -> None:
    member("ada", Role.EDITOR)
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_setting_up
    page = visitor.get("/desk/security/")
    assert "Set up a second factor" in words_of(page)
    # No menu of the desk, whose every door would lead back here.
    assert "wagtail-sidebar" not in page.content.decode()
    for path in ("/desk/account/", "/desk/api/main/images/", "/desk/security/password/"):
        assert visitor.get(path)["Location"] == "/desk/security/"
    assert visitor.post("/desk/security/email/", {"email": "x@y.example"}).status_code == 403

    page = visitor.get("/desk/security/app/")
    secret = visitor.client.session["mfa.totp.secret"]
    assert secret in page.content.decode()
    answer = visitor.post("/desk/security/app/", {"code": code_now(secret)})
    assert answer["Location"] == "/desk/security/codes/"
    assert visitor.is_inside
    codes = visitor.get("/desk/security/codes/")
    assert len(codes.content.decode().split("<code>")) == 11


@pytest.mark.parametrize(
    ("role", "fields", "must"),
    [
        (Role.REPORTER, {}, False),
        (Role.EDITOR, {}, True),
        (Role.TREASURER, {}, True),
        (Role.ADMINISTRATOR, {}, True),
        (None, {"is_superuser": True}, True),
    ],
)
def test_who_must_have_one(
    role: Role | None, fields: dict[str, Any], must: bool, required: None, visit: Visit
) -> None:
    member("ada", role, **fields)
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_setting_up is must
    assert visitor.is_inside is not must


def test_where_it_is_offered_nobody_must(visit: Visit) -> None:
    member("ada", Role.ADMINISTRATOR)
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_inside


def test_who_is_locked_is_told_so(visit: Visit) -> None:
    member("ada", Role.REPORTER, is_active=False)
    visitor = visit()
    answer = visitor.sign_in("ada")
    assert "locked" in words_of(visitor.get(answer["Location"]))
    assert not visitor.is_inside


def test_signing_out(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    visitor.come_in(user)
    key = visitor.client.session.session_key
    assert visitor.get("/desk/sign-out/").status_code == 200
    assert visitor.is_inside
    # Where Wagtail's own menu sends its form.
    assert visitor.post("/desk/logout/")["Location"] == SIGN_IN
    assert not visitor.is_inside
    assert not Session.objects.filter(session_key=key).exists()
    assert "sign_out" in actions()


def test_one_is_led_on_to_where_one_wanted_to_go_and_nowhere_else(visit: Visit) -> None:
    member("ada", Role.REPORTER)
    there = {"next": "/desk/account/"}
    away = {"next": "https://evil.example/"}
    data = {"login": "ada", "password": PASSWORD}
    assert visit().post(SIGN_IN, data | there)["Location"] == "/desk/account/"
    assert visit().post(SIGN_IN, data | away)["Location"] == "/desk/"
    assert "evil" not in visit().get("/desk/login/?next=https://evil.example/").content.decode()


@pytest.mark.parametrize("host", ["localhost", "[::1]", "sub.lantern.example"])
def test_nor_to_another_host_that_is_trusted(visit: Visit, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, ".lantern.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.lantern.example"]
    member("ada", Role.REPORTER)
    data = {"login": "ada", "password": PASSWORD, "next": f"http://{host}/page/"}
    visitor = visit()
    assert visitor.post(SIGN_IN, data)["Location"] == "/desk/"
    assert visitor.get(f"{SIGN_IN}?next=http://{host}/page/")["Location"] == "/desk/"


def test_there_is_no_way_to_sign_up_and_none_by_mail(visit: Visit) -> None:
    for path in ("signup/", "sign-up/", "password_reset/", "password_reset/confirm/MQ/x-y/"):
        assert visit().get(f"/desk/{path}").status_code in {302, 404}
        assert visit().post(f"/desk/{path}").status_code in {403, 404}


def test_wagtails_own_log_in_is_not_served(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    answer = visitor.get("/desk/login/?next=/desk/images/")
    assert answer["Location"] == f"{SIGN_IN}?next=%2Fdesk%2Fimages%2F"
    sent = {"username": user.username, "password": PASSWORD}
    assert visitor.post("/desk/login/", sent).status_code == 405
    assert not visitor.is_inside


HOSTILE: list[Any] = [
    "",
    "x",
    "[]",
    "null",
    "{}",
    "1e999",
    json.dumps({"id": 1, "rawId": [], "type": None, "response": "x"}),
    json.dumps({"response": {"userHandle": None}}),
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "signature": "AA",
                "userHandle": "MQ",
            },
        }
    ),
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "AA", "attestationObject": "oA"},
        }
    ),
    "[" * 900 + "]" * 900,
]


@pytest.mark.parametrize("credential", HOSTILE)
def test_a_passkey_that_is_none_breaks_nothing(credential: str, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    stranger = visit()
    options = stranger.get("/desk/sign-in/passkey/", headers={"accept": "application/json"})
    assert options.json()["request_options"]["publicKey"]["userVerification"] == "required"
    answer = stranger.post("/desk/sign-in/passkey/", {"credential": credential})
    assert answer["Location"].startswith(SIGN_IN)
    assert not stranger.is_inside

    inside = visit()
    inside.come_in(user)
    inside.get("/desk/security/passkeys/add/")
    sent = {"name": "x", "credential": credential}
    assert inside.post("/desk/security/passkeys/add/", sent).status_code == 200

    give_passkey(user)
    half = visit()
    half.sign_in("ada")
    assert half.post("/desk/sign-in/second-step/", {"credential": credential}).status_code == 200
    assert not half.is_inside


def test_who_has_no_role_is_told_so(visit: Visit) -> None:
    member("ada")
    visitor = visit()
    visitor.sign_in("ada")
    answer = visitor.get("/desk/")
    assert answer.status_code == 403
    assert "You have no role yet" in words_of(answer)
    assert visitor.get("/desk/security/").status_code == 200


def test_strangers_do_not_fill_the_disk(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from handpress.accounts import sessions

    monkeypatch.setattr(sessions, "_MOST_STRANGERS", 3)
    headers = {"accept": "application/json"}
    statuses = [
        visit().get("/desk/sign-in/passkey/", headers=headers).status_code for _ in range(5)
    ]
    assert statuses == [200, 200, 200, 503, 503]
    assert Session.objects.count() == 3
    # Who has a password is not concerned.
    visit().come_in(member("ada", Role.REPORTER))


def test_sessions_of_strangers_are_short(visit: Visit) -> None:
    from django.utils import timezone

    visit().get("/desk/sign-in/passkey/", headers={"accept": "application/json"})
    session = Session.objects.get()
    assert (session.expire_date - timezone.now()).total_seconds() <= 15 * 60


def test_nothing_is_in_the_page_that_a_policy_would_refuse(visit: Visit) -> None:
    page = visit().get(SIGN_IN)
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert page["Cache-Control"].find("no-store") >= 0
    html = page.content.decode()
    assert "<script>" not in html
    assert "onclick" not in html
    assert "style=" not in html
