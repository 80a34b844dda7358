"""Topics on the desk."""

from __future__ import annotations

from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.snippets.views.snippets import SnippetViewSet

from handpress.newsroom.forms import MomentKeepingForm
from handpress.newsroom.models import Topic


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    menu_label = "Topics"
    menu_order = 110
    add_to_admin_menu = True
    list_display = ["name", "slug", "position", "live"]
    ordering = ["position", "name"]
    search_fields = ["name", "slug"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("description"),
            FieldRowPanel([FieldPanel("position"), FieldPanel("language")]),
            FieldPanel("slug"),
            PublishingPanel(),
        ],
        base_form_class=MomentKeepingForm,
    )
