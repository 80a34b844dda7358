"""Fields of the article's form that do more than hold a text. Their scripts only help."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from django import forms
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from handpress.lib.languages import RIGHT_TO_LEFT
from handpress.newsroom.core.excerpts import LEAST_WORDS, MOST_WORDS
from handpress.newsroom.outlet import writing_languages
from handpress.newsroom.queries import describe
from handpress.press.site import site_facts

_EXCERPT_WORDS = {
    "take": "Take the first sentences",
    "undo": "Put the former excerpt back",
    "taken": "The first sentences of the body are the excerpt now.",
    "undone": "The former excerpt is back.",
    "failed": "That did not work; the excerpt is as it was. Try again.",
    "none": "No words yet. Good are {least} to {most}.",
    "few": "{words} words: {missing} too few. Good are {least} to {most}.",
    "good": "{words} words: a good length.",
    "many": "{words} words: {over} too many. Good are {least} to {most}.",
}


def article_url(name: str, **kwargs: Any) -> str:
    """Return the address of one of the article views on the desk."""
    return reverse(f"wagtailsnippets_newsroom_article:{name}", kwargs=kwargs or None)


_STYLE = {"all": ["newsroom/writing.css"]}


class ExcerptInput(forms.Textarea):
    class Media:
        js = ["newsroom/excerpt.js"]
        css = _STYLE

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        values = {
            "data-controller": "excerpt",
            "data-excerpt-url-value": article_url("take_sentences"),
            "data-excerpt-least-value": LEAST_WORDS,
            "data-excerpt-most-value": MOST_WORDS,
            "data-excerpt-words-value": json.dumps(_EXCERPT_WORDS),
            "rows": 6,
        }
        return super().get_context(name, value, {**values, **(attrs or {})})


class AddressInput(forms.TextInput):
    """A slug, with the address that it makes in words beside it."""

    class Media:
        js = ["newsroom/address.js"]
        css = _STYLE

    folder = ""
    former = ""
    suggested = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        values = {
            "data-controller": "address",
            "data-address-folder-value": self.folder,
            "data-address-former-value": self.former,
            "data-address-suggested-value": self.suggested,
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        return super().get_context(name, value, {**values, **(attrs or {})})


class LanguageInput(forms.TextInput):
    """A language tag, with the outlet's own languages to choose from; others may be typed."""

    class Media:
        js = ["newsroom/language.js"]
        css = _STYLE

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        own = writing_languages()
        values = {
            "list": f"{name}-languages",
            "data-controller": "language",
            "data-language-own-value": site_facts().language,
            "data-language-names-value": json.dumps({tag: language_name(tag) for tag in own}),
            "data-language-rtl-value": " ".join(sorted(RIGHT_TO_LEFT)),
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        field = super().render(name, value, {**values, **(attrs or {})}, renderer)
        choices = format_html_join("", '<option value="{}">{}</option>', _named(own))
        return format_html('{}<datalist id="{}-languages">{}</datalist>', field, name, choices)


def _named(tags: list[str]) -> list[tuple[str, str]]:
    return [(tag, language_name(tag)) for tag in tags]


def language_name(tag: str) -> str:
    """Return a language's name in English and in its own words; the bare tag where unknown."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return tag
    names = dict.fromkeys([locale.get_display_name("en") or tag, locale.display_name or tag])
    return " · ".join(names)


class PickInput(forms.HiddenInput):
    """One row, found by typing a few letters of its name."""

    class Media:
        js = ["newsroom/picker.js"]
        css = _STYLE

    # Wagtail hides the panel of a hidden field.
    input_type = "hidden"

    def __init__(self, kind: str, label: str) -> None:
        self.kind, self.label = kind, label
        super().__init__()

    @property
    def is_hidden(self) -> bool:
        return False

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}-typed" if id_ else id_

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        attrs = dict(attrs or {})
        about = {k: attrs.pop(k) for k in ("aria-describedby", "aria-invalid") if k in attrs}
        chosen = describe(self.kind, [int(value)]).get(int(value)) if is_id(value) else None
        data: Mapping[str, Any] = {
            "data-controller": "pick-one",
            "data-pick-one-label-value": self.label,
            "data-pick-one-kind-value": self.kind,
            "data-pick-one-url-value": article_url("suggest", kind=self.kind),
            "data-pick-one-make-value": article_url("make", kind=self.kind),
            "data-pick-one-chosen-value": json.dumps(chosen.as_dict() if chosen else {}),
            "data-pick-one-about-value": json.dumps(about),
        }
        field = super().render(name, value, attrs, renderer)
        return format_html("<div{}>{}</div>", flatatt(dict(data)), field)


def is_id(value: Any) -> bool:
    """Say whether what a form sent can be the id of a row."""
    return str(value or "").isascii() and str(value or "").isdigit() and len(str(value)) < 19
