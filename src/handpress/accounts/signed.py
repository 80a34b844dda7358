"""Links that only we can have made, and that last for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.signing import BadSignature, Signer


class Signed(NamedTuple):
    """What a link says, and since when."""

    value: str
    at: datetime


def sign(kind: str, value: str, now: datetime) -> str:
    """Return a value with the moment and our signature; safe in an address."""
    return _signer(kind).sign(f"{value}.{int(now.timestamp())}")


def read_signed(kind: str, text: str, *, now: datetime, lasts: timedelta) -> Signed | None:
    """Return what was signed, or None: altered, of another kind, too old, or from the future."""
    try:
        value, _, stamp = _signer(kind).unsign(text).rpartition(".")
        at = datetime.fromtimestamp(int(stamp), UTC)
    except (BadSignature, ValueError, OverflowError):
        return None
    # To the second, and a little more: several machines never agree wholly on the time.
    is_of_now = timedelta(seconds=-60) <= now - at <= lasts
    return Signed(value, at) if is_of_now else None


def _signer(kind: str) -> Signer:
    return Signer(sep=".", salt=f"handpress.{kind}")
