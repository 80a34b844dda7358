"""Write letters: single messages to one person.

    with transaction.atomic():
        ...  # what the letter is about
        write_letter(to=address, subject="Please confirm", text=words, kind="confirm")

A letter is an intent: nothing is sent before the transaction is committed, and nothing at all where
it is rolled back. `handpress.mail.tasks` sends what waits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from handpress.lib import clock
from handpress.mail.models import Letter
from handpress.mail.sealing import mark_of, seal

# One address, and nothing that could end a header or a command.
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f,;:\"]+@[^\s<>\x00-\x1f\x7f,;:\"@]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# What the sender writes itself.
_OWN_HEADERS = frozenset(
    "from to cc bcc sender reply-to return-path subject date message-id mime-version content-type "
    "content-transfer-encoding content-language auto-submitted".split()
)

_NAMES: list[Callable[[], str]] = []
_NEEDED: dict[str, str] = {}


def names_outlet(told: Callable[[], str]) -> None:
    """Register what returns the outlet's name, for those who know of a name chosen on the desk."""
    _NAMES[:] = [told]


def shown_only_to(permission: str, *kinds: str) -> None:
    """Let the desk list letters of some kinds to those alone who have a permission.

    The database tells nobody to whom they go or what they say (`mail.sealing`).
    """
    _NEEDED.update(dict.fromkeys(kinds, permission))


def kinds_hidden_from(user: Any) -> list[str]:
    """Return the kinds of letters that are none of somebody's business."""
    return sorted(kind for kind, needed in _NEEDED.items() if not user.has_perm(needed))


def sender_name() -> str:
    """Return who writes: whom the settings of mail name, else the outlet."""
    mine: str = settings.HANDPRESS.mail.from_name
    first: str = settings.HANDPRESS.newsroom.name
    return mine or next((told() for told in _NAMES), first)


def write_letter(
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    kind: str,
    language: str = "",
    headers: Mapping[str, str] | None = None,
    deadline_s: int = 86400,
) -> Letter:
    """Have a letter sent to the one address ``to`` once the caller's transaction is committed.

    ``kind`` is a short word for the desk ("confirm", "invitation"). It is tried until
    ``deadline_s`` seconds have passed; after that it would be too late. Raise ValueError for an
    address or a header that cannot be one.
    """
    if not _ADDRESS.fullmatch(to) or len(to) > 320:
        raise ValueError("a letter goes to one address")
    if not text.strip():
        raise ValueError("a letter has words, also for those who see no HTML")
    now = clock.now()
    letter = Letter.objects.create(
        **_kept(kind, to, text, html),
        kind=kind,
        from_name=_one_line(sender_name())[:200],
        subject=_one_line(subject)[:500],
        language=language,
        headers=_checked(headers or {}),
        created_at=now,
        changed_at=now,
        next_at=now,
        deadline_at=now + timedelta(seconds=deadline_s),
    )
    letter.to, letter.text, letter.html = to, text, html
    return letter


def letters_to(address: str) -> QuerySet[Letter]:
    """Return the letters that were written to an address, sealed or not."""
    return Letter.objects.filter(Q(to=address) | Q(to=mark_of(address)))


def _kept(kind: str, to: str, text: str, html: str) -> dict[str, str]:
    """Return what the database keeps of an address and of words."""
    if kind not in _NEEDED:
        return {"to": to, "text": text, "html": html}
    return {"to": mark_of(to), "sealed_to": seal(to), "text": seal(json.dumps([text, html]))}


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise ValueError(f"a letter may not have the header {name!r}")
        if value != _one_line(value):
            raise ValueError(f"the header {name} is not one line")
    return dict(headers)
