"""Django's and Wagtail's bells, answered in a line or two."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from handpress.newsroom.models import Article, NewsImage, Topic
from handpress.newsroom.redirects import leave_gone, leave_topic_gone


@receiver(pre_delete, sender=Article)
def article_leaves(instance: Article, **kwargs: Any) -> None:
    leave_gone(instance)


@receiver(pre_delete, sender=Topic)
def topic_leaves(instance: Topic, **kwargs: Any) -> None:
    leave_topic_gone(instance)


@receiver(post_save, sender=NewsImage)
def image_changed(instance: NewsImage, created: bool, **kwargs: Any) -> None:
    if not created:
        for article in instance.articles.all():
            article.save()
