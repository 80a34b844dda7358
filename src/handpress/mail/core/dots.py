"""Dots: a line that begins with one is sent with two (RFC 5321, 4.5.2)."""

from __future__ import annotations


def from_wire(wire: bytes) -> bytes:
    """Return a message from its form on the wire: doubled dots are single, lines end with CRLF."""
    message = wire.replace(b"\r\n..", b"\r\n.")
    return message[1:] if message.startswith(b"..") else message
