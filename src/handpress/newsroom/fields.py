"""Model fields that keep text as it was written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models


class _VerbatimField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class PlainTextField(models.TextField):
    """Plain text kept character for character.

    Django's form fields strip what Python calls white space at both ends, NO-BREAK SPACE
    included, and keep the CR that browsers put before each LF; this one leaves the first alone
    and takes the second away.
    """

    def __init__(self, *args: Any, rows: int = 2, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.setdefault("form_class", _VerbatimField)
        kwargs.setdefault("strip", False)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": self.rows}))
        return super().formfield(**kwargs)
