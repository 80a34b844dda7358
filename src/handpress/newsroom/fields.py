"""Model fields that keep text as it was written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models


class PlainTextField(models.TextField):
    """Plain text kept character for character.

    Django's form fields strip what Python calls white space at both ends, NO-BREAK SPACE
    included; this one leaves it alone.
    """

    def __init__(self, *args: Any, rows: int = 2, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.setdefault("strip", False)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": self.rows}))
        return super().formfield(**kwargs)
