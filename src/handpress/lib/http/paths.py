"""Request paths: what may be asked for, and under which name it lies in a folder."""

from __future__ import annotations

import re
from urllib.parse import quote

_LONGEST_PATH = 2048
_LONGEST_NAME = 255
_DEEPEST = 64
# Control characters, the other system's separator, and what stands for bytes that are no UTF-8.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f\\\\\ufffd\ud800-\udfff]")
# The one folder with a leading dot that is public (RFC 8615).
_WELL_KNOWN = ".well-known"


class BadPath(Exception):
    """A path that names no file of ours: 400 where it is malformed, else 404."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def split_path(path: str) -> list[str]:
    """Split a decoded request path into names; the last is "" where a folder is meant.

    Raise BadPath for anything that is not a plain way down: "..", empty or hidden names,
    control characters, backslashes, undecodable bytes, and what no file system could hold.
    """
    if not path.startswith("/") or _FORBIDDEN.search(path):
        raise BadPath(400)
    if len(path) > _LONGEST_PATH:
        raise BadPath(404)
    names = path[1:].split("/")
    if ".." in names or "." in names:
        raise BadPath(400)
    if len(names) > _DEEPEST or any(_is_unservable(name) for name in names[:-1]):
        raise BadPath(404)
    if names[-1] and _is_unservable(names[-1]):
        raise BadPath(404)
    for index, name in enumerate(names):
        if name.startswith(".") and (index or name != _WELL_KNOWN):
            raise BadPath(404)
    return names


def _is_unservable(name: str) -> bool:
    return not name or len(name.encode()) > _LONGEST_NAME


def relative_location(name: str) -> str:
    """Return a Location that leads to `name` beside the asked path, whatever it is called.

    Relative, so that it holds behind any host, port or prefix, and never leads to another
    host: "./" keeps "//evil" and "javascript:" from being read as anything but names.
    """
    return "./" + quote(name)


def climb(path: str) -> str:
    """Return the relative way from the page at `path` to the root: "./", "../", "../../"."""
    depth = path.count("/") - 1
    return "../" * depth if depth > 0 else "./"
