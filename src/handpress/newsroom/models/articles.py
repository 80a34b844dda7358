"""Articles, and what belongs to one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from handpress.newsroom.blocks import BodyBlock
from handpress.newsroom.core.addresses import DAY, EXACT, UNKNOWN
from handpress.newsroom.fields import PlainTextField
from handpress.newsroom.models.filing import Contributor, Source, Topic
from handpress.newsroom.models.images import NewsImage
from handpress.newsroom.models.saving import WrittenBySave, touches_content, without_twins
from handpress.press.previews import preview_response

# Drafts before all that was ever published, then the newest. Without a bound value, which no
# index could be compared with.
DESK_ORDER = (
    models.Func(
        models.F("sort_at_us"),
        template="COALESCE(%(expressions)s, 9223372036854775807)",
        output_field=models.BigIntegerField(),
    ).desc(),
    models.F("id").desc(),
)


class ArticleQuerySet(WrittenBySave["Article"]):
    """Bulk writes that keep the derived columns true."""

    made_by_save = frozenset(
        {"body", "headline", "slug", "excerpt", "published_at", "published_precision"}
        | {"lead_image", "source_url", "body_html", "has_standfirst"}
    )

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Article]:
        from handpress.newsroom.derive import prepare_articles
        from handpress.newsroom.redirects import free_paths

        articles = list(objs)
        prepare_articles(articles)
        free_paths([article.path for article in articles if article.live])
        return super().bulk_create(articles, *args, **kwargs)


_SAID_ONCE = {
    "article_topics": ["topic_id"],
    "article_contributors": ["contributor_id", "role"],
    "related": ["other_id"],
    "corrections": ["note"],
}


class Article(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """One journalistic piece (schema.org NewsArticle).

    ``path``, ``sort_at_us``, ``body_html`` and ``has_standfirst`` are derived when it is saved.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    headline = PlainTextField(rows=2)
    slug = models.SlugField(max_length=120, unique=True, blank=True)
    excerpt = PlainTextField(blank=True, rows=6)
    dateline = models.CharField(max_length=200, blank=True)
    language = models.CharField(
        max_length=20, blank=True, help_text="Language tag, as in ar or ko. Empty: the outlet's."
    )

    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: the moment it is first published."
    )
    published_precision = models.CharField(
        max_length=8,
        default=EXACT,
        choices=[(EXACT, "exact"), (DAY, "the day only"), (UNKNOWN, "not known")],
    )

    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="articles"
    )
    source_url = models.URLField(
        blank=True, max_length=1000, help_text="Where it first appeared: its canonical address."
    )
    credit_line = models.CharField(max_length=255, blank=True)
    licence = models.CharField(max_length=120, blank=True)

    lead_image = models.ForeignKey(
        NewsImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lead_image_alt = models.CharField(max_length=500, blank=True)
    lead_image_decorative = models.BooleanField(default=False)
    lead_image_caption = models.CharField(max_length=500, blank=True)

    path = models.CharField(max_length=200, unique=True, editable=False)
    sort_at_us = models.BigIntegerField(null=True, editable=False)
    has_standfirst = models.BooleanField(default=True, editable=False)
    # Last in the table: a card is read without walking over the long columns of its row.
    body_html = models.TextField(blank=True, editable=False)
    body = StreamField(BodyBlock(), blank=True)
    images = models.ManyToManyField(
        NewsImage, through="ArticleImage", related_name="articles", editable=False
    )

    objects = models.Manager.from_queryset(ArticleQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["live", "-sort_at_us", "-id"], name="article_order"),
            models.Index(*DESK_ORDER, name="article_desk_order"),
            models.Index(fields=["published_at"], name="article_published"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(live=False) | Q(sort_at_us__isnull=False), name="live_article_sorts"
            ),
            models.CheckConstraint(
                condition=Q(live=False)
                | Q(published_precision=UNKNOWN, published_at__isnull=True)
                | (~Q(published_precision=UNKNOWN) & Q(published_at__isnull=False)),
                name="live_article_date_is_stated",
            ),
            models.CheckConstraint(
                condition=Q(published_precision__in=[EXACT, DAY, UNKNOWN]),
                name="article_precision_known",
            ),
            models.CheckConstraint(condition=~Q(headline=""), name="article_has_headline"),
            models.CheckConstraint(condition=~Q(slug=""), name="article_has_slug"),
        ]

    def __str__(self) -> str:
        return self.headline

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with all derived columns; leave redirects where the address changes."""
        from handpress.newsroom.derive import prepare_articles, store_images
        from handpress.newsroom.redirects import keep_article_address

        if not touches_content(kwargs.get("update_fields")):
            super().save(*args, **kwargs)
            return
        kwargs.pop("update_fields", None)
        for relation, columns in _SAID_ONCE.items():
            without_twins(self, relation, columns)
        shown = prepare_articles([self])
        with transaction.atomic():
            keep_article_address(self)
            super().save(*args, **kwargs)
            store_images(self, shown[0])

    def clean(self) -> None:
        from handpress.newsroom.slugs import give_slug

        super().clean()
        if not self.headline.strip():
            raise ValidationError({"headline": "An article needs a headline."})
        give_slug(self, self.headline)

    def with_content_json(self, content: dict[str, Any]) -> Article:
        """Rebuild a revision; what belongs to the article as a whole stays as it is now."""
        from handpress.newsroom.drafts import with_merged_topics

        article: Article = super().with_content_json(with_merged_topics(content))
        article.path = self.path
        article.sort_at_us = self.sort_at_us
        # A draft of before it was public leaves open when that would be; now it is known.
        if article.published_precision == UNKNOWN:
            article.published_at = None
        elif article.published_at is None:
            article.published_at = self.published_at or self.first_published_at
        return article

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """The page itself, with the appeal as readers have it, and its card in a listing."""
        return [("article", "The article"), ("card", "Its card in a listing")]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        name = "article-card" if mode_name == "card" else "article"
        return preview_response(name, self, request)


class ArticleTopic(Orderable):
    """An article is filed under a topic; the first of its topics is the primary one."""

    article = ParentalKey(Article, on_delete=models.CASCADE, related_name="article_topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="article_topics")

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["article", "topic"], name="article_topic_once")
        ]


class ArticleContributor(Orderable):
    """A person is credited on an article."""

    article = ParentalKey(Article, on_delete=models.CASCADE, related_name="article_contributors")
    contributor = models.ForeignKey(
        Contributor, on_delete=models.PROTECT, related_name="article_contributors"
    )
    role = models.CharField(max_length=60, blank=True, help_text="Empty for the author.")

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["article", "contributor", "role"], name="article_contributor_once"
            )
        ]


class ArticleRelated(Orderable):
    """Another article that an editor sends readers on to."""

    article = ParentalKey(Article, on_delete=models.CASCADE, related_name="related")
    other = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_from")

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="article_related_once"),
            models.CheckConstraint(
                condition=~models.Q(article=models.F("other")), name="article_relates_to_others"
            ),
        ]


class Correction(models.Model):
    """A dated public note on an article. Never silent."""

    article = ParentalKey(Article, on_delete=models.CASCADE, related_name="corrections")
    corrected_at = models.DateTimeField()
    note = PlainTextField(rows=3)

    class Meta:
        ordering = ["corrected_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="correction_has_note")]

    def __str__(self) -> str:
        return self.note[:80]


class ArticleImage(models.Model):
    """A picture that an article shows, as lead image or in its body. Derived."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    image = models.ForeignKey(NewsImage, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "image"], name="article_image_once")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.image_id}"
