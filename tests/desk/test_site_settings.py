"""The site settings as people use them: chosen, refused, seen before, taken back, recorded."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.models import ModelLogEntry, Revision

from factories.desk_forms import Desk
from factories.papers import Paper
from handpress.newsroom.core.colours import colour_faults
from handpress.newsroom.models import NavigationItem, NewsImage, Outlet, PlainPage
from handpress.newsroom.outlet import writing_languages
from handpress.press.models import Mark
from handpress.press.site import site_facts

pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")

FORM = "/desk/settings/site/edit/1/"
HISTORY = "/desk/settings/site/history/1/"


def links(*rows: dict[str, Any], initial: int = 0) -> dict[str, str]:
    """Return the fields of the navigation."""
    fields = {
        "navigation-TOTAL_FORMS": str(len(rows)),
        "navigation-INITIAL_FORMS": str(initial),
        "navigation-MIN_NUM_FORMS": "0",
        "navigation-MAX_NUM_FORMS": "1000",
    }
    for number, row in enumerate(rows):
        full = {"topic": "", "page": "", "url": "", "label": "", "id": "", "ORDER": number + 1}
        fields |= {f"navigation-{number}-{name}": str(v) for name, v in (full | row).items()}
    return fields


def said(answer: Any) -> str:
    """Return every complaint on a page."""
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    return " ".join(one.get_text(" ", strip=True) for one in soup.select(".error-message"))


def picture(width: int = 900, height: int = 200) -> NewsImage:
    stream = BytesIO()
    Image.new("RGB", (width, height), (140, 28, 19)).save(stream, "PNG")
    return NewsImage.objects.create(title="Logo", file=ImageFile(stream, name="logo.png"))


# The form -------------------------------------------------------------------------------------


def test_every_default_is_shown_and_looking_changes_nothing(desk: Desk, settings: Any) -> None:
    Mark.objects.all().delete()
    html = desk.client.get("/desk/settings/site/", follow=True).content.decode()
    soup = BeautifulSoup(html, "html.parser")
    shown = {str(one["name"]): one.get("placeholder") for one in soup.select("input[placeholder]")}
    newsroom = settings.HANDPRESS.newsroom
    assert shown["name"] == newsroom.name
    assert shown["time_zone"] == newsroom.time_zone
    assert shown["language"] == "English (en)"
    assert shown["paper"] == "#fdfcf8"
    assert not Outlet.objects.exists()
    assert not Mark.objects.exists()
    assert soup.title
    assert soup.title.get_text().endswith(newsroom.name)


def test_it_is_the_first_entry_of_the_settings_menu(desk: Desk) -> None:
    html = desk.client.get("/desk/").content.decode()
    assert html.index("/desk/settings/site/") < html.index("/desk/workflows/list/")


def test_choices_are_kept_and_the_desk_is_called_by_the_new_name(desk: Desk) -> None:
    answer = desk.send(
        FORM,
        name="The Morning Sounding",
        accent="0057B8",
        language="Korean",
        languages="Korean, english، العربية",
        time_zone="asia/seoul".title(),
        footer="One.\r\nTwo.",
        full_appeal_on="front",
        appeal_in_digest="False",
        feeds_are_full="False",
        shows_accounts="True",
    )
    row = Outlet.objects.get()
    assert row.shows_accounts
    assert not row.appeal_in_digest
    assert (row.name, row.accent, row.language) == ("The Morning Sounding", "#0057b8", "ko")
    assert (row.languages, row.time_zone) == ("ko, en, ar", "Asia/Seoul")
    assert (row.footer, row.full_appeal_on, row.feeds_are_full) == ("One.\nTwo.", "front", False)
    assert writing_languages() == ["ko", "en", "ar"]
    html = desk.client.get(answer.url).content.decode()
    assert "Saved." in html
    assert "newest first" in html
    assert "<title>Editing: Site settings - The Morning Sounding</title>" in html
    # Shown again as it is understood, and sent again it changes nothing.
    fields = desk.form(FORM)
    assert fields["languages"] == "Korean (ko), English (en), Arabic (ar)"
    answer = desk.send(FORM)
    assert "Nothing was changed." in desk.client.get(answer.url).content.decode()
    assert Outlet.objects.get().languages == "ko, en, ar"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("language", "Corean", "Did you mean Korean (ko)?"),
        ("languages", "en, Corean", "Did you mean Korean (ko)?"),
        ("time_zone", "Soul", "is not a time zone."),
        ("time_zone", "Seoul", 'Did you mean "Asia/Seoul"?'),
        ("accent", "crimson", "“crimson” is not a colour."),
        ("accent", "#ff8800", colour_faults(accent="#ff8800")["accent"]),
        ("paper", "#888888", colour_faults(paper="#888888")["paper"]),
        ("name", "a\x07b", "control character"),
        ("name", "x" * 201, "at most 200"),
        ("full_appeal_on", "moon", "moon is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    desk: Desk, field: str, value: str, words: str
) -> None:
    answer = desk.try_to_send(FORM, {"tagline": "Kept as typed", field: value})
    assert answer.status_code == 200
    assert words in said(answer)
    html = answer.content.decode()
    assert "Nothing has been changed yet" in html
    assert "Kept as typed" in html
    assert not Outlet.objects.exists()
    assert site_facts().tagline != "Kept as typed"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "Choose one: a topic, a page, or an address."),
        ({"url": "https://a.example/"}, "An address needs words to click on."),
        ({"url": "javascript:alert(1)", "label": "Click"}, "is no address"),
        ({"url": "data:text/html,x", "label": "Click"}, "is no address"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(desk: Desk, row: dict[str, Any], words: str) -> None:
    answer = desk.try_to_send(FORM, links(row))
    assert words in answer.content.decode()
    assert not NavigationItem.objects.exists()


def test_links_are_put_in_order_and_taken_away(desk: Desk, paper: Paper) -> None:
    topic = paper.topic("Water")
    page = PlainPage.objects.create(title="About", live=True)
    friends = {"url": "https://friends.example", "label": "Friends"}
    inside = {"url": "/donate/", "label": "Help"}
    desk.send(FORM, links({"topic": topic.pk}, friends, {"page": page.pk}, inside))
    rows = list(NavigationItem.objects.order_by("sort_order"))
    assert [str(row) for row in rows] == ["Water", "Friends", "About", "Help"]
    assert rows[3].url == "/donate/"
    again = [{"id": row.pk, "topic": row.topic_id or "", "page": row.page_id or ""} for row in rows]
    again[1] |= friends
    again[3] |= inside
    again[0]["ORDER"], again[2]["ORDER"] = 3, 1
    again[1]["DELETE"] = "on"
    desk.send(FORM, links(*again, initial=4))
    left = NavigationItem.objects.order_by("sort_order")
    assert [str(row) for row in left] == ["About", "Water", "Help"]


def test_a_dark_logo_alone_is_refused(desk: Desk) -> None:
    answer = desk.try_to_send(FORM, logo_dark=str(picture().pk))
    assert "Choose both" in said(answer)


def test_a_drawing_with_scripts_is_refused_as_a_picture(desk: Desk) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name in ("logo.svg", "logo.png"):
        answer = desk.client.post(
            reverse("wagtailimages_chooser:create"),
            {
                "image-chooser-upload-title": "Logo",
                "image-chooser-upload-file": SimpleUploadedFile(name, drawing),
            },
        )
        assert not NewsImage.objects.exists()
        words = answer.content.decode()
        assert "PNG" in words or "valid image" in words


def test_the_form_costs_the_same_whatever_the_archive(
    desk: Desk, paper: Paper, django_assert_max_num_queries: Any
) -> None:
    desk.send(FORM, name="A")
    for number in range(12):
        paper.article(f"Story {number}", [f"Topic {number}"], day=number)
    desk.client.get(FORM)
    with django_assert_max_num_queries(45):
        desk.client.get(FORM)


# Before it is saved ---------------------------------------------------------------------------


def look(desk: Desk, path: str, **choices: Any) -> Any:
    """Fill in the form without saving it and look at a page."""
    url = "/desk/settings/site/preview/1/"
    answer = desk.client.post(url, {**desk.form(FORM), **choices})
    assert answer.json() == {"is_valid": True, "is_available": True}
    return desk.client.get(f"/desk/settings/site/look/0/{path}")


def test_pages_are_seen_before_anything_is_saved(desk: Desk, paper: Paper) -> None:
    paper.article("Story", ["Water"], day=1)
    PlainPage.objects.create(title="About", live=True)
    paper.print()
    before = paper.files()
    html = ""
    choices = {"name": "Tomorrow", "accent": "#0057b8", "language": "ar", "footer": "New foot."}
    for path in ("404.html", "2021/01/story.html", "topics/water/", "about.html", "index.html"):
        html = look(desk, path, **choices).content.decode()
        assert "Tomorrow" in html
        assert "New foot." in html
        assert 'dir="rtl"' in html
    sheet = BeautifulSoup(html, "html.parser").select_one("link[rel=stylesheet]")
    assert sheet
    path = str(sheet["href"]).removeprefix("./")
    css = desk.client.get(f"/desk/settings/site/look/0/{path}")
    assert css["Content-Type"].startswith("text/css")
    assert b"--accent:#0057b8" in css.content
    assert paper.files() == before
    assert not Outlet.objects.exists()
    assert site_facts().name != "Tomorrow"


def test_links_and_a_logo_are_seen_too(desk: Desk, paper: Paper) -> None:
    paper.article("Story", ["Water"], day=1)
    paper.print()
    logo = picture()
    chosen = links({"url": "https://friends.example/", "label": "Friends"})
    html = look(desk, "2021/01/story.html", logo=str(logo.pk), **chosen).content.decode()
    soup = BeautifulSoup(html, "html.parser")
    assert [a.get_text() for a in soup.select(".topic-bar a")] == ["Friends", "All topics"]
    image = soup.select_one(".name img")
    assert image
    path = str(image["src"]).removeprefix("../../")
    answer = desk.client.get(f"/desk/settings/site/look/0/{path}")
    assert answer["Content-Type"] == "image/webp"
    assert answer.content.startswith(b"RIFF")


def test_what_the_panel_opens_is_the_front_page_or_the_newest_article(
    desk: Desk, paper: Paper
) -> None:
    paper.article("Story", ["Water"], day=1)
    url = "/desk/settings/site/preview/1/?mode="
    assert desk.client.get(f"{url}front")["Location"].endswith("/look/0/index.html")
    article = desk.client.get(f"{url}article")["Location"]
    assert article.endswith("/look/0/2021/01/story.html")
    # Before the first press, too.
    html = desk.client.get("/desk/settings/site/look/0/index.html").content.decode()
    assert "Skip to content" in html


def test_what_is_not_the_site_s_is_not_shown(desk: Desk) -> None:
    for path in ("nowhere.html", "../../handpress.toml", "images/../../secret.key", "images/"):
        answer = desk.client.get(f"/desk/settings/site/look/0/{path}")
        assert answer.status_code in {302, 404}, path


# Taken back, and recorded ---------------------------------------------------------------------


def test_history_says_what_was_changed_and_an_older_version_comes_back(
    desk: Desk, paper: Paper
) -> None:
    paper.article("Story", ["Water"], day=1)
    paper.print()
    desk.send(FORM, name="One", footer="Old foot.")
    desk.send(FORM, links({"topic": paper.topic("Water").pk}), name="Two", footer="")
    history = BeautifulSoup(desk.client.get(HISTORY).content.decode(), "html.parser").get_text()
    assert "Changed name from “One” to “Two”; navigation from nothing to “Water”;" in history
    assert "words at the foot from “Old foot.” to nothing" in history
    entry = ModelLogEntry.objects.filter(action="newsroom.settings_changed").latest("timestamp")
    assert str(entry.user) == "editor@proof.example"
    # The report of the whole desk says it too.
    report = desk.client.get("/desk/reports/site-history/", follow=True).content.decode()
    assert "Changed name from" in report
    first, one, _ = Revision.objects.filter(object_id="1").order_by("pk")
    seen = desk.client.get(f"/desk/settings/site/look/{one.pk}/index.html").content.decode()
    assert "Old foot." in seen
    desk.send(f"/desk/settings/site/history/1/revisions/{one.pk}/revert/")
    row = Outlet.objects.get()
    assert (row.name, row.footer, row.navigation.count()) == ("One", "Old foot.", 0)
    paper.print()
    assert "Old foot." in paper.read("2021/01/story.html")
    # And the state before anybody chose anything.
    desk.send(f"/desk/settings/site/history/1/revisions/{first.pk}/revert/")
    assert Outlet.objects.get().name == ""


def test_two_versions_are_compared(desk: Desk) -> None:
    desk.send(FORM, name="One")
    desk.send(FORM, name="Two", language="ko")
    one, two = Revision.objects.order_by("pk").values_list("pk", flat=True)[1:]
    url = f"/desk/settings/site/history/1/revisions/compare/{one}...{two}/"
    assert "Two" in desk.client.get(url).content.decode()


# Who may --------------------------------------------------------------------------------------


@pytest.fixture
def reporter(db: None) -> Client:
    user = get_user_model().objects.create_user("r", "r@proof.example", "a long enough phrase")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(user)
    return client


ADDRESSES = (
    "/desk/settings/site/",
    FORM,
    "/desk/settings/site/preview/1/",
    "/desk/settings/site/look/0/index.html",
    "/desk/settings/site/press/",
    HISTORY,
)


def test_only_who_may_change_the_outlet_comes_in(reporter: Client, desk: Desk) -> None:
    desk.send(FORM, name="A")
    for url in ADDRESSES:
        assert reporter.get(url).status_code in {302, 403, 404}, url
    assert reporter.post(FORM, {"name": "Mine"}).status_code in {302, 403}
    assert Outlet.objects.get().name == "A"
    assert "/desk/settings/site/" not in reporter.get("/desk/").content.decode()


def test_the_permission_to_change_the_outlet_is_enough(reporter: Client) -> None:
    user = get_user_model().objects.get(username="r")
    user.user_permissions.add(Permission.objects.get(codename="change_outlet"))
    Desk(reporter).send(FORM, name="Ours")
    assert Outlet.objects.get().name == "Ours"
    assert all(reporter.get(url).status_code in {200, 302} for url in ADDRESSES)


def test_there_is_one_outlet_and_it_stays(desk: Desk) -> None:
    desk.send(FORM, name="A")
    for action in ("add/", "delete/1/"):
        desk.client.post(f"/desk/settings/site/{action}", {"name": "B"})
    assert Outlet.objects.get().name == "A"
