"""The address that a bounce comes back to says whose delivery it was (VERP).

The local part is ``b-<list>-<reader>-<mark>-<tag>`` in lower-case base 32: mail systems may change
the case. The tag is the first ten bytes of an HMAC-SHA256, so that nobody can make a bounce for
somebody else. The mark holds the number to one reader: after a backup was restored, numbers are
given out a second time, and late bounces are not about whoever has them now. Addresses without a
mark were written before there was one.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_LOCAL = re.compile(r"b-([0-9a-v]{1,13})-([0-9a-v]{1,13})(?:-([a-z2-7]{8}))?-([a-z2-7]{16})")


class Ref(NamedTuple):
    """Which message it was: the number of its list or edition, and that of its reader.

    ``mark`` is the reader's own (`mark_of`); without one anybody may be meant.
    """

    list_id: int
    reader_id: int
    mark: str = ""


def verp_local(key: bytes, ref: Ref) -> str:
    """Return the local part of the envelope sender; at most 56 octets (RFC 5321 allows 64)."""
    body = f"b-{_digits(ref.list_id)}-{_digits(ref.reader_id)}"
    body += f"-{ref.mark}" if ref.mark else ""
    return f"{body}-{_tag(key, body)}"


def read_verp(key: bytes, address: str) -> Ref | None:
    """Return what an address says, or None where it is not one of ours or was tampered with."""
    found = _LOCAL.fullmatch(address.partition("@")[0].lower())
    if found is None:
        return None
    mark = found[3] or ""
    body = f"b-{found[1]}-{found[2]}" + (f"-{mark}" if mark else "")
    if not hmac.compare_digest(_tag(key, body), found[4]):
        return None
    return Ref(int(found[1], 32), int(found[2], 32), mark)


def mark_of(key: bytes, owner: UUID) -> str:
    """Return what holds a number to its owner: eight characters that say nothing of them."""
    return _short(key, b"owner" + owner.bytes, 5)


def is_for(key: bytes, ref: Ref, owner: UUID) -> bool:
    """Say whether a message was its owner's, and not that of one who had the number before."""
    return not ref.mark or hmac.compare_digest(ref.mark, mark_of(key, owner))


def _tag(key: bytes, body: str) -> str:
    return _short(key, body.encode(), 10)


def _short(key: bytes, body: bytes, length: int) -> str:
    return b32encode(hmac.digest(key, body, sha256)[:length]).decode().lower()


def _digits(number: int) -> str:
    digits = ""
    while number or not digits:
        number, last = divmod(number, 32)
        digits = _DIGITS[last] + digits
    return digits
