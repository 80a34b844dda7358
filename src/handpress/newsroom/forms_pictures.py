"""The library's form of a picture: what readers could not be shown is refused, with the reason."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from handpress.newsroom.never_named import refuse_accounts
from handpress.newsroom.pictures import LONGEST_SIDE, longest_published_side


class PictureField(WagtailImageField):
    """Wagtail's field, which falls over where a file only begins like a picture."""

    def check_image_pixel_size(self, f: Any) -> None:
        """Raise ``ValidationError`` where the picture cannot be read whole, or is too large."""
        try:
            super().check_image_pixel_size(f)
            side = longest_published_side(*f.image.get_size())
        except ValidationError:
            raise
        except Exception as error:  # Each reader of a format has its own; all mean the file.
            raise ValidationError(
                "This picture cannot be read: its file is damaged or cut off, or it has more"
                " than 178 million pixels. Save it anew, or smaller, and upload that.",
                code="unreadable",
            ) from error
        if side > LONGEST_SIDE:
            raise ValidationError(
                f"This picture is too long for its width: readers would get {side:,} pixels of"
                f" length, and {LONGEST_SIDE:,} is the most. Cut it into several.",
                code="too_long",
            )


class PictureForm(BaseImageForm):
    """Wagtail's form with that field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The field is made by a function that all forms of Wagtail share; only its checks are ours.
        if "file" in self.fields:
            self.fields["file"].__class__ = PictureField

    def clean(self) -> dict[str, Any]:
        """Refuse what must never be printed: credits and descriptions are."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_accounts(self)
        return data
