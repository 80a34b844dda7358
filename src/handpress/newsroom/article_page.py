"""What an article's page shows, gathered for many articles at once or for one being previewed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from handpress.lib.html import SafeHtml, at_root
from handpress.newsroom.cards import (
    language_context,
    picture_context,
    stated_date,
    topic_context,
)
from handpress.newsroom.core.addresses import EXACT, UNKNOWN
from handpress.newsroom.core.body import Picture
from handpress.newsroom.models import Article, ArticleContributor, ArticleTopic, Correction
from handpress.newsroom.pictures import find_pictures

_COLUMNS = (
    "id",
    "uuid",
    "path",
    "live",
    "last_published_at",
    "sort_at_us",
    "headline",
    "excerpt",
    "has_standfirst",
    "body_html",
    "language",
    "published_at",
    "published_precision",
    "dateline",
    "source__name",
    "source_url",
    "credit_line",
    "source__credit_line",
    "licence",
    "source__licence",
    "lead_image_id",
    "lead_image_alt",
    "lead_image_caption",
)
_IMAGE = _COLUMNS.index("lead_image_id")
_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """All that one article page states. Lists are in the order in which they are shown."""

    id: int
    uuid: UUID
    path: str
    live: bool
    last_published_at: datetime | None
    sort_at_us: int | None
    headline: str
    excerpt: str
    has_standfirst: bool
    body_html: str
    language: str
    published_at: datetime | None
    published_precision: str
    dateline: str
    source_name: str | None
    source_url: str
    credit_line: str
    source_credit_line: str | None
    licence: str
    source_licence: str | None
    lead_image_id: int | None
    lead_image_alt: str
    lead_image_caption: str
    topics: Sequence[tuple[str, str, str]] = ()
    contributors: Sequence[tuple[str, str]] = ()
    corrections: Sequence[tuple[datetime, str]] = ()
    picture: Picture | None = None

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def rank(self) -> int:
        return self.sort_at_us or 0

    @property
    def was_public(self) -> bool:
        return self.last_published_at is not None

    @property
    def description(self) -> str:
        """The excerpt, cut at a word for search engines and link previews."""
        text = " ".join(self.excerpt.split())
        if len(text) <= _DESCRIPTION:
            return text
        return text[:_DESCRIPTION].rsplit(" ", 1)[0] + "…"


_FIELDS = tuple(column.replace("source__", "source_") for column in _COLUMNS)


def load_articles(ids: Sequence[int]) -> list[ArticleFacts]:
    """Return the facts of articles by id, in no set order; five queries whatever their number."""
    rows = list(Article.objects.filter(pk__in=ids).values_list(*_COLUMNS))
    topics = _topics(ids)
    contributors = _contributors(ids)
    corrections = _corrections(ids)
    images = {image for row in rows if (image := row[_IMAGE])}
    pictures = find_pictures(images) if images else {}
    return [
        ArticleFacts(
            **dict(zip(_FIELDS, row, strict=True)),
            topics=topics.get(row[0], ()),
            contributors=contributors.get(row[0], ()),
            corrections=corrections.get(row[0], ()),
            picture=pictures.get(row[_IMAGE]),
        )
        for row in rows
    ]


def _topics(ids: Iterable[int]) -> Mapping[int, list[tuple[str, str, str]]]:
    rows = ArticleTopic.objects.filter(article_id__in=ids, topic__live=True)
    found = defaultdict(list)
    for article, *topic in rows.order_by("article_id", "sort_order", "id").values_list(
        "article_id", "topic__name", "topic__slug", "topic__language"
    ):
        found[article].append((topic[0], topic[1], topic[2]))
    return found


def _contributors(ids: Iterable[int]) -> Mapping[int, list[tuple[str, str]]]:
    rows = ArticleContributor.objects.filter(article_id__in=ids)
    found = defaultdict(list)
    for article, name, role in rows.order_by("article_id", "sort_order", "id").values_list(
        "article_id", "contributor__name", "role"
    ):
        found[article].append((name, role))
    return found


def _corrections(ids: Iterable[int]) -> Mapping[int, list[tuple[datetime, str]]]:
    rows = Correction.objects.filter(article_id__in=ids)
    found = defaultdict(list)
    for article, moment, note in rows.order_by("article_id", "corrected_at", "id").values_list(
        "article_id", "corrected_at", "note"
    ):
        found[article].append((moment, note))
    return found


def facts_of(article: Article) -> ArticleFacts:
    """Return the facts of one article in memory, saved or not, as an editor previews it."""
    source = article.source
    pictures = find_pictures([article.lead_image_id]) if article.lead_image_id else {}
    return ArticleFacts(
        id=article.pk or 0,
        uuid=article.uuid,
        path=article.path,
        live=True,
        last_published_at=article.last_published_at,
        sort_at_us=article.sort_at_us,
        headline=article.headline,
        excerpt=article.excerpt,
        has_standfirst=article.has_standfirst,
        body_html=article.body_html,
        language=article.language,
        published_at=article.published_at,
        published_precision=article.published_precision,
        dateline=article.dateline,
        source_name=source.name if source else None,
        source_url=article.source_url,
        credit_line=article.credit_line,
        source_credit_line=source.credit_line if source else None,
        licence=article.licence,
        source_licence=source.licence if source else None,
        lead_image_id=article.lead_image_id,
        lead_image_alt=article.lead_image_alt,
        lead_image_caption=article.lead_image_caption,
        topics=[
            (row.topic.name, row.topic.slug, row.topic.language)
            for row in article.article_topics.all()
            if row.topic.live
        ],
        contributors=[
            (row.contributor.name, row.role) for row in article.article_contributors.all()
        ],
        corrections=[(row.corrected_at, row.note) for row in article.corrections.all()],
        picture=pictures.get(article.lead_image_id or 0),
    )


def article_context(facts: ArticleFacts, root: str) -> dict[str, Any]:
    """Return what the template calls ``article``."""
    language = language_context(facts.language)
    published = stated_date(facts.published_at, facts.published_precision, facts.language)
    corrections = [
        {**(stated_date(moment, EXACT, facts.language) or {}), "note": note}
        for moment, note in facts.corrections
    ]
    return {
        "headline": facts.headline,
        "excerpt": facts.excerpt,
        "show_excerpt": facts.has_standfirst,
        "body": at_root(facts.body_html, root),
        **language,
        "published": published,
        "modified": corrections[-1] if corrections else None,
        "dateline": facts.dateline,
        "credit": _credit(facts),
        "licence": facts.licence or facts.source_licence or "",
        "contributors": [{"name": name, "role": role} for name, role in facts.contributors],
        "topics": [topic_context(*topic, root) for topic in facts.topics],
        "corrections": corrections,
        "image": _lead_image(facts, root),
        "json_ld": _json_ld(facts, language["language"]),
    }


def _credit(facts: ArticleFacts) -> dict[str, str] | None:
    if not facts.source_name and not facts.credit_line:
        return None
    return {
        "source_name": facts.source_name or "",
        "source_url": facts.source_url,
        "line": facts.credit_line or facts.source_credit_line or "",
    }


def _lead_image(facts: ArticleFacts, root: str) -> dict[str, Any] | None:
    image = picture_context(facts.picture, facts.lead_image_alt, root)
    if image is None or facts.picture is None:
        return None
    return {**image, "caption": facts.lead_image_caption, "credit": facts.picture.credit}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@cache
def _outlet() -> tuple[str, str]:
    newsroom = settings.HANDPRESS.newsroom
    return newsroom.name, newsroom.address


def _json_ld(facts: ArticleFacts, language: str) -> SafeHtml:
    """Return schema.org NewsArticle data. What is not stated is left out, the date above all."""
    outlet, address = _outlet()
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": facts.headline,
        "inLanguage": language,
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet},
    }
    if facts.published_at and facts.published_precision != UNKNOWN:
        stated = stated_date(facts.published_at, facts.published_precision)
        data["datePublished"] = stated["iso"] if stated else None
    if facts.corrections:
        data["dateModified"] = facts.corrections[-1][0].isoformat(timespec="seconds")
    if facts.contributors:
        data["author"] = [{"@type": "Person", "name": name} for name, _ in facts.contributors]
    if facts.source_url:
        data["isBasedOn"] = facts.source_url
    if address:
        data["mainEntityOfPage"] = address + facts.path
    text = _encode(data)
    return SafeHtml(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
