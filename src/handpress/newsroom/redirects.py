"""Addresses that were once given out keep leading somewhere."""

from __future__ import annotations

from collections.abc import Sequence

from handpress.lib.batches import batched
from handpress.newsroom.core.addresses import CARDS_PER_PAGE, page_path
from handpress.newsroom.models import (
    Article,
    ArticleTopic,
    PlainPage,
    Redirect,
    Topic,
    TopicAlias,
)


def keep_article_address(article: Article) -> None:
    """Before an article is saved: redirect from its former path, and free its new one."""
    # A draft takes no address yet: what stands there goes on leading somewhere.
    if article.live or article.last_published_at:
        free_paths([article.path])
    row = Article.objects.filter(pk=article.pk).values_list("path", "last_published_at").first()
    if row and row[1] and row[0] != article.path:
        aim = {"article": article, "page": None}
        Redirect.objects.update_or_create(path=row[0], defaults=aim)


def free_paths(paths: Sequence[str]) -> None:
    """Drop redirects that stand where articles are about to live."""
    for some in batched(paths, 250):
        Redirect.objects.filter(path__in=some).delete()


def leave_gone(article: Article) -> None:
    """Before an article is deleted: its published address answers "gone" from now on."""
    if article.last_published_at:
        Redirect.objects.update_or_create(
            path=article.path, defaults={"article": None, "page": None}
        )


def keep_page_address(page: PlainPage) -> None:
    """Before a plain page is saved: redirect from its former path, and free its new one."""
    if page.live or page.last_published_at:
        free_paths([page.path])
    row = PlainPage.objects.filter(pk=page.pk).values_list("slug", "last_published_at").first()
    if row and row[1] and row[0] != page.slug:
        aim = {"page": page, "article": None}
        Redirect.objects.update_or_create(path=page_path(row[0]), defaults=aim)


def leave_page_gone(page: PlainPage) -> None:
    """Before a plain page is deleted: its published address answers "gone" from now on."""
    if page.last_published_at:
        Redirect.objects.update_or_create(path=page.path, defaults={"article": None, "page": None})


def keep_topic_address(topic: Topic) -> None:
    """Before a topic is saved: redirect from its former slug, and free its new one.

    When it is taken down, its numbered pages are counted while they stand.
    """
    freed = None
    if topic.live or topic.last_published_at:
        freed = TopicAlias.objects.filter(slug=topic.slug).first()
        TopicAlias.objects.filter(slug=topic.slug).delete()
    rows = Topic.objects.filter(pk=topic.pk)
    row = rows.values_list("slug", "last_published_at", "live").first()
    if row and row[1] and row[0] != topic.slug:
        leave_alias(row[0], topic, pages=pages_given_out(topic))
        topic.former_pages = 0
    elif row and row[2] and not topic.live:
        topic.former_pages = pages_given_out(topic)
    if freed:
        # Numbers that others had at this address lead to its new holder from now on.
        topic.former_pages = max(topic.former_pages, freed.pages)


def leave_topic_gone(topic: Topic) -> None:
    """Before a topic is deleted: its published address answers "gone" from now on."""
    if topic.last_published_at:
        leave_alias(topic.slug, None, pages=pages_given_out(topic))


def leave_alias(slug: str, topic: Topic | None, *, pages: int, is_merged: bool = False) -> None:
    """Let a former slug, with its numbered pages, lead to a topic or say that it is gone."""
    values = {"topic": topic, "pages": pages, "is_merged": is_merged}
    TopicAlias.objects.update_or_create(slug=slug, defaults=values)


def numbered_pages(topic: Topic) -> int:
    """Return how many numbered pages a topic has: full runs only."""
    rows = ArticleTopic.objects.filter(topic=topic, article__live=True)
    return rows.count() // CARDS_PER_PAGE


def pages_given_out(topic: Topic) -> int:
    """Return the highest number that a page of the topic has, or once had, at its address."""
    return max(numbered_pages(topic), topic.former_pages)
