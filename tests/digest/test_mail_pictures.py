"""The lead's picture in mail: a file that every mail program shows, from the outlet's own site."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.images import ImageFile
from PIL import Image

from digest.conftest import Newsdesk
from handpress.digest.arranging import arrange_edition
from handpress.digest.editions import (
    compose_edition,
    contents_of,
    make_pictures,
)
from handpress.digest.message import parts_of
from handpress.digest.models import Edition, Frequency
from handpress.digest.sending import start_edition
from handpress.newsroom.models import NewsImage, Rendition
from handpress.newsroom.pictures import MAIL_SPECS

# Wagtail leaves it to the interpreter to close what it has written renditions from.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")

_GPS, _CAMERA = 0x8825, 0x0110


@pytest.fixture(autouse=True)
def address(settings_of: Any) -> None:
    settings_of("newsroom", address="https://lantern.example/")


def picture(mode: str = "RGB", width: int = 2000, height: int = 1000, kind: str = "PNG") -> Any:
    stream = BytesIO()
    image = Image.new(mode, (width, height), (60, 90, 30, 120)[: len(mode)])
    exif = Image.Exif()
    exif[_CAMERA] = "A camera of somebody"
    exif.get_ifd(_GPS)[1] = "N"
    image.save(stream, kind, exif=exif)
    file = ImageFile(stream, name=f"quay.{kind.lower()}")
    return NewsImage.objects.create(title="A quay", description="A quay at dawn", file=file)


def edition_with(desk: Newsdesk, *images: Any) -> Edition:
    for number, image in enumerate((*images, None, None)):
        desk.article(f"Story {number}", f"Topic {number}", lead_image=image)
    made = compose_edition(Frequency.DAILY, desk.slot(), desk.now)
    assert made
    return made


def tag_of(edition: Edition, topics: frozenset[int] | None = None) -> dict[str, Any]:
    html = parts_of(edition, contents_of(edition), topics)[2]
    (found,) = BeautifulSoup(html, "html.parser").find_all("img")
    return dict(found.attrs)


def printed(desk: Newsdesk, src: str) -> Image.Image:
    """Return the picture at an address of the site, once the press has been."""
    desk.paper.print()
    site = "https://lantern.example/"
    assert src.startswith(f"{site}images/")
    return Image.open(BytesIO((desk.paper.folder / src.removeprefix(site)).read_bytes()))


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_the_lead_picture_is_a_jpeg_without_a_word_of_its_camera(
    newsdesk: Newsdesk, mode: str
) -> None:
    edition = edition_with(newsdesk, picture(mode, kind="JPEG"))
    tag = tag_of(edition)
    assert (tag["width"], tag["height"], tag["alt"]) == ("560", "280", "A quay at dawn")
    shown = printed(newsdesk, tag["src"])
    assert (shown.format, shown.size, shown.mode) == ("JPEG", (1120, 560), "RGB")
    assert not shown.getexif()
    assert not {"exif", "xmp", "comment", "photoshop"} & shown.info.keys()


def test_one_that_can_be_seen_through_is_a_png(newsdesk: Newsdesk) -> None:
    tag = tag_of(edition_with(newsdesk, picture("RGBA", 400, 300)))
    assert (tag["width"], tag["height"]) == ("400", "300")
    shown = printed(newsdesk, tag["src"])
    assert (shown.format, shown.size, shown.mode) == ("PNG", (400, 300), "RGBA")
    assert not shown.getexif()


def test_every_reader_s_lead_has_one_and_nothing_else_has(newsdesk: Newsdesk) -> None:
    first, second, never = picture(), picture(), picture()
    newsdesk.article("Not leading", "Topic 1", lead_image=never, ago=timedelta(hours=9))
    edition = edition_with(newsdesk, first, second)
    made = Rendition.objects.filter(filter_spec__in=MAIL_SPECS)
    assert set(made.values_list("image_id", flat=True)) == {first.pk, second.pk}
    choice = frozenset({newsdesk.paper.topic("Topic 1").pk})
    assert tag_of(edition, choice)["src"].endswith(".jpg")


def test_a_picture_that_was_put_first_late_is_there_when_the_edition_goes(
    newsdesk: Newsdesk, django_capture_on_commit_callbacks: Any
) -> None:
    image = picture()
    newsdesk.article("Below", "Topic 0", lead_image=image, ago=timedelta(hours=9))
    edition = edition_with(newsdesk, picture())
    made = Rendition.objects.filter(image=image, filter_spec__in=MAIL_SPECS)
    assert not made.exists()
    uuids = [each.uuid for each in contents_of(edition).pieces if each.headline == "Below"]
    with django_capture_on_commit_callbacks(execute=True):
        arrange_edition(edition.pk, order=uuids, subject="", note="")
    assert made.exists()
    made.all().delete()
    sent = start_edition(edition.pk, newsdesk.now)
    assert sent
    assert tag_of(sent)["src"].endswith(".jpg")


def test_without_pictures_none_is_made(newsdesk: Newsdesk, settings_of: Any) -> None:
    settings_of("digest", pictures=False)
    make_pictures(edition_with(newsdesk, picture()))
    assert not Rendition.objects.filter(filter_spec__in=MAIL_SPECS).exists()


def test_a_picture_whose_file_is_lost_stops_no_edition(newsdesk: Newsdesk) -> None:
    image = picture()
    newsdesk.article("Story", "Topic 0", lead_image=image)
    image.file.storage.delete(image.file.name)
    edition = edition_with(newsdesk)
    assert contents_of(edition).pieces
    assert start_edition(edition.pk, newsdesk.now)
