"""Choosing an article or a topic by searching for it, wherever a form asks for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import DateColumn
from wagtail.snippets.views.chooser import ChooseResultsView, ChooseView, SnippetChooserViewSet


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


class _ArticlesFound:
    """Newest first, with their dates; the long columns stay in the database."""

    filter_form_class = _ArticleSearch
    ordering = ("-sort_at_us", "-pk")
    per_page = 20

    def get_object_list(self) -> QuerySet[Any]:
        objects: QuerySet[Any] = super().get_object_list()  # type: ignore[misc]
        return objects.defer("body", "body_html", "excerpt")

    @property
    def columns(self) -> list[Any]:
        title, *rest = super().columns  # type: ignore[misc]
        return [title, DateColumn("published_at", label="Date"), *rest]


class _ChooseArticle(_ArticlesFound, ChooseView):
    pass


class _ChooseArticleResults(_ArticlesFound, ChooseResultsView):
    pass


class _ChooseTopic(ChooseView):
    filter_form_class = _TopicSearch


class _ChooseTopicResults(ChooseResultsView):
    filter_form_class = _TopicSearch


class ArticleChooserViewSet(SnippetChooserViewSet):
    choose_view_class = _ChooseArticle
    choose_results_view_class = _ChooseArticleResults


class TopicChooserViewSet(SnippetChooserViewSet):
    choose_view_class = _ChooseTopic
    choose_results_view_class = _ChooseTopicResults
