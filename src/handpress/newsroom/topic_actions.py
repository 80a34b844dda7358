"""Writes on topics: merging two, splitting one, putting them in order. One transaction each.

Thousands of articles change their filing in a few statements; triggers mark them for the press.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from wagtail.log_actions import log

from handpress.newsroom import followers
from handpress.newsroom.actions import next_topic_position
from handpress.newsroom.core.ordering import move
from handpress.newsroom.drafts import Filings, exchanged, refile_drafts
from handpress.newsroom.models import ArticleTopic, MergedTopic, NavigationItem, Topic
from handpress.newsroom.redirects import leave_alias, pages_given_out
from handpress.press.sql import execute, execute_for, fetch_for

MERGED, SPLIT, ARRANGED = "handpress.topic.merge", "handpress.topic.split", "handpress.topic.order"


class TopicGone(Exception):
    """Somebody else has merged or deleted a topic meanwhile; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Split:
    """What a split came to, in articles."""

    chosen: int
    """Chosen ones that were filed under the topic."""
    filed: int
    """Those that are new under the other topic; the rest were there already."""
    taken_out: int


# Merging ----------------------------------------------------------------------------------


def merge_topics(topic: Topic, *, into: Topic) -> int:
    """File every article of ``topic`` under ``into`` instead; the old address leads there.

    The place of the topic among an article's topics is kept, in drafts and former versions of
    articles too. Former slugs of the merged topic lead to the new one, the navigation links to
    it, and who follows the one follows the other. Returns how many articles moved.
    """
    if topic.pk == into.pk:
        raise ValueError("a topic cannot be merged into itself")
    with transaction.atomic():
        topic, into = _hold(topic, into)
        pages = pages_given_out(topic)
        articles = ArticleTopic.objects.filter(topic=topic).count()
        _refile_all(topic, into)
        topic.aliases.update(topic=into, is_merged=True)
        _lead_navigation(topic, into)
        followers.move(topic.pk, into.pk)
        was_public, slug = bool(topic.last_published_at), topic.slug
        _log_merge(topic, into, articles)
        topic.delete()
        if was_public:
            leave_alias(slug, into, pages=pages, is_merged=True)
    return articles


def _hold(*topics: Topic) -> list[Topic]:
    """Return topics as they are now, held against others until the end of the transaction."""
    rows = Topic.objects.select_for_update().order_by("pk")
    found = {topic.pk: topic for topic in rows.filter(pk__in=[topic.pk for topic in topics])}
    if len(found) < len(topics):
        raise TopicGone
    return [found[topic.pk] for topic in topics]


def _refile_all(topic: Topic, into: Topic) -> None:
    # As SQL: Django would fetch the rows it deletes, and Wagtail ask four things about each.
    execute(_REPEATED, [topic.pk, into.pk])
    ArticleTopic.objects.filter(topic=topic).update(topic=into)
    topic.merged.update(topic=into)
    MergedTopic.objects.create(former_id=topic.pk, topic=into)


_REPEATED = """
    DELETE FROM newsroom_articletopic WHERE topic_id = %s AND article_id IN (
        SELECT other.article_id FROM newsroom_articletopic other WHERE other.topic_id = %s
    )
"""


def _lead_navigation(topic: Topic, into: Topic) -> None:
    if not NavigationItem.objects.filter(topic=into).exists():
        NavigationItem.objects.filter(topic=topic).update(topic=into)


def _log_merge(topic: Topic, into: Topic, articles: int) -> None:
    _log_both(MERGED, topic, into, {"articles": articles})


def _log_both(action: str, topic: Topic, into: Topic, facts: dict[str, int]) -> None:
    """Note it in the history of both, which shows one entry for each uuid and action."""
    log(topic, action, uuid=uuid4(), data={"other": into.name, "is_from": False, **facts})
    log(into, action, uuid=uuid4(), data={"other": topic.name, "is_from": True, **facts})


# Splitting --------------------------------------------------------------------------------


def split_topic(topic: Topic, articles: Collection[int], *, into: Topic, keep: bool) -> Split:
    """File some articles of ``topic`` under ``into``: as well (``keep``), or instead.

    Articles that are not filed under ``topic`` are left alone. Filed as well, ``into`` comes last
    among an article's topics; instead, it takes the place that ``topic`` had. Drafts that name
    ``topic`` follow. The numbered pages that ``topic`` loses lead to it from now on. Where ``into``
    has not been saved, it is made public as the last of all topics.
    """
    if topic.pk == into.pk:
        raise ValueError("a topic cannot be split into itself")
    with transaction.atomic():
        if into.pk is None:
            into.position = next_topic_position()
            into.save()
            log(into, "wagtail.create", content_changed=True)
        topic, into = _hold(topic, into)
        chosen = [pk for (pk,) in fetch_for(_CHOSEN, articles, topic.pk)]
        pages = pages_given_out(topic)
        filed = _file_as_well(chosen, into) if keep else _file_instead(chosen, topic, into)
        _refile_current_drafts(chosen, topic, into, keep=keep)
        if not keep and topic.last_published_at and pages != topic.former_pages:
            Topic.objects.filter(pk=topic.pk).update(former_pages=pages)
        split = Split(len(chosen), filed, 0 if keep else len(chosen))
        _log_split(topic, into, split)
    return split


_CHOSEN = """
    SELECT article_id FROM newsroom_articletopic WHERE article_id IN_IDS AND topic_id = %s
    ORDER BY article_id
"""
_ALSO = """
    INSERT INTO newsroom_articletopic (article_id, sort_order, topic_id)
    SELECT f.article_id, max(coalesce(f.sort_order, 0)) + 1, t.id
    FROM newsroom_articletopic f JOIN newsroom_topic t ON t.id = %s
    WHERE f.article_id IN_IDS AND NOT EXISTS (
        SELECT 1 FROM newsroom_articletopic other
        WHERE other.article_id = f.article_id AND other.topic_id = t.id
    ) GROUP BY f.article_id, t.id
"""
_INSTEAD = """
    UPDATE newsroom_articletopic SET topic_id = %s WHERE article_id IN_IDS AND topic_id = %s
    AND NOT EXISTS (
        SELECT 1 FROM newsroom_articletopic other
        WHERE other.article_id = newsroom_articletopic.article_id AND other.topic_id = %s
    )
"""
_TAKE_OUT = "DELETE FROM newsroom_articletopic WHERE article_id IN_IDS AND topic_id = %s"
_ROWS = "SELECT article_id, id FROM newsroom_articletopic WHERE article_id IN_IDS AND topic_id = %s"


def _file_as_well(articles: list[int], into: Topic) -> int:
    return execute_for(_bound_after(_ALSO, into.pk), articles)


def _file_instead(articles: list[int], topic: Topic, into: Topic) -> int:
    filed = execute_for(_bound_after(_INSTEAD, into.pk), articles, topic.pk, into.pk)
    execute_for(_TAKE_OUT, articles, topic.pk)
    return filed


def _bound_after(sql: str, pk: int) -> str:
    """Write an id in where a value stands before the ids, which are bound first."""
    return sql.replace("%s", str(int(pk)), 1)


def _refile_current_drafts(articles: list[int], topic: Topic, into: Topic, *, keep: bool) -> None:
    rows = dict(fetch_for(_ROWS, articles, into.pk))

    def refile(article: int, filings: Filings) -> Filings | None:
        if not keep:
            return exchanged(filings, topic.pk, into.pk)
        return _appended(filings, topic.pk, into.pk, article, rows.get(article))

    refile_drafts(articles, refile)


def _appended(
    filings: Filings, beside: int, new: int, article: int, row: int | None
) -> Filings | None:
    named = [filing.get("topic") for filing in filings]
    if beside not in named or new in named:
        return None
    last = max((filing.get("sort_order") or 0 for filing in filings), default=0)
    return [*filings, {"pk": row, "sort_order": last + 1, "article": article, "topic": new}]


def _log_split(topic: Topic, into: Topic, split: Split) -> None:
    facts = {"articles": split.chosen, "taken_out": split.taken_out}
    _log_both(SPLIT, topic, into, facts)


# Order ------------------------------------------------------------------------------------


def move_topic(topic: Topic, *, to: int) -> int:
    """Put a topic at index ``to`` among all topics; return how many rows that changed."""
    with transaction.atomic():
        rows = list(Topic.objects.select_for_update().values_list("pk", "position"))
        if topic.pk not in dict(rows):
            raise TopicGone
        changes = move(rows, topic.pk, to)
        for pk, position in changes.items():
            Topic.objects.filter(pk=pk).update(position=position)
        if changes:
            log(topic, ARRANGED, data={"place": to + 1})
    return len(changes)
