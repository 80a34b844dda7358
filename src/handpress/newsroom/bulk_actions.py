"""The buttons under a list: what is chosen is shown, confirmed, and done one by one."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.text import capfirst
from wagtail.admin import messages
from wagtail.admin.auth import permission_denied
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction
from wagtail.snippets.permissions import get_permission_name

from handpress.newsroom import bulk
from handpress.newsroom.bulk import MOST, Filing, Outcome
from handpress.newsroom.models import Article, Topic

_NAMED = 20
_LISTED = 100


class ChosenForm(forms.Form):
    """What was shown when the question was asked: that, and nothing else, is acted on."""

    rows = forms.CharField(widget=forms.HiddenInput)

    def clean_rows(self) -> list[int]:
        try:
            ids = [int(one) for one in self.cleaned_data["rows"].split(",")]
        except ValueError:
            raise forms.ValidationError("Choose again from the list.") from None
        if len(ids) > MOST:
            raise forms.ValidationError(f"At most {MOST:,} at a time.")
        return list(dict.fromkeys(ids))


class FilingForm(ChosenForm):
    """Which topics, and what to do with them."""

    how = forms.ChoiceField(
        label="What to do",
        choices=[
            (Filing.ADD, "Add these topics to what each article has"),
            (Filing.REMOVE, "Take these topics away"),
            (Filing.SET, "Replace all topics with these"),
        ],
        widget=forms.RadioSelect,
        initial=Filing.ADD,
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.order_by("position", "name"), widget=forms.CheckboxSelectMultiple
    )
    first = forms.ModelChoiceField(
        Topic.objects.order_by("position", "name"),
        required=False,
        label="Primary topic",
        empty_label="The first of those ticked",
        help_text="One of those ticked. Counts where topics are replaced, or an article has none.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, topics = data.get("first"), list(data.get("topics") or [])
        if first and first not in topics:
            self.add_error("first", "Tick this topic as well, or leave the primary topic empty.")
        data["ordered"] = [first, *(one for one in topics if one != first)] if first else topics
        return data


class EachAction(SnippetBulkAction):
    """An action on rows that were ticked; each in a transaction of its own."""

    template_name = "newsroom/bulk/confirm.html"
    form_class = ChosenForm
    permission = "publish"
    question = ""
    button = ""
    what_happens: tuple[str, ...] = ()
    done = ""
    already = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(get_permission_name(self.permission, self.model)):
            denied: HttpResponse = permission_denied(request)
            return denied
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer

    @cached_property
    def chosen(self) -> QuerySet[Any]:
        """The rows that were ticked, or all that the list shows, filtered as it is."""
        ids = self.request.GET.getlist("id")
        if "all" in ids:
            return self._listed()
        return self.model._default_manager.filter(pk__in=[pk for pk in ids if pk.isdecimal()])

    def _listed(self) -> QuerySet[Any]:
        from django.urls import resolve, reverse

        name = self.model.snippet_viewset.get_url_name("list")
        index: Any = resolve(reverse(name)).func
        view = index.view_class(**index.view_initkwargs)
        view.setup(self.request)
        rows: QuerySet[Any] = view.get_queryset()
        return rows

    @cached_property
    def ids(self) -> list[int]:
        return list(self.chosen.values_list("pk", flat=True)[: MOST + 1])

    @property
    def is_too_many(self) -> bool:
        return len(self.ids) > MOST

    def get_initial(self) -> dict[str, Any]:
        return {"rows": ",".join(map(str, self.ids))}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ids = [] if self.is_too_many else self.ids
        rows = self.model._default_manager.filter(pk__in=ids[:_LISTED]).in_bulk()
        count = len(self.ids)
        names = (
            self.model._meta.verbose_name if count == 1 else self.model._meta.verbose_name_plural
        )
        context: dict[str, Any] = {
            "view": self,
            "form": kwargs.get("form") or self.get_form(),
            "items": [self.object_context(rows[pk]) for pk in ids[:_LISTED] if pk in rows],
            "more": max(0, len(ids) - _LISTED),
            "count": count,
            "most": MOST,
            "names": names,
            "question": self.question.format(count=count, names=names),
            "next": self.next_url,
            "submit_url": self.request.get_full_path(),
            "header_icon": self.model.snippet_viewset.icon,
        }
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        self.cleaned_form = form
        outcome = bulk.apply_to_each(
            self.model, form.cleaned_data["rows"], self.act, self.request.user
        )
        self._tell(outcome)
        return redirect(self.next_url)

    def act(self, row: Any, user: Any) -> bool:
        """Do it to one row; return whether anything had to change."""
        raise NotImplementedError

    def _tell(self, outcome: Outcome) -> None:
        if outcome.done:
            messages.success(self.request, f"{self._counted(outcome.done)} {self.done}.")
        if outcome.unchanged:
            messages.info(self.request, f"{self._counted(outcome.unchanged)} {self.already}.")
        if outcome.refused:
            messages.error(self.request, self._refusals(outcome.refused))

    def _names(self, count: int) -> str:
        meta = self.model._meta
        return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)

    def _counted(self, count: int) -> str:
        return f"{count:,} {self._names(count)}"

    def _refusals(self, refused: tuple[tuple[str, str], ...]) -> str:
        named = "; ".join(f"“{name}”: {reason.rstrip('.')}" for name, reason in refused[:_NAMED])
        rest = len(refused) - _NAMED
        more = f"; and {rest:,} more" if rest > 0 else ""
        return f"{capfirst(self._counted(len(refused)))} stayed as before. {named}{more}."


class ArticleAction(EachAction):
    """An action on articles."""

    models: ClassVar[list[type[Model]]] = [Article]


class FileArticles(ArticleAction):
    """Add, take away or replace topics."""

    display_name = "Topics"
    action_type = "topics"
    aria_label = "Change the topics of the selected articles"
    action_priority = 10
    form_class = FilingForm
    question = "Change the topics of {count:,} {names}?"
    button = "Change topics"
    what_happens = (
        "Articles that are public change on the site at once, and so do the pages of the topics.",
        "A draft that waits gets the same topics. Each article keeps its history.",
    )
    done = "filed anew"
    already = "had these topics already"

    def act(self, row: Any, user: Any) -> bool:
        data = self.cleaned_form.cleaned_data
        return bulk.refile(row, user, how=Filing(data["how"]), topics=data["ordered"])


class PublishArticles(ArticleAction):
    """Publish the newest draft of each."""

    display_name = "Publish"
    action_type = "publish"
    aria_label = "Publish the selected articles"
    action_priority = 20
    question = "Publish {count:,} {names}?"
    button = "Yes, publish"
    what_happens = (
        "The newest draft of each goes on the site, now; one with a later hour is scheduled.",
        "What waits for review is published too, and the review ends.",
    )
    done = "published or scheduled"
    already = "had nothing new to publish"

    def act(self, row: Any, user: Any) -> bool:
        return bulk.publish_article(row, user)


class TakeDownArticles(ArticleAction):
    """Take each off the site."""

    display_name = "Unpublish"
    action_type = "unpublish"
    aria_label = "Unpublish the selected articles"
    action_priority = 25
    question = "Take {count:,} {names} off the site?"
    button = "Yes, unpublish"
    what_happens = (
        "Each leaves the front page, its topics and the feeds; its address says that it is gone.",
        "Text, history and topics are kept: it can be published again at the same address.",
    )
    done = "unpublished"
    already = "were not public"

    def act(self, row: Any, user: Any) -> bool:
        return bulk.take_down_article(row, user)


class DeleteRows(EachAction):
    """Delete, in Wagtail's place: each row by itself, in the log, and refusals by name."""

    display_name = "Delete"
    action_type = "delete"
    aria_label = "Delete the selected rows"
    action_priority = 30
    classes = frozenset({"serious"})
    permission = "delete"
    question = "Delete {count:,} {names} for good?"
    button = "Yes, delete"
    done = "deleted"
    already = "were gone"

    @property
    def what_happens(self) -> tuple[str, ...]:  # type: ignore[override]
        lost = "The text and its whole history are lost." if bulk.has_history(self.model) else ""
        said = f"{lost} This cannot be undone.".strip()
        if self.model is not Article:
            return (said,)
        return (
            said,
            "Whatever was public leaves an address that says that it is gone.",
            "To take articles off the site and keep them, unpublish them instead.",
        )

    def act(self, row: Any, user: Any) -> bool:
        return bulk.delete_row(row, user)


ACTIONS: tuple[type[EachAction], ...] = (
    FileArticles,
    PublishArticles,
    TakeDownArticles,
    DeleteRows,
)
