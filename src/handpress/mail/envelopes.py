"""In whose name mail is written, and the address that a bounce comes back to."""

from __future__ import annotations

import hmac
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from handpress.mail.core.verp import Ref, is_for, mark_of, verp_local

# Bounces of letters say list 0; editions are counted from 1.
LETTERS = 0
# Stands where nobody has said yet who writes: mail then stays in the outbox.
_NOBODY = "newsroom@localhost"


def from_address() -> str:
    """Return the address that mail comes from."""
    return settings.HANDPRESS.mail.from_address or _NOBODY


def own_domain() -> str:
    """Return the domain that messages are numbered in: that of the address mail comes from."""
    return _ascii(from_address().rpartition("@")[2])


def hello_name() -> str:
    """Return what a client calls itself: the host of the public address, if there is one."""
    return urlsplit(settings.HANDPRESS.newsroom.address).hostname or "localhost"


def bounce_address(ref: Ref) -> str:
    """Return the envelope's sender for one message, so that a bounce says whose it was.

    Without a domain for bounces they come back to where the mail says it is from.
    """
    domain = settings.HANDPRESS.mail.bounce_domain
    return f"{verp_local(verp_key(), ref)}@{domain}" if domain else from_address()


def own_ref(list_id: int, number: int, owner: UUID) -> Ref:
    """Return which message one is: of a letter or a reader, by its number, held to its owner."""
    return Ref(list_id, number, mark_of(verp_key(), owner))


def is_of(ref: Ref, owner: UUID) -> bool:
    """Say whether a message was of the letter or reader that has its number now."""
    return is_for(verp_key(), ref, owner)


def verp_key() -> bytes:
    """Return the key that makes and reads bounce addresses."""
    return _derived(settings.SECRET_KEY)


def in_ascii(address: str) -> str:
    """Return an address with its domain as DNS knows it; the part before the @ stays."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii(domain)}"


@cache
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"handpress.mail.verp", "sha256")


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
