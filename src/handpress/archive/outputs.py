"""What the archive prints: topics and their pages; the front page and feeds are next door."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from handpress.archive import outputs_feeds, outputs_front  # noqa: F401  (register theirs)
from handpress.archive.listings import (
    former_pages,
    has_newer_page,
    newest,
    older_than_head,
    pages_of,
    place_articles,
    runs_before,
    touch_feeds,
)
from handpress.archive.models import Run
from handpress.archive.outputs_common import feeds_to, live_topics
from handpress.archive.rebuild import listing_differences, rebuild_listings
from handpress.lib.html import SafeHtml, escape
from handpress.newsroom.cards import (
    card_context,
    frame_link,
    language_context,
    load_cards,
    picture_context,
    topic_context,
    topic_url,
)
from handpress.newsroom.core.addresses import page_path, topic_page_path, topic_path
from handpress.newsroom.core.body import Picture
from handpress.newsroom.models import Topic
from handpress.newsroom.outlet import NAVIGATION_TOPICS, footer_facts, logo_facts, navigation_facts
from handpress.newsroom.outputs_common import gone_page, moved_page
from handpress.newsroom.pictures import find_pictures, publish_pictures
from handpress.press.core.paths import root_of
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import (
    Derived,
    FramePart,
    Page,
    PageKind,
    Preview,
    Watch,
    only_key,
    registry,
)
from handpress.press.site import theme
from handpress.press.sql import fetch_for

# Frame ------------------------------------------------------------------------------------


def _masthead_facts() -> dict[str, Any]:
    chosen = navigation_facts()
    if chosen is None:
        chosen = [
            {"name": name, "path": f"topics/{slug}/", "language": language}
            for _, name, slug, language, _ in live_topics(first=NAVIGATION_TOPICS)
        ]
    return {"links": chosen, "logo": logo_facts()}


def _masthead(facts: Mapping[str, Any], root: str, is_front: bool) -> Mapping[str, Any]:
    logo = facts["logo"]
    return {
        "links": [frame_link(link, root) for link in facts["links"]],
        "logo": logo and _logo(logo, root),
    }


def _logo(logo: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return a logo small enough for its place: the smallest of the published sizes."""
    light, dark = logo["light"], logo["dark"]
    name, width = light["sources"][0]
    return {
        "src": SafeHtml(f"{root}images/{escape(name)}"),
        "dark": dark and SafeHtml(f"{root}images/{escape(dark['sources'][0][0])}"),
        "width": width,
        "height": round(light["height"] * width / light["width"]),
    }


def _footer(facts: Mapping[str, Any], root: str, is_front: bool) -> Mapping[str, Any]:
    pages = [
        {
            "name": page["name"],
            "url": SafeHtml(root + page_path(page["slug"])),
            **language_context(page["language"]),
        }
        for page in facts["pages"]
    ]
    return {"pages": pages, "lines": facts["lines"]}


# Topics -----------------------------------------------------------------------------------


def _topic_index(keys: Sequence[str]) -> Iterator[Page]:
    path = "topics/index.html"
    root = root_of(path)
    topics = [
        {**topic_context(name, slug, language, root), "description": description}
        for _, name, slug, language, description in live_topics()
    ]
    yield Page(
        "", path, {"topics": topics}, title=theme().translate("Topics"), feeds=feeds_to(root)
    )


Card = Mapping[str, Any]
_TOPIC_ROOT = root_of(topic_path("any"))
"""The way from any page of any topic: articles shared by topics are made into cards once."""


def _topic_keys() -> Iterator[tuple[str, int]]:
    rows = Topic.objects.filter(last_published_at__isnull=False).order_by("pk")
    yield from ((str(pk), FIRST) for pk in rows.values_list("pk", flat=True))


def _topics(ids: Iterable[int]) -> dict[int, Topic]:
    """Return topics that are or were public, in one query; only what listings show is loaded."""
    rows = fetch_for(
        "SELECT id, name, slug, language, description, image_id, image_alt, former_pages, live "
        "FROM newsroom_topic WHERE id IN_IDS AND last_published_at IS NOT NULL",
        set(ids),
    )
    columns = [*("pk", "name", "slug", "language", "description", "image_id", "image_alt")]
    columns += ["former_pages", "live"]
    return {row[0]: Topic(**dict(zip(columns, row, strict=True))) for row in rows}


def _lengths(listings: Collection[int]) -> dict[int, int]:
    sql = "SELECT listing, articles FROM archive_length WHERE listing IN_IDS"
    return dict(fetch_for(sql, listings))


def _topic_heads(keys: Sequence[str]) -> Iterator[Page]:
    topics = _topics(int(key) for key in keys)
    live = [pk for pk, topic in topics.items() if topic.live]
    ids = newest(live)
    features = _features(live)
    rows = load_cards(pk for some in (*ids.values(), *features.values()) for pk in some)
    cards = {pk: card_context(row, _TOPIC_ROOT) for pk, row in rows.items()}
    lengths = _lengths(live)
    pictures = find_pictures(image for pk in live if (image := topics[pk].image_id))
    for pk, topic in topics.items():
        if not topic.live:
            yield gone_page(str(pk), topic.path, 0)
            continue
        shown = [cards[article] for article in ids.get(pk, ()) if article in cards]
        featured = [cards[article] for article in features.get(pk, ()) if article in cards]
        picture = pictures.get(topic.image_id or 0)
        yield _topic_head(topic, shown, lengths.get(pk, 0), featured, picture)


def _features(topics: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    sql = "SELECT topic_id, article_id FROM newsroom_topicfeature WHERE topic_id IN_IDS "
    for topic, article in fetch_for(f"{sql} ORDER BY topic_id, sort_order, id", topics):
        found.setdefault(topic, []).append(article)
    return found


def _topic_head(
    topic: Topic,
    cards: Sequence[Card],
    articles: int,
    featured: Sequence[Card] = (),
    picture: Picture | None = None,
    root: str = "",
) -> Page:
    root = root or root_of(topic.path)
    older = older_than_head(articles)
    listing = {
        **_listing(topic, cards, root),
        "number": None,
        "featured": featured,
        "image": _topic_image(topic, picture, root),
        "older": older and _page_link(topic, older, root),
        "newer": None,
    }
    return Page(
        str(topic.pk),
        topic.path,
        {"listing": listing},
        title=topic.name,
        description=topic.description,
        feeds=feeds_to(root, topic=topic.name, slug=topic.slug),
        language=topic.language,
    )


def _topic_image(topic: Topic, picture: Picture | None, root: str) -> dict[str, Any] | None:
    """Return a topic's picture; without words of its own it adds nothing, and says nothing."""
    image = picture_context(picture, topic.image_alt, root)
    return image and {**image, "alt": topic.image_alt, "credit": picture and picture.credit}


def _listing(topic: Topic, cards: Sequence[Card], root: str) -> dict[str, Any]:
    return {
        "name": topic.name,
        "description": topic.description,
        **language_context(topic.language),
        "cards": cards,
        "feed_url": SafeHtml(f"{topic_url(topic.slug, root)}feed.xml"),
        "head_url": topic_url(topic.slug, root),
    }


def _page_link(topic: Topic, number: int | None, root: str) -> dict[str, Any]:
    file = f"{number}.html" if number else ""
    return {"url": SafeHtml(topic_url(topic.slug, root) + file), "number": number}


def _topic_page_keys() -> Iterator[tuple[str, int]]:
    """Newest first over all topics, so that pages which share articles are loaded together."""
    last: tuple[int, int, int] | None = None
    while some := runs_before(last, limit=5000):
        yield from ((f"{listing}/{number}", at_us) for at_us, listing, number in some)
        last = some[-1]
    yield from ((f"{topic}/{number}", 0) for topic, number in former_pages())


def _topic_pages(keys: Sequence[str]) -> Iterator[Page]:
    pages = [(int(listing), int(number)) for listing, _, number in (k.partition("/") for k in keys)]
    topics = _topics(listing for listing, _ in pages)
    live = [page for page in pages if page[0] in topics and topics[page[0]].live]
    ids = pages_of(live)
    rows = load_cards(pk for some in ids.values() for pk in some)
    cards = {pk: card_context(row, _TOPIC_ROOT) for pk, row in rows.items()}
    lengths = _lengths({listing for listing, _ in live})
    for page, articles in ids.items():
        shown = [cards[pk] for pk in articles if pk in cards]
        oldest = rows.get(articles[-1])
        rank = oldest.sort_at_us if oldest else 0
        yield _topic_page(topics[page[0]], page[1], shown, lengths.get(page[0], 0), rank)
    for pk, number in pages:
        if pk in topics and (pk, number) not in ids and number <= topics[pk].former_pages:
            yield _former_page(topics[pk], number)


def _former_page(topic: Topic, number: int) -> Page:
    """Lead from the address of a page that a topic has no longer to the topic, if that is there."""
    path = topic_page_path(topic.slug, number)
    key = f"{topic.pk}/{number}"
    if not topic.live:
        return gone_page(key, path, 0)
    return moved_page(key, path, topic.path, topic.name, topic.language)


def _topic_page(topic: Topic, number: int, cards: Sequence[Card], articles: int, rank: int) -> Page:
    path = topic_page_path(topic.slug, number)
    root = root_of(path)
    newer = number + 1 if has_newer_page(number, articles) else None
    listing = {
        **_listing(topic, cards, root),
        "number": number,
        "featured": (),
        "image": None,
        "older": _page_link(topic, number - 1, root) if number > 1 else None,
        "newer": _page_link(topic, newer, root),
    }
    return Page(
        f"{topic.pk}/{number}",
        path,
        {"listing": listing},
        title=f"{topic.name} – {_numbered(topic.language, number)}",
        description=topic.description,
        feeds=feeds_to(root, topic=topic.name, slug=topic.slug),
        language=topic.language,
        rank=rank,
    )


def _numbered(language: str, number: int) -> str:
    return theme().translate("Page {number}", language, number=number)


def _topic_preview(topic: Topic, root: str) -> Page:
    ids = newest([topic.pk]).get(topic.pk, []) if topic.pk else []
    chosen = [feature.article_id for feature in topic.features.all() if feature.article_id]
    rows = load_cards([*ids, *chosen])
    cards, featured = (
        [card_context(rows[pk], root) for pk in some if pk in rows] for some in (ids, chosen)
    )
    articles = _lengths([topic.pk or 0]).get(topic.pk, 0)
    picture = publish_pictures([topic.image_id]).get(topic.image_id) if topic.image_id else None
    return _topic_head(topic, cards, articles, featured, picture, root=root)


def _topic_changed(ids: set[int], plan: Plan) -> None:
    plan.touch_frame()
    plan.touch("home", "")
    plan.touch("topic-index", "")
    plan.touch("sitemap-shard", 0)
    for pk in ids:
        plan.touch("topic", pk)
    touch_feeds(ids, plan)
    for page in Run.objects.filter(listing__in=ids).values_list("listing", "number", "at_us"):
        plan.touch("topic-page", f"{page[0]}/{page[1]}", page[2])
    for topic, number in former_pages(ids):
        plan.touch("topic-page", f"{topic}/{number}", 0)


def _topic_head_changed(ids: set[int], plan: Plan) -> None:
    for pk in ids:
        plan.touch("topic", pk)


def _shown_elsewhere(ids: set[int], plan: Plan) -> None:
    """Touch what editors have put an article on by hand."""
    if fetch_for(_ON_FRONT, ids):
        plan.touch("home", "")
    for (topic,) in fetch_for(_FEATURED_ON, ids):
        plan.touch("topic", topic)


_ON_FRONT = "SELECT 1 FROM archive_frontpick WHERE article_id IN_IDS"
_FEATURED_ON = "SELECT topic_id FROM newsroom_topicfeature WHERE article_id IN_IDS"


def _not_found(keys: Sequence[str]) -> Iterator[Page]:
    title = theme().translate("Page not found")
    yield Page("", "404.html", {}, title=title, robots="noindex")


registry.add(
    FramePart("masthead", "frame/masthead.html", _masthead_facts, _masthead),
    FramePart("footer", "frame/footer.html", footer_facts, _footer),
    PageKind("topic-index", "topics.html", only_key(), _topic_index),
    PageKind("topic", "topic.html", _topic_keys, _topic_heads),
    PageKind("topic-page", "topic.html", _topic_page_keys, _topic_pages, turn=2),
    PageKind("not-found", "404.html", only_key(), _not_found),
    Preview("topic", "topic.html", _topic_preview),
    Watch("article", (), place_articles),
    Watch("article", (), _shown_elsewhere),
    Watch("topic-head", (("newsroom.TopicFeature", "topic_id"),), _topic_head_changed),
    Watch("topic", (), _topic_changed),
    Derived("listings", rebuild_listings, listing_differences),
)
