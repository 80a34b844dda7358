"""Plain pages, and what changes when the outlet's own choices do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handpress.newsroom.article_page import printed_body
from handpress.newsroom.cards import language_context
from handpress.newsroom.derive import prepare_page
from handpress.newsroom.models import Outlet, PageImage, PlainPage, Redirect
from handpress.newsroom.outlet import read_choices
from handpress.newsroom.outputs_common import PRINTED, gone_page, ids_of
from handpress.press.core.paths import root_of
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import (
    OutletSource,
    Page,
    PageKind,
    Preview,
    Watch,
    registry,
)


def _page_keys() -> Iterator[tuple[str, int]]:
    rows = PlainPage.objects.filter(PRINTED).order_by("pk").values_list("pk", flat=True)
    yield from ((str(pk), FIRST) for pk in rows)


def _plain_pages(keys: Sequence[str]) -> Iterator[Page]:
    for row in PlainPage.objects.filter(PRINTED, pk__in=ids_of(keys)).defer("body"):
        yield _plain_page(row) if row.live else gone_page(str(row.pk), row.path)


def _plain_page(row: PlainPage, root: str = "") -> Page:
    root = root or root_of(row.path)
    language = language_context(row.language)
    body = printed_body(row.body_html, language["language"], root)
    page = {"title": row.title, "body": body, **language}
    return Page(
        str(row.pk),
        row.path,
        {"plain": page},
        title=row.title,
        description=row.description,
        robots="" if row.live else "noindex",
        language=row.language,
    )


def _page_preview(row: PlainPage, root: str) -> Page:
    prepare_page(row)
    return _plain_page(row, root)


def _page_changed(ids: set[int], plan: Plan) -> None:
    # The foot of every page links to it.
    plan.touch_frame()
    plan.touch("sitemap-shard", 0)
    for pk in ids:
        plan.touch("page", pk)
    shown = PageImage.objects.filter(page_id__in=ids)
    plan.follow("picture", shown.values_list("image_id", flat=True))
    plan.follow("redirect", Redirect.objects.filter(page_id__in=ids).values_list("pk", flat=True))


def _outlet_changed(ids: set[int], plan: Plan) -> None:
    plan.touch_frame()
    logos = Outlet.objects.values_list("logo_id", "logo_dark_id")
    plan.follow("picture", (pk for row in logos for pk in row if pk))


registry.add(
    OutletSource(read_choices),
    PageKind("page", "page.html", _page_keys, _plain_pages),
    Preview("page", "page.html", _page_preview),
    Watch("page", (("newsroom.PlainPage", "id"), ("newsroom.PageImage", "page_id")), _page_changed),
    Watch(
        "outlet",
        (("newsroom.Outlet", "id"), ("newsroom.NavigationItem", "outlet_id")),
        _outlet_changed,
    ),
)
