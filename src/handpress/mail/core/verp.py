"""The address that a bounce comes back to says whose delivery it was (VERP).

The local part is ``b-<list>-<reader>-<tag>`` in lower-case base 32: mail systems may change the
case. The tag is the first ten bytes of an HMAC-SHA256, so that nobody can make a bounce for
somebody else.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from hashlib import sha256
from typing import NamedTuple

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_LOCAL = re.compile(r"b-([0-9a-v]{1,13})-([0-9a-v]{1,13})-([a-z2-7]{16})")


class Ref(NamedTuple):
    """Which message it was: the number of its list or edition, and that of its reader."""

    list_id: int
    reader_id: int


def verp_local(key: bytes, ref: Ref) -> str:
    """Return the local part of the envelope sender; at most 47 octets (RFC 5321 allows 64)."""
    body = f"b-{_digits(ref.list_id)}-{_digits(ref.reader_id)}"
    return f"{body}-{_tag(key, body)}"


def read_verp(key: bytes, address: str) -> Ref | None:
    """Return what an address says, or None where it is not one of ours or was tampered with."""
    found = _LOCAL.fullmatch(address.partition("@")[0].lower())
    if found is None:
        return None
    body = f"b-{found[1]}-{found[2]}"
    if not hmac.compare_digest(_tag(key, body), found[3]):
        return None
    return Ref(int(found[1], 32), int(found[2], 32))


def _tag(key: bytes, body: str) -> str:
    return b32encode(hmac.digest(key, body.encode(), sha256)[:10]).decode().lower()


def _digits(number: int) -> str:
    digits = ""
    while number or not digits:
        number, last = divmod(number, 32)
        digits = _DIGITS[last] + digits
    return digits
