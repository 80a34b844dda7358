"""What kind of thing a file is, from its name."""

from __future__ import annotations

from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"
ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"

_TYPES = {
    ".atom": ATOM,
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".epub": "application/epub+zip",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".minisig": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".rss": "application/rss+xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml; charset=utf-8",
    ".xsl": "application/xml; charset=utf-8",
    ".zip": "application/zip",
}
# Packed already, so that a smaller sibling is never looked for.
_PACKED = ("audio/", "font/woff", "image/", "video/", "application/zip", "application/gzip")


def media_type(path: str) -> str:
    """Return the Content-Type of the file at `path`, charset included where there is one."""
    name = PurePosixPath(path)
    if name.name == "feed.xml":
        return ATOM
    if name.name == "feed.json":
        return JSON_FEED
    return _TYPES.get(name.suffix.lower(), UNKNOWN)


def is_feed(content_type: str) -> bool:
    """Whether this is what feed readers, on pages of their own, fetch from elsewhere."""
    return content_type in (ATOM, JSON_FEED, _TYPES[".rss"])


def is_compressible(content_type: str) -> bool:
    """Whether smaller siblings may lie beside a file of this type."""
    if content_type in (_TYPES[".svg"], _TYPES[".ico"]):
        return True
    return content_type != UNKNOWN and not content_type.startswith(_PACKED)
