"""From bytes to text: UTF-8 or a refusal that says what the file seems to be."""

import re

from handpress.importers.formats.saved_page import refusals
from handpress.importers.formats.saved_page.refusals import Refusal

MAX_BYTES = 64 * 2**20

_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite format 3", "a database"),
)
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ASCII = bytes(range(128))
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))
_WINDOWS_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]")


def decode(data: bytes, *, name: str) -> str:
    """Return the text of a file with LF as its only line end; raise Refusal if it is not UTF-8.

    A byte order mark of UTF-8 goes; nothing else is changed. Nothing is guessed: text in another
    encoding is refused, because a wrong guess would damage it for good.
    """
    if len(data) > MAX_BYTES:
        raise refusals.too_large(len(data), MAX_BYTES)
    if not data.removeprefix(_UTF8_BOM).strip():
        raise refusals.empty()
    _refuse_known_formats(data, name)
    try:
        text = data.removeprefix(_UTF8_BOM).decode()
    except UnicodeDecodeError as error:
        raise _explain(data.removeprefix(_UTF8_BOM), error, name) from None
    odd = _NOT_TEXT.search(text)
    if odd is not None:
        raise refusals.control_character(ord(odd[0]), _line_of(text, odd.start()))
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        raise refusals.carriage_returns(_line_of(text, text.index("\r")))
    return text


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _refuse_known_formats(data: bytes, name: str) -> None:
    for bom, encoding in _WIDE_BOMS:
        if data.startswith(bom):
            raise refusals.other_encoding(encoding, encoding, name)
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise refusals.binary(what)
    if b"\0" in data:
        encoding = _wide_encoding(data[: 2**16])
        if encoding:
            raise refusals.other_encoding(f"{encoding} without a mark", encoding, name)
        raise refusals.binary("a program, an image or other binary data")


def _wide_encoding(data: bytes) -> str:
    """Recognise UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    enough = len(data) // 5
    if odd > enough and even * 20 < odd:
        return "UTF-16LE"
    if even > enough and odd * 20 < even:
        return "UTF-16BE"
    return ""


def _explain(data: bytes, error: UnicodeDecodeError, name: str) -> Refusal:
    if error.reason == "unexpected end of data" and error.end == len(data) and error.start > 0:
        return refusals.cut_inside_character()
    as_utf8 = data.decode(errors="replace")
    if len(_BEYOND_ASCII.findall(as_utf8)) > 2 * as_utf8.count("\ufffd"):
        return refusals.damaged_utf8(error.start, data.count(b"\n", 0, error.start) + 1)
    high = data.translate(None, delete=_ASCII)
    if len(high) * 4 > len(data) or _NOT_TEXT.search(as_utf8) or _WINDOWS_GAPS.search(high):
        return refusals.unknown_encoding()
    if any(byte in _WINDOWS_ONLY for byte in high):
        return refusals.other_encoding("Windows-1252 (Western)", "WINDOWS-1252", name)
    return refusals.other_encoding("Latin-1 (ISO 8859-1)", "ISO-8859-1", name)
