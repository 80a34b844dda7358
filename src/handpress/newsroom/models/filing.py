"""What articles are filed under: sources, contributors, topics."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from handpress.newsroom.core.addresses import topic_path
from handpress.newsroom.fields import PlainTextField
from handpress.newsroom.models.images import NewsImage
from handpress.press.previews import preview_response


class Source(RevisionMixin, models.Model):
    """The outlet that an article first appeared in."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=120, unique=True, blank=True)
    url = models.URLField(blank=True, max_length=500)
    description = models.TextField(blank=True)
    credit_line = models.CharField(
        max_length=255, blank=True, help_text="As the source wants to be credited."
    )
    licence = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        from handpress.newsroom.slugs import give_slug

        give_slug(self, self.name)
        super().save(*args, **kwargs)


class Contributor(RevisionMixin, models.Model):
    """A person credited on an article; needs no log-in."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=120, unique=True, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        from handpress.newsroom.slugs import give_slug

        give_slug(self, self.name)
        super().save(*args, **kwargs)


class Topic(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """A subject with its own page."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = PlainTextField(rows=1)
    slug = models.SlugField(max_length=120, unique=True, blank=True)
    description = PlainTextField(blank=True, rows=3)
    language = models.CharField(
        max_length=20, blank=True, help_text="Language tag, as in ar or ko. Empty: the outlet's."
    )
    position = models.PositiveIntegerField(
        default=100, help_text="Topics with a small number come first."
    )
    image = models.ForeignKey(
        NewsImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    image_alt = models.CharField(
        max_length=500,
        blank=True,
        help_text="What the picture shows. Empty: it adds nothing, and screen readers skip it.",
    )
    former_pages = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="So many numbered pages it had at this address before articles were taken out.",
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="topic_has_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        from handpress.newsroom.derive import note_publication
        from handpress.newsroom.pictures import publish_pictures
        from handpress.newsroom.redirects import keep_topic_address
        from handpress.newsroom.slugs import give_slug

        give_slug(self, self.name)
        note_publication(self)
        if self.image_id:
            publish_pictures([self.image_id])
        with transaction.atomic():
            keep_topic_address(self)
            super().save(*args, **kwargs)

    @property
    def path(self) -> str:
        """The file of the topic's head page."""
        return topic_path(self.slug)

    def clean(self) -> None:
        from handpress.newsroom.slugs import give_slug

        super().clean()
        give_slug(self, self.name)

    def with_content_json(self, content: dict[str, Any]) -> Topic:
        """Rebuild a revision; its place among the topics is no part of a draft."""
        topic: Topic = super().with_content_json(content)
        topic.position = self.position
        topic.former_pages = self.former_pages
        return topic

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return preview_response("topic", self)


class TopicAlias(models.Model):
    """A slug that a topic once had. Without a topic: the topic is gone."""

    slug = models.SlugField(max_length=120, unique=True)
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="aliases"
    )
    pages = models.PositiveIntegerField(default=0)
    is_merged = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "topic aliases"

    def __str__(self) -> str:
        return self.slug


class MergedTopic(models.Model):
    """The id of a topic that was merged: drafts and former versions of articles name it still."""

    former_id = models.BigIntegerField(unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="merged")

    def __str__(self) -> str:
        return f"{self.former_id} → {self.topic}"
