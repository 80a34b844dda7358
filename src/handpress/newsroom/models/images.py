"""The outlet's own library of pictures."""

from __future__ import annotations

from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.images.models import Image as WagtailImage


class NewsImage(AbstractImage):
    """A picture of the outlet's own library; only its renditions are ever published."""

    credit = models.CharField(max_length=255, blank=True)

    admin_form_fields = (*WagtailImage.admin_form_fields, "credit")


class Rendition(AbstractRendition):
    image = models.ForeignKey(NewsImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="rendition_once"
            )
        ]
