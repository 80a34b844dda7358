"""Staff users: told apart by e-mail address, shown by name."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from handpress.accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_user_model_is_ours() -> None:
    assert get_user_model() is User


def test_a_user_is_shown_by_name_or_e_mail_address() -> None:
    user = User.objects.create_user("ada", "ada@proof.example")
    assert str(user) == "ada@proof.example"
    user.first_name, user.last_name = "Ada", "Quill"
    assert str(user) == "Ada Quill"


def test_an_e_mail_address_belongs_to_one_user_however_it_is_written() -> None:
    User.objects.create_user("ada", "ada@proof.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("eve", "ADA@proof.example")
    second = User(username="eve", email="Ada@Proof.Example", password="x")
    with pytest.raises(ValidationError) as caught:
        second.full_clean()
    assert "Another user already has this e-mail address." in caught.value.messages


def test_a_user_name_belongs_to_one_user_however_it_is_written() -> None:
    User.objects.create_user("ada", "ada@proof.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA", "eve@proof.example")


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"is_superuser": True},
    ],
)
def test_sessions_end_when_power_is_given_or_taken(change: dict[str, bool]) -> None:
    User.objects.create_user("ada", "ada@proof.example")
    user = User.objects.get()
    before = user.get_session_auth_hash()
    user.first_name = "Ada"
    user.save()
    assert user.get_session_auth_hash() == before
    for name, value in change.items():
        setattr(user, name, value)
    user.save(update_fields=list(change))
    assert User.objects.get().get_session_auth_hash() != before


def test_a_session_hangs_on_password_epoch_and_key(settings: Any) -> None:
    user = User(password="x")
    hashes = {user.get_session_auth_hash()}
    user.session_epoch = 1
    hashes.add(user.get_session_auth_hash())
    user.password = "y"
    hashes.add(user.get_session_auth_hash())
    settings.SECRET_KEY = "another-key-" * 5
    hashes.add(user.get_session_auth_hash())
    assert len(hashes) == 4


def test_only_staff_with_access_open_the_desk(client: Client) -> None:
    user = User.objects.create_user("ada", "ada@proof.example")
    assert client.get("/desk/", secure=True)["Location"].startswith("/desk/sign-in/")
    client.force_login(user)
    assert client.get("/desk/", secure=True).status_code == 403
    User.objects.update(is_superuser=True)
    assert client.get("/desk/", secure=True).status_code == 200
