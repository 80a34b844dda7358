"""Notes that a provider sends as JSON, by mail or otherwise (Amazon SES's, by way of SNS)."""

from __future__ import annotations

import json
from typing import Any

from handpress.mail.core.bounces.opened import readable
from handpress.mail.core.bounces.replies import classify_text
from handpress.mail.core.bounces.verdicts import Notice, NoticeKind, Refusal
from handpress.mail.core.bounces.who import first_address


def read_provider_note(text: str) -> Notice | None:
    """Return what a JSON note says, or None where the text is none."""
    note = _json_in(text)
    if note is not None and isinstance(note.get("Message"), str):
        note = _json_in(note["Message"])
    if note is None:
        return None
    kind = str(note.get("notificationType") or note.get("eventType") or "").lower()
    message_id = _text(_dict(note.get("mail")), "messageId")
    if kind == "bounce":
        return _bounce(_dict(note.get("bounce")), message_id)
    if kind == "complaint":
        told = _list(_dict(note.get("complaint")).get("complainedRecipients"))
        people = tuple(first_address(_text(each, "emailAddress")) for each in told)
        return Notice(NoticeKind.COMPLAINT, recipients=people, message_id=message_id)
    return Notice(NoticeKind.DELIVERED, message_id=message_id) if kind == "delivery" else None


def _bounce(bounce: dict[str, Any], message_id: str) -> Notice | None:
    refusals = []
    for each in _list(bounce.get("bouncedRecipients")):
        recipient = first_address(_text(each, "emailAddress"))
        if recipient:
            said = _text(each, "diagnosticCode")
            hint = "" if said else _HINTS.get(str(bounce.get("bounceSubType", "")).lower(), "")
            verdict = classify_text(said, str(each.get("status", "")), otherwise=hint)
            refusals.append(Refusal(recipient, verdict, said[:400]))
    return Notice(NoticeKind.BOUNCE, tuple(refusals), message_id=message_id) if refusals else None


_HINTS = {
    "noemail": "no such mailbox",
    "mailboxfull": "mailbox full",
    "messagetoolarge": "message too large",
    "contentrejected": "content rejected",
    "suppressed": "no such mailbox",
}


def _json_in(text: str) -> dict[str, Any] | None:
    start = text.find("{")
    if start < 0 or text[:start].strip():
        return None
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text[start:])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(fields: dict[str, Any], name: str) -> str:
    return readable(str(fields.get(name, ""))[:2_000])


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
