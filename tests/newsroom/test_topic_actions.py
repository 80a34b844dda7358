"""Merging, splitting and ordering topics: rows, drafts, the log, and what others did meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from factories.papers import START, Paper
from handpress.newsroom import followers
from handpress.newsroom.actions import publish_due, set_topics
from handpress.newsroom.models import (
    Article,
    ArticleTopic,
    NavigationItem,
    Outlet,
    Topic,
    TopicAlias,
)
from handpress.newsroom.topic_actions import TopicGone, merge_topics, move_topic, split_topic


def names_of(article: Article) -> list[str]:
    """Return the topics of an article as its rows have them, the primary one first."""
    rows = article.article_topics.order_by("sort_order", "pk")
    return list(rows.values_list("topic__name", flat=True))


def draft_of(article: Article, topics: list[Topic]) -> Article:
    """Save a draft in which the article is filed under other topics; return it fresh."""
    draft = Article.objects.get(pk=article.pk)
    draft.headline = f"{draft.headline}, as drafted"
    draft.article_topics = [
        ArticleTopic(topic=topic, sort_order=order) for order, topic in enumerate(topics)
    ]
    draft.save_revision()
    return Article.objects.get(pk=article.pk)


def published(article: Article) -> Article:
    """Publish the latest draft of an article; return it fresh."""
    Article.objects.get(pk=article.pk).latest_revision.publish()
    return Article.objects.get(pk=article.pk)


@pytest.fixture
def topics(paper: Paper) -> tuple[Topic, Topic, Topic]:
    water, trade, wells = (paper.topic(name) for name in ("Water", "Trade", "Wells"))
    return water, trade, wells


# Merging ----------------------------------------------------------------------------------


def test_a_merge_keeps_the_place_and_files_nobody_twice(paper: Paper, topics):
    water, trade, _ = topics
    first = paper.article("First", ["Trade", "Wells"])
    both = paper.article("Both", ["Trade", "Water"])
    assert merge_topics(trade, into=water) == 2
    assert names_of(first) == ["Water", "Wells"]
    assert names_of(both) == ["Water"]
    assert TopicAlias.objects.get(slug="trade").topic == water


def test_a_draft_does_not_bring_a_merged_topic_back_nor_lose_it(paper: Paper, topics):
    water, trade, wells = topics
    article = draft_of(paper.article("Ferries", ["Trade"]), [wells, trade])
    only_drafted = draft_of(paper.article("Only drafted", ["Wells"]), [trade])
    both = draft_of(paper.article("Both", ["Trade", "Water"]), [trade, water])
    merge_topics(trade, into=water)
    assert names_of(published(article)) == ["Wells", "Water"]
    assert names_of(published(only_drafted)) == ["Water"]
    assert names_of(published(both)) == ["Water"]


def test_a_former_version_that_is_taken_up_again_knows_the_merge(paper: Paper, topics):
    water, trade, wells = topics
    article = paper.article("Ferries", ["Trade"])
    first = article.save_revision()
    draft_of(article, [wells])
    published(article)
    merge_topics(trade, into=water)
    first.refresh_from_db()
    first.publish()
    assert names_of(Article.objects.get(pk=article.pk)) == ["Water"]


def test_what_is_scheduled_follows_a_merge(paper: Paper, topics):
    water, trade, _ = topics
    now = timezone.now()
    article = Article(headline="Embargoed", live=False, go_live_at=now + timedelta(hours=1))
    article.save()
    set_topics(article, [trade])
    article = Article.objects.get(pk=article.pk)
    article.save_revision().publish()
    later = Article.objects.get(pk=article.pk)
    later.headline = "Another draft since"
    later.save_revision()
    merge_topics(trade, into=water)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=2))
        publish_due(now + timedelta(hours=2))
    article = Article.objects.get(pk=article.pk)
    assert article.live
    assert names_of(article) == ["Water"]


def test_a_merge_stands_in_the_log_of_both(paper: Paper, topics):
    water, trade, _ = topics
    paper.article("Ferries", ["Trade"])
    pk = trade.pk
    merge_topics(trade, into=water)
    entries = ModelLogEntry.objects.filter(action="handpress.topic.merge")
    assert {(entry.object_id, entry.data["other"]) for entry in entries} == {
        (str(pk), "Water"),
        (str(water.pk), "Trade"),
    }
    assert "Trade" in str(entries.get(object_id=str(water.pk)).message)


def test_the_navigation_leads_to_what_a_topic_was_merged_into(paper: Paper, topics):
    water, trade, _ = topics
    item = NavigationItem.objects.create(outlet=Outlet.objects.create(), topic=trade)
    merge_topics(trade, into=water)
    item.refresh_from_db()
    assert item.topic == water


def test_followers_move_along(paper: Paper, topics, monkeypatch: pytest.MonkeyPatch):
    water, trade, _ = topics
    monkeypatch.setattr(followers, "_ways", {})
    by_mail = {trade.pk: 12, water.pk: 30}

    def move(topic: int, into: int) -> None:
        by_mail[into] += by_mail.pop(topic)

    followers.register(
        followers.Following("mail", lambda ids: by_mail, lambda n: f"{n} by mail", move)
    )
    assert followers.followers_of([trade.pk, water.pk])[trade.pk] == {"mail": 12}
    merge_topics(trade, into=water)
    found = followers.followers_of([water.pk])[water.pk]
    assert followers.in_words(found) == "42 by mail"


def test_what_is_merged_or_deleted_meanwhile_is_not_merged_again(paper: Paper, topics):
    water, trade, wells = topics
    late = Topic.objects.get(pk=trade.pk)
    merge_topics(trade, into=water)
    with pytest.raises(TopicGone):
        merge_topics(late, into=wells)
    with pytest.raises(TopicGone):
        split_topic(late, [], into=wells, keep=False)
    with pytest.raises(TopicGone):
        move_topic(late, to=0)
    assert TopicAlias.objects.get(slug="trade").topic == water


# Splitting --------------------------------------------------------------------------------


def test_a_split_files_instead_or_as_well(paper: Paper, topics):
    water, trade, wells = topics
    one = paper.article("One", ["Water", "Trade"])
    two = paper.article("Two", ["Water", "Wells"])
    stranger = paper.article("Stranger", ["Trade"])
    ids = [one.pk, two.pk, stranger.pk, 999_999]
    also = split_topic(water, ids, into=wells, keep=True)
    assert (also.chosen, also.filed, also.taken_out) == (2, 1, 0)
    assert names_of(one) == ["Water", "Trade", "Wells"]
    instead = split_topic(water, ids, into=trade, keep=False)
    assert (instead.chosen, instead.filed, instead.taken_out) == (2, 1, 2)
    assert names_of(one) == ["Trade", "Wells"]
    assert names_of(two) == ["Trade", "Wells"]
    assert names_of(stranger) == ["Trade"]
    with pytest.raises(ValueError, match="itself"):
        split_topic(water, ids, into=water, keep=True)


def test_a_draft_follows_a_split(paper: Paper, topics):
    water, trade, wells = topics
    out = draft_of(paper.article("Out", ["Water"]), [trade, water])
    also = draft_of(paper.article("Also", ["Water"]), [water, trade])
    elsewhere = draft_of(paper.article("Elsewhere", ["Water"]), [trade])
    split_topic(water, [out.pk, elsewhere.pk], into=wells, keep=False)
    split_topic(water, [also.pk], into=wells, keep=True)
    assert names_of(published(out)) == ["Trade", "Wells"]
    assert names_of(published(also)) == ["Water", "Trade", "Wells"]
    # An editor has already drafted that it belongs elsewhere; that stays a decision.
    assert names_of(published(elsewhere)) == ["Trade"]


def test_an_article_that_was_once_edited_keeps_its_new_filing_when_edited_again(
    paper: Paper, topics
):
    water, _, wells = topics
    article = paper.article("Edited", ["Water"])
    Article.objects.get(pk=article.pk).save_revision().publish()
    split_topic(water, [article.pk], into=wells, keep=False)
    form = Article.objects.get(pk=article.pk).get_latest_revision_as_object()
    assert [row.topic for row in form.article_topics.all()] == [wells]
    form.save_revision().publish()
    assert names_of(Article.objects.get(pk=article.pk)) == ["Wells"]


@pytest.mark.parametrize("keep", [True, False])
def test_thousands_of_articles_are_refiled_in_a_few_statements(paper: Paper, topics, keep: bool):
    water, _, wells = topics
    articles = Article.objects.bulk_create(
        Article(headline=f"A {number}", live=True, published_at=START + timedelta(days=number))
        for number in range(600)
    )
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article=article, topic=water, sort_order=0) for article in articles
    )
    with CaptureQueriesContext(
        connection,
    ) as few:
        split_topic(water, [a.pk for a in articles[:10]], into=wells, keep=keep)
    with CaptureQueriesContext(connection) as many:
        split_topic(water, [a.pk for a in articles[10:]], into=wells, keep=keep)
    # Drafts are looked for in steps of two hundred articles.
    assert len(many) <= len(few) + 2
    assert ArticleTopic.objects.filter(topic=wells).count() == 600
    assert ArticleTopic.objects.filter(topic=water).count() == (600 if keep else 0)
    with CaptureQueriesContext(connection) as merging:
        merge_topics(wells, into=water)
    assert len(merging) < 50
    assert ArticleTopic.objects.filter(topic=water).count() == 600


# Order ------------------------------------------------------------------------------------


def test_topics_are_put_in_order_and_no_draft_undoes_it(paper: Paper, topics):
    water, _, wells = topics
    wells.description = "A draft of before."
    wells.save_revision()
    move_topic(wells, to=0)
    assert list(Topic.objects.values_list("name", flat=True)) == ["Wells", "Trade", "Water"]
    move_topic(water, to=1)
    Topic.objects.get(pk=wells.pk).latest_revision.publish()
    assert list(Topic.objects.values_list("name", flat=True)) == ["Wells", "Water", "Trade"]
