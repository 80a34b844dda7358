"""Pictures in the sizes in which they are published."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from django.db import DatabaseError
from wagtail.images.image_operations import FilterOperation

from handpress.newsroom.core.body import Picture
from handpress.newsroom.models import NewsImage, Rendition
from handpress.press.sql import Row, fetch_for

SPECS = ("width-640|format-webp", "width-1280|format-webp")
"""What readers get. WebP renditions carry no camera data; JPEG and PNG ones would."""
MAIL_JPEG = "width-1120|format-jpeg|jpegquality-72|bare"
MAIL_PNG = "width-1120|format-png|bare"
"""What mail shows, twice as wide as it shows it: many mail programs know no WebP."""
MAIL_SPECS = (MAIL_JPEG, MAIL_PNG)
PUBLIC_SPECS = (*SPECS, *MAIL_SPECS)
LONGEST_SIDE = 16_383
"""In pixels: WebP knows no longer one."""
_WIDEST = 1280
CANNOT_BE_SHOWN = (
    "Readers cannot be shown this picture: its file is gone, damaged, or too long. Replace the file"
    " under Images, or choose another picture."
)

logger = logging.getLogger(__name__)

_PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


class BareOperation(FilterOperation):
    """Takes out what a picture says of its camera, place and author; colours for print as well."""

    def construct(self) -> None:
        """Take no arguments."""

    def run(self, willow: Any, image: Any, env: Any) -> Any:
        """Return the picture with nothing beside what it shows."""
        pillow = willow.get_pillow_image()
        if pillow.mode in _PLAIN_MODES:
            kept = {"icc_profile", "transparency"} & pillow.info.keys()
            pillow.info = {name: pillow.info[name] for name in kept}
        else:
            pillow = pillow.convert("RGB")
            pillow.info = {}
        return type(willow)(pillow)


class MailPicture(NamedTuple):
    """A picture as mail shows it: the name of its file, and its size."""

    name: str
    width: int
    height: int


def publish_pictures(ids: Iterable[int]) -> dict[int, Picture]:
    """Return pictures by id, making renditions that are missing; unknown ids are left out.

    So is what cannot be made, because its file is gone or damaged, say; it is logged.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    found = find_pictures(wanted)
    missing = NewsImage.objects.filter(pk__in=wanted - found.keys())
    for image in missing:
        try:
            image.get_renditions(*SPECS)
        except DatabaseError:
            raise
        except Exception:  # Each reader of a format has its own; all mean the file.
            logger.warning("picture_not_made", extra={"image": image.pk}, exc_info=True)
    return {**found, **(find_pictures({image.pk for image in missing}) if missing else {})}


def can_be_shown(image_id: int) -> bool:
    """Say whether readers can get a picture; makes what they get."""
    return image_id in publish_pictures([image_id])


def longest_published_side(width: int, height: int) -> int:
    """Return the longest side, in pixels, that a picture has at the widest that readers get."""
    shrunk = min(1.0, _WIDEST / max(width, 1))
    return round(max(width, height) * shrunk)


def find_pictures(ids: Iterable[int]) -> dict[int, Picture]:
    """Return pictures by id as far as all their renditions exist; one query."""
    by_image: dict[int, list[Row]] = {}
    for image_id, *rendition in fetch_for(_RENDITIONS, set(ids), *SPECS):
        by_image.setdefault(image_id, []).append(tuple(rendition))
    return {
        image_id: _picture(renditions)
        for image_id, renditions in by_image.items()
        if len(renditions) == len(SPECS)
    }


_RENDITIONS = """
    SELECT r.image_id, r.file, r.width, r.height, i.description, i.title, i.credit
    FROM newsroom_rendition r JOIN newsroom_newsimage i ON i.id = r.image_id
    WHERE r.image_id IN_IDS AND r.filter_spec IN (%s, %s) ORDER BY r.image_id, r.width
"""


def publish_mail_pictures(ids: Iterable[int]) -> None:
    """Make what mail shows of pictures, where it is missing: JPEG, or PNG where one sees through.

    What cannot be made is left out and logged.
    """
    wanted = set(ids)
    known = find_mail_pictures(wanted).keys()
    for image in NewsImage.objects.filter(pk__in=wanted - known):
        try:
            with image.get_willow_image() as willow:
                spec = MAIL_PNG if willow.has_alpha() else MAIL_JPEG
            image.get_rendition(spec)
        except (OSError, ValueError):
            logger.warning("mail_picture_not_made", extra={"image": image.pk})


def find_mail_pictures(ids: Iterable[int]) -> dict[int, MailPicture]:
    """Return what mail shows of pictures, by id, as far as it is there; one query."""
    rows = Rendition.objects.filter(image_id__in=set(ids), filter_spec__in=MAIL_SPECS)
    found = rows.order_by("pk").values_list("image_id", "file", "width", "height")
    return {
        image_id: MailPicture(PurePosixPath(name).name, width, height)
        for image_id, name, width, height in found
    }


def _picture(renditions: list[Row]) -> Picture:
    # A small original has equal renditions; a srcset names each width once.
    by_width = {width: PurePosixPath(file).name for file, width, *_ in renditions}
    _, width, height, description, title, credit = renditions[-1]
    return Picture(
        sources=tuple((name, width) for width, name in sorted(by_width.items())),
        width=width,
        height=height,
        alt=description or title,
        credit=credit,
    )


Pictures = Mapping[int, Picture]
