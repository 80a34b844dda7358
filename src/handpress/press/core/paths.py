"""Addresses inside the site: how one page finds another."""

from __future__ import annotations

from functools import lru_cache

from handpress.lib.html import SafeHtml


@lru_cache(maxsize=64)
def _up(depth: int) -> SafeHtml:
    return SafeHtml("../" * depth or "./")


def root_of(path: str) -> SafeHtml:
    """Return the way from the file at ``path`` to the site's root: ``./``, ``../``, ...

    ``path`` is relative to the site folder, without a leading slash.
    """
    return _up(path.count("/"))


def address_of(path: str) -> str:
    """Return the address at which a file answers, relative to the root.

    A page that lists is a folder: ``topics/x/index.html`` answers at ``topics/x/``.
    """
    if path == "index.html" or path.endswith("/index.html"):
        return path[: -len("index.html")]
    return path
