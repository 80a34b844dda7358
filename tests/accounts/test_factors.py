"""Passkeys, authenticator app, recovery codes: added, used, confirmed with, taken away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder

from accounts.conftest import Visit
from factories.passkeys import Passkey, give_passkey
from factories.visitors import (
    PASSWORD,
    SECURITY,
    Visitor,
    code_now,
    give_app,
    give_codes,
    member,
    words_of,
)
from handpress.accounts.adapters import MfaAdapter
from handpress.accounts.roles import Role
from handpress.newsroom.models import Outlet
from handpress.press.site import forget_outlet

pytestmark = pytest.mark.django_db


def options(visitor: Visitor, path: str, kind: str = "request_options") -> Any:
    """Return what a page asks the browser's passkeys."""
    data = visitor.get(path).context["js_data"][kind]
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def add_passkey(visitor: Visitor, name: str = "laptop") -> Passkey:
    path = "/desk/security/passkeys/add/"
    passkey = Passkey()
    sent = {
        "name": name,
        "credential": passkey.register(options(visitor, path, "creation_options")),
    }
    assert visitor.post(path, sent).status_code == 302
    return passkey


def login_options(visitor: Visitor) -> Any:
    answer = visitor.get("/desk/sign-in/passkey/", headers={"accept": "application/json"})
    return answer.json()["request_options"]


def forget_confirmation(visitor: Visitor) -> None:
    """Let ten minutes pass since somebody proved who they are."""
    session = visitor.client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 600
    session.save()


def test_a_passkey_is_added_and_signs_in_alone(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    visitor = visit()
    visitor.come_in(user)
    wanted = options(visitor, "/desk/security/passkeys/add/", "creation_options")["publicKey"]
    assert wanted["rp"] == {"id": "testserver", "name": "The Proof"}
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    passkey = add_passkey(visitor)
    assert "laptop" in words_of(visitor.get(SECURITY))

    other = visit("203.0.113.9")
    sent = {"credential": passkey.prove(login_options(other))}
    assert other.post("/desk/sign-in/passkey/", sent)["Location"] == "/desk/"
    assert other.is_inside


@pytest.fixture
def renamed() -> Iterator[None]:
    """The outlet's name was changed on the desk."""
    Outlet(name="The Marigold").save()
    yield
    forget_outlet()


def test_apps_and_passkeys_call_the_desk_by_its_present_name(renamed: None, visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.EDITOR))
    asked = options(visitor, "/desk/security/passkeys/add/", "creation_options")
    assert asked["publicKey"]["rp"]["name"] == "The Marigold"
    page = visitor.get("/desk/security/app/")
    assert "issuer=The%20Marigold" in page.context["totp_url"]


def test_a_passkey_that_asks_for_no_proof_is_no_way_in(visit: Visit) -> None:
    passkey = give_passkey(member("ada", Role.EDITOR))
    visitor = visit()
    sent = {"credential": passkey.prove(login_options(visitor), is_verified=False)}
    visitor.post("/desk/sign-in/passkey/", sent)
    assert not visitor.is_inside


def test_an_answer_of_a_passkey_works_once_and_for_one_browser(visit: Visit) -> None:
    passkey = give_passkey(member("ada", Role.EDITOR))
    visitor, thief = visit(), visit("203.0.113.9")
    sent = {"credential": passkey.prove(login_options(visitor))}
    login_options(thief)
    thief.post("/desk/sign-in/passkey/", sent)
    assert not thief.is_inside
    visitor.post("/desk/sign-in/passkey/", sent)
    assert visitor.is_inside
    visitor.post("/desk/sign-out/")
    visitor.post("/desk/sign-in/passkey/", sent)
    assert not visitor.is_inside


def test_a_passkey_of_another_host_is_none_here(visit: Visit) -> None:
    passkey = give_passkey(member("ada", Role.EDITOR))
    passkey.host = "testserver.evil.example"
    visitor = visit()
    visitor.post("/desk/sign-in/passkey/", {"credential": passkey.prove(login_options(visitor))})
    assert not visitor.is_inside


def test_who_is_locked_does_not_come_in_by_passkey(visit: Visit) -> None:
    passkey = give_passkey(member("ada", Role.EDITOR, is_active=False))
    visitor = visit()
    sent = {"credential": passkey.prove(login_options(visitor))}
    assert visitor.post("/desk/sign-in/passkey/", sent)["Location"] == "/desk/sign-in/locked/"
    assert not visitor.is_inside


def test_a_passkey_after_the_password(visit: Visit) -> None:
    passkey = give_passkey(member("ada", Role.EDITOR))
    visitor = visit()
    visitor.sign_in("ada")
    path = "/desk/sign-in/second-step/"
    sent = {"credential": passkey.prove(options(visitor, path))}
    assert visitor.post(path, sent)["Location"] == "/desk/"
    assert visitor.is_inside


def test_a_stolen_session_with_a_stolen_password_adds_no_factor(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    secret = give_app(user)
    visitor = visit()
    visitor.come_in(user, secret)
    forget_confirmation(visitor)
    path = "/desk/security/passkeys/add/"
    answer = visitor.get(path)
    assert answer["Location"].startswith("/desk/security/confirm/code/")
    # The page that asks for the password is not served to who has a factor.
    assert visitor.get("/desk/security/confirm/").status_code == 302
    visitor.post("/desk/security/confirm/", {"password": PASSWORD})
    assert visitor.get(path).status_code == 302
    sent = {"code": code_now(secret, 1), "next": path}
    assert visitor.post("/desk/security/confirm/code/", sent)["Location"] == path
    assert visitor.get(path).status_code == 200


def test_one_confirms_with_a_passkey(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    passkey = give_passkey(user)
    visitor = visit()
    visitor.post("/desk/sign-in/passkey/", {"credential": passkey.prove(login_options(visitor))})
    forget_confirmation(visitor)
    path = "/desk/security/confirm/passkey/"
    assert visitor.get("/desk/security/app/")["Location"].startswith(path)
    sent = {"credential": passkey.prove(options(visitor, path)), "next": "/desk/security/app/"}
    assert visitor.post(path, sent)["Location"] == "/desk/security/app/"
    assert visitor.get("/desk/security/app/").status_code == 200


def test_without_a_factor_the_password_confirms(visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    forget_confirmation(visitor)
    path = "/desk/security/app/"
    assert visitor.get(path)["Location"].startswith("/desk/security/confirm/?next=")
    wrong = visitor.post("/desk/security/confirm/", {"password": "not this one", "next": path})
    assert "This is not your password." in words_of(wrong)
    right = visitor.post("/desk/security/confirm/", {"password": PASSWORD, "next": path})
    assert right["Location"] == path


def test_a_new_password_never_lies_in_the_session(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    secret = give_app(user)
    visitor = visit()
    visitor.come_in(user, secret)
    forget_confirmation(visitor)
    sent = {"oldpassword": PASSWORD, "password1": "ink and paper and glue"}
    answer = visitor.post("/desk/security/password/", sent | {"password2": sent["password1"]})
    assert answer["Location"].startswith("/desk/security/confirm/code/")
    assert "ink and paper" not in str(dict(visitor.client.session))


def test_the_present_password_is_not_guessed_at_a_stolen_session(visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    new = {"password1": "ink and paper and glue", "password2": "ink and paper and glue"}
    path = "/desk/security/password/"
    statuses = [
        visitor.post(path, {"oldpassword": f"guess {n}", **new}).status_code for n in range(4)
    ]
    assert statuses == [200, 200, 200, 429]


def test_the_last_factor_of_who_must_have_one_stays(required: None, visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    secret = give_app(user)
    visitor = visit()
    visitor.come_in(user, secret)
    page = visitor.get("/desk/security/app/remove/")
    assert "this is your last one" in words_of(page)
    assert visitor.post("/desk/security/app/remove/").status_code == 200
    assert Authenticator.objects.filter(type="totp").exists()
    add_passkey(visitor)
    assert visitor.post("/desk/security/app/remove/")["Location"] == SECURITY
    passkey = Authenticator.objects.get(type="webauthn")
    visitor.post(f"/desk/security/passkeys/{passkey.pk}/remove/")
    assert Authenticator.objects.filter(type="webauthn").exists()
    assert visitor.is_inside


def test_nobody_renames_or_removes_somebody_elses(visit: Visit) -> None:
    give_passkey(member("bob", Role.EDITOR))
    his = Authenticator.objects.get().pk
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    for step in ("rename", "remove"):
        path = f"/desk/security/passkeys/{his}/{step}/"
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, {"name": "mine"}).status_code == 404


def test_a_passkey_is_renamed(visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    add_passkey(visitor, "x" * 200)
    own = Authenticator.objects.get(type="webauthn")
    assert own.data["name"] == "x" * 60
    path = f"/desk/security/passkeys/{own.pk}/rename/"
    assert visitor.post(path, {"name": "<b>phone</b>"}).status_code == 302
    assert "&lt;b&gt;phone&lt;/b&gt;" in visitor.get(SECURITY).content.decode()


def test_recovery_codes_are_seen_once_and_then_only_counted(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    visitor.come_in(user)
    add_passkey(visitor)
    page = visitor.get("/desk/security/codes/")
    assert page.content.decode().count("<code>") == 10
    again = visitor.get("/desk/security/codes/")
    assert "<code>" not in again.content.decode()
    assert "10 codes are left" in words_of(again)
    assert "10 codes are left" in words_of(visitor.get(SECURITY))


def test_new_recovery_codes_make_the_old_ones_useless(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    secret = give_app(user)
    old = give_codes(user)
    visitor = visit()
    visitor.come_in(user, secret)
    assert visitor.get("/desk/security/codes/new/").status_code == 200
    assert visitor.post("/desk/security/codes/new/").status_code == 302
    other = visit("203.0.113.9")
    other.sign_in("ada")
    other.type_code(old[0])
    assert not other.is_inside


def test_secrets_are_not_in_the_database_in_clear() -> None:
    user = member("ada")
    secret, codes = give_app(user), give_codes(user)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not any(code in kept for code in codes)
    assert kept != "encrypted"
    adapter = MfaAdapter()
    assert adapter.encrypt("x") != adapter.encrypt("x")
    assert adapter.decrypt(adapter.encrypt("seed")) == "seed"


def test_under_another_key_no_code_opens_and_nothing_breaks(settings: Any, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    secret, codes = give_app(user), give_codes(user)
    settings.SECRET_KEY = "another-key-" * 5
    visitor = visit()
    visitor.sign_in("ada")
    for code in (code_now(secret), codes[0]):
        answer = visitor.type_code(code)
        assert "made with another secret.key" in words_of(answer)
    assert not visitor.is_inside


def test_one_changes_ones_own_address(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    member("bob")
    visitor = visit()
    visitor.come_in(user)
    taken = visitor.post("/desk/security/email/", {"email": "BOB@proof.example"})
    assert "Another user already has this e-mail address." in words_of(taken)
    assert visitor.post("/desk/security/email/", {"email": "a@proof.example"}).status_code == 302
    user.refresh_from_db()
    assert user.email == "a@proof.example"


def test_wagtails_account_page_changes_neither_password_nor_address(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    visitor.come_in(user)
    page = visitor.get("/desk/account/").content.decode()
    assert 'href="/desk/security/"' in page
    assert "password-" not in page
    sent = {
        "name_email-first_name": "Ada",
        "name_email-last_name": "Quill",
        "name_email-email": "eve@evil.example",
        "password-old_password": PASSWORD,
        "password-new_password1": "ink and paper and glue",
        "password-new_password2": "ink and paper and glue",
        "locale-preferred_language": "en",
        "locale-current_time_zone": "UTC",
        "theme-theme": "system",
        "theme-contrast": "system",
        "theme-density": "default",
        "theme-keyboard_shortcuts": "on",
    }
    visitor.post("/desk/account/", sent)
    user.refresh_from_db()
    assert user.first_name == "Ada"
    assert user.email == "ada@proof.example"
    assert user.check_password(PASSWORD)
    # Wagtail has given the session another key; it is still in the list.
    assert "this one" in words_of(visitor.get("/desk/security/sessions/"))
