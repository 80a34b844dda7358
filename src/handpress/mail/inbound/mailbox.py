"""A mailbox that bounces come back to, emptied of what is understood.

What a person wrote stays where it is. A message is taken out only after what follows from it is
committed; whatever happens between, it is met again and taken once.
"""

from __future__ import annotations

import imaplib
import logging
import poplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError

from handpress.conf.mailbox import MailboxSettings
from handpress.mail.core.folders import wire_name
from handpress.mail.models import EventKind, MailEvent, Outcome

logger = logging.getLogger(__name__)

Take = Callable[[bytes], list[MailEvent]]

_TIMEOUT_S = 30
_AT_ONCE = 500
_MOST_BYTES = 2_000_000
# Put at what was looked at and left, so that it is not fetched again each time.
_LEFT = "$HandpressLeft"
# Mail that keeps to no rule has longer lines than the library bears, which would end the visit.
poplib._MAXLINE = _MOST_BYTES  # type: ignore[attr-defined]
_STAYS = {EventKind.OTHER, EventKind.AUTOMATIC}


class MailboxTrouble(Exception):
    """The mailbox could not be looked into; the message says why. Trying again may help."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was found: how many messages were taken out, how many stay."""

    taken: int = 0
    left: int = 0


def empty_mailbox(mailbox: MailboxSettings, take: Take) -> Emptied:
    """Hand each new message to ``take`` and remove what it understood; raise MailboxTrouble.

    ``take`` returns the events of a message; it may be called again with the same one.
    """
    empty = _empty_imap if mailbox.kind == "imap" else _empty_pop3
    try:
        return empty(mailbox, take)
    except UnicodeError as error:
        what = "user or password hold letters that this kind of mailbox cannot be told"
        raise MailboxTrouble(what) from error
    except (imaplib.IMAP4.error, poplib.error_proto, ssl.SSLError, OSError) as error:
        raise MailboxTrouble(_explain(error)) from error


def _explain(error: Exception) -> str:
    text = " ".join(str(each) for each in error.args) or type(error).__name__
    return re.sub(r"^b'|'$", "", text)[:200]


@contextmanager
def _imap(mailbox: MailboxSettings) -> Iterator[imaplib.IMAP4]:
    where = (mailbox.host, mailbox.port_in_use)
    context = ssl.create_default_context()
    client: imaplib.IMAP4
    if mailbox.security == "tls":
        client = imaplib.IMAP4_SSL(*where, ssl_context=context, timeout=_TIMEOUT_S)
    else:
        client = imaplib.IMAP4(*where, timeout=_TIMEOUT_S)
    try:
        if mailbox.security == "starttls":
            client.starttls(context)
        client.login(mailbox.user, mailbox.password)
        yield client
    finally:
        # Whatever went wrong was told already.
        with _quietly():
            client.logout()


def _empty_imap(mailbox: MailboxSettings, take: Take) -> Emptied:
    with _imap(mailbox) as client:
        name = wire_name(mailbox.folder).replace("\\", "\\\\").replace('"', '\\"')
        kind, _ = client.select(f'"{name}"')
        if kind != "OK":
            raise MailboxTrouble(f"there is no folder {mailbox.folder}")
        flags = b" ".join(each for each in client.response("PERMANENTFLAGS")[1] if each)
        marks = b"\\*" in flags or _LEFT.encode() in flags
        wanted = ("UNDELETED", f"UNKEYWORD {_LEFT}") if marks else ("UNDELETED",)
        _, found = client.uid("SEARCH", *wanted)
        taken = left = 0
        for number in _newest_first((found[0] or b"").split()):
            uid = number.decode("ascii")
            _, parts = client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{_MOST_BYTES}>)")
            raw = next((each[1] for each in parts if isinstance(each, tuple)), b"")
            # What cannot be fetched now is no letter that was looked at.
            is_understood = _understands(take, raw) if raw else None
            if is_understood:
                client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)")
                taken += 1
            else:
                left += 1
                if marks and is_understood is not None:
                    client.uid("STORE", uid, "+FLAGS.SILENT", f"({_LEFT})")
        if taken:
            client.expunge()
        return Emptied(taken, left)


@contextmanager
def _pop3(mailbox: MailboxSettings) -> Iterator[poplib.POP3]:
    where = (mailbox.host, mailbox.port_in_use)
    context = ssl.create_default_context()
    client: poplib.POP3
    if mailbox.security == "tls":
        client = poplib.POP3_SSL(*where, context=context, timeout=_TIMEOUT_S)
    else:
        client = poplib.POP3(*where, timeout=_TIMEOUT_S)
    try:
        if mailbox.security == "starttls":
            client.stls(context)
        client.user(mailbox.user)
        client.pass_(mailbox.password)
        yield client
    finally:
        # Only QUIT makes a server carry deletions out.
        with _quietly():
            client.quit()


def _empty_pop3(mailbox: MailboxSettings, take: Take) -> Emptied:
    with _pop3(mailbox) as client:
        _, sizes, _ = client.list()
        taken = left = 0
        for line in _newest_first(sizes):
            number = int(line.split()[0])
            raw = _retrieved(client, number)
            if raw and _understands(take, raw):
                client.dele(number)
                taken += 1
            else:
                left += 1
        return Emptied(taken, left)


def _retrieved(client: poplib.POP3, number: int) -> bytes:
    """Return a message, or nothing where the server will not hand out that one now."""
    try:
        _, lines, _ = client.retr(number)
    except poplib.error_proto as error:
        told = bytes(error.args[0]) if error.args and isinstance(error.args[0], bytes) else b""
        if told.startswith(b"-ERR"):
            return b""
        raise
    return b"\n".join(lines) + b"\n"


def _newest_first(found: list[bytes]) -> list[bytes]:
    """Return what is looked at now. What stays for good must not hide what comes after it."""
    return found[: -_AT_ONCE - 1 : -1]


def _understands(take: Take, raw: bytes) -> bool | None:
    """Say whether a letter was understood; None where we stumbled over it.

    Such a one stays to be met again, and hides no other.
    """
    try:
        events = take(raw)
    except DatabaseError:
        raise
    except Exception as error:
        # Its words may hold what somebody wrote.
        logger.error("letter_not_read", extra={"error": type(error).__name__})
        return None
    return bool(events) and all(_is_done_with(each) for each in events)


def _is_done_with(event: MailEvent) -> bool:
    if event.kind == EventKind.LEFT:
        return event.outcome in (Outcome.LEFT, Outcome.ANSWERED)
    return event.kind not in _STAYS


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except (OSError, imaplib.IMAP4.error, poplib.error_proto):
        return
