"""Topics on the desk: the list in numbers, order, merging, splitting, and who may do it."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from factories.desk_forms import PUBLISH, Desk, url_of
from factories.papers import Paper
from handpress.accounts.models import User
from handpress.newsroom import followers
from handpress.newsroom.models import Article, Topic, TopicAlias, TopicFeature
from handpress.press.tasks import run_due, work_once

TOPIC = "newsroom/topic"
LIST = "/desk/snippets/newsroom/topic/"


def settle(paper: Paper) -> None:
    run_due()
    work_once(paper.press)


def words_of(answer: Any) -> str:
    """Return what a person reads on a page of the desk, with single spaces."""
    main = BeautifulSoup(answer.content.decode(), "html.parser").find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


@pytest.fixture
def topics(paper: Paper) -> tuple[Topic, Topic]:
    """Water with twenty articles, Trade with two of those and one of its own."""
    for day in range(20):
        paper.article(f"Story {day}", ["Water", "Trade"] if day < 2 else ["Water"], day=day)
    paper.article("Trade alone", ["Trade"], day=30)
    settle(paper)
    return Topic.objects.get(name="Water"), Topic.objects.get(name="Trade")


# The list ---------------------------------------------------------------------------------


def test_the_list_tells_numbers(desk: Desk, topics, monkeypatch: pytest.MonkeyPatch):
    water, _ = topics
    monkeypatch.setattr(followers, "_ways", {})
    followers.register(
        followers.Following("mail", lambda ids: {water.pk: 40}, lambda n: f"{n} by mail")
    )
    soup = BeautifulSoup(desk.client.get(LIST).content.decode(), "html.parser")
    rows = [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all("td")]
        for row in soup.select("table.listing tbody tr")
    ]
    found = {row[1].split()[0]: row[2:] for row in rows}
    assert found["Water"][0] == "20"
    assert found["Water"][2:4] == ["40 by mail", "2"]
    assert found["Trade"][0] == "3"
    assert found["Trade"][2:4] == ["", "1"]
    edit = words_of(desk.client.get(url_of(TOPIC, "edit", water.pk)))
    assert "20 public articles, the last of Jan. 23, 2021." in edit
    assert "Place 2 of 2 among the topics" in edit
    assert "Followed by 40 by mail." in edit


@pytest.mark.parametrize("address", [LIST, f"{LIST}?ordering=position"])
def test_the_list_costs_the_same_for_any_number_of_topics(desk: Desk, paper: Paper, address: str):
    paper.article("Anything", ["Water"])
    desk.client.get(address)
    with CaptureQueriesContext(connection) as one:
        desk.client.get(address)
    for number in range(30):
        paper.article(f"Story {number}", [f"Topic {number}"])
    with CaptureQueriesContext(connection) as many:
        assert desk.client.get(address).status_code == 200
    assert len(many) == len(one)
    assert len(many) < 25


# The form ---------------------------------------------------------------------------------


def test_a_new_topic_comes_last(desk: Desk, topics):
    desk.send(url_of(TOPIC, "add"), PUBLISH, name="Harbour")
    assert [topic.name for topic in Topic.objects.all()] == ["Trade", "Water", "Harbour"]


def test_what_is_put_first_by_hand_is_printed_and_shown_before_that(
    desk: Desk, paper: Paper, topics
):
    water, _ = topics
    old = Article.objects.get(headline="Story 0")
    settle(paper)
    chosen = {
        "features-TOTAL_FORMS": "1",
        "features-0-article": str(old.pk),
        "features-0-id": "",
        "features-0-ORDER": "1",
    }
    fields = desk.form(url_of(TOPIC, "edit", water.pk)) | chosen
    preview = url_of(TOPIC, "preview", water.pk)
    assert desk.client.post(preview, fields).json()["is_valid"]
    assert "Story 0</a>" in desk.client.get(preview).content.decode()
    assert "Story 0</a>" not in paper.read("topics/water/index.html")
    desk.send(url_of(TOPIC, "edit", water.pk), chosen, PUBLISH)
    settle(paper)
    assert "Story 0</a>" in paper.read("topics/water/index.html")
    twice = chosen | {"features-TOTAL_FORMS": "2"}
    twice |= {"features-1-article": str(old.pk), "features-1-id": "", "features-1-ORDER": "2"}
    answer = desk.try_to_send(url_of(TOPIC, "edit", water.pk), twice, PUBLISH)
    assert answer.status_code == 200
    assert TopicFeature.objects.filter(topic=water).count() == 1


def test_the_form_says_what_becomes_of_the_address(desk: Desk, topics):
    water, _ = topics
    edit = words_of(desk.client.get(url_of(TOPIC, "edit", water.pk)))
    assert "Its address is /topics/water/." in edit
    assert "those of its 1 numbered pages will lead to the new one" in edit
    answer = desk.try_to_send(url_of(TOPIC, "edit", water.pk), PUBLISH, slug="Water_")
    assert answer.status_code == 200
    assert "Small letters a to z" in words_of(answer)


def test_pieces_and_topics_are_found_by_their_words(desk: Desk, topics):
    choose = "/desk/snippets/choose/newsroom/article/results/"
    found = desk.client.get(choose, {"q": "alone trade"}).content.decode()
    assert "Trade alone" in found
    assert "Story 1" not in found
    with CaptureQueriesContext(connection) as queries:
        assert "Story 19" in desk.client.get(choose).content.decode()
    assert len(queries) < 12
    assert "Water" in desk.client.get("/desk/snippets/choose/newsroom/topic/").content.decode()


# Order ------------------------------------------------------------------------------------


def test_topics_are_put_in_order(desk: Desk, topics, paper: Paper):
    water, trade = topics
    paper.topic("Wells")
    page = desk.client.get(LIST, {"ordering": "position"}).content.decode()
    assert f'data-w-orderable-item-id="{water.pk}"' in page
    move = url_of(TOPIC, "reorder", trade.pk)
    assert desk.client.post(f"{move}?position=1").json() == {"success": True}
    assert [topic.name for topic in Topic.objects.all()] == ["Water", "Trade", "Wells"]
    desk.client.post(f"{move}?position=")
    assert [topic.name for topic in Topic.objects.all()] == ["Water", "Wells", "Trade"]
    assert desk.client.post(url_of(TOPIC, "reorder", 999_999)).status_code == 404
    assert ModelLogEntry.objects.filter(action="handpress.topic.order").count() == 2


# Merging ----------------------------------------------------------------------------------


def test_a_merge_is_foreseen_and_then_done(desk: Desk, paper: Paper, topics):
    water, trade = topics
    settle(paper)
    merge = url_of(TOPIC, "merge", water.pk)
    assert merge in desk.client.get(url_of(TOPIC, "edit", water.pk)).content.decode()
    assert merge in desk.client.get(LIST).content.decode()
    assert '<option value="Trade">' in desk.client.get(merge).content.decode()
    foreseen = words_of(desk.client.get(merge, {"into": " tRADE "}))
    assert "20 articles are filed under “Trade” instead" in foreseen
    assert "2 of them are there already" in foreseen
    assert "its numbered page and its feed lead to /topics/trade/" in foreseen
    assert Topic.objects.filter(pk=water.pk).exists()
    answer = desk.client.post(merge, {"confirmed": trade.pk}, follow=True)
    assert "“Water” is now part of “Trade”; 20 articles are filed there." in words_of(answer)
    settle(paper)
    assert "../../topics/trade/" in paper.read("topics/water/1.html")
    assert ">Water<" not in paper.read("2021/01/story-7.html")
    history = words_of(desk.client.get(url_of(TOPIC, "history", trade.pk)))
    assert "“Water” was merged into this topic, with 20 articles" in history
    assert "editor" in history


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Watre", "There is no topic “Watre”. Did you mean “Water”?"),
        ("trade", "That is this topic itself."),
        ("", "This field is required."),
        ("<b>", "There is no topic “<b>”."),
    ],
)
def test_what_cannot_be_merged_into_is_refused_in_words(desk: Desk, topics, typed: str, said: str):
    answer = desk.client.get(url_of(TOPIC, "merge", topics[1].pk), {"into": typed})
    assert said in words_of(answer)


def test_topics_of_one_name_are_told_apart(desk: Desk, paper: Paper, topics):
    _, trade = topics
    twin = Topic.objects.create(name="Water")
    merge = url_of(TOPIC, "merge", trade.pk)
    assert "There is no topic “Water”. Did you mean" in words_of(
        desk.client.get(merge, {"into": "Water"})
    )
    assert (
        f'value="{twin.pk}"' in desk.client.get(merge, {"into": "water (water-2)"}).content.decode()
    )


def test_a_merge_with_what_is_gone_changes_nothing(desk: Desk, topics):
    water, _ = topics
    merge = url_of(TOPIC, "merge", water.pk)
    for gone in ("999999", "", "x", "٣"):
        answer = desk.client.post(merge, {"confirmed": gone}, follow=True)
        assert "Nothing was changed." in words_of(answer)
    desk.client.post(merge, {"confirmed": water.pk})
    assert Topic.objects.count() == 2
    assert desk.client.post(url_of(TOPIC, "merge", 999_999)).status_code == 404
    assert not TopicAlias.objects.exists()


def test_a_locked_topic_is_left_alone(desk: Desk, topics):
    water, trade = topics
    other = User.objects.create_superuser("other", "other@proof.example", "a long enough phrase")
    Topic.objects.filter(pk=water.pk).update(locked=True, locked_by=other)
    for topic, into in ((water, trade), (trade, water)):
        desk.client.post(url_of(TOPIC, "merge", topic.pk), {"confirmed": into.pk})
    assert "is locked" in words_of(
        desk.client.get(url_of(TOPIC, "merge", trade.pk), {"into": "Water"})
    )
    fields = {"into": "Water", "keep": "keep", "confirmed": "3"}
    assert "is locked" in words_of(desk.client.post(url_of(TOPIC, "split", trade.pk), fields))
    assert Topic.objects.count() == 2


# Splitting --------------------------------------------------------------------------------


def test_a_split_is_searched_foreseen_and_done(desk: Desk, paper: Paper, topics):
    water, _ = topics
    settle(paper)
    split = url_of(TOPIC, "split", water.pk) + "?words=story+1&since=2021-01-14"
    found = words_of(desk.client.get(split))
    assert "10 articles found" in found
    fields = {"into": "Wells", "keep": "take-out"}
    foreseen = words_of(desk.client.post(split, fields))
    assert "They are filed under “Wells”, a new topic , public at once" in foreseen
    assert "They leave “Water”, which keeps 10 public articles." in foreseen
    assert not Topic.objects.filter(name="Wells").exists()
    answer = desk.client.post(split, fields | {"confirmed": "10"}, follow=True)
    assert "10 articles are now filed under “Wells”. 10 left “Water”." in words_of(answer)
    settle(paper)
    assert "Story 19" in paper.read("topics/wells/index.html")
    assert "Story 19" not in paper.read("topics/water/index.html")
    assert 'content="moved"' in paper.read("topics/water/1.html")
    assert [topic.name for topic in Topic.objects.all()] == ["Trade", "Water", "Wells"]
    history = words_of(desk.client.get(url_of(TOPIC, "history", water.pk)))
    assert "10 articles taken out and filed under “Wells”" in history


def test_articles_are_ticked_by_hand(desk: Desk, topics):
    water, trade = topics
    ticked = [str(Article.objects.get(headline=f"Story {day}").pk) for day in (5, 6)]
    stranger = str(Article.objects.get(headline="Trade alone").pk)
    fields = {"into": "trade", "keep": "keep", "article": [*ticked, stranger, "x", "9" * 40]}
    foreseen = desk.client.post(url_of(TOPIC, "split", water.pk), fields)
    assert "2 articles of “Water”" in words_of(foreseen)
    desk.client.post(url_of(TOPIC, "split", water.pk), fields | {"confirmed": "2"})
    assert trade.article_topics.count() == 5
    assert water.article_topics.count() == 20


def test_a_split_whose_articles_changed_meanwhile_is_shown_again(desk: Desk, paper: Paper, topics):
    water, _ = topics
    fields = {"into": "Trade", "keep": "take-out", "confirmed": "19"}
    answer = words_of(desk.client.post(url_of(TOPIC, "split", water.pk), fields))
    assert "The articles have changed while you looked: it is 20 now." in answer
    assert water.article_topics.count() == 20
    nothing = url_of(TOPIC, "split", water.pk) + "?words=nowhere"
    assert "Nothing was changed." in words_of(desk.client.post(nothing, fields))


@pytest.mark.parametrize(
    "fields",
    [{"into": "Water", "keep": "keep"}, {"into": "", "keep": "keep"}, {"into": "T", "keep": "x"}],
)
def test_a_split_that_cannot_be_is_refused_and_keeps_what_was_given(
    desk: Desk, topics, fields: dict[str, str]
):
    answer = desk.client.post(url_of(TOPIC, "split", topics[0].pk), fields | {"confirmed": "20"})
    assert b"error-message" in answer.content
    assert Topic.objects.count() == 2


def test_a_search_that_makes_no_sense_is_refused_in_words(desk: Desk, topics):
    split = url_of(TOPIC, "split", topics[0].pk)
    said = words_of(desk.client.get(split, {"since": "2021-02-01", "until": "2021-01-01"}))
    assert "The last day is before the first." in said
    assert (
        desk.client.get(split, {"source": "999", "language": "x", "since": "?"}).status_code == 200
    )


def test_articles_are_found_by_source_language_and_day(desk: Desk, paper: Paper, topics):
    water, _ = topics
    bugle = paper.source("The Bugle")
    paper.article("From elsewhere", ["Water"], day=50, source=bugle, language="ko")
    split = url_of(TOPIC, "split", water.pk)
    for query in ({"source": bugle.pk}, {"language": "ko"}, {"since": "2021-02-23"}):
        assert "1 article found" in words_of(desk.client.get(split, query))
    assert "20 articles found" in words_of(desk.client.get(split, {"language": "-"}))
    assert "1 article found" in words_of(desk.client.get(split, {"until": "2021-01-04"}))


# Who may ----------------------------------------------------------------------------------


def may(*names: str) -> Client:
    """Return the client of somebody who may enter the desk and do what is named."""
    user = User.objects.create_user("reporter", "reporter@proof.example", "a long enough phrase")
    names = ("access_admin", *names)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


ARTICLES = ("change_article", "publish_article")


@pytest.mark.parametrize(
    ("names", "merges", "splits", "founds"),
    [
        (("change_topic", "publish_topic", "delete_topic", *ARTICLES), True, True, False),
        (("change_topic", "publish_topic", *ARTICLES), False, True, False),
        (("change_topic", "publish_topic", "add_topic", *ARTICLES), False, True, True),
        (("change_topic", "publish_topic", "delete_topic", "change_article"), False, False, False),
        (("change_topic",), False, False, False),
    ],
)
def test_merging_and_splitting_need_permission(topics, names, merges, splits, founds):
    water, trade = topics
    client = may(*names)
    page = client.get(url_of(TOPIC, "edit", trade.pk)).content.decode()
    assert (url_of(TOPIC, "merge", trade.pk) in page) is merges
    assert (url_of(TOPIC, "split", trade.pk) in page) is splits
    split = url_of(TOPIC, "split", trade.pk)
    client.post(split, {"into": "Fresh", "keep": "keep", "confirmed": "3"})
    assert Topic.objects.filter(name="Fresh").exists() is founds
    client.post(split, {"into": "Water", "keep": "keep", "confirmed": "3"})
    assert (water.article_topics.count() == 21) is splits
    client.post(url_of(TOPIC, "merge", trade.pk), {"confirmed": water.pk})
    assert Topic.objects.filter(pk=trade.pk).exists() is not merges


def test_order_needs_the_permission_to_publish(topics):
    water, _ = topics
    client = may("change_topic")
    client.post(f"{url_of(TOPIC, 'reorder', water.pk)}?position=0")
    assert Topic.objects.first() != water


def test_a_page_that_is_only_looked_at_changes_nothing(desk: Desk, topics):
    water, trade = topics
    for action in ("merge", "split"):
        desk.client.get(url_of(TOPIC, action, water.pk), {"into": "Trade", "confirmed": trade.pk})
    assert desk.client.get(url_of(TOPIC, "reorder", water.pk)).status_code == 405
    assert Topic.objects.count() == 2
