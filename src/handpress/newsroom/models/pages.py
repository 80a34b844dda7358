"""Plain pages, such as About and Contact: written like articles, filed under nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from handpress.newsroom.blocks import BodyBlock
from handpress.newsroom.core.addresses import RESERVED_PAGES, page_path
from handpress.newsroom.fields import PlainTextField
from handpress.newsroom.models.images import NewsImage
from handpress.newsroom.models.saving import WrittenBySave, touches_content
from handpress.press.previews import preview_response


class PlainPageQuerySet(WrittenBySave["PlainPage"]):
    """Pages are few: each is saved by itself."""

    made_by_save = frozenset({"body", "body_html", "slug"})

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[PlainPage]:
        """Refuse: a page is made by save(), with all that follows from its body."""
        raise ValueError("save() pages to make them")


class PlainPage(
    WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, models.Model
):
    """A page that stands by itself at ``/<slug>.html``. ``body_html`` is derived when saved."""

    title = PlainTextField(rows=1)
    slug = models.SlugField(max_length=120, unique=True, blank=True)
    language = models.CharField(
        max_length=20, blank=True, help_text="Language tag, as in ar or ko. Empty: the outlet's."
    )
    description = PlainTextField(
        blank=True, rows=2, help_text="One sentence for search engines and link previews."
    )
    position = models.PositiveIntegerField(
        default=100, help_text="Pages with a small number come first at the foot of the site."
    )
    is_in_footer = models.BooleanField(default=True, verbose_name="link at the foot of every page")
    body_html = models.TextField(blank=True, editable=False)
    body = StreamField(BodyBlock(), blank=True)
    images = models.ManyToManyField(
        NewsImage, through="PageImage", related_name="plain_pages", editable=False
    )

    objects = models.Manager.from_queryset(PlainPageQuerySet)()

    class Meta:
        verbose_name = "page"
        ordering = ["position", "title"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="page_has_title"),
            models.CheckConstraint(condition=~Q(slug=""), name="page_has_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with derived columns; leave a redirect where the address changes."""
        from handpress.newsroom.derive import note_publication, prepare_page, store_page_images
        from handpress.newsroom.redirects import keep_page_address
        from handpress.newsroom.slugs import give_slug

        if not touches_content(kwargs.get("update_fields")):
            super().save(*args, **kwargs)
            return
        kwargs.pop("update_fields", None)
        give_slug(self, self.title, never=RESERVED_PAGES)
        note_publication(self)
        shown = prepare_page(self)
        with transaction.atomic():
            keep_page_address(self)
            super().save(*args, **kwargs)
            store_page_images(self, shown)

    @property
    def path(self) -> str:
        """The file of the page."""
        return page_path(self.slug)

    def clean(self) -> None:
        from handpress.newsroom.slugs import give_slug

        super().clean()
        if not self.title.strip():
            raise ValidationError({"title": "A page needs a title."})
        give_slug(self, self.title, never=RESERVED_PAGES)
        if self.slug in RESERVED_PAGES:
            raise ValidationError(
                {"slug": f"“{self.slug}” is an address of the site itself. Choose another."}
            )

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return preview_response("page", self)


class PageImage(models.Model):
    """A picture that a plain page shows. Derived."""

    page = models.ForeignKey(PlainPage, on_delete=models.CASCADE)
    image = models.ForeignKey(NewsImage, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "image"], name="page_image_once")]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.image_id}"
