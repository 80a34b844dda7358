"""Moments on the desk's forms: read in the newsroom's zone, clear about the clocks changing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import lazy

from handpress.newsroom.core.moments import find_gap, is_twice

_AS_TYPED = "%Y-%m-%d %H:%M"


class MomentField(forms.DateTimeField):
    """A date and time in the zone that is active, which stands beside it.

    A time that the clocks skip is refused with what may be meant; of a time that they show twice
    the first is taken (`describe_twice` says so).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.help_text = zone_note(str(self.help_text))

    def to_python(self, value: Any) -> datetime | None:
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            return _read((error.params or {})["datetime"])


def _with_zone(words: str) -> str:
    return f"{words} Time zone: {timezone.get_current_timezone_name()}.".strip()


zone_note = lazy(_with_zone, str)
"""A help text that names the zone of whoever reads it, when it is read."""


def _read(wall: datetime) -> datetime:
    zone = timezone.get_current_timezone()
    if gap := find_gap(wall, zone):
        raise ValidationError(
            f"{wall:{_AS_TYPED}} does not exist: the clocks of {zone} go forward over it. "
            f"Choose {gap.after:{_AS_TYPED}}, or {gap.before:{_AS_TYPED}}.",
            code="skipped_time",
        )
    return wall.replace(tzinfo=zone, fold=0)


def describe_twice(moment: datetime) -> str:
    """Return which of two equal times on the clock a moment is; empty where there is but one."""
    zone = timezone.get_current_timezone()
    local = moment.astimezone(zone)
    if not is_twice(local.replace(tzinfo=None, fold=0), zone):
        return ""
    which, when = ("second", "after") if local.fold else ("first", "before")
    return (
        f"The clocks of {zone} show {local:{_AS_TYPED}} twice. It is taken as the {which} time, "
        f"{when} they go back ({local:UTC%z})."
    )


def use_moment_fields() -> None:
    """Have every form of the desk read its moments so."""
    from wagtail.admin.forms.models import register_form_field_override
    from wagtail.admin.widgets import AdminDateTimeInput

    register_form_field_override(
        models.DateTimeField, override={"widget": AdminDateTimeInput, "form_class": MomentField}
    )
