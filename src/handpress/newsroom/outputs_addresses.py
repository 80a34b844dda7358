"""What is left at addresses that articles, pages and topics once had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handpress.newsroom.core.addresses import topic_page_path, topic_path
from handpress.newsroom.models import Redirect, TopicAlias
from handpress.newsroom.outputs_common import OFTEN, gone_page, ids_of, moved_page
from handpress.press.core.plan import Plan
from handpress.press.registry import Page, PageKind, Watch, registry


def _redirect_keys() -> Iterator[tuple[str, int]]:
    last = 0
    while some := list(
        Redirect.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:OFTEN]
    ):
        yield from ((str(pk), 0) for pk in some)
        last = some[-1]


def _redirect_pages(keys: Sequence[str]) -> Iterator[Page]:
    rows = Redirect.objects.filter(pk__in=ids_of(keys)).select_related("article", "page")
    for row in rows.defer("article__body", "article__body_html", "page__body", "page__body_html"):
        yield _redirect_page(row)


def _redirect_page(row: Redirect) -> Page:
    key = str(row.pk)
    if row.page:
        return moved_page(key, row.path, row.page.path, row.page.title, row.page.language)
    if row.article:
        one = row.article
        return moved_page(key, row.path, one.path, one.headline, one.language)
    return gone_page(key, row.path, 0)


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
        return gone_page(key, path, 0)
    return moved_page(key, path, topic.path, topic.name, topic.language)


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
    aliases = TopicAlias.objects.filter(topic_id__in=ids).values_list("pk", flat=True)
    plan.follow("alias", aliases)


registry.add(
    PageKind("redirect", "moved.html", _redirect_keys, _redirect_pages, turn=3),
    PageKind("topic-alias", "moved.html", _alias_keys, _alias_pages, turn=3),
    Watch("topic", (), _topic_changed),
    Watch("redirect", (("newsroom.Redirect", "id"),), _redirect_changed),
    Watch("alias", (("newsroom.TopicAlias", "id"),), _alias_changed),
)
