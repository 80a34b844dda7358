"""Which passwords are refused, and what the others are hashed with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.conftest import Visit
from factories.visitors import PASSWORD, member
from handpress.accounts.models import User
from handpress.accounts.passwords import GuessableValidator
from handpress.newsroom.models import Outlet
from handpress.press.site import forget_outlet

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password",
    [
        "short phras",
        "password1234",
        "qwertyuiop12",
        "summerholiday1",
        "Summerholiday!",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012",
        "P4ssw0rd2026",
        "ada@proof.example",
        "TheProof2026",
    ],
)
def test_what_is_guessed_soon_is_refused(password: str) -> None:
    ada = User(username="ada", first_name="Ada", last_name="Quill", email="ada@proof.example")
    with pytest.raises(ValidationError):
        validate_password(password, ada)


@pytest.fixture
def renamed() -> Iterator[None]:
    """The outlet's name was changed on the desk."""
    Outlet(name="Vraskodel Mintwhibber").save()
    yield
    forget_outlet()


def test_the_name_chosen_on_the_desk_is_guessed_soon(request: pytest.FixtureRequest) -> None:
    validate_password("VraskodelMintwhibber")
    request.getfixturevalue("renamed")
    for password in ("VraskodelMintwhibber", "TheProof2026"):
        with pytest.raises(ValidationError, match="guessed too easily"):
            validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery",
        "вода и чернила вчера",
        "x7#Kq9$mPz2v",
        "한국어로된긴비밀번호입니다",
    ],
)
def test_what_is_not_is_taken_whatever_it_is_made_of(password: str) -> None:
    validate_password(password, User(username="ada", email="ada@proof.example"))


def test_a_very_long_one_costs_nothing() -> None:
    GuessableValidator().validate("a" * 100_000)


def test_passwords_are_hashed_with_argon2id() -> None:
    assert member("ada").password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_former_hash_still_opens_and_is_replaced(visit: Visit) -> None:
    user = member("ada")
    former = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.update(password=former)
    assert visit().sign_in("ada").status_code == 302
    user.refresh_from_db()
    assert user.password.startswith("argon2$")
