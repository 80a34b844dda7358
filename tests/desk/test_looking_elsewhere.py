"""What a role has nothing to do with is found by no way round: choosers, interface, addresses."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from PIL import Image
from wagtail.snippets.models import get_snippet_models

from factories.papers import START, Paper
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations.models import Campaign
from handpress.newsroom.models import Article, NewsImage
from handpress.project.media import send_media

# Wagtail leaves the file that it renders a picture into for Python to close.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")
R, E, T, A = Role.REPORTER, Role.EDITOR, Role.TREASURER, Role.ADMINISTRATOR
SECRET = "What the minister took home"


@pytest.fixture
def draft(paper: Paper) -> Article:
    return Article.objects.create(headline=SECRET, live=False)


@pytest.fixture
def campaign(db: None) -> Campaign:
    words = {"heading": SECRET, "full_text": "Help.", "compact_text": "Help."}
    return Campaign.objects.create(name=SECRET, starts_at=START, **words)


@pytest.fixture
def picture(db: None) -> NewsImage:
    stream = BytesIO()
    Image.new("RGB", (40, 30)).save(stream, "PNG")
    file = ContentFile(stream.getvalue(), "leak.png")
    return NewsImage.objects.create(title=SECRET, file=file, width=40, height=30)


def as_role(role: Role) -> Client:
    return desk_of(staff(role)).client


def found(client: Client, row: Any) -> list[bool]:
    """Return whether each view of a row's chooser shows it."""
    name = f"wagtailsnippetchoosers_{row._meta.app_label}_{row._meta.model_name}"
    addresses = [
        reverse(f"{name}:choose"),
        reverse(f"{name}:choose_results"),
        reverse(f"{name}:chosen", args=[row.pk]),
        f"{reverse(f'{name}:chosen_multiple')}?id={row.pk}",
    ]
    return [SECRET in client.get(url).content.decode() for url in addresses]


@pytest.mark.parametrize("role", [R, E, T, A])
def test_drafts_are_chosen_by_those_alone_who_see_articles(role: Role, draft: Article) -> None:
    assert found(as_role(role), draft) == [role is not T] * 4


@pytest.mark.parametrize("role", [R, E, T, A])
def test_appeals_are_chosen_by_those_alone_who_see_them(role: Role, campaign: Campaign) -> None:
    assert found(as_role(role), campaign) == [role is not R] * 4


def test_every_chooser_asks_who_is_there(db: None) -> None:
    client, open_ones = as_role(T), []
    for model in get_snippet_models():
        space = f"wagtailsnippetchoosers_{model._meta.app_label}_{model._meta.model_name}"
        may_see = model._meta.app_label == "donations"
        is_open = client.get(reverse(f"{space}:choose")).status_code == 200
        open_ones += [model] if is_open and not may_see else []
    assert open_ones == []


@pytest.mark.parametrize("role", [R, E, T, A])
def test_no_picture_is_listed_by_the_interface(role: Role, picture: NewsImage) -> None:
    client = as_role(role)
    assert SECRET not in client.get("/desk/api/main/images/").content.decode()
    answer = client.get(f"/desk/api/main/images/{picture.pk}/").content.decode()
    assert SECRET not in answer
    assert "leak" not in answer


def sent(role: Role, path: str) -> int:
    """Return how it is answered who asks for a file."""
    request = RequestFactory().get("/desk/media/x")
    request.user = staff(role)
    try:
        answer: Any = send_media(request, path)
    except Http404:
        return 404
    # Ends the test's connection too.
    answer.close()
    return int(answer.status_code)


@pytest.mark.parametrize("role", [R, E, T, A])
@pytest.mark.parametrize("path", ["{}", "x/../{}", "avatar_images/../{}", "/{}"])
def test_pictures_are_sent_to_those_alone_who_work_with_them(
    role: Role, path: str, db: None
) -> None:
    name = default_storage.save("original_images/leak.png", ContentFile(b"leak"))
    assert sent(role, path.format(name)) == (404 if role is T else 200)


def test_everybody_sees_the_faces_of_others(db: None) -> None:
    name = default_storage.save("avatar_images/ada.png", ContentFile(b"face"))
    assert sent(T, name) == 200
