"""The digest's pitch."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from wagtail.models import RevisionMixin

from handpress.newsroom.fields import PlainTextField


class Pitch(RevisionMixin, models.Model):
    """The words on every page that invite readers to the digest; printed exactly as written."""

    heading = PlainTextField(rows=1)
    text = PlainTextField(rows=4, help_text="Each line is a paragraph.")
    language = models.CharField(
        max_length=20, blank=True, help_text="Language tag, as in ar or ko. Empty: the outlet's."
    )
    is_shown = models.BooleanField(default=True, help_text="One pitch is shown at a time.")

    class Meta:
        verbose_name_plural = "pitches"
        constraints = [
            models.UniqueConstraint(
                fields=["is_shown"],
                condition=Q(is_shown=True),
                name="one_shown_pitch",
                violation_error_message="Another pitch is shown. Hide that one first.",
            ),
            models.CheckConstraint(condition=~Q(heading=""), name="pitch_has_heading"),
        ]

    def __str__(self) -> str:
        return self.heading

    def clean(self) -> None:
        super().clean()
        other = Pitch.objects.filter(is_shown=True).exclude(pk=self.pk).first()
        if self.is_shown and other:
            message = f"Another pitch is shown already (“{other.heading}”): hide that one first."
            raise ValidationError({"is_shown": message})
