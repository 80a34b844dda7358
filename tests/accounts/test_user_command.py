"""`handpress user`: the way in for who holds the server."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.conftest import Visit
from factories.visitors import give_app, has_factors, member
from handpress.accounts.models import Invitation, User
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db


def user(*words: str) -> tuple[int, str, str]:
    """Run the command; return its exit status, what it prints and what it says."""
    out, said = StringIO(), StringIO()
    try:
        call_command("user", *words, stdout=out, stderr=said)
    except SystemExit as leaving:
        return int(leaving.code or 0), out.getvalue(), said.getvalue()
    return 0, out.getvalue(), said.getvalue()


def path_of(out: str) -> str:
    link = out.strip().splitlines()[-1]
    assert link.startswith("https://proof.example/desk/link/")
    return link.removeprefix("https://proof.example")


def test_the_first_one_is_invited(visit: Visit) -> None:
    status, out, said = user("add", "ada@proof.example", "--name", "Ada Quill", "--superuser")
    assert status == 0
    assert "(superuser), works once, until " in out
    assert "nobody else reads it" in said
    phrase = "ink and paper and glue"
    sent = {"username": "ada", "password1": phrase, "password2": phrase}
    assert visit().post(path_of(out), sent).status_code == 302
    ada = User.objects.get()
    assert ada.is_superuser
    assert not ada.groups.exists()


@pytest.mark.parametrize(("words", "role"), [((), "Reporter"), (("--role", "editor"), "Editor")])
def test_a_role_is_given(words: tuple[str, ...], role: str) -> None:
    assert user("add", "ada@proof.example", *words)[0] == 0
    assert Invitation.objects.get().role == role


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("add",), 2, "Whom?"),
        (("lock",), 2, "Whom?"),
        (("add", "nonsense"), 2, "is not an e-mail address"),
        (("add", "ADA@proof.example"), 1, "is a user already"),
        (("reset", "nobody"), 1, "There is no user nobody."),
        (("lock", "nobody"), 1, "There is no user nobody."),
        (("reset", "bob"), 1, "is locked"),
    ],
)
def test_what_cannot_be_is_explained(words: tuple[str, ...], status: int, complaint: str) -> None:
    member("ada")
    member("bob", is_active=False)
    found = user(*words)
    assert found[0] == status
    assert complaint in found[2]
    assert not Invitation.objects.exists()


def test_a_reset_ends_sessions_and_factors(visit: Visit) -> None:
    ada = member("ada", Role.REPORTER)
    secret = give_app(ada)
    visitor = visit()
    visitor.come_in(ada, secret)
    status, out, said = user("reset", "ada@proof.example")
    assert status == 0
    assert "password and factors are gone" in said
    assert not visitor.is_inside
    assert not has_factors(ada)
    assert visit().get(path_of(out)).status_code == 200


def test_a_reset_may_leave_the_factors(visit: Visit) -> None:
    ada = member("ada", Role.REPORTER)
    give_app(ada)
    user("reset", "ada", "--keep-factors")
    assert has_factors(ada)


def test_locking_and_unlocking(visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    assert user("lock", "ada")[0] == 0
    assert not visitor.is_inside
    assert user("unlock", "ADA")[0] == 0
    visitor.sign_in("ada")
    assert visitor.is_inside


def test_the_list(django_assert_num_queries: Any) -> None:
    assert "no users yet" in user("list")[1]
    give_app(member("ada", Role.EDITOR, first_name="Ada"))
    member("bob", is_active=False, is_superuser=True)
    with django_assert_num_queries(2):
        _, out, _ = user("list")
    ada, bob = out.splitlines()
    assert ada.split() == ["ada", "ada@proof.example", "Editor", "second", "factor"]
    assert bob.split() == [
        "bob",
        "bob@proof.example",
        "superuser",
        "password",
        "only,",
        "LOCKED",
    ]
    found = json.loads(user("list", "--json")[1])
    assert found[0] == {
        "username": "ada",
        "email": "ada@proof.example",
        "name": "Ada",
        "roles": ["Editor"],
        "superuser": False,
        "second_factor": True,
        "locked": False,
        "last_login": None,
    }


def test_a_link_as_json() -> None:
    found = json.loads(user("add", "ada@proof.example", "--json")[1])
    assert found["link"].startswith("https://proof.example/desk/link/")
    assert found["expires_at"]
