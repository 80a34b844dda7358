"""Plain pages, such as About and Contact, on the desk."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.admin.ui.tables import BooleanColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from handpress.newsroom.core.languages import language_label
from handpress.newsroom.forms import MomentKeepingForm
from handpress.newsroom.forms_outlet import LanguageField, Proposing
from handpress.newsroom.models import PlainPage
from handpress.newsroom.outlet import writing_languages
from handpress.newsroom.viewsets.choosers import ChooserViewSet


def _labels() -> list[str]:
    return [language_label(tag) for tag in writing_languages()]


class PageForm(MomentKeepingForm):
    """Proposes the languages that the outlet writes in, and takes any other."""

    language = LanguageField(required=False, max_length=20, widget=Proposing(_labels))


class PageViewSet(SnippetViewSet):
    """Pages that stand by themselves; written like articles, filed under nothing."""

    model = PlainPage
    icon = "doc-empty"
    menu_label = "Pages"
    menu_name = "plain-pages"
    menu_order = 140
    add_to_admin_menu = True
    list_display: list[Any] = [
        "title",
        "path",
        BooleanColumn("is_in_footer", label="At the foot"),
        BooleanColumn("live", label="Public"),
        UpdatedAtColumn(),
    ]
    list_per_page = 30
    ordering = ("position", "title")
    search_fields = ("title", "slug")
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = ChooserViewSet
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("body"),
            MultiFieldPanel(
                [
                    FieldPanel("is_in_footer"),
                    FieldPanel("position"),
                ],
                heading="At the foot of the site",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "slug",
                                heading="Address",
                                help_text="Empty: made from the title. When it changes, the "
                                "former address leads to the new one.",
                            ),
                            FieldPanel(
                                "language", help_text="Empty: that of the site. Name or tag."
                            ),
                        ]
                    ),
                    FieldPanel("description"),
                ],
                heading="Address and language",
            ),
            PublishingPanel(),
        ],
        base_form_class=PageForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlainPage]:
        """Leave the long columns out of the list."""
        return PlainPage.objects.defer("body", "body_html", "description")
