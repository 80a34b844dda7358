"""Letters that are not everybody's business, as the database has them: encrypted.

Whoever gets at the database, or at a copy of it, learns neither to whom they go nor what they say.
The key follows from ``secret.key``, which lies beside it. Where that was changed since, such
letters can be read no more; the links in them are void then anyhow.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

_MARK = "sealed:"
"""What stands instead of an address begins so; no address does."""


def seal(text: str) -> str:
    """Encrypt a text."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Return an encrypted text; None where it was encrypted with another key."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed).decode()
    except InvalidToken:
        return None


def mark_of(address: str) -> str:
    """Return what stands for an address: the same for the same one, and nobody can read it."""
    return (
        _MARK
        + hmac.new(_derived(settings.SECRET_KEY, b"marks"), address.encode(), "sha256").hexdigest()
    )


@cache
def _fernet(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(_derived(secret, b"letters")))


def _derived(secret: str, what: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"handpress.mail." + what, "sha256")
