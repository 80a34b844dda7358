"""From a request path to a file of a folder, and never out of it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from handpress.lib.http.encodings import SUFFIXES
from handpress.lib.http.paths import BadPath, relative_location, split_path

_INDEX = "index.html"
_PAGE = ".html"
_WELL_KNOWN = ".well-known/"
_NOT_THERE = {
    errno.EACCES,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EPERM,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A file by the path that leads to it and by where it truly lies, or the way to it."""

    path: str = ""
    real: str = ""
    # Relative; "" where the file itself was found.
    clean_location: str = ""


def find(root: str, path: str) -> Found:
    """Find what the decoded request `path` means below `root`.

    A folder is its index.html and asked for with its slash; a page may be asked for without
    ".html"; index.html and compressed siblings have no address of their own. Raise BadPath, or
    OSError when the machine cannot say.
    """
    names = split_path(path)
    full = "/".join([root, *names])
    last = names[-1]
    if not last:
        return _inside(root, full + _INDEX)
    if _is_packed_sibling(full):
        raise BadPath(404)
    kind = _kind(full)
    if kind == "file":
        return _inside(root, full) if last != _INDEX else Found(clean_location="./")
    if kind == "folder" and _kind(f"{full}/{_INDEX}") == "file":
        return Found(clean_location=relative_location(last) + "/")
    if _kind(full + _PAGE) == "file":
        return Found(clean_location=relative_location(last) + _PAGE)
    raise BadPath(404)


def is_not_there(error: OSError) -> bool:
    """Whether an error says that a file is not there for us, rather than that something broke."""
    return error.errno in _NOT_THERE or isinstance(error, FileNotFoundError)


def _inside(root: str, path: str) -> Found:
    """Follow symbolic links; raise BadPath when they lead outside or to what is hidden."""
    real = os.path.realpath(path, strict=True)
    top = os.path.realpath(root) + "/"
    below = real.removeprefix(top)
    is_hidden = below.startswith(".") and not below.startswith(_WELL_KNOWN)
    if not real.startswith(top) or is_hidden or "/." in below:
        raise BadPath(404)
    return Found(path, real)


def _kind(path: str) -> str:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  (several a request; a Path costs more)
    except OSError as error:
        if is_not_there(error):
            return ""
        raise
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else ""


def _is_packed_sibling(path: str) -> bool:
    stem, dot, ending = path.rpartition(".")
    return dot + ending in SUFFIXES.values() and _kind(stem) == "file"
