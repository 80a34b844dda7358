"""The donations' doors on the desk."""

from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.snippets.models import register_snippet

# Registers its own.
from handpress.donations import desk_books  # noqa: F401
from handpress.donations.forms import CampaignForm
from handpress.donations.models import Campaign
from handpress.newsroom.listing import ListView
from handpress.newsroom.viewsets.live import LiveViewSet


class CampaignViewSet(LiveViewSet):
    model = Campaign
    icon = "pick"
    menu_label = "Campaigns"
    menu_order = 200
    # In the menu that `desk_books` makes.
    menu_hook = "register_donations_menu_item"
    list_display = ["name", "heading", "starts_at", "ends_at", "is_running"]
    search_fields = ["name", "heading"]
    search_backend_name = None
    index_view_class = ListView
    # Whoever may not change an appeal may still read it.
    inspect_view_enabled = True
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("heading"),
            FieldPanel("full_text"),
            FieldPanel("compact_text"),
            FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
            MultiFieldPanel(
                [
                    FieldPanel("currency"),
                    FieldRowPanel([FieldPanel("goal_minor"), FieldPanel("raised_minor")]),
                    FieldPanel("monthly_costs"),
                ],
                heading="Money",
            ),
            FieldPanel("language"),
        ],
        base_form_class=CampaignForm,
    )


register_snippet(CampaignViewSet)
