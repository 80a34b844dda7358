"""The site settings on the desk: one form for the only outlet there is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.views.generic import RedirectView, View
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import (
    EditView,
    PreviewOnEditView,
    PreviewRevisionView,
    SnippetViewSet,
)
from wagtail.utils.decorators import xframe_options_sameorigin_override

from handpress.newsroom.forms_outlet import OutletForm
from handpress.newsroom.models import Article, Outlet
from handpress.newsroom.outlet_changes import CHANGED, SILENT, changes_between, snapshot
from handpress.newsroom.outlet_look import look_at
from handpress.newsroom.viewsets.choosers import ChooserViewSet
from handpress.newsroom.viewsets.outlet_parts import (
    PartPanel,
    clock_context,
    colour_context,
    logo_context,
    navigation_context,
    press_line,
)

_EDITED = "wagtailsnippets_newsroom_outlet:edit"


class OutletPolicy(ModelPermissionPolicy):
    """Who may change the settings may; nobody adds a second outlet or deletes the only one."""

    def user_has_permission(self, user: AbstractBaseUser, action: str) -> bool:
        return action not in {"add", "delete"} and bool(super().user_has_permission(user, action))


class ToTheForm(RedirectView):
    """In place of a list of one row."""

    any_permission_required = ("change", "view")

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return reverse(_EDITED, args=[Outlet.in_force().pk])


class OutletEditView(EditView):
    error_message = (
        "Nothing has been changed yet: look at the marked fields. All else is kept here."
    )

    def get_usage_url(self) -> None:
        """Nothing refers to the outlet."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        # There are no drafts of settings: what is saved by itself would be printed as one types.
        self.autosave_enabled = False
        self.before = snapshot(Outlet.in_force())

    def get_object(self, queryset: Any = None) -> Model:
        self.live_object = Outlet.in_force()
        return self.live_object

    def get_history_url(self) -> str | None:
        return super().get_history_url() if self.live_object.latest_revision_id else None

    def get_editing_sessions(self) -> Any:
        """Say who else is at the form, from the first save on: before it there is no row."""
        return super().get_editing_sessions() if self.live_object.latest_revision_id else None

    def save_instance(self) -> Model:
        """Save, with a revision to go back to also for the very first time."""
        if not Outlet.in_force().latest_revision_id:
            first = Outlet.in_force()
            first.save()
            first.save_revision(changed=False)
        instance = self.form.save()
        self.has_content_changes = self.form.has_changed()
        self.new_revision = instance.save_revision(user=self.request.user)
        self._log(instance, self.new_revision)
        return instance

    def _log(self, instance: Model, revision: Any) -> None:
        log(
            instance=instance,
            action=CHANGED,
            revision=revision,
            content_changed=True,
            data={"changes": changes_between(self.before, snapshot(instance))},
        )

    def get_success_message(self, instance: Model | None = None) -> str:
        changed = {change["field"] for change in changes_between(self.before, self._after())}
        if not changed:
            return "Nothing was changed."
        if changed <= SILENT:
            return "Saved. No page of the site changes with it."
        return f"Saved. {press_line().sentence}"

    def _after(self) -> dict[str, str]:
        return snapshot(Outlet.in_force())

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_success_url(self) -> str:
        return reverse(_EDITED, args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "press": press_line()}


class OutletPreviewView(PreviewOnEditView):
    """The site as it would look with what the form holds, saved or not."""

    def get_object(self) -> Model:
        if not self.user_has_permission(self.permission_required):
            raise PermissionDenied
        return Outlet.in_force()

    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(_look_url(0, request.GET.get("mode", "front")))


class OutletLookView(PreviewOnEditView):
    """One page or file of the site as it would be; links inside it lead to more of them."""

    http_method_names = ("get",)

    def get_object(self) -> Model:
        if not self.user_has_permission(self.permission_required):
            raise PermissionDenied
        row = Outlet.in_force()
        if number := self.kwargs["revision"]:
            row = get_object_or_404(row.revisions, pk=number).as_object()
        return row

    @method_decorator(xframe_options_sameorigin_override)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = None if kwargs["revision"] else self._get_form_state()
        if state:
            form = self.get_form(self._get_form_data(state))
            if not self.validate_form(form):
                return self.error_response()
            form.save(commit=False)
        found = look_at(self.object, kwargs["path"])
        if found is None:
            return HttpResponseRedirect(f"/{kwargs['path']}")
        return HttpResponse(found.content, content_type=found.content_type)


class OutletRevisionView(PreviewRevisionView):
    """How the site looked with the settings of another day."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(_look_url(self.revision_id, request.GET.get("mode", "front")))


def _look_url(revision: int, mode: str) -> str:
    newest = Article.objects.filter(live=True).order_by("-sort_at_us", "-pk")
    article = newest.values_list("path", flat=True).first() if mode == "article" else None
    name = "wagtailsnippets_newsroom_outlet:look"
    return reverse(name, args=[revision, article or "index.html"])


class PressLineView(PermissionCheckedMixin, View):
    """Where the press stands, as the line above the form says it."""

    any_permission_required = ("change", "view")
    model = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.user_has_any_permission(self.any_permission_required):
            raise Http404
        return render(request, "newsroom/outlet/press_line.html", {"press": press_line()})


class OutletViewSet(SnippetViewSet):
    """Site settings: name, logo, colours, language, time, navigation, foot, appeal, feeds."""

    model = Outlet
    icon = "cog"
    menu_label: str | Promise = "Site"
    menu_name = "site"
    menu_order = 0
    add_to_settings_menu = True
    base_url_path = "settings/site"
    copy_view_enabled = False
    chooser_viewset_class = ChooserViewSet
    search_backend_name = None
    index_view_class = ToTheForm
    edit_view_class = OutletEditView
    preview_on_edit_view_class = OutletPreviewView
    revisions_view_class = OutletRevisionView
    edit_template_name = "newsroom/outlet/edit.html"
    permission_policy = OutletPolicy(Outlet)

    edit_handler = ObjectList(
        [
            MultiFieldPanel([FieldPanel("name"), FieldPanel("tagline")], heading="Name"),
            MultiFieldPanel(
                [
                    FieldPanel(
                        "logo",
                        help_text="In place of the name at the head of every page, up to 80 dots "
                        "high: PNG, WebP or JPEG, best 640 dots wide or more.",
                    ),
                    FieldPanel(
                        "logo_dark",
                        heading="Logo on dark screens",
                        help_text="Empty: the logo above.",
                    ),
                    PartPanel("logo_sample", logo_context),
                ],
                heading="Logo",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("accent", heading="Colour of links and buttons"),
                            FieldPanel("accent_dark", heading="The same on dark screens"),
                        ]
                    ),
                    FieldRowPanel(
                        [
                            FieldPanel("paper", heading="Paper"),
                            FieldPanel("paper_dark", heading="Paper on dark screens"),
                        ]
                    ),
                    PartPanel("colour_sample", colour_context),
                ],
                heading="Colours",
            ),
            MultiFieldPanel(
                [
                    FieldPanel(
                        "language",
                        heading="Language of the site",
                        help_text="Dates, buttons and other words of the site itself. Begin to "
                        "type its name.",
                    ),
                    FieldPanel(
                        "languages",
                        heading="Languages you write in",
                        help_text="With commas between: they are proposed when you write.",
                    ),
                    FieldPanel(
                        "time_zone",
                        help_text="Where your days begin and end. Begin to type a city. Articles "
                        "that are published keep their addresses when it changes.",
                    ),
                    PartPanel("clock", clock_context),
                ],
                heading="Language and time",
            ),
            MultiFieldPanel(
                [
                    PartPanel("navigation_default", navigation_context),
                    InlinePanel(
                        "navigation",
                        [
                            FieldRowPanel([FieldPanel("topic"), FieldPanel("page")]),
                            FieldRowPanel([FieldPanel("url"), FieldPanel("label")]),
                        ],
                        heading="Links",
                        label="link",
                    ),
                ],
                heading="Navigation",
            ),
            FieldPanel(
                "footer",
                heading="Words at the foot of every page",
                help_text="Each line is a paragraph. Pages such as About are linked there by "
                "themselves.",
            ),
            MultiFieldPanel(
                [
                    FieldPanel("full_appeal_on", heading="The full appeal stands"),
                    FieldPanel("compact_appeal_on", heading="The compact appeal stands"),
                    FieldPanel("appeal_in_digest", heading="The digest has the appeal"),
                ],
                heading="Appeal",
            ),
            FieldPanel("feeds_are_full", heading="Feeds hold"),
            FieldPanel(
                "shows_accounts",
                heading="What came in and what a month costs stands",
                help_text="Sums of months, never a name, a way or a company; few gifts are shown "
                "together with those of other months.",
            ),
        ],
        base_form_class=OutletForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        form_class = self.get_form_class(for_update=True)
        look = self.construct_view(OutletLookView, form_class=form_class)
        return [
            *super().get_urlpatterns(),
            path("look/<int:revision>/<path:path>", look, name="look"),
            path("press/", self.construct_view(PressLineView), name="press"),
        ]
