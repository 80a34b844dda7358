"""Messages compiled once and joined for each reader.

`compile_message` makes of headers, a text and an HTML part the bytes that go over the wire:
quoted-printable lines of at most 76 columns (RFC 2045) with CRLF, in DKIM's relaxed form, no line
beginning with a dot (so that nothing needs to be doubled, RFC 5321 4.5.2). What differs from reader
to reader is a `slot`. `Compiled.build` puts values into the slots, checks them, and signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import chain
from typing import NamedTuple

from handpress.mail.core.dkim import Seal, Signer
from handpress.mail.core.headers import canonical, check_value, fold

# Noncharacters: no text that is exchanged between programs may hold them (Unicode, 23.7).
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_SLOT = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_IN_HEADER, _IN_TEXT, _IN_HTML = "header", "text", "html"
_NOT_IN_VALUE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufdd0\ufdd1]")
_COLUMNS = 75
"""How far a line goes before the soft break, which takes one more."""
_NEEDS_QUOTING = re.compile(rb"[^!-<>-~]|^\.|^From ")

_OVERSIGNED = ("from", "to", "subject", "date", "reply-to")
"""Signed once more than they occur, so that nobody can add a second one that is shown."""


def slot(name: str) -> str:
    """Return what stands in a text where each reader's own value goes."""
    return f"{_OPEN}{name}{_CLOSE}"


class _Slot(NamedTuple):
    name: str
    place: str


Piece = bytes | _Slot


class BadValueError(ValueError):
    """A reader's value that may not go into a message, such as an address with a line break."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A message ready for any number of readers. Safe to share between threads and processes."""

    names: frozenset[str]
    _header: tuple[Piece, ...]
    _body: tuple[Piece, ...]
    _canonical: tuple[Piece, ...]
    _seals: tuple[Seal, ...]
    _slots: tuple[_Slot, ...]

    def build(self, slots: Mapping[str, str]) -> bytes:
        """Return one reader's message, ready for DATA but for the final dot.

        Values that the message has no slot for are left alone. Raises BadValueError for a value
        with spaces, breaks or controls, and KeyError for one that is missing.
        """
        values = {each: _value(each, slots[each.name]) for each in self._slots}
        header, body = _join(self._header, values), _join(self._body, values)
        if not self._seals:
            return b"%b\r\n%b" % (header, body)
        digest = sha256(body).digest()
        signed = _join(self._canonical, values)
        seals = b"".join(seal.field(signed, digest) for seal in self._seals)
        return b"%b%b\r\n%b" % (seals, header, body)


def _join(pieces: Sequence[Piece], values: Mapping[_Slot, bytes]) -> bytes:
    return b"".join([each if isinstance(each, bytes) else values[each] for each in pieces])


def _value(where: _Slot, value: str) -> bytes:
    if not value or _NOT_IN_VALUE.search(value):
        raise BadValueError(f"no value for {where.name}")
    try:
        data = (escape(value) if where.place == _IN_HTML else value).encode()
    except UnicodeEncodeError:
        raise BadValueError(f"no value for {where.name}") from None
    if where.place == _IN_HEADER:
        return data
    if len(data) <= _COLUMNS and not _NEEDS_QUOTING.search(data):
        return data
    return b"=\r\n".join(_lines(data))


def compile_message(
    *,
    headers: Sequence[tuple[str, str]],
    text: str,
    html: str = "",
    signers: Sequence[Signer] = (),
    signed_at: int = 0,
) -> Compiled:
    """Compile a message; every text may hold slots.

    ``headers`` are wire-ready (`headers.unstructured`, `headers.mailbox`); MIME's own are added.
    ``signed_at`` is a Unix time. The same arguments give the same bytes, whoever asks.
    """
    if not text.strip():
        raise ValueError("a message needs a text")
    body = _parts(text, html)
    names = [name.lower() for name, _ in headers]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"a field stands twice: {', '.join(sorted(repeated))}")
    fields = [*headers, ("MIME-Version", "1.0"), ("Content-Type", _content_type(body, html))]
    if not html:
        fields.append(("Content-Transfer-Encoding", "quoted-printable"))
    header = [_field(name, value) for name, value in fields]
    signed = [name.lower() for name, _ in fields]
    listed = [*signed, *_OVERSIGNED]
    pieces = tuple(chain.from_iterable(_header_pieces(f"{field}\r\n") for field in header))
    forms = tuple(
        chain.from_iterable(_header_pieces(f"{canonical(field)}\r\n") for field in header)
    )
    slots = {each for each in chain(pieces, body) if isinstance(each, _Slot)}
    seals = tuple(Seal.of(signer, listed, signed_at) for signer in signers)
    return Compiled(
        frozenset(each.name for each in slots),
        pieces,
        body,
        forms,
        seals,
        tuple(sorted(slots)),
    )


def _field(name: str, value: str) -> str:
    if not _SLOT.search(value):
        return fold(name, value)
    check_value(name, _SLOT.sub("x", value))
    # What a slot will hold is as wide as it likes: each word gets a line.
    return f"{name}: " + "\r\n ".join(value.split(" "))


def _header_pieces(field: str) -> Iterator[Piece]:
    return _pieces(field, _IN_HEADER)


def _pieces(text: str, place: str) -> Iterator[Piece]:
    """Cut a text at its slots."""
    for number, part in enumerate(_SLOT.split(text)):
        if number % 2:
            yield _Slot(part, place)
        elif part:
            yield part.encode("utf-8", "replace")


def _content_type(body: Sequence[Piece], html: str) -> str:
    if not html:
        return "text/plain; charset=utf-8"
    return f'multipart/alternative; boundary="{_boundary(body)}"'


def _boundary(body: Sequence[Piece]) -> str:
    first = body[0]
    assert isinstance(first, bytes)
    return first[2 : first.index(b"\r\n")].decode()


def _parts(text: str, html: str) -> tuple[Piece, ...]:
    """Return the body; the text comes first, as the form that is understood by all (RFC 2046)."""
    if not html:
        return tuple(_quoted(text, _IN_TEXT))
    # No quoted-printable line can hold "=_", so no part can hold the boundary.
    boundary = (
        b"=_" + sha256(f"{text}\0{html}".encode("utf-8", "replace")).hexdigest()[:24].encode()
    )
    pieces: list[Piece] = []
    for kind, place, part in ((b"plain", _IN_TEXT, text), (b"html", _IN_HTML, html)):
        pieces.append(
            b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" % (boundary, kind)
        )
        pieces.extend(_quoted(part, place))
    pieces.append(b"--%b--\r\n" % boundary)
    return tuple(_merged(pieces))


def _merged(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Join neighbours that are the same for everybody."""
    same: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            same.append(piece)
            continue
        yield b"".join(same)
        same = []
        yield piece
    if same:
        yield b"".join(same)


def _quoted(text: str, place: str) -> Iterator[Piece]:
    """Yield a part, quoted-printable, each slot at the beginning of a line of its own."""
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    for line in tidy.split("\n"):
        pieces = list(_pieces(line, place))
        for number, piece in enumerate(pieces):
            is_last = number == len(pieces) - 1
            if isinstance(piece, bytes):
                yield b"=\r\n".join(_lines(piece, ends_line=is_last))
            else:
                yield piece
            if not is_last:
                yield b"=\r\n"
        yield b"\r\n"


def _lines(data: bytes, *, ends_line: bool = True) -> Iterator[bytes]:
    """Cut octets of one line into quoted-printable ones, without the soft breaks between."""
    line, was_space = bytearray(), False
    for at, octet in enumerate(data):
        is_last = at == len(data) - 1
        keep = _stays(octet, was_space=was_space, is_end=is_last and ends_line)
        if not line and (octet == 0x2E or data.startswith(b"From ", at)):
            keep = False
        unit = b"%c" % octet if keep else b"=%02X" % octet
        if len(line) + len(unit) > _COLUMNS:
            yield bytes(line)
            line.clear()
            if octet == 0x2E or data.startswith(b"From ", at):
                unit = b"=%02X" % octet
        line += unit
        was_space = unit == b" "
    yield bytes(line)


def _stays(octet: int, *, was_space: bool, is_end: bool) -> bool:
    """Tell whether an octet stands for itself; no run of spaces does, nor one at a line's end."""
    if octet == 0x20:
        return not was_space and not is_end
    return 0x21 <= octet <= 0x7E and octet != 0x3D
