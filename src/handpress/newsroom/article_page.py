"""What an article's page shows, gathered for many articles at once or for one being previewed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from handpress.lib.html import SafeHtml, at_root, escape
from handpress.newsroom.cards import (
    CardRow,
    card_context,
    language_context,
    load_cards,
    picture_context,
    stated_date,
    topic_context,
)
from handpress.newsroom.core import marks
from handpress.newsroom.core.addresses import EXACT
from handpress.newsroom.core.body import Picture
from handpress.newsroom.models import Article
from handpress.newsroom.pictures import find_pictures
from handpress.press.registry import seal
from handpress.press.site import site_facts, theme
from handpress.press.sql import Row, as_moment, fetch_for

_ARTICLES = """
    SELECT a.id, a.uuid, a.path, a.live, a.last_published_at, a.sort_at_us, a.headline, a.excerpt,
        a.has_standfirst, UTF8_OF(a.body_html), a.language, a.published_at, a.published_precision,
        a.dateline, s.name, a.source_url, a.credit_line, s.credit_line, a.licence, s.licence,
        a.lead_image_id, a.lead_image_alt, a.lead_image_caption,
        CASE WHEN a.lead_image_id IS NOT NULL THEN a.lead_image_decorative ELSE false END
    FROM newsroom_article a LEFT JOIN newsroom_source s ON s.id = a.source_id
    WHERE a.id IN_IDS
"""
_TOPICS = """
    SELECT f.article_id, t.name, t.slug, t.language
    FROM newsroom_articletopic f JOIN newsroom_topic t ON t.id = f.topic_id
    WHERE f.article_id IN_IDS AND t.live ORDER BY f.article_id, f.sort_order, f.id
"""
_CONTRIBUTORS = """
    SELECT b.article_id, c.name, b.role
    FROM newsroom_articlecontributor b JOIN newsroom_contributor c ON c.id = b.contributor_id
    WHERE b.article_id IN_IDS ORDER BY b.article_id, b.sort_order, b.id
"""
_CORRECTIONS = """
    SELECT article_id, corrected_at, note FROM newsroom_correction
    WHERE article_id IN_IDS ORDER BY article_id, corrected_at, id
"""
_RELATED = """
    SELECT article_id, other_id FROM newsroom_articlerelated
    WHERE article_id IN_IDS ORDER BY article_id, sort_order, id
"""
_DESCRIPTION = 300
BODY = "body"
_MARKS_BEGIN = b"\xee"
"""The first byte of every mark in a stored body. One byte is looked for ten times faster than
three, and most bodies have no mark."""


class ArticleFacts(NamedTuple):
    """All that one article page states. Lists are in the order in which they are shown.

    ``body_html`` is the stored body in UTF-8.
    """

    id: int
    uuid: UUID | str
    path: str
    live: bool
    last_published_at: datetime | None
    sort_at_us: int | None
    headline: str
    excerpt: str
    has_standfirst: bool
    body_html: bytes
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
    lead_image_decorative: bool
    topics: Sequence[Row] = ()
    contributors: Sequence[Row] = ()
    corrections: Sequence[tuple[datetime, str]] = ()
    picture: Picture | None = None
    related: Sequence[CardRow] = ()

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
        words = self.excerpt[: _DESCRIPTION + 1].split()
        if len(self.excerpt) <= _DESCRIPTION:
            return " ".join(words)
        return " ".join(words[:-1]) + "…"


def load_articles(ids: Sequence[int], *, in_words: bool = False) -> list[ArticleFacts]:
    """Return the facts of articles by id, in no set order; eight queries at most.

    ``in_words`` leaves out pictures and related articles: feeds show none.
    """
    rows = fetch_for(_ARTICLES, ids)
    topics = _grouped(fetch_for(_TOPICS, ids))
    contributors = _grouped(fetch_for(_CONTRIBUTORS, ids))
    corrections = _grouped(fetch_for(_CORRECTIONS, ids))
    related = {} if in_words else _grouped(fetch_for(_RELATED, ids))
    cards = load_cards({row[0] for some in related.values() for row in some}) if related else {}
    images = set() if in_words else {image for row in rows if (image := row[20])}
    pictures = find_pictures(images) if images else {}
    return [
        _facts(
            row,
            topics.get(row[0], ()),
            contributors.get(row[0], ()),
            [(_certain(at), note) for at, note in corrections.get(row[0], ())],
            pictures.get(row[20]),
            [cards[pk] for (pk,) in related.get(row[0], ()) if pk in cards],
        )
        for row in rows
    ]


def _facts(row: Row, *relations: Any) -> ArticleFacts:
    values = [*row, *relations]
    values[3], values[8], values[23] = bool(values[3]), bool(values[8]), bool(values[23])
    values[4], values[11] = as_moment(values[4]), as_moment(values[11])
    return ArticleFacts(*values)


def _certain(value: Any) -> datetime:
    moment = as_moment(value)
    if moment is None:
        raise ValueError("a correction without a moment")
    return moment


def _grouped(rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def facts_of(article: Article) -> ArticleFacts:
    """Return the facts of one article in memory, saved or not, as an editor previews it."""
    source = article.source
    pictures = find_pictures([article.lead_image_id]) if article.lead_image_id else {}
    others = [row.other_id for row in article.related.all() if row.other_id]
    cards = load_cards(others)
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
        body_html=article.body_html.encode(),
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
        lead_image_decorative=article.lead_image_decorative,
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
        related=[cards[pk] for pk in others if pk in cards],
    )


def card_of(facts: ArticleFacts) -> CardRow:
    """Return the card of an article in memory, as a listing would show it."""
    return CardRow(
        id=facts.id,
        path=facts.path,
        headline=facts.headline,
        excerpt=facts.excerpt,
        language=facts.language,
        published_at=facts.published_at,
        published_precision=facts.published_precision,
        dateline=facts.dateline,
        source_name=facts.source_name or "",
        lead_image_id=facts.lead_image_id,
        lead_image_alt=facts.lead_image_alt,
        sort_at_us=facts.rank,
        is_decorative=facts.lead_image_decorative,
        topic=_primary(facts.topics),
        picture=facts.picture,
    )


def _primary(topics: Sequence[Row]) -> tuple[str, str, str] | None:
    return (topics[0][0], topics[0][1], topics[0][2]) if topics else None


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
        "body": facts.body_html and seal(BODY),
        **language,
        "published": published,
        "modified": corrections[-1] if corrections else None,
        "dateline": facts.dateline,
        "credit": _credit(facts),
        "licence": facts.licence or facts.source_licence or "",
        "contributors": [{"name": name, "role": role} for name, role in facts.contributors],
        "topics": [topic_context(name, slug, tag, root) for name, slug, tag in facts.topics],
        "corrections": corrections,
        "image": _lead_image(facts, root),
        "related": [card_context(card, root) for card in facts.related],
        "json_ld": _json_ld(facts, language["language"], published),
    }


def sealed_body(facts: ArticleFacts, root: str) -> dict[str, bytes]:
    """Return the body that stands where ``article_context`` sealed it."""
    body = facts.body_html
    if _MARKS_BEGIN not in body:
        return {BODY: body}
    language = language_context(facts.language)["language"]
    return {BODY: printed_body(body.decode(), language, root).encode()}


def printed_body(body_html: str, language: str, root: str) -> SafeHtml:
    """Return a stored body as it is printed: links lead from ``root``, and what the theme says
    in it is in ``language`` as far as the theme knows that."""

    def say(what: str, number: str) -> str:
        return _said_in_body(what, number, language)

    return at_root(marks.said_at_marks(body_html, say), root)


def _said_in_body(what: str, number: str, language: str) -> SafeHtml:
    words, translate = theme().words, theme().translate
    match what:
        case marks.SAID:
            return words.said(language)
        case marks.BACK:
            return words.back(language)
        case marks.TABLE:
            return escape(translate("Table {number}", language, number=number))
        case marks.NOTES:
            return escape(translate("Notes", language))
        case marks.TO_TEXT:
            return escape(translate("Back to note {number} in the text", language, number=number))
    return SafeHtml("")


def _credit(facts: ArticleFacts) -> dict[str, str] | None:
    line = facts.credit_line or facts.source_credit_line or ""
    # Where the source has no name, its address says whose it is.
    name = facts.source_name or urlsplit(facts.source_url).hostname or ""
    if not name and not line:
        return None
    return {"source_name": name, "source_url": facts.source_url, "line": line}


def _lead_image(facts: ArticleFacts, root: str) -> dict[str, Any] | None:
    image = picture_context(facts.picture, facts.lead_image_alt, root)
    if image is None or facts.picture is None:
        return None
    if facts.lead_image_decorative:
        image["alt"] = ""
    return {**image, "caption": facts.lead_image_caption, "credit": facts.picture.credit}


_quote = json.encoder.encode_basestring


def _json_ld(facts: ArticleFacts, language: str, published: dict[str, str] | None) -> SafeHtml:
    """Return schema.org NewsArticle data. What is not stated is left out, the date above all.

    Written piece by piece: JSON's general encoder costs more than the rest of the page's facts.
    """
    site = site_facts()
    text = (
        '{"@context":"https://schema.org","@type":"NewsArticle",'
        f'"headline":{_quote(facts.headline)},"inLanguage":{_quote(language)},'
        f'"publisher":{{"@type":"NewsMediaOrganization","name":{_quote(site.name)}}}'
    )
    if published:
        text += f',"datePublished":{_quote(published["iso"])}'
    if facts.corrections:
        corrected = facts.corrections[-1][0].astimezone(site.zone).isoformat(timespec="seconds")
        text += f',"dateModified":{_quote(corrected)}'
    if facts.contributors:
        people = (f'{{"@type":"Person","name":{_quote(name)}}}' for name, _ in facts.contributors)
        text += f',"author":[{",".join(people)}]'
    if facts.source_url:
        text += f',"isBasedOn":{_quote(facts.source_url)}'
    if site.address:
        text += f',"mainEntityOfPage":{_quote(site.address + facts.path)}'
    # Inside a script element only these could end it (HTML, section 4.12.1.3).
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return SafeHtml(text + "}")
