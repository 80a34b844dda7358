"""The list of articles, and the form to write in."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    MultipleChooserPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import DateColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from handpress.newsroom.forms import MomentKeepingForm
from handpress.newsroom.models import Article
from handpress.newsroom.viewsets.choosers import ArticleChooserViewSet


class ArticleViewSet(SnippetViewSet):
    """Articles: a list that stays quick at a hundred thousand, and the form to write in."""

    model = Article
    icon = "doc-full"
    menu_label = "Articles"
    menu_order = 100
    add_to_admin_menu = True
    list_display = ["headline", "source", DateColumn("published_at"), "live", UpdatedAtColumn()]
    list_filter = ["live", "published_precision", "language"]
    list_per_page = 30
    ordering = ["-sort_at_us", "-id"]
    search_fields = ["headline", "slug"]
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = ArticleChooserViewSet

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldPanel("headline"),
                    FieldPanel("excerpt"),
                    FieldPanel("body"),
                    MultipleChooserPanel("article_topics", "topic", label="Topics"),
                    MultiFieldPanel(
                        [
                            FieldPanel("lead_image"),
                            FieldPanel("lead_image_alt", heading="What it shows"),
                            FieldPanel("lead_image_caption", heading="Caption"),
                        ],
                        heading="Lead image",
                    ),
                    InlinePanel("corrections", label="Corrections", heading="Corrections"),
                ],
                heading="Write",
            ),
            ObjectList(
                [
                    MultipleChooserPanel(
                        "article_contributors", "contributor", label="Contributors"
                    ),
                    FieldPanel("dateline"),
                    MultiFieldPanel(
                        [
                            FieldPanel("source"),
                            FieldPanel("source_url"),
                            FieldPanel("credit_line"),
                            FieldPanel("licence"),
                        ],
                        heading="First published elsewhere",
                    ),
                ],
                heading="Credit",
            ),
            ObjectList(
                [
                    FieldRowPanel(
                        [FieldPanel("published_at"), FieldPanel("published_precision")],
                        heading="Date",
                    ),
                    FieldPanel("slug"),
                    FieldPanel("language"),
                    PublishingPanel(),
                ],
                heading="Publish",
            ),
        ],
        base_form_class=MomentKeepingForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Leave the long columns out of the list."""
        return Article.objects.select_related("source").defer("body", "body_html", "excerpt")
