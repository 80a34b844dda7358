"""Columns that are derived from others, kept true on every way to write an article."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from handpress.lib import clock
from handpress.lib.html import clean_url
from handpress.lib.text import slugify
from handpress.newsroom.core.addresses import (
    DAY,
    UNKNOWN,
    article_path,
    microseconds,
    noon_of_day,
    stands_well,
)
from handpress.newsroom.core.body import BodyTools, image_ids, needs_standfirst, render_body
from handpress.newsroom.models import Article, ArticleImage, PageImage, PlainPage, Topic
from handpress.newsroom.pictures import publish_pictures
from handpress.newsroom.slugs import is_slug, unique_slugs
from handpress.press.site import site_facts

_DAY_US = 86_400 * 1_000_000


def prepare_articles(articles: Sequence[Article]) -> list[set[int]]:
    """Fill in every derived column of unsaved changes; return the pictures that each shows.

    Costs a constant number of queries when the articles show no pictures.
    """
    _give_slugs(articles)
    zone = newsroom_zone()
    shown = [_shown_images(article) for article in articles]
    pictures = publish_pictures({image for images in shown for image in images})
    tools = BodyTools(pictures, site_facts().address)
    for article in articles:
        _date(article, zone)
        article.source_url = clean_url(article.source_url) or "" if article.source_url else ""
        _place(article, zone)
        article.body_html = render_body(_raw_blocks(article), tools)
        article.has_standfirst = needs_standfirst(article.excerpt, article.body_html)
    return [images & pictures.keys() for images in shown]


def _place(article: Article, zone: ZoneInfo) -> None:
    stated = (article.published_at, article.published_precision)
    if article.last_published_at and stands_well(article.path, article.slug, *stated):
        return
    article.path = article_path(article.slug, article.published_at, zone, stated[1])


def store_images(article: Article, shown: set[int]) -> None:
    """Write down which pictures a saved article shows."""
    rows = ArticleImage.objects.filter(article=article)
    former = set(rows.values_list("image_id", flat=True))
    if former - shown:
        rows.filter(image_id__in=former - shown).delete()
    ArticleImage.objects.bulk_create(
        ArticleImage(article=article, image_id=image) for image in sorted(shown - former)
    )


def prepare_page(page: PlainPage) -> set[int]:
    """Fill in the derived columns of a plain page; return the pictures that it shows."""
    blocks = _raw_blocks(page)
    pictures = publish_pictures(image_ids(blocks))
    page.body_html = render_body(blocks, BodyTools(pictures, site_facts().address))
    return set(pictures)


def store_page_images(page: PlainPage, shown: set[int]) -> None:
    """Write down which pictures a saved page shows."""
    PageImage.objects.filter(page=page).exclude(image_id__in=shown).delete()
    rows = [PageImage(page=page, image_id=image) for image in sorted(shown)]
    PageImage.objects.bulk_create(rows, ignore_conflicts=True)


def note_publication(row: Article | Topic | PlainPage) -> None:
    """Let a row that is public state since when, also when it was made public in bulk."""
    if row.live and row.first_published_at is None:
        row.first_published_at = clock.now()
    if row.live and row.last_published_at is None:
        row.last_published_at = row.first_published_at


def newsroom_zone() -> ZoneInfo:
    """Return the zone in which the newsroom counts its days."""
    return site_facts().zone


def _give_slugs(articles: Sequence[Article]) -> None:
    for article in articles:
        if article.slug and not is_slug(article.slug):
            article.slug = slugify(article.slug, max_length=90)
    _resolve_clashes([article for article in articles if article.slug])
    nameless = [article for article in articles if not article.slug]
    wanted = [slugify(article.headline, max_length=90) for article in nameless]
    renamed = {article.pk for article in nameless if article.pk}
    slugs = unique_slugs(Article, wanted, besides=renamed)
    for article, slug in zip(nameless, slugs, strict=True):
        article.slug = slug


def _resolve_clashes(articles: Sequence[Article]) -> None:
    """Where another article has taken a slug meanwhile, as while a draft waited, take the next.

    The desk's form refuses a slug that is taken; scheduled publishing has nobody to ask.
    """
    wanted = {article.slug for article in articles}
    own = {article.pk for article in articles if article.pk}
    rows = Article.objects.filter(slug__in=wanted).exclude(pk__in=own)
    taken = set(rows.values_list("slug", flat=True)) if len(wanted) <= 500 else set()
    for article in articles:
        if article.slug in taken:
            article.slug = unique_slugs(Article, [article.slug])[0]


def _date(article: Article, zone: ZoneInfo) -> None:
    note_publication(article)
    if article.published_precision == UNKNOWN:
        article.published_at = None
    elif article.published_at is None:
        article.published_at = article.first_published_at
    if article.published_at and article.published_precision == DAY:
        article.published_at = noon_of_day(article.published_at, zone)
    if article.published_at:
        at_us = microseconds(article.published_at)
        is_by_day = article.published_precision == DAY
        # Articles of one day keep an order among themselves that the day alone does not give.
        if not (is_by_day and abs((article.sort_at_us or 0) - at_us) <= _DAY_US // 2):
            article.sort_at_us = at_us
    elif article.sort_at_us is None and article.first_published_at:
        article.sort_at_us = microseconds(article.first_published_at)


def _raw_blocks(article: Article | PlainPage) -> list[dict[str, Any]]:
    return [dict(block) for block in article.body.raw_data] if article.body else []


def _shown_images(article: Article) -> set[int]:
    images = set(image_ids(_raw_blocks(article)))
    if article.lead_image_id:
        images.add(article.lead_image_id)
    return images
