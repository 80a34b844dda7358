"""What a reader's own links carry.

The token is the reader's random number (122 bits), which only their own mail tells. Nothing in it
expires, and no change of the newsroom's secret key makes an old mail's link to leave useless.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

_LENGTH = 22


def token_of(reader: UUID) -> str:
    """Return the 22 characters of a reader's links."""
    return urlsafe_b64encode(reader.bytes).decode().rstrip("=")


def read_token(text: str) -> UUID | None:
    """Return the number in a token, or None where it is none."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        found = UUID(bytes=urlsafe_b64decode(f"{text}=="))
    except (Error, ValueError):
        return None
    return found if token_of(found) == text else None
