"""Plain pages at the desk: written, seen, published, moved, taken down, and linked at the foot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Revision

from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from factories.papers import Paper
from handpress.newsroom.actions import publish_due
from handpress.newsroom.models import Outlet, PlainPage
from handpress.press.verify import verify_site

BODY = body_of(("text", "<p>Who we are.</p>"))
ADD = url_of("newsroom/plainpage", "add")


def edit(row: PlainPage) -> str:
    return url_of("newsroom/plainpage", "edit", row.pk)


def foot(paper: Paper, path: str = "index.html") -> list[str]:
    """Return the links at the foot of a page, the site's own left out."""
    soup = BeautifulSoup(paper.read(path), "html.parser")
    return [a.get_text() for a in soup.select(".colophon nav a")][6:]


def test_it_stands_in_the_menu_behind_the_contributors(desk: Desk) -> None:
    html = desk.client.get("/desk/").content.decode()
    places = [
        html.index(f"/desk/snippets/newsroom/{name}/") for name in ("contributor", "plainpage")
    ]
    assert places == sorted(places)


def test_a_page_is_written_drafted_and_published(desk: Desk, paper: Paper) -> None:
    paper.print()
    body = body_of(
        ("text", "<p>We are <b>six</b>.</p>"), ("quote", {"text": "Deep.", "attribution": ""})
    )
    desk.send(ADD, body, title="About us", description="Who we are.")
    row = PlainPage.objects.get()
    assert (row.live, row.slug) == (False, "about-us")
    paper.print()
    assert not (paper.folder / "about-us.html").exists()
    assert foot(paper) == []
    desk.send(edit(row), body, PUBLISH)
    paper.print()
    page = paper.read("about-us.html")
    assert "<p>We are <b>six</b>.</p>" in page
    assert "<blockquote" in page
    assert 'content="Who we are."' in page
    assert foot(paper) == ["About us"]
    assert verify_site(paper.press).is_clean


def test_a_draft_of_what_is_public_changes_nothing_until_it_is_published(
    desk: Desk, paper: Paper
) -> None:
    row = PlainPage.objects.create(title="About", live=True, body=[("text", "<p>Old.</p>")])
    paper.print()
    desk.send(edit(row), BODY, title="About this paper")
    assert not paper.print()
    preview = "/desk/snippets/newsroom/plainpage/preview/"
    desk.client.post(f"{preview}{row.pk}/", {**desk.form(edit(row)), **BODY})
    assert "About this paper" in desk.client.get(f"{preview}{row.pk}/").content.decode()
    desk.send(edit(row), BODY, PUBLISH)
    paper.print()
    assert "About this paper" in paper.read("about.html")


def test_a_page_that_moves_is_found_at_its_former_address(desk: Desk, paper: Paper) -> None:
    row = PlainPage.objects.create(title="About", live=True)
    paper.print()
    desk.send(edit(row), BODY, PUBLISH, slug="who-we-are")
    paper.print()
    assert "who-we-are.html" in paper.read("about.html")
    assert 'href="./who-we-are.html"' in paper.read("index.html")
    desk.confirm(url_of("newsroom/plainpage", "unpublish", row.pk))
    paper.print()
    assert foot(paper) == []
    assert "About" not in paper.read("index.html")
    assert "No longer here" in paper.read("who-we-are.html")
    assert verify_site(paper.press).is_clean


@pytest.mark.parametrize("slug", ["topics", "sitemap"])
def test_names_of_the_site_itself_are_refused(desk: Desk, slug: str) -> None:
    answer = desk.try_to_send(ADD, BODY, title="Anything", slug=slug)
    assert "is an address of the site itself. Choose another." in answer.content.decode()
    assert not PlainPage.objects.exists()


def test_a_title_that_is_such_a_name_gets_another_address(desk: Desk) -> None:
    desk.send(ADD, BODY, PUBLISH, title="Search")
    assert PlainPage.objects.get().slug == "search-2"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "   "}, "A page needs a title."),
        ({"title": "Other", "slug": "about"}, "already exists"),
        ({"title": "Other", "slug": "a/b"}, "valid “slug”"),
        ({"title": "Other", "language": "Corean"}, "Did you mean Korean (ko)?"),
        ({"title": "Other", "position": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    desk: Desk, fields: dict[str, str], words: str
) -> None:
    PlainPage.objects.create(title="About", live=True)
    answer = desk.try_to_send(ADD, BODY, PUBLISH, {"description": "Kept as typed", **fields})
    html = answer.content.decode()
    assert words in html
    assert "Kept as typed" in html
    assert PlainPage.objects.count() == 1


def test_order_and_place_at_the_foot(desk: Desk, paper: Paper) -> None:
    for title, position in (("Imprint", 30), ("About", 10), ("Contact", 20)):
        PlainPage.objects.create(title=title, position=position, live=True)
    paper.print()
    assert foot(paper) == ["About", "Contact", "Imprint"]
    row = PlainPage.objects.get(title="Contact")
    fields = desk.form(edit(row))
    del fields["is_in_footer"]
    assert desk.client.post(edit(row), {**fields, **BODY, **PUBLISH}).status_code == 302
    paper.print()
    assert foot(paper) == ["About", "Imprint"]
    assert "Contact" in paper.read("contact.html")


def test_what_is_scheduled_appears_at_its_time(paper: Paper) -> None:
    row = PlainPage.objects.create(title="Members", live=False)
    soon = datetime.now(UTC) - timedelta(minutes=1)
    row.go_live_at = soon
    row.save_revision(approved_go_live_at=soon)
    Revision.objects.update(approved_go_live_at=soon)
    publish_due(soon - timedelta(minutes=1))
    assert not PlainPage.objects.get().live
    publish_due(soon)
    paper.print()
    assert foot(paper) == ["Members"]


def test_history_keeps_every_version(desk: Desk) -> None:
    row = PlainPage.objects.create(title="About", live=True)
    desk.send(edit(row), BODY, PUBLISH, title="About us")
    desk.send(edit(row), BODY, PUBLISH, title="All about us")
    first = Revision.objects.order_by("pk").first()
    assert first
    url = f"/desk/snippets/newsroom/plainpage/history/{row.pk}/revisions/{first.pk}/revert/"
    desk.send(url, BODY, PUBLISH)
    assert PlainPage.objects.get().title == "About us"


def test_the_list_costs_the_same_however_many_there_are(
    desk: Desk,
) -> None:
    counts = []
    for many in (2, 20):
        for number in range(many):
            PlainPage.objects.create(title=f"Page {many} {number}", live=True)
        desk.client.get("/desk/snippets/newsroom/plainpage/")
        with CaptureQueriesContext(connection) as queries:
            desk.client.get("/desk/snippets/newsroom/plainpage/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_may_not_publish_may_write(db: None) -> None:
    user = get_user_model().objects.create_user("r", "r@proof.example", "a long enough phrase")
    for name in ("access_admin", "add_plainpage", "change_plainpage"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(user)
    Desk(client).send(ADD, BODY, PUBLISH, title="About")
    assert not PlainPage.objects.get().live


def test_the_languages_that_the_outlet_writes_in_are_proposed(desk: Desk) -> None:
    Outlet(languages="ko, ar").save()
    soup = BeautifulSoup(desk.client.get(ADD).content.decode(), "html.parser")
    proposed = [str(one["value"]) for one in soup.select("#language-proposals option")]
    assert proposed == ["English (en)", "Korean (ko)", "Arabic (ar)"]
    desk.send(ADD, BODY, PUBLISH, title="소개", language="Korean (ko)")
    assert PlainPage.objects.get().language == "ko"
