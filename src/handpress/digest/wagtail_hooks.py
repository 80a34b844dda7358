"""The digest's doors on the desk."""

from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from handpress.digest.models import Pitch
from handpress.newsroom.viewsets.live import LiveViewSet


class PitchViewSet(LiveViewSet):
    model = Pitch
    icon = "mail"
    menu_label = "Digest pitch"
    menu_order = 210
    add_to_admin_menu = True
    list_display = ["heading", "is_shown"]
    search_backend_name = None
    panels = [
        FieldPanel("heading"),
        FieldPanel("text"),
        FieldPanel("is_shown"),
        FieldPanel("language"),
    ]


register_snippet(PitchViewSet)
