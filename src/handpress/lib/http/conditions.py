"""Conditional requests and byte ranges (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from handpress.lib.http.answers import AskHeader

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


def format_http_date(moment_s: int) -> str:
    """Return seconds since the epoch as HTTP writes a date."""
    return format_datetime(datetime.fromtimestamp(moment_s, UTC), usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Return the seconds since the epoch of an HTTP date, or None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError, TypeError):
        return None


def evaluate(header: AskHeader, *, etag: str, modified_s: int) -> int:
    """Return 200 to go on, 304, or 412, in the order of precedence of RFC 9110, 13.2.2.

    For GET and HEAD of a file that exists; `etag` is strong and quoted.
    """
    if (wanted := header("if-match")) is not None:
        if not _names(wanted, etag, is_weak_enough=False):
            return 412
    elif (since := header("if-unmodified-since")) is not None:
        moment = parse_http_date(since)
        if moment is not None and modified_s > moment:
            return 412
    if (known := header("if-none-match")) is not None:
        return 304 if _names(known, etag, is_weak_enough=True) else 200
    if (since := header("if-modified-since")) is not None:
        moment = parse_http_date(since)
        if moment is not None and modified_s <= moment:
            return 304
    return 200


def _names(tags: str, etag: str, *, is_weak_enough: bool) -> bool:
    """Whether a list of entity tags holds `etag`, by weak or by strong comparison."""
    if tags == etag or tags.strip() == "*":
        return True
    return any(
        tag == etag and (is_weak_enough or not weak) for weak, tag in _ENTITY_TAG.findall(tags)
    )


def asked_range(header: AskHeader, *, etag: str, size: int) -> tuple[int, int] | None:
    """Return the span to send as (first, one past the last); None for the whole file.

    (0, 0) says that no byte of the file was asked for: 416. Several ranges, other units and
    what cannot be read are answered with the whole file, as the standard allows. If-Range
    counts with our entity tag only: a date would be a weak validator, and whoever has a tag
    must not send a date (13.1.5).
    """
    wanted = header("range")
    if wanted is None:
        return None
    condition = header("if-range")
    if condition is not None and condition.strip() != etag:
        return None
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return None
    return _span(match[1], match[2], size)


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    if first:
        start, end = int(first), int(last) + 1 if last else size
        if last and end <= start:
            return None
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    return (start, min(end, size)) if start < size else (0, 0)
