"""The front page on the desk: lead, picks, preview, and two editors at once."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from factories.desk_forms import Desk
from factories.papers import Paper
from handpress.accounts.models import User
from handpress.archive.models import FrontPage, FrontPick
from handpress.newsroom.models import Article
from handpress.press.tasks import run_due, work_once

FRONT = "/desk/snippets/archive/frontpage/"
PREVIEW = f"{FRONT}preview/1/"


@pytest.fixture
def stories(paper: Paper) -> list[Article]:
    """Thirty stories, more than a front page shows; pressed."""
    found = [paper.article(f"Story {day:02}", ["Water"], day=day) for day in range(30)]
    settle(paper)
    return found


def settle(paper: Paper) -> None:
    run_due()
    work_once(paper.press)


def choice(lead: Article | None, *picks: Article) -> dict[str, str]:
    """Return the fields of the form for a choice, as if every pick were new."""
    fields = {
        "lead": str(lead.pk) if lead else "",
        "picks-TOTAL_FORMS": str(len(picks)),
        "picks-INITIAL_FORMS": "0",
    }
    for number, article in enumerate(picks):
        fields |= {
            f"picks-{number}-article": str(article.pk),
            f"picks-{number}-id": "",
            f"picks-{number}-ORDER": str(number + 1),
        }
    return fields


def picked() -> list[str]:
    return list(
        FrontPick.objects.order_by("sort_order").values_list("article__headline", flat=True)
    )


def words_of(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content.decode(), "html.parser").get_text(" ").split())


def test_lead_and_picks_are_printed(desk: Desk, paper: Paper, stories: list[Article]):
    assert "Story 03" not in paper.read("index.html")
    desk.send(FRONT, choice(stories[3], stories[5], stories[4]))
    assert picked() == ["Story 05", "Story 04"]
    before = paper.files()
    settle(paper)
    changed = {path for path, text in paper.files().items() if before.get(path) != text}
    assert changed == {"index.html"}
    soup = BeautifulSoup(paper.read("index.html"), "html.parser")
    assert [one.get_text() for one in soup.select(".story.lead .p-name")] == ["Story 03"]
    assert [one.get_text() for one in soup.select(".picks .p-name")] == ["Story 05", "Story 04"]
    entry = ModelLogEntry.objects.get(action="wagtail.edit")
    assert entry.user.username == "editor"


def test_picks_change_their_order_come_and_go(desk: Desk, stories: list[Article]):
    desk.send(FRONT, choice(None, stories[1], stories[2], stories[3]))
    fields = desk.form(FRONT)
    assert fields["picks-INITIAL_FORMS"] == "3"
    fields |= {"picks-0-ORDER": "3", "picks-2-ORDER": "1", "picks-1-DELETE": "on"}
    fields |= {"picks-TOTAL_FORMS": "5"}
    fields |= {"picks-3-article": str(stories[7].pk), "picks-3-id": "", "picks-3-ORDER": "4"}
    fields |= {"picks-4-article": str(stories[7].pk), "picks-4-id": "", "picks-4-ORDER": "5"}
    assert desk.client.post(FRONT, fields).status_code == 302
    assert picked() == ["Story 03", "Story 01", "Story 07"]
    desk.send(FRONT, choice(None))
    assert picked() == []


def test_a_preview_is_the_front_page_as_it_would_be(
    desk: Desk, paper: Paper, stories: list[Article]
):
    before = paper.files()
    fields = desk.form(FRONT) | choice(stories[3], stories[5])
    assert desk.client.post(PREVIEW, fields).json()["is_valid"]
    page = desk.client.get(PREVIEW).content.decode()
    soup = BeautifulSoup(page, "html.parser")
    assert [one.get_text() for one in soup.select(".story.lead .p-name")] == ["Story 03"]
    assert [one.get_text() for one in soup.select(".picks .p-name")] == ["Story 05"]
    assert soup.select('meta[name="robots"][content="noindex"]')
    assert picked() == []
    settle(paper)
    assert paper.files() == before


def test_what_is_not_public_is_named_and_not_shown(
    desk: Desk, paper: Paper, stories: list[Article]
):
    desk.send(FRONT, choice(stories[3], stories[5], stories[6]))
    stories[3].unpublish()
    stories[5].unpublish()
    said = words_of(desk.client.get(FRONT))
    assert "Readers do not see “Story 03”, “Story 05”: they are not public." in said
    settle(paper)
    soup = BeautifulSoup(paper.read("index.html"), "html.parser")
    assert [one.get_text() for one in soup.select(".picks .p-name")] == ["Story 06"]
    assert [one.get_text() for one in soup.select(".story.lead .p-name")] == ["Story 29"]


def test_two_editors_do_not_undo_each_other(desk: Desk, stories: list[Article]):
    desk.send(FRONT, choice(None, stories[1], stories[2]))
    mine, theirs = desk.form(FRONT), desk.form(FRONT)
    other = User.objects.create_superuser("other", "other@proof.example", "a long enough phrase")
    client = Client()
    client.force_login(other)
    assert client.post(FRONT, theirs | choice(stories[9], stories[2])).status_code == 302
    mine |= {"picks-TOTAL_FORMS": "3"}
    mine |= {"picks-2-article": str(stories[8].pk), "picks-2-id": "", "picks-2-ORDER": "3"}
    answer = desk.client.post(FRONT, mine)
    assert answer.status_code == 200
    said = words_of(answer)
    assert "other changed the front page at" in said
    assert "is not saved" in said
    assert picked() == ["Story 02"]
    # What was chosen stands in the form; sent again, it takes the place of theirs.
    assert desk.client.post(FRONT, sent_again(answer)).status_code == 302
    assert picked() == ["Story 01", "Story 02", "Story 08"]
    assert FrontPage.objects.get().lead is None


def sent_again(answer: Any) -> dict[str, str]:
    """Return what a browser sends from a form that came back with a complaint."""
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    for template in soup.find_all("template"):
        template.decompose()
    return {
        str(field["name"]): str(field.get("value", ""))
        for field in soup.select("form#w-editor-form input[name]")
        if field.get("type") not in {"checkbox", "submit"}
    }


@pytest.mark.parametrize(
    "change",
    [
        {"picks-TOTAL_FORMS": "x"},
        {"picks-TOTAL_FORMS": "99999999999"},
        {"picks-TOTAL_FORMS": "1", "picks-0-article": "x"},
        {"picks-TOTAL_FORMS": "1", "picks-0-article": "999999"},
        {"lead": "999999"},
        {"lead": "' OR 1"},
        {"version": "a" * 5000},
    ],
)
def test_what_makes_no_sense_breaks_nothing(desk: Desk, stories: list[Article], change):
    desk.send(FRONT, choice(stories[3], stories[5]))
    fields = desk.form(FRONT) | choice(stories[3], stories[5]) | change
    assert desk.client.post(FRONT, fields).status_code in {200, 302}
    assert picked() in (["Story 05"], [])
    assert desk.client.get(FRONT).status_code == 200


def test_without_its_row_the_form_opens_and_saves(desk: Desk, stories: list[Article]):
    FrontPage.objects.all().delete()
    desk.send(FRONT, choice(None, stories[1]))
    assert picked() == ["Story 01"]


def test_the_form_costs_the_same_for_any_archive_and_few_queries_for_a_pick(
    desk: Desk, paper: Paper, stories: list[Article]
):
    desk.client.get(FRONT)
    with CaptureQueriesContext(connection) as few:
        desk.client.get(FRONT)
    for day in range(30):
        paper.article(f"More {day}", ["Trade"], day=day)
    with CaptureQueriesContext(connection) as same:
        desk.client.get(FRONT)
    assert len(same) == len(few)
    assert len(few) < 40


@pytest.mark.parametrize("names", [("view_article",), ("change_article", "publish_article")])
def test_only_who_may_change_the_front_page_does(stories: list[Article], names):
    user = User.objects.create_user("reporter", "reporter@proof.example", "a long enough phrase")
    user.user_permissions.set(Permission.objects.filter(codename__in=("access_admin", *names)))
    client = Client()
    client.force_login(user)
    assert client.get(FRONT).status_code == 302
    client.post(FRONT, choice(stories[1]))
    client.post(PREVIEW, choice(stories[1]))
    assert client.get(PREVIEW).status_code == 302
    assert not FrontPage.objects.filter(lead__isnull=False).exists()
    assert "Front page" not in client.get("/desk/").content.decode()
    user.user_permissions.add(Permission.objects.get(codename="change_frontpage"))
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get(FRONT).status_code == 200
    assert "Front page" in client.get("/desk/").content.decode()
