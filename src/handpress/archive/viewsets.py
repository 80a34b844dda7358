"""The front page on the desk: one form, no list."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from wagtail.admin.panels import FieldPanel, MultipleChooserPanel, ObjectList, Panel
from wagtail.log_actions import registry as log_registry
from wagtail.snippets.views.snippets import EditView, PreviewOnEditView, SnippetViewSet

from handpress.archive.front_form import FrontPageForm, version_of
from handpress.archive.models import FrontPage
from handpress.newsroom.models import Article
from handpress.newsroom.viewsets.choosers import ChooserViewSet

ONLY = 1


def the_front_page() -> FrontPage:
    """Return the row of the front page, or one that has yet to be saved."""
    return FrontPage.objects.filter(pk=ONLY).first() or FrontPage(pk=ONLY)


class UnseenPanel(Panel):
    """Names what was chosen and is not public, so that readers do not see it."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "archive/front_page/unseen.html"

        def is_shown(self) -> bool:
            return bool(self.unseen)

        @cached_property
        def unseen(self) -> list[Article]:
            chosen = [pick.article_id for pick in self.instance.picks.all()]
            rows = Article.objects.filter(pk__in=[*chosen, self.instance.lead_id], live=False)
            return list(rows.only("pk", "headline", "expired").order_by("headline"))

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            return {**super().get_context_data(parent_context), "unseen": self.unseen}


class FrontPageEditView(EditView):
    """Saves only what is based on the choice as it stands; two editors do not undo each other."""

    can_delete = False

    def get_object(self, queryset: Any = None) -> FrontPage:
        self.kwargs[self.pk_url_kwarg] = ONLY
        self.live_object = the_front_page()
        return self.live_object

    def get_usage_url(self) -> None:
        """Nothing refers to the front page."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            # Held until this is saved: nobody else's choice comes between the look and the act.
            FrontPage.objects.select_for_update().filter(pk=ONLY).first()
            response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def is_valid(self, form: FrontPageForm) -> bool:
        now = version_of(self.object)
        if super().is_valid(form) and form.cleaned_data["version"] != now:
            form.data["version"] = now
            form.add_error(None, self._changed_meanwhile())
            self.produced_error_code = "validation_error"
            self.produced_error_message = "Not saved yet: somebody else was quicker."
        return bool(form.is_valid())

    def _changed_meanwhile(self) -> str:
        entry = log_registry.get_logs_for_instance(self.object).select_related("user").first()
        who = entry.user.get_username() if entry and entry.user else "Somebody"
        when = f" at {localtime(entry.timestamp):%H:%M}" if entry else ""
        return (
            f"{who} changed the front page{when}, while you had it open. What you chose stands"
            " below and is not saved. Look at the front page in another window; save again to"
            " put your choice in the place of theirs."
        )

    def get_success_message(self) -> str:
        return "The front page is saved and will be printed at once."

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_page_subtitle(self) -> str:
        return "Front page"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": "Front page"}]


class FrontPagePreview(PreviewOnEditView):
    def get_object(self) -> FrontPage:
        front = the_front_page()
        if not self.user_has_permission_for_instance("change", front):
            raise PermissionDenied
        return front


class FrontPageViewSet(SnippetViewSet):
    """What leads the front page, and what the editors recommend there."""

    model = FrontPage
    icon = "home"
    menu_label = "Front page"
    menu_order = 105
    add_to_admin_menu = True
    copy_view_enabled = False
    chooser_viewset_class = ChooserViewSet
    edit_view_class = FrontPageEditView
    preview_on_edit_view_class = FrontPagePreview
    edit_handler = ObjectList(
        [
            UnseenPanel(),
            FieldPanel(
                "lead",
                heading="Lead story",
                help_text="Empty: of the five newest the newest with a picture leads, "
                "or simply the newest, where none has one.",
            ),
            MultipleChooserPanel(
                "picks",
                "article",
                label="Pick",
                heading="Our choice",
                help_text="Recommended below the news, in this order, whatever their age.",
            ),
        ],
        base_form_class=FrontPageForm,
    )

    def get_urlpatterns(self) -> list[Any]:
        """There is nothing to list, add or delete."""
        only = {"pk": ONLY}
        return [
            path("", self.edit_view, only, name="list"),
            path("edit/<int:pk>/", self.edit_view, name="edit"),
            path("preview/<int:pk>/", self.preview_on_edit_view, name="preview_on_edit"),
            path("history/<int:pk>/", self.history_view, name="history"),
            path("history-results/<int:pk>/", self.history_results_view, name="history_results"),
        ]
