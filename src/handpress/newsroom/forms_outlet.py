"""The form of the site settings: what people write there becomes typed choices."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminModelForm

from handpress.conf.faults import WrongValueError
from handpress.conf.kinds import TIME_ZONE, read_line
from handpress.newsroom.core.colours import FIELDS, colour_faults, palette, read_colour
from handpress.newsroom.core.languages import (
    OFTEN_CHOSEN,
    language_label,
    read_language,
    split_tags,
)
from handpress.newsroom.forms import refuse_unshowable
from handpress.newsroom.models.outlet import PLACES
from handpress.newsroom.never_named import refuse_accounts
from handpress.press.site import theme_tokens

_FEEDS = [("True", "the whole article"), ("False", "headline and excerpt only")]
_IN_DIGEST = [("True", "in every edition"), ("False", "in none")]
_ACCOUNTS = [("False", "nowhere"), ("True", "at /accounts/, to which /donate/ leads")]


class Proposing(forms.TextInput):
    """A line of text whose proposals appear while one types (HTML's ``datalist``)."""

    template_name = "newsroom/outlet/proposing.html"

    def __init__(self, proposals: Any, **attrs: Any) -> None:
        super().__init__({"autocomplete": "off", **attrs})
        self.proposals = proposals

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"{name}-proposals"
        context["proposals"] = self.proposals()
        return context


class LineField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return str(_told(read_line, super().to_python(value) or ""))


class LanguageField(LineField):
    """One language, written as name or tag."""

    def prepare_value(self, value: Any) -> Any:
        return language_label(value) if value else ""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return str(_told(read_language, text)) if text else ""


class _LanguagesField(LineField):
    """Several languages with commas between; kept as tags."""

    def prepare_value(self, value: Any) -> Any:
        if not value or "(" in value:
            return value
        return ", ".join(_label_or_same(tag) for tag in split_tags(value))

    def to_python(self, value: Any) -> str:
        parts = re.split("[,;،、]", super().to_python(value))
        return ", ".join(dict.fromkeys(_told(read_language, one) for one in parts if one.strip()))


def _label_or_same(tag: str) -> str:
    try:
        return language_label(read_language(tag))
    except WrongValueError:
        return tag


class _TimeZoneField(LineField):
    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return str(_told(TIME_ZONE.read, text.replace(" ", "_"))) if text else ""


class _ColourField(LineField):
    def to_python(self, value: Any) -> str:
        return read_colour(super().to_python(value))


def _told(read: Any, value: str) -> Any:
    """Have a reader of settings read, and say on the form what it finds wrong."""
    try:
        return read(value)
    except WrongValueError as error:
        raise ValidationError(f"{error.problem} {error.remedy}".strip()) from None


def _zones() -> list[str]:
    """Return the zones that are places; the old names for the same ones are read, not shown."""
    names = (name for name in available_timezones() if "/" in name)
    return ["UTC", *sorted(n for n in names if not n.startswith(("Etc/", "US/", "SystemV/")))]


def language_labels() -> list[str]:
    """Return what forms propose as languages, by name."""
    return sorted(language_label(tag) for tag in OFTEN_CHOSEN)


class OutletForm(WagtailAdminModelForm):
    """What is left empty is as handpress.toml or the theme has it, and says so."""

    name = LineField(required=False, max_length=200)
    tagline = LineField(required=False, max_length=300)
    language = LanguageField(required=False, widget=Proposing(language_labels))
    languages = _LanguagesField(required=False, max_length=200)
    time_zone = _TimeZoneField(required=False, widget=Proposing(_zones))
    accent = _ColourField(required=False)
    accent_dark = _ColourField(required=False)
    paper = _ColourField(required=False)
    paper_dark = _ColourField(required=False)
    full_appeal_on = forms.ChoiceField(choices=PLACES, widget=forms.RadioSelect)
    compact_appeal_on = forms.ChoiceField(choices=PLACES, widget=forms.RadioSelect)
    appeal_in_digest = forms.TypedChoiceField(
        choices=_IN_DIGEST, coerce=lambda value: value == "True", widget=forms.RadioSelect
    )
    feeds_are_full = forms.TypedChoiceField(
        choices=_FEEDS, coerce=lambda value: value == "True", widget=forms.RadioSelect
    )
    shows_accounts = forms.TypedChoiceField(
        choices=_ACCOUNTS, coerce=lambda value: value == "True", widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newsroom, as_in_theme = settings.HANDPRESS.newsroom, palette(theme_tokens())
        shown = {
            "name": newsroom.name,
            "tagline": newsroom.tagline,
            "language": language_label(newsroom.language),
            "languages": language_label(newsroom.language),
            "time_zone": newsroom.time_zone,
            "accent": "as the theme has it",
            "accent_dark": "follows from the colour for light screens",
            "paper": as_in_theme["paper"],
            "paper_dark": as_in_theme["paper_dark"],
        }
        for name, value in shown.items():
            if name in self.fields:
                self.fields[name].widget.attrs["placeholder"] = value
        for name in FIELDS:
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "data-outlet-colour": name,
                    "spellcheck": "false",
                }
        for name in ("language", "languages", "time_zone"):
            if name in self.fields:
                self.fields[name].widget.attrs[f"data-outlet-{name.replace('_', '-')}"] = ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        data: dict[str, Any] = self.cleaned_data
        faults = colour_faults(theme_tokens(), **{name: data.get(name, "") for name in FIELDS})
        for name, words in faults.items():
            self.add_error(name, words)
        if data.get("logo_dark") and not data.get("logo"):
            self.add_error(
                "logo", "A logo for dark screens alone leaves light ones without. Choose both."
            )
        refuse_unshowable(self, "logo", "logo_dark")
        refuse_accounts(self, asks=("footer", "tagline"))
        return data
