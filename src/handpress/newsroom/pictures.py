"""Pictures in the sizes in which they are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from handpress.newsroom.core.body import Picture
from handpress.newsroom.models import NewsImage, Rendition

SPECS = ("width-640|format-webp", "width-1280|format-webp")
"""What readers get. WebP renditions carry no camera data; JPEG and PNG ones would."""


def publish_pictures(ids: Iterable[int]) -> dict[int, Picture]:
    """Return pictures by id, making renditions that are missing; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = find_pictures(wanted)
    missing = NewsImage.objects.filter(pk__in=wanted - found.keys())
    for image in missing:
        image.get_renditions(*SPECS)
    return {**found, **(find_pictures({image.pk for image in missing}) if missing else {})}


def find_pictures(ids: Iterable[int]) -> dict[int, Picture]:
    """Return pictures by id as far as all their renditions exist; one query."""
    rows = (
        Rendition.objects.filter(image_id__in=set(ids), filter_spec__in=SPECS)
        .select_related("image")
        .order_by("image_id", "width")
    )
    by_image: dict[int, list[Rendition]] = {}
    for rendition in rows:
        by_image.setdefault(rendition.image_id, []).append(rendition)
    return {
        image_id: _picture(renditions)
        for image_id, renditions in by_image.items()
        if len(renditions) == len(SPECS)
    }


def _picture(renditions: list[Rendition]) -> Picture:
    # A small original has equal renditions; a srcset names each width once.
    by_width = {r.width: PurePosixPath(r.file.name).name for r in renditions}
    largest = renditions[-1]
    return Picture(
        sources=tuple((name, width) for width, name in sorted(by_width.items())),
        width=largest.width,
        height=largest.height,
        alt=largest.image.description or largest.image.title,
        credit=largest.image.credit,
    )


Pictures = Mapping[int, Picture]
