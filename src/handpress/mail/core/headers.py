"""Header fields as they go over the wire: ASCII, folded, safe from what is put into them.

RFC 5322 (fields and folding), RFC 2047 (words in other scripts), RFC 2919 (lists).
"""

from __future__ import annotations

import re
from base64 import b64encode

_WORD_OCTETS = 39
"""What one encoded word holds, so that the first still fits into 76 columns beside a name."""
_LINE = 76
_LONG_WORD = 60
_SPACE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def plain_line(text: str) -> str:
    """Return a text as one line: each run of spaces, breaks and controls is one space."""
    return _SPACE.sub(" ", text).strip()


def unstructured(text: str) -> str:
    """Return words for a field such as Subject: as they are, or encoded (RFC 2047)."""
    line = plain_line(text)
    words = line.split(" ")
    is_plain = line.isascii() and "=?" not in line
    if is_plain and all(len(word) <= _LONG_WORD for word in words):
        return line
    return " ".join(_encoded_words(line))


def mailbox(name: str, address: str) -> str:
    """Return ``name <address>`` for fields such as From; the address must be ASCII."""
    return f"{phrase(name)} <{address}>" if plain_line(name) else address


def phrase(name: str) -> str:
    """Return a name as it stands before an address or a list's id."""
    line = plain_line(name)
    if not line.isascii() or "=?" in line or len(line) > _LONG_WORD:
        return " ".join(_encoded_words(line))
    if _ATOMS.fullmatch(line):
        return line
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded_words(text: str) -> list[str]:
    chunks = [b""]
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(octets) > _WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return [f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks]


def check_value(name: str, value: str) -> None:
    """Raise ValueError for what no field may hold: nothing put into one can begin another."""
    if not value.isascii() or _SPACE.sub(" ", value) != value or not value.strip():
        raise ValueError(f"{name} cannot hold {value[:80]!r}")


def fold(name: str, value: str) -> str:
    """Return a whole field, folded at spaces where it would be longer than 76 columns."""
    check_value(name, value)
    lines, line = [], f"{name}:"
    for word in value.split(" "):
        if line != f"{name}:" and len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line])


def canonical(field: str) -> str:
    """Return a field in DKIM's relaxed form (RFC 6376, 3.4.2), without the line's end."""
    name, _, value = field.partition(":")
    return f"{name.strip().lower()}:{_SPACE.sub(' ', value).strip()}"
