"""Staff users: told apart by e-mail address, shown by name."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from wagtail.users.forms import UserCreationForm

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


def test_the_desks_form_makes_such_a_user() -> None:
    phrase = "lamp oil and newsprint"
    data = {
        "username": "ada",
        "email": "ada@proof.example",
        "first_name": "Ada",
        "last_name": "Quill",
        "password1": phrase,
        "password2": phrase,
    }
    form = UserCreationForm(data)
    assert form.is_valid(), form.errors
    form.save()
    assert User.objects.get().email == "ada@proof.example"


@pytest.mark.parametrize("phrase", ["short phrase"[:11], "password1234", "ada@proof.example"])
def test_a_weak_password_is_refused(phrase: str) -> None:
    data = {
        "username": "ada",
        "email": "ada@proof.example",
        "first_name": "Ada",
        "last_name": "Quill",
        "password1": phrase,
        "password2": phrase,
    }
    form = UserCreationForm(data)
    assert not form.is_valid()
    assert set(form.errors) == {"password2"}


def test_only_staff_with_access_open_the_desk(client: Client) -> None:
    user = User.objects.create_user("ada", "ada@proof.example")
    client.force_login(user)
    assert client.get("/desk/", secure=True)["Location"].startswith("/desk/login/")
    User.objects.update(is_superuser=True)
    assert client.get("/desk/", secure=True).status_code == 200
