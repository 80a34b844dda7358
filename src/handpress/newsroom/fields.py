"""Model fields that keep text as it was written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models


class _VerbatimField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


_CONTROLS = {code: None for code in range(0x20) if code not in {0x09, 0x0A, 0x0D}}


class PlainTextField(models.TextField):
    """Plain text kept character for character.

    Django's form fields strip what Python calls white space at both ends, NO-BREAK SPACE
    included, and keep the CR that browsers put before each LF; this one leaves the first alone
    and takes the second away. Control characters, which word processors leave behind and no feed
    may hold (XML 1.0, section 2.2), are dropped.
    """

    def __init__(self, *args: Any, rows: int = 2, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared.translate(_CONTROLS) if isinstance(prepared, str) else prepared

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.setdefault("form_class", _VerbatimField)
        kwargs.setdefault("strip", False)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": self.rows}))
        return super().formfield(**kwargs)
