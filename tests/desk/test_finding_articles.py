"""Finding articles on the desk: for a link in a text, and in the list."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from factories.papers import Paper
from handpress.newsroom.models import (
    Article,
    Topic,
)

ARTICLE = "newsroom/article"
HERE = "/desk/snippets/newsroom/article/"


# Links in the text ------------------------------------------------------------------------


def test_a_text_can_lead_to_an_article_or_a_topic(desk: Desk, paper: Paper):
    paper.article("The court rose", ["Courts"], slug="court")
    Article.objects.create(headline="A court draft", live=False)
    told = desk.client.post(f"{HERE}link/", {"q": "court"}).json()
    assert "The court rose" in told["html"]
    assert "/topics/courts/" in told["html"]
    assert "A court draft" not in told["html"]
    assert "Internal link" not in told["html"]
    path = "/2021/01/court.html"
    chosen = desk.client.post(f"{HERE}link/", {"path": path, "title": "The court rose"}).json()
    assert chosen["step"] == "external_link_chosen"
    assert chosen["result"]["url"] == path


def test_other_kinds_of_link_offer_no_tree_of_pages(desk: Desk):
    for name in ("external", "email", "phone", "anchor"):
        html = desk.client.get(f"/desk/choose-{name}-link/").json()["html"]
        assert "Article or topic" in html
        assert "Internal link" not in html


@pytest.mark.parametrize("path", ["//evil.example/", "javascript:alert(1)", "https://evil.example"])
def test_the_chooser_hands_out_no_strange_address(desk: Desk, path: str):
    told = desk.client.post(f"{HERE}link/", {"path": path, "title": "x"}).json()
    assert told["step"] == "external_link"


# The list ---------------------------------------------------------------------------------


def listed(desk: Desk, **query: str) -> set[str]:
    answer = desk.client.get(HERE, query)
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    return {one.get_text(strip=True) for one in soup.select("td.title .title-wrapper a")}


def test_the_list_is_narrowed_by_each_of_its_filters(desk: Desk, paper: Paper):
    bugle = paper.source("The Bugle")
    paper.article("Live", ["Water"], day=1)
    paper.article("Elsewhere", day=2, source=bugle, language="ar")
    draft = Article.objects.create(headline="Draft", live=False)
    soon = datetime.now(UTC) + timedelta(days=2)
    desk.send(
        url_of(ARTICLE, "add"),
        body_of(),
        PUBLISH,
        headline="Soon",
        go_live_at=f"{soon:%Y-%m-%d %H:%M}",
    )
    down = paper.article("Down", day=3)
    down.unpublish()
    water = Topic.objects.get(name="Water")
    assert listed(desk) == {"Live", "Elsewhere", "Draft", "Soon", "Down"}
    assert listed(desk, topic=str(water.pk)) == {"Live"}
    assert listed(desk, source=str(bugle.pk)) == {"Elsewhere"}
    assert listed(desk, language="ar") == {"Elsewhere"}
    assert listed(desk, state="live") == {"Live", "Elsewhere"}
    assert listed(desk, state="draft") == {"Draft"}
    assert listed(desk, state="scheduled") == {"Soon"}
    assert listed(desk, state="down") == {"Down"}
    assert listed(desk, published_at_from="2021-01-06", published_at_to="2021-01-06") == {
        "Elsewhere"
    }
    live = Article.objects.get(headline="Live")
    desk.send(url_of(ARTICLE, "edit", live.pk), body_of(), headline="Newer")
    assert listed(desk, state="changed") == {"Live"}
    assert listed(desk, q="elsew") == {"Elsewhere"}
    assert listed(desk, q=draft.slug) == {"Draft"}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "no"},
        {"topic": "x"},
        {"topic": "999999"},
        {"published_at_from": "yesterday"},
        {"language": "\x00"},
    ],
)
def test_a_filter_that_cannot_be_is_no_fault(desk: Desk, query: dict[str, str]):
    assert desk.client.get(HERE, query).status_code == 200


def test_the_list_costs_the_same_however_long_it_is(desk: Desk, paper: Paper):
    topic = paper.topic("Water")
    counts = []
    for number in (2, 25):
        for one in range(number):
            paper.article(f"{number}-{one}", ["Water"], source=paper.source(f"S{number}-{one}"))
            Article.objects.create(headline=f"Draft {number}-{one}", live=False)
        for query in ({}, {"topic": topic.pk}, {"state": "draft"}, {"q": "2"}):
            desk.client.get(HERE, query)
            with CaptureQueriesContext(connection) as queries:
                assert desk.client.get(HERE, query).status_code == 200
            counts.append(len(queries))
    assert counts[:4] == counts[4:]


def test_the_suggestions_hold_what_the_script_expects(desk: Desk, paper: Paper):
    paper.article("One", day=0)
    told = json.loads(desk.client.get(f"{HERE}suggest/article/", {"q": "on"}).content)
    assert told["may_add"] is False
    assert told["found"][0]["name"] == "One"
    assert told["found"][0]["note"] == "2021-01-04"
