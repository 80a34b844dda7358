"""The list of articles, and the form to write in."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.functional import cached_property
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import DateColumn, StatusTagColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import EditView, SnippetViewSet

from handpress.newsroom.forms import ArticleForm
from handpress.newsroom.listing import ListView
from handpress.newsroom.models import Article
from handpress.newsroom.models.articles import DESK_ORDER
from handpress.newsroom.panels import CorrectionsPanel, PickPanel
from handpress.newsroom.viewsets import asking, links
from handpress.newsroom.viewsets.article_filters import ArticleFilterSet, state_of, with_states
from handpress.newsroom.viewsets.choosers import ArticleChooserViewSet
from handpress.newsroom.widgets import AddressInput, ExcerptInput, LanguageInput, PickInput

_WRITE = [
    FieldPanel("headline"),
    FieldPanel("excerpt", widget=ExcerptInput()),
    FieldPanel("body"),
    PickPanel(
        "article_topics",
        "topic",
        kind="topic",
        heading="Topics",
        label="Topic",
        words={"first": "primary"},
        help_text="The first is the primary one, printed above the headline.",
    ),
    MultiFieldPanel(
        [
            FieldPanel("lead_image"),
            FieldPanel(
                "lead_image_alt",
                heading="What it shows",
                help_text="In words, for those who cannot see it. "
                "Empty: the picture's own description.",
            ),
            FieldPanel(
                "lead_image_decorative",
                heading="Decorative",
                help_text="It adds nothing to the text: screen readers skip it.",
            ),
            FieldPanel("lead_image_caption", heading="Caption"),
        ],
        heading="Lead image",
    ),
    CorrectionsPanel("corrections", label="Correction", heading="Corrections"),
]
_CREDIT = [
    PickPanel(
        "article_contributors",
        "contributor",
        kind="contributor",
        heading="Contributors",
        label="Contributor",
        words={"role": "Role"},
        help_text="Whoever is credited; they need no log-in. Without a role: the author.",
    ),
    FieldPanel("dateline", help_text="Where it was written."),
    MultiFieldPanel(
        [
            FieldPanel("source", widget=PickInput("source", "Source")),
            FieldPanel("source_url", heading="Address there"),
            FieldPanel("credit_line"),
            FieldPanel("licence"),
        ],
        heading="First published elsewhere",
    ),
    PickPanel(
        "related",
        "other",
        kind="article",
        heading="Related pieces",
        label="Related piece",
        help_text="Printed below the article, in this order.",
    ),
]
_PUBLISH = [
    FieldRowPanel(
        [FieldPanel("published_at"), FieldPanel("published_precision")],
        heading="Date",
    ),
    FieldPanel("slug", widget=AddressInput()),
    FieldPanel("language", widget=LanguageInput()),
    PublishingPanel(),
]


class ArticleEditView(EditView):
    @cached_property
    def is_out_of_date(self) -> bool:
        """Say whether somebody saved since the form was opened, also the first time ever.

        Wagtail's form names the revision it was opened at; an article that was imported has none,
        and once it has one, a form that names none is older.
        """
        names = ("overwrite_revision_id", "loaded_revision_id")
        if self.latest_revision and not any(self.request.POST.get(name) for name in names):
            return True
        return bool(super().is_out_of_date)


class ArticleViewSet(SnippetViewSet):
    """Articles: a list that stays quick at a hundred thousand, and the form to write in."""

    model = Article
    icon = "doc-full"
    menu_label = "Articles"
    menu_order = 100
    add_to_admin_menu = True
    list_display = [
        "headline",
        "source",
        DateColumn("published_at", label="Published", sort_key="published_at"),
        StatusTagColumn(
            "state", label="State", accessor=state_of, primary=lambda row: row.live, sort_key="live"
        ),
        UpdatedAtColumn(),
    ]
    edit_view_class = ArticleEditView
    filterset_class = ArticleFilterSet
    list_per_page = 30
    search_fields = ["headline", "slug"]
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = ArticleChooserViewSet
    index_view_class = ListView

    edit_handler = TabbedInterface(
        [
            ObjectList(_WRITE, heading="Write"),
            ObjectList(_CREDIT, heading="Credit"),
            ObjectList(_PUBLISH, heading="Publish"),
        ],
        base_form_class=ArticleForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Drafts first, then the newest; without the long columns."""
        rows = Article.objects.select_related("source").defer("body", "body_html", "excerpt")
        return with_states(rows).order_by(*DESK_ORDER)

    def get_urlpatterns(self) -> list[Any]:
        """Add what the form asks while one writes."""
        return [
            *super().get_urlpatterns(),
            path("opening/", asking.take_sentences, name="take_sentences"),
            path("suggest/<slug:kind>/", asking.answer_suggestions, name="suggest"),
            path("make/<slug:kind>/", asking.make_named, name="make"),
            path("link/", links.choose_own, name="choose_link"),
        ]
