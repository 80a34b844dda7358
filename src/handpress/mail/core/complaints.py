"""Complaints: a reader pressed "this is spam" (RFC 5965), or asked by mail to be left alone."""

from __future__ import annotations

import re

from handpress.mail.core.bounces.opened import Opened
from handpress.mail.core.bounces.verdicts import Notice, NoticeKind
from handpress.mail.core.bounces.who import addresses_in, first_address

# Of these a reader is the author. Reports of failed authentication and "not spam" are not.
_BY_READERS = ("abuse", "fraud", "virus", "other", "complaint", "miscategorized", "")
_LEAVES = ("opt-out", "opt-out-list", "unsubscribe")
_OLD_STYLE = re.compile(
    r"\b(?:complaint about message from|abuse report|feedback report|spam complaint)\b", re.I
)
_ASKS_TO_LEAVE = re.compile(
    r"^\W*(?:unsubscribe|signoff|leave|remove(?: me)?|stop)\W*$", re.IGNORECASE
)


def read_complaint(opened: Opened) -> Notice | None:
    """Return the complaint in a message, or None where it is none."""
    if opened.feedback is not None:
        return _from_report(opened)
    for name in ("x-hmxmroriginalrecipient", "x-original-recipient-complaint"):
        if name in opened.returned:
            return _complaint(opened, addresses_in(opened.returned[name]))
    subject = opened.headers.get("subject", "")
    if _OLD_STYLE.search(subject) and opened.returned:
        return _complaint(opened, addresses_in(opened.returned.get("to", "")))
    if _asks_to_leave(opened, subject):
        sender = first_address(opened.headers.get("from", ""))
        return Notice(NoticeKind.LEAVE, recipients=(sender,) if sender else ())
    return None


def _from_report(opened: Opened) -> Notice:
    feedback = opened.feedback or {}
    kind = feedback.get("feedback-type", "").strip().lower()
    names = ("original-rcpt-to", "removal-recipient")
    found = [each for name in names for each in addresses_in(feedback.get(name, ""))]
    found = found or addresses_in(opened.returned.get("to", ""))
    if kind not in _BY_READERS and kind not in _LEAVES:
        return Notice(NoticeKind.REPORT, recipients=tuple(dict.fromkeys(found)))
    if kind in _LEAVES:
        return Notice(NoticeKind.LEAVE, recipients=tuple(dict.fromkeys(found)))
    return _complaint(opened, found)


def _complaint(opened: Opened, recipients: list[str]) -> Notice:
    message_id = opened.returned.get("message-id", "")
    return Notice(
        NoticeKind.COMPLAINT, recipients=tuple(dict.fromkeys(recipients)), message_id=message_id
    )


def _asks_to_leave(opened: Opened, subject: str) -> bool:
    is_plain = not opened.groups and not opened.returned
    return is_plain and bool(_ASKS_TO_LEAVE.match(subject))
