"""The site as it would look with settings that nobody has saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.files.storage import default_storage

from handpress.lib.http.media_types import media_type
from handpress.newsroom.models import Outlet, Rendition
from handpress.newsroom.outlet import as_if_saved
from handpress.press.previews import printed_as_now


@dataclass(frozen=True, slots=True)
class Look:
    """What would be answered at an address of the site."""

    content: bytes
    content_type: str


def look_at(row: Outlet, path: str) -> Look | None:
    """Return what would stand at a path of the site; None where only the site itself can tell."""
    path = f"{path}index.html" if path.endswith("/") else path
    with as_if_saved(row):
        content = printed_as_now(path)
    if content is None:
        content = _picture(path)
    return None if content is None else Look(content, media_type(path))


def _picture(path: str) -> bytes | None:
    """Return a picture that is ready but on no page yet, such as a logo just chosen."""
    folder, _, name = path.rpartition("/")
    row = Rendition.objects.filter(file__endswith=f"/{name}").first() if name else None
    if folder != "images" or row is None or PurePosixPath(row.file.name).name != name:
        return None
    with default_storage.open(row.file.name) as stream:
        return bytes(stream.read())
