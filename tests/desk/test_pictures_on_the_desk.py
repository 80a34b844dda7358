"""Pictures that are broken, huge, or gone: the desk says so where one can act on it."""

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from factories.desk_forms import PUBLISH, Desk, body_of
from handpress.newsroom.models import Article, NewsImage, PlainPage, Topic

# Wagtail leaves the file that it renders a picture into for Python to close.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")
ARTICLE, PAGE, TOPIC = (
    f"/desk/snippets/newsroom/{kind}/add/" for kind in ("article", "plainpage", "topic")
)


def image_file(width: int, height: int, form: str = "PNG") -> bytes:
    stream = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(stream, form)
    return stream.getvalue()


def huge() -> bytes:
    """Return a picture that says of itself that it has more pixels than anybody can hold."""
    data = bytearray(image_file(8, 8))
    data[16:24] = (20_000).to_bytes(4) * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    return bytes(data)


BROKEN = {
    "cut-off.jpg": image_file(400, 300, "JPEG")[:700],
    "cut-off.png": image_file(400, 300)[:700],
    "huge.png": huge(),
}


def upload(client: Client, name: str, data: bytes) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(
        reverse("wagtailimages:add_multiple"), {"files[]": file, "title": name}
    ).json()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_refused_with_the_reason(admin_client: Client, name: str) -> None:
    answer = upload(admin_client, name, BROKEN[name])
    assert not answer["success"]
    assert "cannot be read" in answer["error_message"]
    assert not NewsImage.objects.exists()


def test_a_picture_is_not_replaced_by_a_broken_one(admin_client: Client) -> None:
    upload(admin_client, "whole.png", image_file(40, 30))
    image = NewsImage.objects.get()
    file = SimpleUploadedFile("cut-off.jpg", BROKEN["cut-off.jpg"])
    answer = admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]), {"title": "Whole", "file": file}
    )
    assert "cannot be read" in answer.content.decode()
    assert NewsImage.objects.get().file.name == image.file.name


def test_a_picture_that_would_be_too_long_is_refused(admin_client: Client) -> None:
    answer = upload(admin_client, "long.png", image_file(10, 16_384))
    assert "16,384 pixels" in answer["error_message"]
    # Wide enough, it is shrunk for readers.
    assert upload(admin_client, "wide.png", image_file(1300, 16_384))["success"]


@pytest.fixture
def gone(db: None) -> NewsImage:
    """A picture of the library whose file is no longer there."""
    file = ContentFile(image_file(40, 30), name="gone.png")
    image = NewsImage.objects.create(title="Gone", description="A ferry", file=file)
    Path(image.file.path).unlink()
    return image


def test_what_shows_a_picture_that_is_gone_is_not_published(desk: Desk, gone: NewsImage) -> None:
    lead = desk.try_to_send(ARTICLE, body_of(), headline="A", lead_image=gone.pk, **PUBLISH)
    assert "its file is gone" in lead.content.decode()
    inside = body_of(("image", {"image": gone.pk, "alt": "A ferry"}))
    answer = desk.try_to_send(ARTICLE, inside, headline="B", **PUBLISH)
    assert "its file is gone" in answer.content.decode()
    assert not Article.objects.filter(live=True).exists()
    answer = desk.try_to_send(PAGE, inside, title="About", **PUBLISH)
    assert "its file is gone" in answer.content.decode()
    assert not PlainPage.objects.exists()
    answer = desk.try_to_send(TOPIC, name="W", image=gone.pk, **PUBLISH)
    assert "its file is gone" in answer.content.decode()
    assert not Topic.objects.exists()


def test_a_draft_with_a_picture_that_is_gone_is_kept(desk: Desk, gone: NewsImage) -> None:
    desk.send(ARTICLE, body_of(), headline="A draft", lead_image=gone.pk)
    assert Article.objects.get().headline == "A draft"
