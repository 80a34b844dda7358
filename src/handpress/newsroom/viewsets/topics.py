"""Topics on the desk."""

from __future__ import annotations

from typing import Any

from django.urls import path
from wagtail.admin.panels import (
    FieldPanel,
    MultiFieldPanel,
    MultipleChooserPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from handpress.newsroom import topic_log  # noqa: F401  (registers what the history says)
from handpress.newsroom.models import Topic
from handpress.newsroom.topic_forms import TopicForm
from handpress.newsroom.views.status import StatusColumn
from handpress.newsroom.views.topics import (
    FactsPanel,
    MergeView,
    SplitView,
    TopicEditView,
    TopicIndexView,
    TopicReorderView,
)
from handpress.newsroom.viewsets.choosers import TopicChooserViewSet


class TopicViewSet(SnippetViewSet):
    """Topics: the list in numbers, their order, the form; merging and splitting."""

    model = Topic
    icon = "tag"
    menu_label = "Topics"
    menu_order = 110
    add_to_admin_menu = True
    list_display = [
        "name",
        NumberColumn("articles", label="Articles", accessor="facts.articles"),
        DateColumn("last", label="Last article", accessor="facts.last_at"),
        Column("followers", label="Followers", accessor="facts.followers"),
        NumberColumn("place", label="Place", accessor="facts.place"),
        StatusColumn(),
    ]
    list_per_page = 50
    ordering = ["position", "name"]
    sort_order_field = "position"
    search_fields = ["name", "slug"]
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = TopicChooserViewSet
    index_view_class = TopicIndexView
    edit_view_class = TopicEditView
    reorder_view_class = TopicReorderView
    edit_handler = ObjectList(
        [
            FactsPanel(),
            FieldPanel("name"),
            FieldPanel("description"),
            MultiFieldPanel(
                [FieldPanel("image"), FieldPanel("image_alt", heading="What it shows")],
                heading="Picture",
            ),
            MultipleChooserPanel(
                "features",
                "article",
                label="Featured piece",
                heading="Featured pieces",
                help_text="They stand at the head of the topic's page, in this order.",
            ),
            FieldPanel("language"),
            FieldPanel("slug"),
            PublishingPanel(),
        ],
        base_form_class=TopicForm,
    )

    def get_urlpatterns(self) -> list[Any]:
        return [
            *super().get_urlpatterns(),
            path("merge/<int:pk>/", self.construct_view(MergeView), name="merge"),
            path("split/<int:pk>/", self.construct_view(SplitView), name="split"),
        ]
