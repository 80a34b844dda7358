"""The desk's forms, where Wagtail's own would change what nobody touched, or let pass too much."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import get_permission_codename
from django.utils import timezone
from wagtail.admin.forms import WagtailAdminModelForm

from handpress.lib import clock
from handpress.newsroom.core.addresses import article_path
from handpress.newsroom.derive import newsroom_zone
from handpress.newsroom.models import Correction
from handpress.newsroom.moments import zone_note
from handpress.newsroom.never_named import refuse_accounts
from handpress.newsroom.pictures import CANNOT_BE_SHOWN, can_be_shown
from handpress.newsroom.slugs import is_made_from
from handpress.newsroom.widgets import AddressInput

# RFC 5646, as far as anybody writes it: a language, then script, region and variants.
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*"
)
_SCHEDULE = ("go_live_at", "expire_at")


class MomentKeepingForm(WagtailAdminModelForm):
    """A form that shows moments to the minute and keeps those that are left as they are.

    Two articles of one minute would change places otherwise when one of them is edited; and of a
    time that the clock shows twice, the second would become the first.
    Only those who may publish are asked for a schedule. What must never be printed is refused
    (`newsroom.never_named`): accounts that gifts come to, and in the fields ``asks``, where readers
    are asked for something, all others and companies that take gifts.
    """

    asks: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Wagtail's own looks at what the class has, and would offer a schedule to all.
        cls.show_schedule_publishing_toggle = property(lambda form: "go_live_at" in form.fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meta = self._meta.model._meta
        publish = f"{meta.app_label}.{get_permission_codename('publish', meta)}"
        if self.for_user and not self.for_user.has_perm(publish):
            for name in _SCHEDULE:
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data: dict[str, Any] = self.cleaned_data
        for name, given in data.items():
            stored = getattr(self.instance, name, None) if isinstance(given, datetime) else None
            if isinstance(stored, datetime) and _on_the_clock(stored) == _on_the_clock(given):
                data[name] = stored
        refuse_accounts(self, asks=self.asks)
        return data


def refuse_unshowable(form: forms.BaseForm, *names: str) -> None:
    """Say at these fields that the picture chosen there cannot be made into what readers get."""
    for name in names:
        image = form.cleaned_data.get(name)
        if image and not can_be_shown(image.pk):
            form.add_error(name, CANNOT_BE_SHOWN)


def _on_the_clock(moment: datetime) -> datetime:
    return timezone.make_naive(moment).replace(second=0, microsecond=0, fold=0)


class CorrectionForm(MomentKeepingForm):
    """A correction, dated now unless it says otherwise."""

    class Meta:
        model = Correction
        fields = ["corrected_at", "note"]
        defer_required_on_fields = ["note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["corrected_at"]
        moment.required = False
        moment.help_text = zone_note("Empty: now.")
        if self.instance.corrected_at is None:
            self.initial.setdefault("corrected_at", clock.now().replace(second=0, microsecond=0))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "corrected_at" in data and data["corrected_at"] is None:
            data["corrected_at"] = clock.now()
        return data


class ArticleForm(MomentKeepingForm):
    """What an article must state, at the latest when it is published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        article = self.instance
        self._made_slug = ""
        was_public = bool(article.last_published_at)
        # A draft's address follows its headline until somebody gives it another.
        if article.slug and not was_public and is_made_from(article.slug, article.headline):
            self._made_slug = article.slug
            self.initial["slug"] = ""
        self._tell_address()

    def _tell_address(self) -> None:
        field = self.fields.get("slug")
        if field is None or not isinstance(field.widget, AddressInput):
            return
        article = self.instance
        path = article.path if article.last_published_at else ""
        zone = newsroom_zone()
        moment = article.published_at or article.go_live_at or clock.now()
        planned = article_path("x", moment, zone, article.published_precision)
        field.widget.folder = "/" + (path or planned).rpartition("/")[0] + "/"
        field.widget.former = f"/{path}" if path else ""
        field.widget.suggested = self._made_slug

    def clean_language(self) -> str:
        tag = "-".join(self.cleaned_data.get("language", "").strip().split("_"))
        if tag and not _LANGUAGE.fullmatch(tag):
            raise forms.ValidationError(
                f"“{tag}” is no language tag. Tags look like ar, ko, pt-BR or zh-Hant."
            )
        return tag

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.is_deferred_validation:
            self._check_lead_image(data)
        self._check_related()
        return data

    def _check_lead_image(self, data: dict[str, Any]) -> None:
        image = data.get("lead_image")
        says = data.get("lead_image_alt", "").strip() or (image and image.description.strip())
        if image and not says and not data.get("lead_image_decorative"):
            self.add_error(
                "lead_image_alt",
                "Say what the lead image shows, or tick “Decorative”. Readers who cannot see it"
                " depend on this; the draft is kept either way.",
            )
        refuse_unshowable(self, "lead_image")

    def _check_related(self) -> None:
        formset = self.formsets.get("related")
        for form in formset.forms if formset else ():
            other = form.data.get(form.add_prefix("other"))
            is_gone = form.data.get(form.add_prefix("DELETE"))
            if self.instance.pk and other == str(self.instance.pk) and not is_gone:
                self.add_error(None, "An article cannot be related to itself.")
