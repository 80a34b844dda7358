"""Forms about topics: the topic's own, and those that merge and split."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from handpress.newsroom.actions import next_topic_position
from handpress.newsroom.forms import MomentKeepingForm, refuse_unshowable
from handpress.newsroom.models import Source, Topic
from handpress.newsroom.redirects import pages_given_out
from handpress.newsroom.slugs import is_slug
from handpress.newsroom.topic_queries import Search, languages_of


class TopicForm(MomentKeepingForm):
    """The topic's form: says what becomes of its address, and puts a new topic last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].help_text = _about_address(self.instance)

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug and not is_slug(slug):
            raise ValidationError(
                "Small letters a to z, figures and single hyphens only, as in water-and-sewers."
            )
        return slug

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not str(data.get("name") or "x").strip():
            self.add_error("name", "A topic needs a name.")
        if self.instance.pk is None:
            self.instance.position = next_topic_position()
        self._refuse_doubles()
        if not self.is_deferred_validation:
            refuse_unshowable(self, "image")
        return data

    def _refuse_doubles(self) -> None:
        formset = self.formsets.get("features")
        if formset is None or not formset.is_valid():
            return
        kept = [form for form in formset.forms if form not in formset.deleted_forms]
        chosen = [form.cleaned_data.get("article") for form in kept if form.cleaned_data]
        if len(chosen) > len(set(chosen)):
            self.add_error(None, "A piece stands among the featured ones twice. Remove one.")


def _about_address(topic: Topic) -> str:
    if topic.pk is None:
        return "The end of its address, /topics/…/. Empty: made from the name."
    words = f"Its address is /topics/{topic.slug}/."
    if not topic.last_published_at:
        return f"{words} It has not been public yet, so you may change this freely."
    pages = pages_given_out(topic)
    numbered = f" and those of its {pages} numbered pages" if pages else ""
    return (
        f"{words} A new name alone leaves it as it is. Change this, and the former"
        f" address{numbered} will lead to the new one; its feed moves along."
    )


class TopicField(forms.CharField):
    """A topic chosen by typing its name; the browser offers the names there are."""

    widget = forms.TextInput(attrs={"list": "topics-there-are", "autocomplete": "off"})

    def __init__(self, *, besides: Topic, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.besides = besides
        self.names = topic_names(besides)

    def clean(self, value: Any) -> Any:
        """Return the topic of this name or slug; see `unknown` for one that there is not."""
        name = super().clean(value)
        return self.find(name) or self.unknown(name) if name else None

    def find(self, name: str) -> Topic | None:
        rows = Topic.objects.exclude(pk=self.besides.pk)
        pk = next((pk for pk, label in self.names.items() if _same(label, name)), None)
        return rows.filter(pk=pk).first() if pk else rows.filter(slug=name).first()

    def unknown(self, name: str) -> Topic:
        if _same(name, self.besides.name) or name == self.besides.slug:
            raise ValidationError("That is this topic itself. Choose another.")
        begin = [one for one in self.names.values() if _same(one[: len(name)], name)]
        near = begin[:3] or get_close_matches(name, self.names.values(), n=3)
        hint = f" Did you mean {' or '.join(f'“{one}”' for one in near)}?" if near else ""
        raise ValidationError(f"There is no topic “{name}”.{hint}")


class TopicOrNewField(TopicField):
    """As `TopicField`; a name that there is not yet becomes a new topic, not saved."""

    def unknown(self, name: str) -> Topic:
        if _same(name, self.besides.name) or name == self.besides.slug:
            return super().unknown(name)
        return Topic(name=name, language=self.besides.language)


def topic_names(besides: Topic) -> dict[int, str]:
    """Return what to type for each topic but one: its name, and its slug where two have it."""
    rows = list(Topic.objects.exclude(pk=besides.pk).values_list("pk", "name", "slug"))
    names = [name.casefold() for _, name, _ in rows]
    often = {name for name in names if names.count(name) > 1}
    return {pk: f"{name} ({slug})" if name.casefold() in often else name for pk, name, slug in rows}


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


class MergeForm(forms.Form):
    """Which topic another is merged into."""

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"] = TopicField(besides=topic, label="Merge into")


class SearchForm(forms.Form):
    """Which articles of a topic are meant."""

    words = forms.CharField(required=False, max_length=200, label="Words")
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of = Source.objects.filter(articles__article_topics__topic=topic).distinct()
        self.fields["source"] = forms.ModelChoiceField(of, required=False, empty_label="Any")
        named = [(tag or OWN, tag or "the outlet's own") for tag in languages_of(topic)]
        self.fields["language"] = forms.ChoiceField(required=False, choices=[("", "Any"), *named])
        self.order_fields(("words", "source", "language", "since", "until"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", "The last day is before the first.")
        return data

    def search(self) -> Search:
        """Return what a valid form asks for; what is not valid does not narrow it."""
        data = getattr(self, "cleaned_data", {})
        source, language = data.get("source"), data.get("language") or None
        return Search(
            words=data.get("words") or "",
            source=source.pk if source else None,
            language="" if language == OWN else language,
            since=data.get("since"),
            until=data.get("until"),
        )


OWN = "-"
"""Stands in a form for articles without a language tag of their own."""

KEEP, TAKE_OUT = "keep", "take-out"


class SplitForm(forms.Form):
    """What becomes of the articles that were found."""

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"] = TopicOrNewField(besides=topic, label="File them under")
        ways = [
            (KEEP, f"Keep them in “{topic.name}” too"),
            (TAKE_OUT, f"Take them out of “{topic.name}”"),
        ]
        self.fields["keep"] = forms.ChoiceField(
            choices=ways, initial=KEEP, widget=forms.RadioSelect, label="And here"
        )
