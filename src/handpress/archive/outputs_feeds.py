"""Feeds (Atom, RFC 4287), sitemaps (sitemaps.org 0.9) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from handpress.archive.listings import SHARD, newest
from handpress.archive.models import EVERYTHING
from handpress.lib.html import SafeHtml
from handpress.newsroom.article_page import ArticleFacts, load_articles, printed_body
from handpress.newsroom.cards import language_context, stated_date
from handpress.newsroom.models import PlainPage, Topic, TopicAlias
from handpress.press.core.paths import address_of, root_of
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import Page, PageKind, Watch, only_key, registry
from handpress.press.site import site_facts
from handpress.press.sql import as_uuid, fetch, fetch_for

_NEVER = "1970-01-01T00:00:00+00:00"


# Feeds ------------------------------------------------------------------------------------


def _feed_keys() -> Iterator[tuple[str, int]]:
    yield str(EVERYTHING), FIRST
    topics = Topic.objects.filter(live=True).order_by("pk").values_list("pk", flat=True)
    yield from ((str(pk), FIRST) for pk in topics)


def _feeds(keys: Sequence[str]) -> Iterator[Page]:
    listings = [int(key) for key in keys]
    topics = _live_topics(listings)
    ids = newest([pk for pk in listings if pk == EVERYTHING or pk in topics])
    wanted = sorted({pk for some in ids.values() for pk in some})
    articles = load_articles(wanted, in_words=True)
    facts = {article.id: article for article in articles if article.live}
    for pk in listings:
        topic = topics.get(pk)
        if topic or pk == EVERYTHING:
            shown = [facts[article] for article in ids.get(pk, ()) if article in facts]
            yield _feed(pk, topic, [_entry(one) for one in shown])


def _alias_feed_keys() -> Iterator[tuple[str, int]]:
    rows = TopicAlias.objects.filter(topic__live=True).order_by("pk").values_list("pk", flat=True)
    yield from ((str(pk), 0) for pk in rows)


def _alias_feeds(keys: Sequence[str]) -> Iterator[Page]:
    """Print the feed of a topic where it once stood too: readers of feeds follow no page."""
    rows = fetch_for(_ALIASES, [int(key) for key in keys])
    feeds = {page.key: page for page in _feeds(sorted({str(topic) for _, _, topic in rows}))}
    for pk, slug, topic in rows:
        if feed := feeds.get(str(topic)):
            yield replace(feed, key=str(pk), path=f"topics/{slug}/feed.xml", rank=0)


_ALIASES = """
    SELECT id, slug, topic_id FROM newsroom_topicalias
    WHERE id IN_IDS AND topic_id IS NOT NULL ORDER BY id
"""


def _alias_changed(ids: set[int], plan: Plan) -> None:
    for pk in ids:
        plan.touch("feed-alias", pk, 0)


def _live_topics(ids: Sequence[int]) -> dict[int, Topic]:
    rows = fetch_for(
        "SELECT id, uuid, name, slug, language, description FROM newsroom_topic "
        "WHERE id IN_IDS AND live",
        ids,
    )
    columns = ("pk", "uuid", "name", "slug", "language", "description")
    topics = {row[0]: Topic(**dict(zip(columns, row, strict=True))) for row in rows}
    for topic in topics.values():
        topic.uuid = as_uuid(topic.uuid)
    return topics


def _feed(pk: int, topic: Topic | None, entries: list[dict[str, Any]]) -> Page:
    site = site_facts()
    path = f"topics/{topic.slug}/feed.xml" if topic else "feed.xml"
    base = site.address or root_of(path)
    home = f"{base}topics/{topic.slug}/" if topic else base
    feed = {
        "id": topic.uuid if topic else uuid5(NAMESPACE_URL, f"handpress:{site.first_name}"),
        "title": f"{topic.name} – {site.name}" if topic else site.name,
        "subtitle": topic.description if topic else site.tagline,
        **language_context(topic.language if topic else ""),
        "url": SafeHtml(home),
        "self_url": SafeHtml(base + path) if site.address else "",
        "updated": max((entry["updated"] for entry in entries), default=_NEVER),
        "entries": [{**entry, **_links(entry, base)} for entry in entries],
    }
    feed["id"] = f"urn:uuid:{feed['id']}"
    return Page(str(pk), path, {"feed": feed})


def _entry(facts: ArticleFacts) -> dict[str, Any]:
    published = stated_date(facts.published_at, "exact")
    return {
        "id": f"urn:uuid:{as_uuid(facts.uuid)}",
        "title": facts.headline,
        "path": facts.path,
        "body": facts.body_html.decode(),
        "published": published["iso"] if published else "",
        "updated": _moment(facts),
        "summary": facts.excerpt,
        **language_context(facts.language),
        "authors": [name for name, _ in facts.contributors] or [facts.source_name],
        "topics": [name for name, _, _ in facts.topics],
    }


def _moment(facts: ArticleFacts) -> str:
    """When the entry last changed for its readers: printed, or corrected since."""
    moments = [facts.last_published_at, *(moment for moment, _ in facts.corrections)]
    stated = stated_date(max(moment for moment in moments if moment))
    return stated["iso"] if stated else _NEVER


def _links(entry: dict[str, Any], base: str) -> dict[str, Any]:
    is_full = site_facts().feeds_are_full
    return {
        "url": SafeHtml(base + entry["path"]),
        "content": str(printed_body(entry["body"], entry["language"], base))
        if entry["body"] and is_full
        else "",
    }


# Sitemaps ---------------------------------------------------------------------------------


def _shards() -> list[int]:
    """Return the numbers of the sitemap files: 0 for listings, n + 1 for every 200 articles."""
    if not site_facts().address:
        return []
    return [0, *(number + 1 for (number,) in fetch(_FILLED, [SHARD, EVERYTHING]))]


_FILLED = """
    SELECT DISTINCT article_id / %s AS number FROM archive_placement WHERE listing = %s
    ORDER BY number
"""


def _shard_keys() -> Iterator[tuple[str, int]]:
    yield from ((str(number), FIRST) for number in _shards())


def _index_keys() -> Iterator[tuple[str, int]]:
    if site_facts().address:
        yield "", FIRST


def _sitemap_index(keys: Sequence[str]) -> Iterator[Page]:
    base = site_facts().address
    if base:
        shards = [SafeHtml(f"{base}sitemap-{number}.xml") for number in _shards()]
        yield Page("", "sitemap.xml", {"shards": shards}, template="sitemap.xml")


def _sitemap_shards(keys: Sequence[str]) -> Iterator[Page]:
    base = site_facts().address
    numbers = sorted({int(key) for key in keys}) if base else []
    addresses = _shard_addresses([number for number in numbers if number])
    for number in numbers:
        entries = addresses.get(number, []) if number else _listing_addresses()
        if entries:
            urls = [
                {"url": SafeHtml(base + path), "modified": modified} for path, modified in entries
            ]
            context = {"urls": urls}
            yield Page(str(number), f"sitemap-{number}.xml", context, rank=FIRST)


def _shard_addresses(numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    if not numbers:
        return {}
    found: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
    rows = fetch(_IN_SHARDS, [(numbers[0] - 1) * SHARD, numbers[-1] * SHARD])
    for pk, path, day in rows:
        number = pk // SHARD + 1
        if number in found:
            found[number].append((path, day or ""))
    return found


# A moment's first ten characters are its day, in either database's words.
_IN_SHARDS = """
    SELECT id, path, substr(CAST(last_published_at AS varchar(40)), 1, 10) FROM newsroom_article
    WHERE live AND id >= %s AND id < %s ORDER BY id
"""


def _listing_addresses() -> list[tuple[str, str]]:
    topics = Topic.objects.filter(live=True).order_by("pk")
    heads = [address_of(topic.path) for topic in topics]
    plain = [page.path for page in PlainPage.objects.filter(live=True).order_by("pk")]
    others = [path for kind in registry.kinds.values() if kind.listed for path in kind.listed()]
    own = ("", "topics/", "donate/", "subscribe/")
    return [(path, "") for path in (*own, *heads, *plain, *others)]


def _robots(keys: Sequence[str]) -> Iterator[Page]:
    yield Page("", "robots.txt", {})


registry.add(
    PageKind("feed", "feed.xml", _feed_keys, _feeds, batch=20),
    PageKind("feed-alias", "feed.xml", _alias_feed_keys, _alias_feeds, batch=20, turn=3),
    Watch("alias", (), _alias_changed),
    PageKind("sitemap", "sitemap.xml", _index_keys, _sitemap_index),
    PageKind("sitemap-shard", "sitemap-shard.xml", _shard_keys, _sitemap_shards, batch=10),
    PageKind("robots", "robots.txt", only_key(), _robots),
)
