"""What the newsroom prints: article pages, their pictures, and what is left of former addresses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from django.db.models import Q, QuerySet

from handpress.lib.html import SafeHtml
from handpress.newsroom.actions import publish_due
from handpress.newsroom.article_page import (
    ArticleFacts,
    article_context,
    facts_of,
    load_articles,
)
from handpress.newsroom.core.addresses import topic_page_path, topic_path
from handpress.newsroom.derive import prepare_articles
from handpress.newsroom.models import (
    Article,
    ArticleImage,
    Redirect,
    Rendition,
    TopicAlias,
)
from handpress.newsroom.pictures import SPECS
from handpress.press.core.paths import address_of, root_of
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import Due, Page, PageKind, Preview, Watch, registry
from handpress.press.site import site_facts, theme
from handpress.press.sql import fetch_for

logger = logging.getLogger(__name__)

_OFTEN = 5_000


def _ids(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys]


# Articles ---------------------------------------------------------------------------------

_PRINTED = Q(live=True) | Q(last_published_at__isnull=False)


def _article_keys() -> Iterator[tuple[str, int]]:
    """Newest first, in steps along the index: no cursor stays open while pages are printed."""
    rows = Article.objects.filter(_PRINTED, sort_at_us__isnull=False).order_by("-sort_at_us", "-id")
    after = Q()
    while some := list(rows.filter(after).values_list("id", "sort_at_us")[:_OFTEN]):
        yield from ((str(pk), rank) for pk, rank in some)
        pk, rank = some[-1]
        after = Q(sort_at_us__lt=rank) | Q(sort_at_us=rank, id__lt=pk)


def _article_pages(keys: Sequence[str]) -> Iterable[Page]:
    return [
        _article_page(facts) if facts.live else _gone_page(facts.key, facts.path, facts.rank)
        for facts in load_articles(_ids(keys))
        if facts.live or facts.was_public
    ]


def _article_page(facts: ArticleFacts) -> Page:
    root = root_of(facts.path)
    return Page(
        key=facts.key,
        path=facts.path,
        context={"article": article_context(facts, root)},
        rank=facts.rank,
        title=facts.headline,
        description=facts.description,
        kind_of_thing="article",
        image=_absolute_image(facts),
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
    return Page(facts.key, facts.path, context, title=facts.headline, robots="noindex")


def _gone_page(key: str, path: str, rank: int = FIRST) -> Page:
    title = theme().translate("No longer here")
    return Page(key, path, {}, template="gone.html", rank=rank, title=title, robots="noindex")


def _article_changed(ids: set[int], plan: Plan) -> None:
    ranks = dict(fetch_for("SELECT id, sort_at_us FROM newsroom_article WHERE id IN_IDS", ids))
    for pk in ids:
        plan.touch("article", pk, ranks.get(pk) or 0)
    plan.follow("picture", (row[0] for row in fetch_for(_SHOWN, ids)))
    plan.follow("redirect", (row[0] for row in fetch_for(_AIMED, ids)))


_SHOWN = "SELECT DISTINCT image_id FROM newsroom_articleimage WHERE article_id IN_IDS"
_AIMED = "SELECT id FROM newsroom_redirect WHERE article_id IN_IDS"


def _articles_of(relation: str) -> Callable[[set[int], Plan], None]:
    def expand(ids: set[int], plan: Plan) -> None:
        rows = Article.objects.filter(**{f"{relation}__in": ids})
        plan.follow("article", rows.values_list("pk", flat=True))

    return expand


# Pictures ---------------------------------------------------------------------------------


def _published_renditions() -> QuerySet[Rendition]:
    shown = ArticleImage.objects.filter(article__live=True).values("image_id")
    return Rendition.objects.filter(filter_spec__in=SPECS, image_id__in=shown)


def _image_keys() -> Iterator[tuple[str, int]]:
    last = 0
    while some := list(
        _published_renditions()
        .filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:_OFTEN]
    ):
        yield from ((str(pk), FIRST) for pk in some)
        last = some[-1]


def _image_pages(keys: Sequence[str]) -> Iterator[Page]:
    for rendition in _published_renditions().filter(pk__in=_ids(keys)):
        name = PurePosixPath(rendition.file.name).name
        try:
            with rendition.file.open("rb") as stream:
                yield Page(str(rendition.pk), f"images/{name}", content=stream.read())
        except FileNotFoundError:
            logger.warning("picture_missing", extra={"rendition": rendition.pk})


def _image_changed(ids: set[int], plan: Plan) -> None:
    shown_by = ArticleImage.objects.filter(image_id__in=ids)
    plan.follow("article", shown_by.values_list("article_id", flat=True))
    plan.follow("picture", ids)


def _picture_changed(ids: set[int], plan: Plan) -> None:
    rows = Rendition.objects.filter(image_id__in=ids, filter_spec__in=SPECS)
    for pk in rows.values_list("pk", flat=True):
        plan.touch("image", pk)


def _rendition_changed(ids: set[int], plan: Plan) -> None:
    for pk in ids:
        plan.touch("image", pk)


# Former addresses -------------------------------------------------------------------------


def _redirect_keys() -> Iterator[tuple[str, int]]:
    last = 0
    while some := list(
        Redirect.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_OFTEN]
    ):
        yield from ((str(pk), 0) for pk in some)
        last = some[-1]


def _redirect_pages(keys: Sequence[str]) -> Iterator[Page]:
    rows = Redirect.objects.filter(pk__in=_ids(keys)).values_list(
        "pk", "path", "article__path", "article__headline"
    )
    for pk, path, target, title in rows:
        yield _moved_page(str(pk), path, target, title)


def _moved_page(key: str, path: str, target: str | None, title: str | None) -> Page:
    if target is None:
        return _gone_page(key, path, 0)
    url = SafeHtml(root_of(path) + address_of(target))
    context = {"target": {"url": url, "title": title or ""}}
    return Page(key, path, context, title=title or "", robots="noindex", rank=0)


def _redirect_changed(ids: set[int], plan: Plan) -> None:
    for pk in ids:
        plan.touch("redirect", pk, 0)


def _alias_keys() -> Iterator[tuple[str, int]]:
    for pk, pages in TopicAlias.objects.order_by("pk").values_list("pk", "pages"):
        yield from ((f"{pk}/{number}", 0) for number in range(pages + 1))


def _alias_pages(keys: Sequence[str]) -> Iterator[Page]:
    ids = {int(key.partition("/")[0]) for key in keys}
    rows = TopicAlias.objects.select_related("topic").in_bulk(ids)
    for key in keys:
        pk, _, number = key.partition("/")
        alias = rows.get(int(pk))
        if alias and int(number) <= alias.pages:
            yield _alias_page(key, alias, int(number))


def _alias_page(key: str, alias: TopicAlias, number: int) -> Page:
    path = topic_page_path(alias.slug, number) if number else topic_path(alias.slug)
    topic = alias.topic
    if topic is None or not topic.live:
        return _gone_page(key, path, 0)
    target = topic.path
    return _moved_page(key, path, target, topic.name)


def _alias_changed(ids: set[int], plan: Plan) -> None:
    known = dict(TopicAlias.objects.filter(pk__in=ids).values_list("pk", "pages"))
    printed = _printed_alias_keys(ids)
    for pk in ids:
        for number in range(known.get(pk, 0) + 1):
            plan.touch("topic-alias", f"{pk}/{number}", 0)
    for key in printed:
        plan.touch("topic-alias", key, 0)


def _printed_alias_keys(ids: set[int]) -> Iterator[str]:
    from handpress.press.models import PrintedPage

    for pk in ids:
        yield from PrintedPage.objects.filter(
            kind="topic-alias", key__startswith=f"{pk}/"
        ).values_list("key", flat=True)


def _topic_changed(ids: set[int], plan: Plan) -> None:
    _articles_of("article_topics__topic")(ids, plan)
    aliases = TopicAlias.objects.filter(topic_id__in=ids).values_list("pk", flat=True)
    plan.follow("alias", aliases)


registry.add(
    Due("schedule", publish_due),
    PageKind("article", "article.html", _article_keys, _article_pages, turn=1),
    Preview("article", "article.html", _article_preview),
    PageKind("image", "", _image_keys, _image_pages, batch=20),
    PageKind("redirect", "moved.html", _redirect_keys, _redirect_pages, turn=3),
    PageKind("topic-alias", "moved.html", _alias_keys, _alias_pages, turn=3),
    Watch(
        "article",
        (
            ("newsroom.Article", "id"),
            ("newsroom.ArticleTopic", "article_id"),
            ("newsroom.ArticleContributor", "article_id"),
            ("newsroom.Correction", "article_id"),
            ("newsroom.ArticleImage", "article_id"),
        ),
        _article_changed,
    ),
    Watch("source", (("newsroom.Source", "id"),), _articles_of("source")),
    Watch(
        "contributor",
        (("newsroom.Contributor", "id"),),
        _articles_of("article_contributors__contributor"),
    ),
    Watch("topic", (("newsroom.Topic", "id"),), _topic_changed),
    Watch(
        "image",
        (("newsroom.NewsImage", "id"), ("newsroom.Rendition", "image_id")),
        _image_changed,
    ),
    Watch("picture", (("newsroom.ArticleImage", "image_id"),), _picture_changed),
    Watch("rendition", (("newsroom.Rendition", "id"),), _rendition_changed),
    Watch("redirect", (("newsroom.Redirect", "id"),), _redirect_changed),
    Watch("alias", (("newsroom.TopicAlias", "id"),), _alias_changed),
)
