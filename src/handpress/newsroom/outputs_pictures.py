"""Pictures in the sizes in which readers get them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from django.db.models import Q, QuerySet

from handpress.newsroom.models import ArticleImage, Outlet, PageImage, Rendition, Topic
from handpress.newsroom.outputs_common import OFTEN, ids_of
from handpress.newsroom.pictures import PUBLIC_SPECS
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import Page, PageKind, Watch, registry


class PictureUnreadable(Exception):
    """A picture's file in ``media`` cannot be read: what was printed of it stays, no page waits.

    No `OSError`, which would mean the site's folder and hold up all pages.
    """


def _published_renditions() -> QuerySet[Rendition]:
    in_articles = ArticleImage.objects.filter(article__live=True).values("image_id")
    in_pages = PageImage.objects.filter(page__live=True).values("image_id")
    of_topics = Topic.objects.filter(live=True, image__isnull=False).values("image_id")
    is_shown = Q(image_id__in=in_articles) | Q(image_id__in=in_pages) | Q(image_id__in=of_topics)
    for logo in ("logo_id", "logo_dark_id"):
        is_shown |= Q(image_id__in=Outlet.objects.exclude(**{logo: None}).values(logo))
    return Rendition.objects.filter(is_shown, filter_spec__in=PUBLIC_SPECS)


def _image_keys() -> Iterator[tuple[str, int]]:
    last = 0
    while some := list(
        _published_renditions()
        .filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:OFTEN]
    ):
        yield from ((str(pk), FIRST) for pk in some)
        last = some[-1]


def _image_pages(keys: Sequence[str]) -> Iterator[Page]:
    for rendition in _published_renditions().filter(pk__in=ids_of(keys)):
        name = PurePosixPath(rendition.file.name).name
        try:
            with rendition.file.open("rb") as stream:
                data = stream.read()
        except OSError as error:
            raise PictureUnreadable(f"{error.filename or name}: {error.strerror}") from error
        yield Page(str(rendition.pk), f"images/{name}", content=data)


def _image_changed(ids: set[int], plan: Plan) -> None:
    shown_by = ArticleImage.objects.filter(image_id__in=ids)
    plan.follow("article", shown_by.values_list("article_id", flat=True))
    plan.follow("picture", ids)
    on_pages = PageImage.objects.filter(image_id__in=ids)
    plan.follow("page", on_pages.values_list("page_id", flat=True))
    of_topics = Topic.objects.filter(image_id__in=ids)
    plan.follow("topic-head", of_topics.values_list("pk", flat=True))
    if Outlet.objects.filter(Q(logo_id__in=ids) | Q(logo_dark_id__in=ids)).exists():
        plan.touch_frame()


def _picture_changed(ids: set[int], plan: Plan) -> None:
    rows = Rendition.objects.filter(image_id__in=ids, filter_spec__in=PUBLIC_SPECS)
    for pk in rows.values_list("pk", flat=True):
        plan.touch("image", pk)


def _rendition_changed(ids: set[int], plan: Plan) -> None:
    for pk in ids:
        plan.touch("image", pk)


registry.add(
    PageKind("image", "", _image_keys, _image_pages, batch=20),
    Watch(
        "image",
        (("newsroom.NewsImage", "id"), ("newsroom.Rendition", "image_id")),
        _image_changed,
    ),
    Watch(
        "picture",
        (
            ("newsroom.ArticleImage", "image_id"),
            ("newsroom.PageImage", "image_id"),
            ("newsroom.Topic", "image_id"),
            ("newsroom.Outlet", "logo_id"),
            ("newsroom.Outlet", "logo_dark_id"),
        ),
        _picture_changed,
    ),
    Watch("rendition", (("newsroom.Rendition", "id"),), _rendition_changed),
)
