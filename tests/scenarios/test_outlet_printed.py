"""What is chosen about the whole site stands on every page, and nothing of the former is left."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.core.files.images import ImageFile
from django.test import Client
from PIL import Image

from factories.papers import Paper
from handpress.donations.models import Campaign
from handpress.newsroom.models import NavigationItem, NewsImage, Outlet, PlainPage
from handpress.press import site
from handpress.press.actions import Press
from handpress.press.verify import verify_site

# Wagtail leaves it to the interpreter to close what it has written renditions from.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")

EVERY_PAGE = ("index.html", "topics/water/index.html", "2021/01/story.html", "about.html")


@pytest.fixture
def pressed(paper: Paper) -> Paper:
    paper.article(
        "Story", ["Water"], day=1, slug="story", body=[("text", "<p>It rained all night.</p>")]
    )
    paper.topic("Air")
    PlainPage.objects.create(title="About", live=True, body=[("text", "<p>Who we are.</p>")])
    Campaign.objects.create(
        name="Winter",
        heading="The roof leaks",
        full_text="In full: it rains.",
        compact_text="In short.",
        starts_at=datetime(2021, 1, 1, tzinfo=UTC),
        is_running=True,
    )
    paper.print()
    return paper


def choose(**values: Any) -> Outlet:
    row = Outlet.in_force()
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def picture(width: int, height: int) -> NewsImage:
    stream = BytesIO()
    Image.new("RGBA", (width, height), (140, 28, 19, 120)).save(stream, "PNG")
    return NewsImage.objects.create(title="Logo", file=ImageFile(stream, name="logo.png"))


def is_clean(paper: Paper) -> bool:
    """Say whether a process that knows nothing finds the site as it would print it."""
    site.forget_outlet()
    return verify_site(Press(store=paper.press.store, workers=1)).is_clean


def pages(paper: Paper) -> list[str]:
    return [paper.read(path) for path in EVERY_PAGE]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "The Morning Sounding"}, "The Morning Sounding"),
        ({"tagline": "Fathom by fathom"}, "Fathom by fathom"),
        ({"footer": "Printed by hand.\n\n7 Quay <b>Street</b>"}, "&lt;b&gt;Street&lt;"),
        ({"paper": "#eef6ff"}, 'content="#eef6ff"'),
        ({"paper_dark": "#101820"}, 'content="#101820"'),
        ({"language": "ko"}, '<html lang="ko"'),
        ({"language": "ar"}, 'dir="rtl"'),
    ],
)
def test_a_choice_stands_on_every_page(pressed: Paper, values: dict[str, Any], words: str) -> None:
    assert all(words not in page for page in pages(pressed))
    choose(**values)
    assert pressed.run().is_sweep
    assert all(words in page for page in pages(pressed))
    assert is_clean(pressed)
    # Empty again, it is as the settings file has it, and nothing of the choice is left.
    choose(**dict.fromkeys(values, ""))
    pressed.print()
    assert all(words not in page for page in pages(pressed))
    assert is_clean(pressed)


def test_colours_are_tokens_and_the_former_style_sheet_leaves(pressed: Paper) -> None:
    sheets = [path for path in pressed.files() if path.endswith(".css")]
    choose(accent="#0057b8", accent_dark="#8cc8ff")
    pressed.print()
    new = [path for path in pressed.files() if path.endswith(".css")]
    assert not {*new} & {*sheets}
    [sheet] = [path for path in new if "forms." not in path]
    css = pressed.read(sheet)
    # For light screens and paper: after the theme's own dark colours it would win over them.
    assert re.search(
        r"@media not screen and \(prefers-color-scheme:dark\)\{:root\{--accent:#0057b8", css
    )
    assert re.search(r"prefers-color-scheme:dark\)\{:root\{[^}]*--accent:#8cc8ff", css)
    assert all(sheet.rpartition("/")[2] in page for page in pages(pressed) if "forms." not in page)
    assert all(
        former.rpartition("/")[2] not in page for page in pages(pressed) for former in sheets
    )
    assert is_clean(pressed)


def test_feeds_stay_the_same_feeds_under_another_name(pressed: Paper) -> None:
    feed_id = re.compile("<id>(.*?)</id>")
    before = feed_id.findall(pressed.read("feed.xml"))
    choose(name="The Morning Sounding")
    pressed.print()
    assert "<title>The Morning Sounding</title>" in pressed.read("feed.xml")
    assert feed_id.findall(pressed.read("feed.xml")) == before


def test_another_time_zone_moves_no_article(paper: Paper) -> None:
    late = datetime(2021, 1, 31, 23, 30, tzinfo=UTC)
    old = paper.article("Old", ["Water"], published_at=late, last_published_at=late)
    assert old.path == "2021/01/old.html"
    paper.print()
    choose(time_zone="Asia/Seoul")
    paper.print()
    assert "1 February 2021" in paper.read("2021/01/old.html").replace(
        "February 1, 2021", "1 February 2021"
    )
    # Not by an edit either; what is new counts its days in the new zone.
    old.headline = "Old and edited"
    old.save()
    new = paper.article("New", ["Water"], published_at=late)
    assert (old.path, new.path) == ("2021/01/old.html", "2021/02/new.html")
    paper.print()
    assert is_clean(paper)


def test_dates_and_the_site_s_own_words_follow_the_language(pressed: Paper) -> None:
    choose(language="ko")
    pressed.print()
    story = pressed.read("2021/01/story.html")
    assert "2021년 1월 5일" in story
    assert '<html lang="ko" dir="ltr">' in story
    assert is_clean(pressed)


def test_links_are_those_chosen_in_their_order(pressed: Paper) -> None:
    outlet, about = choose(), PlainPage.objects.get()
    links = [
        NavigationItem(page=about, label="Who we are"),
        NavigationItem(topic=pressed.topic("Water")),
        NavigationItem(url="https://friends.example/?a=1&b=2", label="Friends"),
        NavigationItem(url="/donate/", label="Help"),
    ]
    for order, link in enumerate(links):
        link.outlet, link.sort_order = outlet, order
        link.save()
    pressed.print()
    bar = re.search(r'<nav class="topic-bar".*?</nav>', pressed.read("2021/01/story.html"), re.S)
    assert bar
    assert re.findall(r'href="([^"]*)"', unescape(bar[0])) == [
        "../../about.html",
        "../../topics/water/",
        "https://friends.example/?a=1&b=2",
        "../../donate/",
        "../../topics/",
    ]
    assert is_clean(pressed)
    # What is taken down leaves the bar.
    about.unpublish()
    pressed.print()
    assert "Who we are" not in pressed.read("index.html").split("</nav>")[0]
    assert is_clean(pressed)


@pytest.mark.parametrize(
    ("places", "front", "elsewhere"),
    [
        (("everywhere", "everywhere"), (True, True), (True, True)),
        (("front", "nowhere"), (True, False), (False, False)),
        (("nowhere", "front"), (False, True), (False, False)),
        (("nowhere", "nowhere"), (False, False), (False, False)),
    ],
)
def test_where_the_appeal_stands(
    pressed: Paper, places: tuple[str, str], front: tuple[bool, bool], elsewhere: tuple[bool, bool]
) -> None:
    choose(full_appeal_on=places[0], compact_appeal_on=places[1])
    pressed.print()
    first, *others = pages(pressed)
    assert ("In full: it rains." in first, "In short." in first) == front
    assert {("In full: it rains." in one, "In short." in one) for one in others} == {elsewhere}
    assert is_clean(pressed)


def test_feeds_hold_whole_articles_or_excerpts(pressed: Paper) -> None:
    feeds = ("feed.xml", "topics/water/feed.xml")
    assert all("It rained all night." in pressed.read(feed) for feed in feeds)
    choose(feeds_are_full=False)
    pressed.print()
    assert all("It rained all night." not in pressed.read(feed) for feed in feeds)
    assert all("What Story is about" in pressed.read(feed) for feed in feeds)
    assert is_clean(pressed)


def test_a_logo_stands_in_place_of_the_name(pressed: Paper) -> None:
    choose(logo=picture(900, 200), logo_dark=picture(800, 100))
    pressed.print()
    page = pressed.read("2021/01/story.html")
    found = re.findall(r'(?:src|srcset)="\.\./\.\./(images/[^"]+)"', page.split("</header>")[0])
    assert len(found) == 2
    assert all(path.endswith(".webp") and path in pressed.files() for path in found)
    assert is_clean(pressed)
    # Without it the name is back, and its files leave.
    choose(logo=None, logo_dark=None)
    pressed.print()
    assert not [path for path in pressed.files() if path.startswith("images/")]
    assert is_clean(pressed)


def test_a_logo_whose_file_is_replaced_is_printed_anew(pressed: Paper) -> None:
    logo = picture(900, 200)
    choose(logo=logo)
    pressed.print()
    before = {path for path in pressed.files() if path.startswith("images/")}
    stream = BytesIO()
    Image.new("RGB", (700, 300), (1, 2, 3)).save(stream, "PNG")
    logo.file = ImageFile(stream, name="other.png")
    logo.save()
    logo.renditions.all().delete()
    choose()
    pressed.print()
    after = {path for path in pressed.files() if path.startswith("images/")}
    assert after
    assert not before & after
    assert is_clean(pressed)


def test_languages_to_write_in_print_nothing(pressed: Paper) -> None:
    choose(languages="ko, ar")
    assert not pressed.run().is_sweep
    assert is_clean(pressed)


def test_another_process_sees_the_choice_with_its_next_request(
    pressed: Paper, client: Client
) -> None:
    assert site.site_facts().name != "Elsewhere"
    # As another process would: past this one's memory.
    choose()
    site.site_facts()
    Outlet.objects.update(name="Elsewhere")
    assert site.site_facts().name != "Elsewhere"
    client.get("/desk/login/")
    assert site.site_facts().name == "Elsewhere"
    # The press looks with every run.
    Outlet.objects.update(name="Yet elsewhere")
    pressed.print()
    assert "Yet elsewhere" in pressed.read("index.html")


def test_a_database_that_does_not_answer_is_no_outlet_without_choices(db: None) -> None:
    from django.db import OperationalError, connection

    from handpress.newsroom.outlet import read_choices

    def refuse(*args: Any) -> None:
        raise OperationalError("no answer")

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        read_choices()
