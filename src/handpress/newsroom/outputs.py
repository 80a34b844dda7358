"""What the newsroom prints: article pages here; pictures, plain pages and addresses next door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from handpress.lib.html import SafeHtml
from handpress.newsroom import (  # noqa: F401  (they register what they print)
    outputs_addresses,
    outputs_pages,
    outputs_pictures,
)
from handpress.newsroom.actions import publish_due
from handpress.newsroom.article_page import (
    ArticleFacts,
    article_context,
    card_of,
    facts_of,
    load_articles,
    sealed_body,
)
from handpress.newsroom.cards import card_context, language_context, topic_url
from handpress.newsroom.derive import prepare_articles
from handpress.newsroom.models import Article
from handpress.newsroom.outputs_common import OFTEN, gone_page, ids_of
from handpress.press.core.paths import root_of
from handpress.press.core.plan import Plan
from handpress.press.registry import Due, Page, PageKind, Preview, Watch, registry
from handpress.press.site import site_facts
from handpress.press.sql import fetch, fetch_for


def _article_keys() -> Iterator[tuple[str, int]]:
    """Newest first, in steps along the index: no cursor stays open while pages are printed."""
    last = _BEFORE_ALL
    while some := fetch(_KEYS, [*last, OFTEN]):
        yield from ((str(pk), rank) for rank, pk in some)
        last = some[-1]


def _count_articles() -> int:
    return int(fetch("SELECT count(*) FROM newsroom_article")[0][0])


_BEFORE_ALL = (2**63 - 1, 2**63 - 1)
_KEYS = """
    SELECT sort_at_us, id FROM newsroom_article
    WHERE (sort_at_us, id) < (%s, %s) AND (live OR last_published_at IS NOT NULL)
    ORDER BY sort_at_us DESC, id DESC LIMIT %s
"""


def _article_pages(keys: Sequence[str]) -> Iterable[Page]:
    return [
        _article_page(facts) if facts.live else gone_page(facts.key, facts.path, facts.rank)
        for facts in load_articles(ids_of(keys))
        if facts.live or facts.was_public
    ]


def _article_page(facts: ArticleFacts) -> Page:
    root = root_of(facts.path)
    return Page(
        key=facts.key,
        path=facts.path,
        context={"article": article_context(facts, root)},
        sealed=sealed_body(facts, root),
        rank=facts.rank,
        title=facts.headline,
        description=facts.description,
        kind_of_thing="article",
        image=_absolute_image(facts),
        language=facts.language,
    )


def _absolute_image(facts: ArticleFacts) -> str:
    """Link previews elsewhere need an absolute address (Open Graph protocol)."""
    address = site_facts().address
    if not (address and facts.picture):
        return ""
    return f"{address}images/{facts.picture.sources[-1][0]}"


def _article_preview(article: Article, root: str) -> Page:
    prepare_articles([article])
    facts = facts_of(article)
    context = {"article": article_context(facts, root)}
    return Page(
        facts.key,
        facts.path,
        context,
        title=facts.headline,
        robots="noindex",
        language=facts.language,
        sealed=sealed_body(facts, root),
    )


def _card_preview(article: Article, root: str) -> Page:
    """The article at the head of the first topic that it is filed under."""
    prepare_articles([article])
    facts = facts_of(article)
    site = site_facts()
    name, slug, language = facts.topics[0] if facts.topics else (site.name, "", "")
    absent = ("description", "number", "image", "older", "newer")
    listing = {
        **dict.fromkeys(absent),
        "name": name,
        "featured": [],
        "head_url": topic_url(slug, root) if slug else SafeHtml(root),
        "feed_url": topic_url(slug, root) if slug else SafeHtml(root),
        "cards": [card_context(card_of(facts), root)],
        **language_context(language),
    }
    path = f"topics/{slug}/index.html" if slug else "topics/index.html"
    return Page(facts.key, path, {"listing": listing}, title=name, robots="noindex")


def _article_changed(ids: set[int], plan: Plan) -> None:
    ranks = dict(fetch_for("SELECT id, sort_at_us FROM newsroom_article WHERE id IN_IDS", ids))
    for pk in ids:
        plan.touch("article", pk, ranks.get(pk) or 0)
    for pk, rank in fetch_for(_PINNED_BY, ids):
        plan.touch("article", pk, rank or 0)
    plan.follow("picture", (row[0] for row in fetch_for(_SHOWN, ids)))
    plan.follow("redirect", (row[0] for row in fetch_for(_AIMED, ids)))


_PINNED_BY = """
    SELECT a.id, a.sort_at_us FROM newsroom_articlerelated r
    JOIN newsroom_article a ON a.id = r.article_id WHERE r.other_id IN_IDS
"""
_SHOWN = "SELECT DISTINCT image_id FROM newsroom_articleimage WHERE article_id IN_IDS"
_AIMED = "SELECT id FROM newsroom_redirect WHERE article_id IN_IDS"


def _articles_of(relation: str) -> Callable[[set[int], Plan], None]:
    def expand(ids: set[int], plan: Plan) -> None:
        rows = Article.objects.filter(**{f"{relation}__in": ids})
        plan.follow("article", rows.values_list("pk", flat=True))

    return expand


registry.add(
    Due("schedule", publish_due),
    PageKind(
        "article", "article.html", _article_keys, _article_pages, turn=1, count=_count_articles
    ),
    Preview("article", "article.html", _article_preview),
    Preview("article-card", "topic.html", _card_preview),
    Watch(
        "article",
        (
            ("newsroom.Article", "id"),
            ("newsroom.ArticleTopic", "article_id"),
            ("newsroom.ArticleContributor", "article_id"),
            ("newsroom.Correction", "article_id"),
            ("newsroom.ArticleImage", "article_id"),
            ("newsroom.ArticleRelated", "article_id"),
        ),
        _article_changed,
    ),
    Watch("source", (("newsroom.Source", "id"),), _articles_of("source")),
    Watch(
        "contributor",
        (("newsroom.Contributor", "id"),),
        _articles_of("article_contributors__contributor"),
    ),
    Watch("topic", (("newsroom.Topic", "id"),), _articles_of("article_topics__topic")),
)
