"""Django's and Wagtail's bells, answered in a line or two."""

from __future__ import annotations

from typing import Any

from django.core.signals import request_started
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from handpress.newsroom.actions import refresh_articles, refresh_pages
from handpress.newsroom.models import (
    Article,
    ArticleImage,
    NewsImage,
    Outlet,
    PageImage,
    PlainPage,
    Rendition,
    Topic,
)
from handpress.newsroom.pictures import publish_pictures
from handpress.newsroom.redirects import leave_gone, leave_page_gone, leave_topic_gone
from handpress.press.site import forget_outlet

# Another process may have changed the outlet's choices; they are read when first asked for.
request_started.connect(forget_outlet, dispatch_uid="forget_outlet")


@receiver(pre_delete, sender=Article)
def article_leaves(instance: Article, **kwargs: Any) -> None:
    leave_gone(instance)


@receiver(pre_delete, sender=Topic)
def topic_leaves(instance: Topic, **kwargs: Any) -> None:
    leave_topic_gone(instance)


@receiver(pre_delete, sender=PlainPage)
def page_leaves(instance: PlainPage, **kwargs: Any) -> None:
    leave_page_gone(instance)


@receiver(pre_delete, sender=NewsImage)
def image_leaves(instance: NewsImage, **kwargs: Any) -> None:
    _refresh_after_commit(instance.pk)


@receiver(post_delete, sender=Rendition)
def rendition_leaves(instance: Rendition, **kwargs: Any) -> None:
    """A picture was replaced, or its renditions were thrown away: what shows it needs new ones."""
    _refresh_after_commit(instance.image_id)


@receiver(post_save, sender=NewsImage)
def image_changed(instance: NewsImage, created: bool, **kwargs: Any) -> None:
    if not created:
        refresh_articles(instance.articles.values_list("pk", flat=True))
        refresh_pages(instance.plain_pages.values_list("pk", flat=True))


def _refresh_after_commit(image_id: int) -> None:
    articles = list(
        ArticleImage.objects.filter(image_id=image_id).values_list("article", flat=True)
    )
    pages = list(PageImage.objects.filter(image_id=image_id).values_list("page", flat=True))
    is_shown = (
        Outlet.objects.filter(Q(logo_id=image_id) | Q(logo_dark_id=image_id)).exists()
        or Topic.objects.filter(image_id=image_id).exists()
    )
    transaction.on_commit(lambda: refresh_articles(articles))
    transaction.on_commit(lambda: refresh_pages(pages))
    if is_shown:
        transaction.on_commit(lambda: publish_pictures([image_id]))
