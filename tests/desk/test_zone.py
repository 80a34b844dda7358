"""Hours on the desk are the newsroom's, whoever looks, also when its clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from wagtail.users.models import UserProfile

from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from factories.papers import Paper
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.newsroom.models import Article, Outlet
from handpress.press.site import forget_outlet

ARTICLE, CAMPAIGN = "newsroom/article", "donations/campaign"
# The clocks of Berlin go forward on 26 March 2090 at 02:00, and back on 29 October at 03:00.
SKIPPED, TWICE = "2090-03-26 02:30", "2090-10-29 02:30"


@pytest.fixture
def berlin(paper: Paper) -> Iterator[Paper]:
    """A paper whose people have chosen, on the desk, another zone than Django's."""
    Outlet(time_zone="Europe/Berlin").save()
    yield paper
    forget_outlet()


def words_of(answer: Any) -> str:
    """Return what a page says, the dialog of the schedule included."""
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    inside = [BeautifulSoup(one.decode_contents(), "html.parser") for one in soup("template")]
    return " ".join(" ".join(one.get_text(" ") for one in (soup, *inside)).split())


@pytest.mark.parametrize("own_zone", ["", "Asia/Seoul"])
def test_everybody_sees_and_sets_the_newsrooms_hours(berlin: Paper, own_zone: str) -> None:
    editor = staff(Role.EDITOR)
    if own_zone:
        UserProfile.objects.create(user=editor, current_time_zone=own_zone)
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    article = berlin.article("At night", published_at=moment)
    desk = desk_of(editor)
    url = url_of(ARTICLE, "edit", article.pk)
    assert desk.form(url)["published_at"] == "2026-07-02 00:30"
    shown = desk.client.get("/desk/snippets/newsroom/article/").content.decode()
    assert "July 2, 2026, 12:30" in shown.replace("\xa0", " "), shown[-2000:]
    desk.send(url, body_of(), {"published_at": "2026-01-05 08:00"}, PUBLISH)
    article.refresh_from_db()
    assert article.published_at == datetime(2026, 1, 5, 7, 0, tzinfo=UTC)


def test_the_zone_is_named_and_nobody_chooses_another(berlin: Paper) -> None:
    desk = desk_of(staff(Role.EDITOR))
    html = words_of(desk.client.get(url_of(ARTICLE, "add")))
    # Beside: published at, a correction's hour, go live, expire.
    assert html.count("Time zone: Europe/Berlin.") >= 3
    assert "time zone" not in words_of(desk.client.get("/desk/account/")).lower()


def test_the_hour_stays_the_same_on_both_sides_of_a_change(berlin: Paper) -> None:
    desk = desk_of(staff(Role.EDITOR))
    for day, hour in (("2090-10-28", 6), ("2090-10-30", 7), ("2090-03-25", 7), ("2090-03-27", 6)):
        headline = f"On {day}"
        at_eight = {"headline": headline, "go_live_at": f"{day} 08:00"}
        desk.send(url_of(ARTICLE, "add"), body_of(), at_eight, PUBLISH)
        article = Article.objects.get(headline=headline)
        revision = article.scheduled_revision
        assert revision is not None
        assert revision.approved_go_live_at == datetime.fromisoformat(f"{day} {hour:02}:00+00:00")
        assert "8 a.m." in words_of(desk.client.get(url_of(ARTICLE, "edit", article.pk)))


@pytest.mark.parametrize("field", ["go_live_at", "expire_at", "published_at"])
def test_an_hour_that_the_clocks_skip_is_refused_in_words(berlin: Paper, field: str) -> None:
    desk = desk_of(staff(Role.EDITOR))
    fields = {"headline": "Too early", field: SKIPPED}
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(), fields, PUBLISH)
    said = words_of(answer)
    assert f"{SKIPPED} does not exist: the clocks of Europe/Berlin go forward over it." in said
    assert "Choose 2090-03-26 03:30, or 2090-03-26 01:30." in said
    # What was typed is still there.
    assert f'value="{SKIPPED}"' in answer.content.decode()
    assert "Too early" in answer.content.decode()
    assert not Article.objects.exists()


def test_an_hour_shown_twice_is_taken_once_and_said(berlin: Paper) -> None:
    desk = desk_of(staff(Role.EDITOR))
    fields = {"headline": "Which one", "go_live_at": TWICE}
    answer = desk.send(url_of(ARTICLE, "add"), body_of(), fields)
    said = words_of(desk.client.get(answer.headers["Location"]))
    assert f"The clocks of Europe/Berlin show {TWICE} twice." in said
    assert "It is taken as the first time, before they go back (UTC+0200)." in said
    article = Article.objects.get()
    assert article.go_live_at == datetime(2090, 10, 29, 0, 30, tzinfo=UTC)


def test_the_second_of_two_equal_hours_survives_a_form(berlin: Paper) -> None:
    second = datetime(2025, 10, 26, 1, 30, 12, tzinfo=UTC)
    article = berlin.article("Late", published_at=second)
    desk = desk_of(staff(Role.EDITOR))
    desk.send(url_of(ARTICLE, "edit", article.pk), body_of(), PUBLISH)
    article.refresh_from_db()
    assert article.published_at == second


def test_a_campaign_is_told_of_the_gap_too(berlin: Paper) -> None:
    desk: Desk = desk_of(staff(Role.TREASURER))
    words = {"name": "W", "heading": "H", "full_text": "F", "compact_text": "C"}
    answer = desk.try_to_send(url_of(CAMPAIGN, "add"), words, {"starts_at": SKIPPED})
    assert f"{SKIPPED} does not exist" in words_of(answer)
