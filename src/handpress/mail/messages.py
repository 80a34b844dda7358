"""The bytes of a letter."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime

from django.conf import settings

from handpress.mail.core.dkim import Signer
from handpress.mail.core.headers import mailbox, unstructured
from handpress.mail.core.wire import compile_message, slot
from handpress.mail.envelopes import from_address, in_ascii, own_domain
from handpress.mail.models import Letter


def letter_message(letter: Letter, signers: Sequence[Signer] = ()) -> bytes:
    """Return a letter in wire form, signed; it is the same each time, Message-ID and all.

    It says that a machine wrote it, so that no holiday notice comes back (RFC 3834).
    """
    mail = settings.HANDPRESS.mail
    name = letter.from_name or mail.from_name or settings.HANDPRESS.newsroom.name
    headers = [
        ("From", mailbox(name, in_ascii(from_address()))),
        ("To", slot("address")),
        ("Subject", unstructured(letter.subject) or "…"),
        ("Date", format_datetime(letter.created_at)),
        ("Message-ID", f"<{letter.uuid}@{own_domain()}>"),
        ("Auto-Submitted", "auto-generated"),
    ]
    if mail.reply_to:
        headers.append(("Reply-To", in_ascii(mail.reply_to)))
    if letter.language:
        headers.append(("Content-Language", letter.language))
    headers += [(each, _value(each, value)) for each, value in letter.headers.items()]
    compiled = compile_message(
        headers=headers,
        text=letter.text,
        html=letter.html,
        signers=signers,
        signed_at=int(letter.created_at.timestamp()),
    )
    return compiled.build({"address": in_ascii(letter.to)})


def _value(name: str, value: str) -> str:
    # Fields of lists hold addresses, which no encoded word may stand in (RFC 2047, 5).
    is_addresses = name.lower().startswith("list-") and value.isascii()
    return value if is_addresses else unstructured(value)
