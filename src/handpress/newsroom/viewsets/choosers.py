"""Choosing an article or a topic by searching for it, wherever a form asks for one.

Wagtail opens every chooser to whoever may enter the desk; ours ask who it is.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from wagtail.admin.auth import permission_denied
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import DateColumn
from wagtail.snippets.views.chooser import ChooseResultsView, ChooseView, SnippetChooserViewSet

from handpress.newsroom.views.status import StatusColumn, with_status


class _SearchForm(BaseFilterForm):
    """Finds rows that have every word in one of their ``fields``."""

    fields_searched: tuple[str, ...] = ()

    q = forms.CharField(
        label="Words", required=False, widget=forms.TextInput(attrs={"placeholder": "Search"})
    )

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        objects = super().filter(objects)
        query = self.cleaned_data.get("q") or ""
        for word in query.split():
            found = Q()
            for field in self.fields_searched:
                found |= Q(**{f"{field}__icontains": word})
            objects = objects.filter(found)
        self.is_searching, self.search_query = bool(query), query
        return objects


class _ArticleSearch(_SearchForm):
    fields_searched = ("headline", "slug")


class _TopicSearch(_SearchForm):
    fields_searched = ("name", "slug")


class _Found:
    """What all of them share: a status for every row in two queries."""

    per_page = 20

    def get_results_page(self, request: HttpRequest) -> Any:
        page = super().get_results_page(request)  # type: ignore[misc]
        page.object_list = with_status(page.object_list)
        return page

    @property
    def columns(self) -> list[Any]:
        title, *_ = super().columns  # type: ignore[misc]
        return [title, *self.more_columns, StatusColumn()]

    more_columns: tuple[Any, ...] = ()


class _ArticlesFound(_Found):
    """Newest first, with their dates; the long columns stay in the database."""

    filter_form_class = _ArticleSearch
    ordering = ("-sort_at_us", "-pk")
    more_columns = (DateColumn("published_at", label="Date"),)

    def get_object_list(self) -> QuerySet[Any]:
        objects: QuerySet[Any] = super().get_object_list()  # type: ignore[misc]
        return objects.defer("body", "body_html", "excerpt")


class _TopicsFound(_Found):
    filter_form_class = _TopicSearch


class _ChooseArticle(_ArticlesFound, ChooseView):
    pass


class _ChooseArticleResults(_ArticlesFound, ChooseResultsView):
    pass


class _ChooseTopic(_TopicsFound, ChooseView):
    pass


class _ChooseTopicResults(_TopicsFound, ChooseResultsView):
    pass


_ANY = ("view", "add", "change", "delete", "publish")


class ChooserViewSet(SnippetChooserViewSet):
    """A chooser for those who may do anything with what is chosen; to others it lists nothing."""

    def construct_view(self, view_class: Any, **kwargs: Any) -> Any:
        view = super().construct_view(view_class, **kwargs)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
            policy = self.model.snippet_viewset.permission_policy
            if not policy.user_has_any_permission(request.user, _ANY):
                denied: HttpResponse = permission_denied(request)
                return denied
            answer: HttpResponse = view(request, *args, **more)
            return answer

        return guarded


class ArticleChooserViewSet(ChooserViewSet):
    choose_view_class = _ChooseArticle
    choose_results_view_class = _ChooseArticleResults


class TopicChooserViewSet(ChooserViewSet):
    choose_view_class = _ChooseTopic
    choose_results_view_class = _ChooseTopicResults
