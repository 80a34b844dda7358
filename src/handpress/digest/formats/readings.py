"""What the columns of each system's lists mean.

A format is known by columns that only it has. What no format knows is read by `Columns`, which
the desk lets one choose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from handpress.digest.core.incoming import IncomingReader, Standing, read_chosen
from handpress.digest.formats.words import GUESSES, says_gone, standing_said

Row = Mapping[str, str]
Read = Callable[[int, Row, "Columns"], IncomingReader]

_YES = {"true", "1", "yes", "y", "t", "on"}
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?.*"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, by its name; "" for what no column holds."""

    address: str = ""
    standing: str = ""
    joined: str = ""
    left: str = ""
    frequency: str = ""
    topics: str = ""
    language: str = ""
    paused: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """One system's lists: ``marks`` are columns that all of its files have."""

    name: str
    label: str
    marks: frozenset[str]
    read: Read


def guess_columns(header: Sequence[str]) -> Columns:
    """Return which column seems to hold what, each at most once."""
    found: dict[str, str] = {}
    for field, patterns in GUESSES.items():
        free = [name for name in header if name not in found.values()]
        fits = (name for one in patterns for name in free if re.search(one, name, re.IGNORECASE))
        found[field] = next(fits, "")
    return Columns(**found)


def read_time(text: str) -> datetime | None:
    """Return a moment in one of the forms that exports have; None for others. UTC if unsaid."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    iso = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}"
    zone = "" if zone in {None, "Z", "UTC"} else zone
    try:
        moment = datetime.fromisoformat(iso + zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_day(text: str) -> date | None:
    """Return the day of a moment in one of the forms that exports have; None for others."""
    moment = read_time(text)
    return moment.date() if moment else None


def read_words(text: str) -> tuple[str, ...]:
    """Return the words of a list in one cell: separated by comma or semicolon, quoted or not."""
    words = (word.strip().strip('"').strip() for word in re.split(r"[,;|]", text))
    return tuple(dict.fromkeys(word for word in words if word))


def _is_yes(text: str) -> bool:
    return text.strip().lower() in _YES


def _read_plain(line: int, row: Row, columns: Columns) -> IncomingReader:
    said = row.get(columns.standing, "").strip()
    left = row.get(columns.left, "")
    unsaid = Standing.LEFT if says_gone(left) else Standing.ACTIVE
    understood = standing_said(said) if said else unsaid
    frequency = row.get(columns.frequency, "").strip().lower()
    return IncomingReader(
        line,
        row.get(columns.address, ""),
        # What nobody understands is no leave to mail.
        understood or Standing.LEFT,
        unread="" if understood else said[:60],
        joined_at=read_time(row.get(columns.joined, "")),
        left_at=read_time(left),
        frequency=frequency if frequency in {"daily", "weekly"} else "",
        topics=read_words(row.get(columns.topics, "")),
        has_chosen=True,
        language=row.get(columns.language, "").strip(),
        paused_until=read_day(row.get(columns.paused, "")),
    )


_OWN = Columns(
    address="address",
    standing="state",
    joined="confirmed_at",
    left="left_at",
    frequency="frequency",
    topics="topics",
    language="language",
    paused="paused_until",
)


def _read_handpress(line: int, row: Row, columns: Columns) -> IncomingReader:
    reader = _read_plain(line, row, _OWN)
    return replace(reader, topics=read_chosen(row.get("topics", "")))


def _read_ghost(line: int, row: Row, columns: Columns) -> IncomingReader:
    is_there = _is_yes(row["subscribed_to_emails"]) and not row.get("deleted_at", "").strip()
    return IncomingReader(
        line,
        row["email"],
        Standing.ACTIVE if is_there else Standing.LEFT,
        joined_at=read_time(row["created_at"]),
        topics=read_words(row.get("labels", "")),
    )


def _read_substack(line: int, row: Row, columns: Columns) -> IncomingReader:
    address = row["email"]
    standing = Standing.LEFT if _is_yes(row["email_disabled"]) else Standing.ACTIVE
    if address.strip().lower().endswith("deletion-request.substack.com"):
        standing = Standing.ERASED
    return IncomingReader(line, address, standing, joined_at=read_time(row["created_at"]))


def _read_listmonk(line: int, row: Row, columns: Columns) -> IncomingReader:
    status = row["status"].strip().lower()
    standings = {"enabled": Standing.ACTIVE, "blocklisted": Standing.UNREACHABLE}
    return IncomingReader(
        line,
        row["email"],
        standings.get(status, Standing.LEFT),
        joined_at=read_time(row["created_at"]),
    )


def _read_mailchimp(line: int, row: Row, columns: Columns) -> IncomingReader:
    # One file for each standing: `lists` says which. Names of columns that a person typed are in
    # the account's language, those of the system's own are not.
    if "CLEAN_TIME" in row:
        standing = Standing.UNREACHABLE
    elif "UNSUB_TIME" in row:
        standing = Standing.LEFT
    else:
        standing = Standing.ACTIVE
    gone = row.get("UNSUB_TIME", "") or row.get("CLEAN_TIME", "")
    return IncomingReader(
        line,
        row.get(columns.address, ""),
        standing,
        joined_at=read_time(row.get("CONFIRM_TIME", "")) or read_time(row.get("OPTIN_TIME", "")),
        left_at=read_time(gone),
        topics=read_words(row.get("TAGS", "")),
        language=row.get("LANGUAGE", "").strip(),
    )


def _format(name: str, label: str, marks: str, read: Read) -> Format:
    return Format(name, label, frozenset(marks.split()), read)


FORMATS = (
    _format(
        "handpress", "Handpress", "address state frequency confirmed_at left_at", _read_handpress
    ),
    _format("mailchimp", "Mailchimp", "OPTIN_TIME CONFIRM_TIME LEID EUID", _read_mailchimp),
    _format("ghost", "Ghost", "email subscribed_to_emails created_at", _read_ghost),
    _format(
        "substack",
        "Substack",
        "email active_subscription email_disabled created_at",
        _read_substack,
    ),
    _format("listmonk", "listmonk", "uuid email attributes status created_at", _read_listmonk),
)
PLAIN = _format("csv", "a table", "", _read_plain)
