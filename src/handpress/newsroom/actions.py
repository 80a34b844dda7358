"""Writes of the newsroom: one function, one use case, one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max
from wagtail.log_actions import log
from wagtail.models import Revision

from handpress.newsroom.models import (
    Article,
    ArticleTopic,
    Contributor,
    PlainPage,
    Source,
    Topic,
)

logger = logging.getLogger(__name__)


def publish_due(now: datetime) -> None:
    """Publish what is scheduled up to ``now`` and take down what has expired.

    Each row in a transaction of its own; one that fails is logged and does not hold up the rest.
    """
    scheduled: tuple[type[Any], ...] = (Article, Topic, PlainPage)
    for model in scheduled:
        for row in model.objects.filter(live=True, expire_at__lte=now).order_by("expire_at", "pk"):
            _attempt("expiry_failed", row.pk, partial(_expire, row))
    due = Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at")
    for revision in due:
        _attempt("scheduled_publishing_failed", revision.pk, partial(_publish, revision))


def _expire(row: Article | Topic | PlainPage) -> None:
    row.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _publish(revision: Revision) -> None:
    revision.publish(log_action="wagtail.publish.scheduled")


def _attempt(event: str, row_id: int, act: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            act()
    except Exception:
        logger.exception(event, extra={"row": row_id})


def refresh_articles(ids: Iterable[int]) -> None:
    """Derive the columns of articles anew, because something that they show has changed."""
    for article in Article.objects.filter(pk__in=list(ids)):
        article.save()


def refresh_pages(ids: Iterable[int]) -> None:
    """Derive the columns of plain pages anew, because something that they show has changed."""
    for page in PlainPage.objects.filter(pk__in=list(ids)):
        page.save()


def set_topics(article: Article, topics: list[Topic]) -> None:
    """File a saved article under exactly these topics, the primary one first."""
    with transaction.atomic():
        article.article_topics.all().delete()
        ArticleTopic.objects.bulk_create(
            ArticleTopic(article=article, topic=topic, sort_order=order)
            for order, topic in enumerate(topics)
        )


def next_topic_position() -> int:
    """Return a position behind every topic there is."""
    return (Topic.objects.aggregate(last=Max("position"))["last"] or 0) + 10


def add_named(kind: str, name: str, *, user: Any) -> Topic | Contributor | Source:
    """Make a topic, a contributor or a source of a name, for somebody who is just writing.

    One of the very name is returned as it is. A topic is public at once if the user may publish
    topics, else a draft. Raises ``ValidationError`` where the name cannot be.
    """
    model: Any = {"topic": Topic, "contributor": Contributor, "source": Source}[kind]
    row = model.objects.filter(name=name).first()
    if row is not None:
        return row
    row = model(name=name)
    if kind == "topic":
        row.position = next_topic_position()
        row.live = user.has_perm("newsroom.publish_topic")
    row.full_clean()
    with transaction.atomic():
        row.save()
        log(instance=row, action="wagtail.create", user=user)
        row.save_revision(user=user)
    return row
