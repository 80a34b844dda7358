"""The desk's list of topics, their order, and the pages that merge and split one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.panels import Panel
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import EditView, IndexView, ReorderView

from handpress.newsroom.models import Article, Topic
from handpress.newsroom.topic_actions import TopicGone, merge_topics, move_topic, split_topic
from handpress.newsroom.topic_forms import (
    KEEP,
    MergeForm,
    SearchForm,
    SplitForm,
    topic_names,
)
from handpress.newsroom.topic_queries import (
    Search,
    TopicFacts,
    articles_of_topic,
    effects_of_merge,
    facts_of,
)
from handpress.newsroom.views.status import with_status

MAY_MERGE = ("change", "publish", "delete")
MAY_SPLIT = ("change", "publish")
SHOWN = 200
"""So many articles are listed to be ticked; a search narrows them."""


def _has_all(policy: Any, user: Any, wanted: Sequence[str]) -> bool:
    """Say whether somebody may do all this to topics, and change published articles."""
    may_file = user.has_perm("newsroom.change_article") and user.has_perm(
        "newsroom.publish_article"
    )
    return may_file and all(policy.user_has_permission(user, one) for one in wanted)


def _more_buttons(view: Any, topic: Topic) -> list[Button]:
    user, policy = view.request.user, view.permission_policy
    namespace = view.edit_url_name.rpartition(":")[0]
    doors: list[tuple[str, str, str, tuple[str, ...], int]] = [
        ("merge", "Merge into another topic", "resubmit", MAY_MERGE, 40),
        ("split", "Split", "cut", MAY_SPLIT, 50),
    ]
    return [
        Button(
            label,
            url=reverse(f"{namespace}:{name}", args=[quote(topic.pk)]),
            icon_name=icon,
            priority=priority,
        )
        for name, label, icon, permissions, priority in doors
        if _has_all(policy, user, permissions)
    ]


class TopicIndexView(IndexView):
    """The list; in the order of `position` it can be put in order by hand, all on one page."""

    @cached_property
    def columns(self) -> list[Any]:
        # A place would be wrong as soon as a topic is moved on this page.
        columns = super().columns
        return [one for one in columns if one.name != "place" or not self.show_ordering_column]

    def get_table(self, object_list: Any) -> Any:
        topics = with_status(object_list)
        facts = facts_of([topic.pk for topic in topics])
        for topic in topics:
            topic.facts = facts.get(topic.pk, TopicFacts())
        return super().get_table(topics)

    def order_queryset(self, queryset: Any) -> Any:
        if self.show_ordering_column:
            return queryset.order_by("position", "name", "pk")
        return super().order_queryset(queryset)

    @cached_property
    def reorder_button(self) -> Any:
        if not self.get_reorder_url():
            return None
        url = f"{self.index_url}?ordering={self.sort_order_field}"
        return Button("Put topics in order", url=url, icon_name="list-ul")

    def get_list_buttons(self, instance: Topic) -> list[Any]:
        # Hundreds of rows at once are there to be moved, and each menu is dear to draw.
        return [] if self.show_ordering_column else super().get_list_buttons(instance)

    def get_list_more_buttons(self, instance: Topic) -> list[Any]:
        return [*super().get_list_more_buttons(instance), *_more_buttons(self, instance)]


class TopicEditView(EditView):
    @cached_property
    def header_more_buttons(self) -> list[Any]:
        return [*super().header_more_buttons, *_more_buttons(self, self.object)]


class TopicReorderView(ReorderView):
    """Moves one topic, and as few rows besides as can be."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        place = request.GET.get("position", "")
        try:
            topic = Topic.objects.get(pk=kwargs["pk"])
            # Where no place is given, it is the last.
            move_topic(topic, to=int(place) if place.isdecimal() and len(place) < 9 else 10**9)
        except (Topic.DoesNotExist, TopicGone):
            raise Http404 from None
        return JsonResponse({"success": True})


class FactsPanel(Panel):
    """Says at the head of the form what the topic comes to."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "newsroom/topics/facts.html"

        def is_shown(self) -> bool:
            return self.instance.pk is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            facts = facts_of([self.instance.pk])[self.instance.pk]
            order = reverse(Topic.snippet_viewset.get_url_name("list")) + "?ordering=position"
            return {**super().get_context_data(parent_context), "facts": facts, "order": order}


class _Operation(PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, View):
    """A page about one topic on which one does something to it."""

    model = Topic
    index_url_name = edit_url_name = ""
    wanted: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not _has_all(self.permission_policy, request.user, self.wanted):
            raise PermissionDenied
        if refusal := self._locked(self.object):
            messages.error(request, refusal)
            return redirect(self._edit_url(self.object))
        return super().dispatch(request, *args, **kwargs)

    def _locked(self, topic: Topic) -> str:
        lock = topic.get_lock()
        if lock and lock.for_user(self.request.user):
            return f"“{topic}” is locked. Nothing was changed; ask whoever locked it."
        return ""

    def _edit_url(self, topic: Topic) -> str:
        return reverse(self.edit_url_name, args=[quote(topic.pk)])

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": "Topics"},
            {"url": self._edit_url(self.object), "label": str(self.object)},
            {"url": "", "label": f"{self.page_title} “{self.object}”"},
        ]

    def page(self, **context: Any) -> HttpResponse:
        names = sorted(topic_names(self.object).values(), key=str.casefold)
        common = {"topic": self.object, "names": names, "edit_url": self._edit_url(self.object)}
        return self.render_to_response(self.get_context_data(**common, **context))

    def _gone(self) -> HttpResponse:
        messages.error(
            self.request,
            "One of the two topics has been merged or deleted meanwhile. Nothing was changed.",
        )
        return redirect(reverse(self.index_url_name))


class MergeView(_Operation):
    """Choose by typing; see what will happen; confirm."""

    page_title = "Merge"
    header_icon = "tag"
    template_name = "newsroom/topics/merge.html"
    wanted = MAY_MERGE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = MergeForm(request.GET if "into" in request.GET else None, topic=self.object)
        into = form.cleaned_data["into"] if form.is_bound and form.is_valid() else None
        if into and (refusal := self._locked(into)):
            form.add_error("into", refusal)
            into = None
        effects = effects_of_merge(self.object, into) if into else None
        return self.page(form=form, into=into, effects=effects)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk = request.POST.get("confirmed", "")
        into = Topic.objects.filter(pk=pk).first() if pk.isdecimal() else None
        if into is None:
            return self._gone()
        if into.pk == self.object.pk or self._locked(into):
            return redirect(request.get_full_path())
        name = str(self.object)
        try:
            articles = merge_topics(self.object, into=into)
        except TopicGone:
            return self._gone()
        are = "1 article is" if articles == 1 else f"{articles} articles are"
        messages.success(request, f"“{name}” is now part of “{into}”; {are} filed there.")
        return redirect(self._edit_url(into))


class SplitView(_Operation):
    """Find articles; say where they go; see what will happen; confirm."""

    page_title = "Split"
    header_icon = "tag"
    template_name = "newsroom/topics/split.html"
    wanted = MAY_SPLIT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._choose(SearchForm(request.GET, topic=self.object), self._form(None))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        search = SearchForm(request.GET, topic=self.object)
        form = self._form(request.POST)
        if not (form.is_valid() and self._is_aim_open(form)):
            return self._choose(search, form)
        articles = self._articles(search)
        if not articles:
            form.add_error(None, "No article is like that any more. Nothing was changed.")
            return self._choose(search, form)
        if request.POST.get("confirmed") != str(len(articles)):
            return self._review(form, articles)
        return self._split(form, articles)

    def _form(self, data: Any) -> SplitForm:
        return SplitForm(data, topic=self.object)

    def _is_aim_open(self, form: SplitForm) -> bool:
        into = form.cleaned_data["into"]
        if into.pk is None and not self.user_has_permission("add"):
            form.add_error("into", "There is no such topic, and you may not add one.")
        elif into.pk and (refusal := self._locked(into)):
            form.add_error("into", refusal)
        return form.is_valid()

    def _articles(self, search: SearchForm) -> list[int]:
        """Return the ticked articles; where none is ticked, all that were found."""
        search.is_valid()
        found = articles_of_topic(self.object, search.search())
        ticked = [pk for pk in self.request.POST.getlist("article") if pk.isdecimal()]
        if ticked:
            found = found.filter(pk__in=[int(pk) for pk in ticked[:SHOWN] if len(pk) < 19])
        return list(found.values_list("pk", flat=True))

    def _choose(self, search: SearchForm, form: SplitForm) -> HttpResponse:
        search.is_valid()
        found = articles_of_topic(self.object, search.search())
        shown = list(found.select_related("source").defer("body", "body_html")[: SHOWN + 1])
        number = len(shown) if len(shown) <= SHOWN else found.count()
        ticked = self.request.POST.getlist("article")
        return self.page(
            search=search, form=form, articles=shown[:SHOWN], number=number, ticked=ticked
        )

    def _review(self, form: SplitForm, articles: list[int]) -> HttpResponse:
        asked = self.request.POST.get("confirmed")
        rest = articles_of_topic(self.object, Search()).filter(live=True)
        return self.page(
            review=True,
            form=form,
            into=form.cleaned_data["into"],
            keep=form.cleaned_data["keep"] == KEEP,
            number=len(articles),
            rest=rest.count() - Article.objects.filter(pk__in=articles, live=True).count(),
            has_changed=bool(asked),
            sent=[(key, value) for key, values in self._sent() for value in values],
        )

    def _sent(self) -> list[tuple[str, list[str]]]:
        left_out = {"csrfmiddlewaretoken", "confirmed"}
        return [(key, values) for key, values in self.request.POST.lists() if key not in left_out]

    def _split(self, form: SplitForm, articles: list[int]) -> HttpResponse:
        into = form.cleaned_data["into"]
        try:
            split = split_topic(
                self.object, articles, into=into, keep=form.cleaned_data["keep"] == KEEP
            )
        except TopicGone:
            return self._gone()
        are = "1 article is" if split.filed == 1 else f"{split.filed} articles are"
        left = f" {split.taken_out} left “{self.object}”." if split.taken_out else ""
        messages.success(self.request, f"{are} now filed under “{into}”.{left}")
        return redirect(self._edit_url(into))
