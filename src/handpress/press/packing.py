"""Compressed siblings: ``page.html.br`` and ``page.html.gz`` beside ``page.html``."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli

from handpress.lib.batches import batched
from handpress.press.actions import Press
from handpress.press.models import PrintedPage
from handpress.press.store import SiteStore

_PACKABLE = (".html", ".xml", ".css", ".svg", ".txt", ".json", ".js", ".ico")
_SMALLEST = 256
_AT_ONCE = 200


def pack_pages(
    press: Press, *, limit: int | None = None, notify: Callable[[int], None] = lambda count: None
) -> int:
    """Write the compressed siblings that are missing, newest first; return for how many pages.

    Runs after the pages are in place: readers get the plain file until then. ``limit`` bounds
    the work of one call.
    """
    packed = 0
    with press.locked():
        while limit is None or packed < limit:
            rows = PrintedPage.objects.filter(is_packed=False, is_gone=False)
            paths = list(rows.order_by("-rank").values_list("path", flat=True)[:_AT_ONCE])
            if not paths:
                break
            for path in paths:
                _pack(press.store, path)
            for some in batched(paths, _AT_ONCE):
                PrintedPage.objects.filter(path__in=some).update(is_packed=True)
            packed += len(paths)
            notify(len(paths))
    return packed


def _pack(store: SiteStore, path: str) -> None:
    data = store.read(path) if path.endswith(_PACKABLE) else None
    if data is None or len(data) < _SMALLEST:
        return
    for ending, pack in _PACK.items():
        if not holds(store, path + ending, data):
            store.write_packed(path + ending, pack(data))


def holds(store: SiteStore, path: str, data: bytes) -> bool:
    """Return whether a compressed sibling unpacks to these bytes."""
    packed = store.read(path)
    if packed is None:
        return False
    try:
        return _UNPACK[path[-3:]](packed) == data
    except (OSError, EOFError, zlib.error, brotli.error):
        return False


def _brotli(data: bytes) -> bytes:
    # A window of 64 KiB holds a whole page and makes brotli many times cheaper.
    return brotli.compress(data, quality=9, lgwin=16)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=6, mtime=0)


_PACK: dict[str, Callable[[bytes], bytes]] = {".br": _brotli, ".gz": _gzip}
_UNPACK: dict[str, Callable[[bytes], bytes]] = {".br": brotli.decompress, ".gz": gzip.decompress}
