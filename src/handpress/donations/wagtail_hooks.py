"""The donations' doors on the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.snippets.models import register_snippet

# Registers its own.
from handpress.donations import desk_books, desk_receipts  # noqa: F401
from handpress.donations.forms import CampaignForm, WordsForm
from handpress.donations.models import Campaign
from handpress.newsroom.listing import ListView
from handpress.newsroom.viewsets.live import LiveViewSet


class WordsPanel(InlinePanel):
    """Words in other languages, checked like the campaign's own."""

    def get_form_options(self) -> dict[str, Any]:
        """Have each row be read by its own form."""
        options: dict[str, Any] = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = WordsForm
        return options


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
                    FieldPanel("suggested_amounts"),
                ],
                heading="Money",
            ),
            FieldPanel("language"),
            WordsPanel(
                "words",
                [
                    FieldPanel("language"),
                    FieldPanel("heading"),
                    FieldPanel("full_text"),
                    FieldPanel("compact_text"),
                ],
                heading="In other languages",
                label="appeal in another language",
                help_text="What is in that language has this appeal, mail too.",
            ),
        ],
        base_form_class=CampaignForm,
    )


register_snippet(CampaignViewSet)


@hooks.register("before_delete_snippet")
def keep_campaigns_with_gifts(request: HttpRequest, rows: Sequence[Any]) -> HttpResponse | None:
    """Let a campaign stay that is named in the books; the database would refuse anyway."""
    campaigns = [row.pk for row in rows if isinstance(row, Campaign)]
    if not Campaign.objects.filter(_IN_THE_BOOKS, pk__in=campaigns).exists():
        return None
    messages.error(
        request, "A campaign for which gifts came or were promised stays. Set an end to it instead."
    )
    return redirect("wagtailsnippets_donations_campaign:list")


_IN_THE_BOOKS = Q(movements__isnull=False) | Q(pledges__isnull=False) | Q(plans__isnull=False)
