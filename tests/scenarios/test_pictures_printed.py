"""Pictures whose files are not there, cannot be read, or cannot be made into what readers get."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.images import ImageFile
from django.test import TestCase
from PIL import Image

from factories.papers import Paper
from handpress.newsroom.models import NewsImage, Rendition

# Wagtail leaves it to the interpreter to close what it has written renditions from.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")


def picture(width: int = 900, height: int = 600) -> NewsImage:
    stream = BytesIO()
    Image.new("RGB", (width, height), (140, 28, 19)).save(stream, "PNG")
    return NewsImage.objects.create(
        title="Ferry", description="A ferry", file=ImageFile(stream, name="ferry.png")
    )


def illustrated(paper: Paper, headline: str = "Ferry") -> list[Path]:
    """Publish an article with a picture; return the files of the sizes that readers get."""
    image = picture()
    paper.article(headline, ["Water"], lead_image=image)
    return [Path(row.file.path) for row in Rendition.objects.filter(image=image)]


def printed_pictures(paper: Paper) -> set[str]:
    return {path for path in paper.files() if path.startswith("images/")}


@pytest.mark.parametrize("everything", [True, False])
def test_a_picture_whose_file_is_away_stays_on_the_site(paper: Paper, everything: bool) -> None:
    files = illustrated(paper)
    paper.print()
    before = printed_pictures(paper)
    assert len(before) == len(files) == 2
    for file in files:
        file.rename(file.with_suffix(".away"))
    if not everything:
        NewsImage.objects.get().save()
    report = paper.run(everything=everything)
    assert len(report.failed) == 2
    assert printed_pictures(paper) == before
    for file in files:
        file.with_suffix(".away").rename(file)
    assert not paper.run().failed
    assert printed_pictures(paper) == before


def test_pictures_that_come_after_the_press_are_printed(paper: Paper) -> None:
    files = illustrated(paper)
    for file in files:
        file.rename(file.with_suffix(".away"))
    assert len(paper.run().failed) == 2
    for file in files:
        file.with_suffix(".away").rename(file)
    paper.run()
    assert len(printed_pictures(paper)) == 2


def test_a_picture_that_cannot_be_read_holds_up_no_page(paper: Paper) -> None:
    first, *_ = illustrated(paper)
    first.unlink()
    first.mkdir()
    illustrated(paper, "Second")
    report = paper.run()
    assert len(report.failed) == 1
    assert "2021/01/second.html" in paper.files()
    assert len(printed_pictures(paper)) == 3


def test_a_topic_shows_its_own_picture(paper: Paper) -> None:
    paper.article("Story", ["Water"])
    paper.print()
    topic = paper.topic("Water")
    topic.image, topic.image_alt = picture(), "The quay at night"
    topic.save()
    paper.print()
    head = paper.read("topics/water/index.html")
    assert 'alt="The quay at night"' in head
    (name, *_) = printed_pictures(paper)
    assert len(printed_pictures(paper)) == 2
    assert name in head.replace("../../images/", "images/")


def test_a_topic_shows_the_picture_that_replaced_its_own(paper: Paper) -> None:
    paper.article("Story", ["Water"])
    image = picture()
    topic = paper.topic("Water")
    topic.image = image
    topic.save()
    paper.print()
    former = printed_pictures(paper)
    with TestCase.captureOnCommitCallbacks(execute=True):
        image.renditions.all().delete()
    paper.print()
    assert len(printed_pictures(paper)) == len(former) == 2
    assert all(Path(row.file.path).is_file() for row in image.renditions.all())
    assert "<img" in paper.read("topics/water/index.html")


def test_an_article_whose_picture_cannot_be_made_is_public_without_it(paper: Paper) -> None:
    image = picture()
    Path(image.file.path).unlink()
    paper.article("Story", ["Water"], lead_image=image)
    assert not paper.run().failed
    assert "ferry" not in paper.read("2021/01/story.html")
