"""Dots: a line that begins with one is sent with two (RFC 5321, 4.5.2)."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")


def to_wire(message: bytes) -> bytes:
    """Return a message as it follows DATA: every line ends with CRLF, dots are doubled."""
    lines = _LINE_END.split(message)
    if lines[-1] == b"":
        lines.pop()
    return b"".join(
        b".%b\r\n" % line if line.startswith(b".") else b"%b\r\n" % line for line in lines
    )


def from_wire(wire: bytes) -> bytes:
    """Return the message that ``to_wire`` was given, its lines ending with CRLF."""
    message = wire.replace(b"\r\n..", b"\r\n.")
    return message[1:] if message.startswith(b"..") else message
