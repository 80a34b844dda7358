"""What editors put forward by hand."""

from __future__ import annotations

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from handpress.newsroom.models.articles import Article
from handpress.newsroom.models.filing import Topic


class TopicFeature(Orderable):
    """A piece that stands at the head of a topic's page, before the newest."""

    topic = ParentalKey(Topic, on_delete=models.CASCADE, related_name="features")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="featured_in")

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["topic", "article"], name="topic_feature_once")
        ]
