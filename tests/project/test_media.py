"""Uploaded pictures: for the desk's people, and for nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from handpress.project.media import send_media

# Ending an answer looks after the database's connection too.
pytestmark = pytest.mark.django_db


class Person:
    """Whoever asks."""

    def __init__(self, *, is_active: bool = True, may_enter: bool = True) -> None:
        self.is_active = is_active
        self.may_enter = may_enter
        # Works with pictures; see tests/desk for those who do not.
        self.is_authenticated = self.is_superuser = True

    def has_perm(self, name: str) -> bool:
        return self.may_enter and name == "wagtailadmin.access_admin"


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "media"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "photo.jpg").write_bytes(b"a photo")
    (folder / "images" / "drawing.svg").write_bytes(b"<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    settings.MEDIA_ROOT = folder
    return folder


def ask(person: Person, **headers: str) -> HttpRequest:
    request = RequestFactory().get("/desk/media/x", headers=headers)
    request.user = person  # type: ignore[assignment]
    return request


@pytest.mark.usefixtures("media")
def test_an_editor_sees_a_picture() -> None:
    response: Any = send_media(ask(Person()), "images/photo.jpg")
    assert b"".join(response) == b"a photo"
    response.close()
    assert response["Content-Type"] == "image/jpeg"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize("person", [Person(is_active=False), Person(may_enter=False)])
def test_for_others_it_is_not_there(person: Person) -> None:
    with pytest.raises(Http404):
        send_media(ask(person), "images/photo.jpg")


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    "path", ["../secret.txt", "images/../../secret.txt", "/secret.txt", "images", ""]
)
def test_nothing_else_is_sent(path: str) -> None:
    with pytest.raises((Http404, SuspiciousFileOperation)):
        send_media(ask(Person()), path)


@pytest.mark.usefixtures("media")
def test_a_picture_that_has_not_changed_is_not_sent_again() -> None:
    first = send_media(ask(Person()), "images/photo.jpg")
    first.close()
    again = send_media(ask(Person(), If_Modified_Since=first["Last-Modified"]), "images/photo.jpg")
    assert again.status_code == 304


@pytest.mark.usefixtures("media")
def test_pictures_can_only_be_read() -> None:
    request = RequestFactory().post("/desk/media/x")
    request.user = Person()  # type: ignore[assignment]
    assert send_media(request, "images/photo.jpg").status_code == 405
