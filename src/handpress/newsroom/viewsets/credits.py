"""Sources and contributors on the desk."""

from __future__ import annotations

from wagtail.admin.panels import (
    FieldPanel,
)

from handpress.newsroom.models import Contributor, Source
from handpress.newsroom.viewsets.live import LiveViewSet


class SourceViewSet(LiveViewSet):
    model = Source
    icon = "site"
    menu_label = "Sources"
    menu_order = 120
    add_to_admin_menu = True
    list_display = ["name", "url", "licence"]
    search_fields = ["name", "slug", "url"]
    search_backend_name = None
    panels = [
        FieldPanel("name"),
        FieldPanel("url"),
        FieldPanel("description"),
        FieldPanel("credit_line"),
        FieldPanel("licence"),
        FieldPanel("slug"),
    ]


class ContributorViewSet(LiveViewSet):
    model = Contributor
    icon = "user"
    menu_label = "Contributors"
    menu_order = 130
    add_to_admin_menu = True
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    search_backend_name = None
    panels = [
        FieldPanel("name"),
        FieldPanel("description"),
        FieldPanel("slug"),
    ]
