"""A message as it came, opened: tolerant of whatever mail systems make of it.

Nothing here raises for a malformed message; what cannot be read is left out. Bounds on size,
parts and depth keep a hostile one from costing much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from html import unescape
from itertools import islice

MOST_BYTES = 512_000
_MOST_PARTS = 60
_MOST_TEXT = 40_000
_MOST_OF_A_HEADER = 20_000
_MOST_OF_A_TYPE = 2_000
# The parser makes a message of each block of a delivery status.
_MOST_BLANKS = 4_000
_BLANK = re.compile(rb"\n[ \t]*(?=\n)")
_STATUS_TYPES = (
    "message/delivery-status",
    "message/global-delivery-status",
)
_HEADER_TYPES = (
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-header",
    "message/rfc822-header",
    "text/rfc822",
)
_MAIL_TYPES = ("message/rfc822", "message/global")
# Parts that bounces have, and letters of people seldom.
OF_BOUNCES = frozenset((*_STATUS_TYPES, *_HEADER_TYPES, *_MAIL_TYPES))

# What the standard library raises for headers and bodies that are not what they say.
_UNREADABLE = (ValueError, LookupError, AssertionError, AttributeError, TypeError, MessageError)
# Of these a recipient has one each.
_ONCE = ("final-recipient", "original-recipient", "action", "status")

Fields = dict[str, str]


class _Bounded(Compat32):
    """How messages are parsed here: no header is longer than those of mail that means something.

    The standard library takes time by the square of one that is made for it.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        most = _MOST_OF_A_TYPE if name.lower().startswith("content-") else _MOST_OF_A_HEADER
        return name, value[:most]


_BOUNDED = _Bounded()


def parse_text(text: str) -> Message:
    """Return a message from its text, its headers bounded."""
    return message_from_string(text, policy=_BOUNDED)


@dataclass(slots=True)
class Opened:
    """The parts of a message that say something.

    ``headers`` and ``returned`` (the headers of the message it is about) map names in lower case
    to values, several joined by line ends. ``groups`` are the fields of a delivery status: the
    first may be of the whole message. ``prose`` is what it says to people.
    """

    headers: Fields = field(default_factory=dict)
    prose: str = ""
    groups: list[Fields] = field(default_factory=list)
    feedback: Fields | None = None
    returned: Fields = field(default_factory=dict)
    types: set[str] = field(default_factory=set)


def open_message(raw: bytes) -> Opened:
    """Open a message. Line ends may be CRLF, LF or CR."""
    text = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    text = _bounded(re.sub(rb"\AFrom [^\n]*\n", b"", text))
    try:
        message = message_from_bytes(text, policy=_BOUNDED)
        opened = Opened(headers=_fields_of(message))
        told = [_take(opened, part) for part in _walk(message)]
    except (RecursionError, *_UNREADABLE):
        return Opened(prose=_decoded(text, "")[:_MOST_TEXT])
    opened.prose = "\n\n".join(each for each in told if each)[:_MOST_TEXT]
    return opened


def _bounded(text: bytes) -> bytes:
    """Return a message up to where it has had so many blank lines as no bounce has."""
    end = next(islice(_BLANK.finditer(text), _MOST_BLANKS, None), None)
    return text[: end.start()] if end else text


def _walk(message: Message) -> Iterator[Message]:
    """Yield the parts of a message, but none of those of the message it gives back."""
    waiting = [message]
    depth = 3 if message.get_content_type() == "multipart/report" else 8
    for number in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        inner = _wrapped_report(part)
        if inner is not None and number < depth:
            # A filter on the way packed the whole report into a message of its own.
            waiting.insert(0, inner)
            continue
        yield part
        payload = part.get_payload()
        is_container = part.get_content_maintype() == "multipart"
        if is_container and isinstance(payload, list):
            waiting[:0] = [each for each in payload if isinstance(each, Message)]


def _wrapped_report(part: Message) -> Message | None:
    payload = part.get_payload()
    if part.get_content_type() not in _MAIL_TYPES or not isinstance(payload, list) or not payload:
        return None
    inner = payload[0]
    if not isinstance(inner, Message) or inner.get_content_type() != "multipart/report":
        return None
    return inner


def _take(opened: Opened, part: Message) -> str:
    kind = part.get_content_type()
    opened.types.add(kind)
    if kind in _STATUS_TYPES:
        opened.groups.extend(_groups_of(part))
    elif kind == "message/feedback-report":
        opened.feedback = _merged(_groups_of(part))
    elif kind in _MAIL_TYPES:
        _give_back(opened, _inner(part))
    elif kind in _HEADER_TYPES:
        _give_back(opened, parse_text(_text_of(part)))
    elif _is_text(kind) or (kind.startswith("multipart/") and isinstance(part.get_payload(), str)):
        return _text_of(part)
    return ""


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind == "application/json"


def _inner(part: Message) -> Message:
    payload = part.get_payload()
    if isinstance(payload, list):
        first = payload[0] if payload else Message()
        return first if isinstance(first, Message) else Message()
    return parse_text(_text_of(part))


def _give_back(opened: Opened, message: Message) -> None:
    if not opened.returned:
        opened.returned = _fields_of(message)


def _groups_of(part: Message) -> list[Fields]:
    payload = part.get_payload()
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if isinstance(payload, list) and coding in ("base64", "quoted-printable"):
        # RFC 3464 forbids it, and the parser goes by that; some write it nevertheless.
        whole = "\n".join(each.as_string() for each in payload if isinstance(each, Message))
        coded = Message()
        coded["Content-Transfer-Encoding"] = coding
        coded.set_payload(whole.strip())
        return groups_in(_text_of(coded))
    if isinstance(payload, list):
        inner = [each for each in payload if isinstance(each, Message)]
        groups = [group for each in inner for group in _split(each)]
        rest = [_text_of(each) for each in payload if isinstance(each, Message)]
        groups += [group for text in rest if text.strip() for group in groups_in(text)]
    else:
        groups = groups_in(_text_of(part))
    return [group for group in groups if group]


def groups_in(text: str) -> list[Fields]:
    """Return the blocks of fields in a text, which blank lines part."""
    blocks = re.split(r"\n[ \t]*\n", text[:_MOST_TEXT])
    return [group for block in blocks for group in _split(parse_text(block.lstrip("\n"))) if group]


def _split(message: Message) -> list[Fields]:
    """Return the groups in a block: some systems leave out the blank lines between recipients."""
    groups: list[list[tuple[str, object]]] = [[]]
    seen: set[str] = set()
    for name, value in islice(message.raw_items(), 600):
        lower = name.lower()
        if lower in _ONCE and lower in seen:
            groups.append([])
            seen.clear()
        seen.add(lower)
        groups[-1].append((lower, value))
    return [_merged({name: header_text(value)} for name, value in each) for each in groups]


def _merged(groups: Iterable[Fields]) -> Fields:
    merged: Fields = {}
    for group in groups:
        for name, value in group.items():
            merged[name] = f"{merged[name]}\n{value}" if name in merged else value
    return merged


def _fields_of(message: Message) -> Fields:
    items = islice(message.raw_items(), 300)
    return _merged({name.lower(): header_text(value)} for name, value in items)


def header_text(value: object) -> str:
    """Return a raw header's value on one line, decoded as far as it can be."""
    text = re.sub(r"(?<![ \t])[ \t]*\n[ \t]+", " ", readable(str(value)[:_MOST_OF_A_HEADER]))
    if "=?" in text and len(text) < 4_000:
        try:
            text = readable(str(make_header(decode_header(text))))
        except _UNREADABLE:
            return text.strip()
    return text.strip()


def readable(text: str) -> str:
    """Return a text that can be written down: bytes hidden in it are read, halves of pairs lost."""
    if text.isascii():
        return text
    try:
        return _decoded(text.encode("utf-8", "surrogateescape"), "")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()


def _text_of(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except _UNREADABLE:
        payload = None
    if not isinstance(payload, bytes):
        raw = part.get_payload()
        return _plain(readable(raw), part) if isinstance(raw, str) else ""
    try:
        charset = part.get_content_charset() or ""
    except _UNREADABLE:
        charset = ""
    return _plain(_decoded(payload, charset), part)


def _plain(text: str, part: Message) -> str:
    is_html = part.get_content_type() == "text/html" or re.match(
        r"\s*<(?:!doctype|html)", text, re.I
    )
    return _without_tags(text[: 3 * _MOST_TEXT]) if is_html else text


def _decoded(data: bytes, charset: str) -> str:
    guesses = [charset, "utf-8", "iso-2022-jp" if b"\x1b$" in data else ""]
    if b"\x1b$" in data and charset in ("", "us-ascii", "utf-8"):
        guesses.insert(0, "iso-2022-jp")
    for each in guesses:
        try:
            text = data.decode(each or "ascii")
            # Some charsets yield what cannot be written again: it was not meant so.
            text.encode("utf-8")
            return text
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def _without_tags(text: str) -> str:
    for name in ("style", "script", "head"):
        text = _without(text, name)
    text = re.sub(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table)\b[^<>]{0,300}>", "\n", text)
    text = re.sub(r"(?i)</?[a-z!][a-z0-9]{0,15}(?:\s[^<>]{0,800})?/?>", " ", text)
    return unescape(text).replace("\xa0", " ")


def _without(text: str, name: str) -> str:
    """Leave out an element and what it holds, in one pass however often it begins."""
    lower, kept, at = text.lower(), [], 0
    while (begin := lower.find(f"<{name}", at)) >= 0:
        end = lower.find(f"</{name}", begin)
        if end < 0:
            break
        kept.append(text[at:begin])
        at = end
        # What is left of the end tag goes with the other tags.
    return " ".join([*kept, text[at:]])
