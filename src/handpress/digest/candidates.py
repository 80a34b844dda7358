"""Articles as editions keep them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from handpress.digest.core.compose import Heading, Picture, Piece
from handpress.lib.languages import tidy_tag
from handpress.newsroom.cards import stated_date
from handpress.newsroom.models import Article, ArticleTopic, Topic
from handpress.newsroom.models.features import TopicFeature
from handpress.newsroom.pictures import (
    MailPicture,
    find_mail_pictures,
    find_pictures,
    publish_mail_pictures,
)
from handpress.press.registry import registry

STILL_NEWS = timedelta(days=3)
"""How much older than the edition's beginning what was brought in late may say it is."""

_COLUMNS = (
    "id",
    "uuid",
    "path",
    "headline",
    "excerpt",
    "language",
    "dateline",
    "source__name",
    "published_at",
    "published_precision",
    "sort_at_us",
    "lead_image_id",
    "lead_image_alt",
    "lead_image_decorative",
)


def published_between(start: datetime, end: datetime) -> list[Piece]:
    """Return what first stood on the site in that time; five queries whatever their number.

    What says that it is days older, or not how old, is archive material that was brought in.
    """
    return _pieces(
        Article.objects.filter(
            live=True,
            first_published_at__gt=start,
            first_published_at__lte=end,
            published_at__gt=start - STILL_NEWS,
        )
    )


def pieces_of(uuids: Collection[str]) -> dict[str, Piece]:
    """Return those articles, by uuid, as they are now; what is not public is left out."""
    found = _pieces(Article.objects.filter(live=True, uuid__in=uuids)) if uuids else []
    return {piece.uuid: piece for piece in found}


def make_mail_pictures(uuids: Collection[str]) -> None:
    """Make the pictures that mail shows of these articles, as files; not within a transaction."""
    rows = Article.objects.filter(live=True, uuid__in=uuids, lead_image__isnull=False)
    publish_mail_pictures(rows.values_list("lead_image_id", flat=True))


def chosen_lead() -> str:
    """Return the uuid of the public article that editors chose to lead the front page, or ""."""
    home = registry.kinds.get("home")
    kind, key = (home and home.headed_by and home.headed_by()) or ("", "")
    if kind != "article":
        return ""
    found = Article.objects.filter(live=True, pk=int(key)).values_list("uuid", flat=True).first()
    return str(found or "")


def headings() -> list[Heading]:
    """Return the public topics, in the order that editors gave them."""
    rows = Topic.objects.filter(live=True).order_by("position", "name", "id")
    return [
        Heading(id=pk, name=name, slug=slug, language=language)
        for pk, name, slug, language in rows.values_list("id", "name", "slug", "language")
    ]


def _pieces(articles: Any) -> list[Piece]:
    rows = list(articles.order_by().values(*_COLUMNS))
    ids = [row["id"] for row in rows]
    topics = _topics(ids)
    featured = set(
        TopicFeature.objects.filter(article_id__in=ids).values_list("article_id", flat=True)
    )
    images = {row["lead_image_id"] for row in rows if row["lead_image_id"]}
    pictures = find_pictures(images) if images else {}
    in_mail = find_mail_pictures(images) if images else {}
    return [
        _piece(
            row,
            topics.get(row["id"], ()),
            row["id"] in featured,
            _picture(row, pictures.get(image), in_mail.get(image)),
        )
        for row in rows
        for image in [row["lead_image_id"]]
    ]


def _topics(articles: Iterable[int]) -> dict[int, tuple[int, ...]]:
    rows = ArticleTopic.objects.filter(article_id__in=list(articles), topic__live=True)
    found: dict[int, tuple[int, ...]] = {}
    for article, topic in rows.order_by("article_id", "sort_order", "id").values_list(
        "article_id", "topic_id"
    ):
        found[article] = (*found.get(article, ()), topic)
    return found


def _piece(
    row: dict[str, Any], topics: tuple[int, ...], featured: bool, picture: Picture | None
) -> Piece:
    stated = stated_date(row["published_at"], row["published_precision"], row["language"])
    return Piece(
        uuid=str(row["uuid"]),
        path=row["path"],
        headline=row["headline"],
        excerpt=row["excerpt"],
        language=tidy_tag(row["language"]),
        dateline=row["dateline"],
        source=row["source__name"] or "",
        date=stated["text"] if stated else "",
        topics=topics,
        order=row["sort_at_us"],
        featured=featured,
        picture=picture,
    )


def _picture(row: dict[str, Any], picture: Any, mailed: MailPicture | None) -> Picture | None:
    if picture is None:
        return None
    name, width, height = mailed or (*picture.sources[-1], picture.height)
    words = row["lead_image_alt"] or picture.alt
    return Picture(
        path=f"images/{name}",
        width=width,
        height=height,
        alt="" if row["lead_image_decorative"] else words,
    )
