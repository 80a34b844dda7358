"""Articles as readers see them: cards for listings, dates and names in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern

from handpress.lib.html import SafeHtml, escape
from handpress.lib.languages import direction_of, tidy_tag
from handpress.newsroom.core.addresses import DAY, EXACT
from handpress.newsroom.core.body import Picture
from handpress.newsroom.pictures import find_pictures
from handpress.press.site import site_facts
from handpress.press.sql import Row, as_moment, fetch_for

_CARDS = """
    SELECT a.id, a.path, a.headline, a.excerpt, a.language, a.published_at,
        a.published_precision, a.dateline, s.name, a.lead_image_id, a.lead_image_alt, a.sort_at_us,
        CASE WHEN a.lead_image_id IS NOT NULL THEN a.lead_image_decorative ELSE false END
    FROM newsroom_article a LEFT JOIN newsroom_source s ON s.id = a.source_id
    WHERE a.id IN_IDS AND a.live
"""
_PRIMARY_TOPICS = """
    SELECT f.article_id, t.name, t.slug, t.language
    FROM newsroom_articletopic f JOIN newsroom_topic t ON t.id = f.topic_id
    WHERE f.article_id IN_IDS AND t.live ORDER BY f.article_id, f.sort_order, f.id
"""


class CardRow(NamedTuple):
    """What a card needs of an article; ``topic`` is its primary topic: name, slug, language."""

    id: int
    path: str
    headline: str
    excerpt: str
    language: str
    published_at: datetime | None
    published_precision: str
    dateline: str
    source_name: str
    lead_image_id: int | None
    lead_image_alt: str
    sort_at_us: int
    is_decorative: bool = False
    topic: tuple[str, str, str] | None = None
    picture: Picture | None = None


def load_cards(ids: Iterable[int], *, with_topics: bool = False) -> dict[int, CardRow]:
    """Return the cards of public articles by id; up to three queries whatever their number."""
    rows = fetch_for(_CARDS, set(ids))
    images = {row[9] for row in rows if row[9]}
    pictures = find_pictures(images) if images else {}
    topics = primary_topics([row[0] for row in rows]) if with_topics else {}
    return {row[0]: _card_row(row, topics.get(row[0]), pictures.get(row[9])) for row in rows}


def _card_row(row: Row, topic: tuple[str, str, str] | None, picture: Picture | None) -> CardRow:
    values = [*row, topic, picture]
    values[5] = as_moment(values[5])
    values[8] = values[8] or ""
    return CardRow(*values)


def primary_topics(ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Return the first public topic (name, slug, language) of each article that has one."""
    first: dict[int, tuple[str, str, str]] = {}
    for article, *topic in fetch_for(_PRIMARY_TOPICS, ids):
        first.setdefault(article, tuple(topic))
    return first


def card_context(row: CardRow, root: str) -> dict[str, Any]:
    """Return what templates call a card, with addresses that lead there from ``root``."""
    language = language_context(row.language)
    return {
        "headline": row.headline,
        "excerpt": row.excerpt,
        "url": SafeHtml(root + row.path),
        "language": language["language"],
        "dir": language["dir"],
        "published": _stated(row.published_at, row.published_precision, language["language"]),
        "dateline": row.dateline,
        "source_name": row.source_name,
        "topic": row.topic and topic_context(*row.topic, root),
        "image": _card_image(row, root),
    }


def _card_image(row: CardRow, root: str) -> dict[str, Any] | None:
    image = picture_context(row.picture, row.lead_image_alt, root)
    return {**image, "alt": ""} if image and row.is_decorative else image


def topic_context(name: str, slug: str, language: str, root: str) -> dict[str, Any]:
    """Return what templates call a topic; it is read, never written to."""
    return _topic_context(name, slug, language, root, site_facts().language)


@lru_cache(maxsize=5_000)
def _topic_context(name: str, slug: str, language: str, root: str, own: str) -> dict[str, Any]:
    return {"name": name, "url": topic_url(slug, root), **_language_context(language, own)}


def frame_link(link: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return a link of the frame (name, language, and path in the site or url elsewhere)."""
    url = SafeHtml(root + link["path"]) if "path" in link else link["url"]
    if str(url).startswith("/"):
        url = SafeHtml(root + escape(str(url).lstrip("/")))
    return {"name": link["name"], "url": url, **language_context(link["language"])}


def topic_url(slug: str, root: str) -> SafeHtml:
    """Return the address of a topic from ``root``."""
    return SafeHtml(f"{root}topics/{slug}/")


def language_context(language: str) -> Mapping[str, str]:
    """Return language tag and direction; an empty tag means the outlet's own language.

    So does what is no tag, such as "Arabic": nobody could read it off a page.
    """
    return _language_context(language, site_facts().language)


@lru_cache(maxsize=1_000)
def _language_context(language: str, own: str) -> Mapping[str, str]:
    tag = tidy_tag(language) or own
    return {"language": tag, "dir": direction_of(tag)}


def stated_date(
    moment: datetime | None, precision: str = EXACT, language: str = ""
) -> dict[str, str] | None:
    """Return a date as machines and as people read it, or None where none is stated."""
    return _stated(moment, precision, language_context(language)["language"])


def _stated(moment: datetime | None, precision: str, tag: str) -> dict[str, str] | None:
    return _stated_in(site_facts().zone, moment, precision, tag) if moment else None


@lru_cache(maxsize=5_000)
def _stated_in(zone: tzinfo, moment: datetime, precision: str, tag: str) -> dict[str, str]:
    local = moment.astimezone(UTC if precision == DAY else zone)
    day = local.date()
    iso = local.isoformat(timespec="seconds") if precision == EXACT else day.isoformat()
    return {"iso": iso, "text": date_in_words(day, tag)}


@lru_cache(maxsize=20_000)
def date_in_words(day: date, language: str) -> str:
    """Return a day in full, as its language writes it (Unicode CLDR, long form).

    In a language that is not known there, its figures alone, which are in no language.
    """
    locale = _locale(language)
    if locale is None:
        return day.isoformat()
    pattern: DateTimePattern = locale.date_formats["long"]
    return pattern.apply(day, locale).translate(_digits(locale.default_numbering_system))


@lru_cache(maxsize=1_000)
def month_in_words(day: date, language: str) -> str:
    """Return the month that a day is in, with its year, as `date_in_words` returns days."""
    locale = _locale(language)
    pattern = locale.datetime_skeletons.get("yMMMM") if locale else None
    if locale is None or pattern is None:
        return f"{day:%Y-%m}"
    words: str = pattern.apply(day, locale)
    return words.translate(_digits(locale.default_numbering_system))


@lru_cache(maxsize=100)
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


_ZEROS = {"arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "mymr": "၀", "tibt": "༠"}
"""The figures in which CLDR writes numbers of a language, where not 0 to 9, by their zero."""


def _digits(system: str) -> dict[int, int]:
    zero = _ZEROS.get(system)
    return {ord("0") + n: ord(zero) + n for n in range(10)} if zero else {}


def picture_context(picture: Picture | None, alt: str, root: str) -> dict[str, Any] | None:
    """Return what templates call an image."""
    if picture is None:
        return None
    base = f"{root}images/"
    sources = ", ".join(f"{base}{escape(name)} {width}w" for name, width in picture.sources)
    return {
        "src": SafeHtml(base + escape(picture.sources[-1][0])),
        "srcset": SafeHtml(sources),
        "width": picture.width,
        "height": picture.height,
        "alt": alt or picture.alt,
    }
