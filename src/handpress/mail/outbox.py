"""What stands in the outbox: read like a mail program reads a Maildir, and cleared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings

from handpress.mail.models import Letter
from handpress.mail.transports.kinds import OUTBOX

PAGE = 40
# Who searches looks for something of late; nobody waits for a hundred thousand files.
SEARCHED = 2000
_HEAD_OCTETS = 16 * 1024
_OF_LETTER = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_NAME = re.compile(r"([0-9]{16})\.P[0-9]+Q[0-9]+\.handpress(?::2,[A-Za-z]*)?")


@dataclass(frozen=True, slots=True)
class Headline:
    """One message in the list. ``letter`` is the number of the letter that it is, or ""."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    octets: int
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """One message, opened. ``html`` is as it was sent: it belongs into a sandboxed frame alone."""

    headline: Headline
    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    source: str


def outbox_folder() -> Path:
    """Return where mail stays that no relay carries."""
    return settings.HANDPRESS.var_folder / OUTBOX


def names() -> list[str]:
    """Return the messages by name, newest first."""
    found = [each.name for each in _files() if _NAME.fullmatch(each.name)]
    return sorted(found, reverse=True)


def headlines(some: Sequence[str]) -> list[Headline]:
    """Return what the list shows of messages; one that was cleared meanwhile is left out."""
    found = ((name, _place(name)) for name in some)
    return [line for name, path in found if path and (line := _headline(name, path))]


def search(words: str) -> list[Headline]:
    """Return those of the newest messages whose recipient or subject holds ``words``."""
    wanted = words.casefold()
    lines = headlines(names()[:SEARCHED])
    return [line for line in lines if wanted in f"{line.to}\n{line.subject}".casefold()]


def seen(lines: Sequence[Headline], *, without: Sequence[str]) -> list[Headline]:
    """Return those that are no letters of the kinds ``without``; one query.

    Of a letter that was forgotten nobody knows the kind any more: it counts as one of these.
    """
    if not without:
        return list(lines)
    rows = Letter.objects.filter(uuid__in=[line.letter for line in lines if line.letter])
    known = {str(each) for each in rows.exclude(kind__in=without).values_list("uuid", flat=True)}
    return [line for line in lines if not line.letter or line.letter in known]


def open_message(name: str) -> Opened | None:
    """Return a message, or None where there is none (any more)."""
    path = _place(name)
    try:
        data = path.read_bytes() if path else b""
    except OSError:
        return None
    if not data or path is None:
        return None
    parsed = _parse(data)
    return Opened(
        headline=_line(name, parsed, len(data)),
        headers=[(key, _plain(str(value))) for key, value in _items(parsed)],
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        source=data.decode("utf-8", "replace").replace("\r\n", "\n"),
    )


def clear(*, before: datetime | None = None) -> int:
    """Delete messages that are older than ``before``, or all; return how many."""
    return sum(_delete(name) for name in names() if before is None or at_of(name) < before)


def delete(name: str) -> bool:
    """Delete one message; return whether it was there."""
    return _delete(name)


def at_of(name: str) -> datetime:
    """Return when a message was put here, as its name says."""
    return datetime.fromtimestamp(int(name[:16]) / 1_000_000, tz=UTC)


def _files() -> Iterator[Path]:
    for folder in ("new", "cur"):
        try:
            yield from (outbox_folder() / folder).iterdir()
        except FileNotFoundError:
            continue


def _place(name: str) -> Path | None:
    # A name that is none could lead anywhere.
    if not _NAME.fullmatch(name):
        return None
    places = (outbox_folder() / folder / name for folder in ("new", "cur"))
    return next((path for path in places if path.is_file()), None)


def _delete(name: str) -> bool:
    path = _place(name)
    if path is None:
        return False
    path.unlink(missing_ok=True)
    return True


def _headline(name: str, path: Path) -> Headline | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_OCTETS)
        octets = path.stat().st_size
    except OSError:
        return None
    return _line(name, _parse(head), octets)


def _line(name: str, parsed: EmailMessage, octets: int) -> Headline:
    sender, address = parseaddr(_header(parsed, "from"))
    return Headline(
        name=name,
        at=at_of(name),
        sender=sender or address,
        to=_header(parsed, "delivered-to") or _header(parsed, "to"),
        subject=_header(parsed, "subject"),
        octets=octets,
        letter=letter[1] if (letter := _OF_LETTER.match(_header(parsed, "message-id"))) else "",
    )


def _parse(data: bytes) -> EmailMessage:
    parsed = message_from_bytes(data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _items(parsed: EmailMessage) -> list[tuple[str, str]]:
    return [(name, _header(parsed, name)) for name in dict.fromkeys(parsed.keys())]


def _header(parsed: EmailMessage, name: str) -> str:
    try:
        return _plain(str(parsed.get(name, "")))
    except (MessageError, ValueError, IndexError, AttributeError):
        # Python's reader stumbles over some headers that are none.
        return ""


def _body(parsed: EmailMessage, kind: str) -> str:
    try:
        part = parsed.get_body(preferencelist=(kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
    except (MessageError, LookupError, ValueError, AttributeError):
        return ""


def _plain(text: str) -> str:
    return " ".join(text.split())
