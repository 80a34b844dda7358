"""One file of the folder with its variants, as it was when it was read."""

from __future__ import annotations

import hashlib
import os
import stat
import time
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from handpress.lib.http.answers import Answer, Headers
from handpress.lib.http.conditions import format_http_date
from handpress.lib.http.encodings import SUFFIXES

# Above this a file is not kept in memory but sent from the disk, piece by piece.
LARGEST_KEPT = 1024 * 1024
# A file system's clock may tick this slowly: what is younger could change and look the same.
_TICK_NS = 50_000_000
_GZIP_TAIL = 8


class FileChanged(Exception):
    """The file is no longer the one that was read before; look again."""


class Signature(NamedTuple):
    """What tells one state of a file from another without reading it."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int


def sign(status: os.stat_result) -> Signature:
    """Return the signature of what `os.stat` saw."""
    return Signature(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


@dataclass(slots=True)
class Variant:
    """One representation of a page: plain or compressed. `body` is None where it is not kept."""

    path: str
    size: int
    etag: str
    headers: Headers
    body: bytes | None


@dataclass(slots=True)
class Page:
    """A file that can be asked for.

    `watched` is the path by which it was found (changes are looked for there), `real` where it
    truly lies. `etag` is of the plain file, unquoted; those of its variants are made from it.
    `body` is there after reading and given up once a variant is made. `fixed` is the one answer
    of a page that stands for another, or for none.
    """

    watched: bytes
    real: str
    signature: Signature
    is_settled: bool
    content_type: str
    is_compressible: bool
    headers: Headers
    etag: str
    checksum: int | None
    body: bytes | None
    variants: dict[str, Variant] = field(default_factory=dict)
    # Encoding -> when its sibling was last looked for in vain.
    missed: dict[str, float] = field(default_factory=dict)
    fixed: Answer | None = None

    @property
    def modified_s(self) -> int:
        return self.signature.modified_ns // 1_000_000_000

    def is_current(self) -> bool:
        """Whether the file is still the one that was read."""
        if not self.is_settled:
            return False
        try:
            status = os.stat(self.watched)  # noqa: PTH116  (once per request; bytes, no Path)
        except OSError:
            return False
        return (
            status.st_mtime_ns == self.signature.modified_ns
            and status.st_size == self.signature.size
            and status.st_ino == self.signature.inode
            and status.st_ctime_ns == self.signature.changed_ns
        )


def read_file(path: str) -> tuple[Signature, bytes | None]:
    """Return a regular file's signature and bytes, None for those of a large one.

    Both are of the same file, whatever is renamed over it meanwhile. Raise OSError.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    handle = os.open(path, flags)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(path)
        body = file.read() if status.st_size <= LARGEST_KEPT else None
    return sign(status), body


def is_settled(signature: Signature) -> bool:
    """Whether the file is old enough for a further change to show in its signature."""
    return time.time_ns() - signature.changed_ns > _TICK_NS


def tag_of(signature: Signature, body: bytes | None) -> str:
    """Return an entity tag, unquoted: of the bytes, or for a large file of its signature."""
    if body is not None:
        return hashlib.blake2b(body, digest_size=12).hexdigest()
    return f"{signature.size:x}-{signature.modified_ns:x}-{signature.changed_ns:x}"


def plain_variant(page: Page) -> Variant:
    """Return the page as it is. Raise FileChanged when it is no longer what it was."""
    body = page.body
    if body is None and page.signature.size <= LARGEST_KEPT:
        signature, body = read_file(page.real)
        if signature != page.signature:
            raise FileChanged(page.real)
    return _variant(page, page.real, page.signature.size, body, encoding="")


def read_variant(page: Page, encoding: str) -> Variant | None:
    """Return the page from its compressed sibling; None where there is none to trust.

    A sibling that is older than the page, or a gzip one whose own checksum is not that of the
    page, was made from other bytes.
    """
    path = page.real + SUFFIXES[encoding]
    try:
        signature, body = read_file(path)
    except OSError:
        return None
    if signature.modified_ns < page.signature.modified_ns:
        return None
    if encoding == "gzip" and body is not None and page.checksum is not None:
        tail = page.checksum.to_bytes(4, "little") + page.signature.size.to_bytes(4, "little")
        if body[-_GZIP_TAIL:] != tail:
            return None
    return _variant(page, path, signature.size, body, encoding=encoding)


def _variant(page: Page, path: str, size: int, body: bytes | None, *, encoding: str) -> Variant:
    etag = f'"{page.etag}-{encoding}"' if encoding else f'"{page.etag}"'
    modified_s = min(page.modified_s, int(time.time()))
    headers = [
        ("content-type", page.content_type),
        ("content-length", str(size)),
        ("accept-ranges", "bytes"),
        ("etag", etag),
        ("last-modified", format_http_date(modified_s)),
        *page.headers,
    ]
    if page.is_compressible:
        headers.append(("vary", "accept-encoding"))
    if encoding:
        headers.append(("content-encoding", encoding))
    return Variant(path, size, etag, headers, body)


def checksum_of(body: bytes | None) -> int | None:
    """Return the checksum that gzip writes of `body`."""
    return None if body is None else zlib.crc32(body)
