"""What a PDF holds, read by hand: its streams unpacked, and the text that it shows."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_OBJECT = re.compile(rb"(?<![0-9])(\d+) 0 obj(.*?)endobj", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) (\d+) 0 R")
_MAPPED = re.compile(rb"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", re.MULTILINE)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

_Tables = dict[bytes, dict[int, str]]


def streams(pdf: bytes) -> bytes:
    """Return the bytes of a PDF, and of all its streams unpacked."""
    return b"\n".join([pdf, *_unpacked(pdf)])


def shown(pdf: bytes) -> str:
    """Return the text that a PDF shows, glyph by glyph, by the tables of its fonts (ToUnicode)."""
    objects = dict(_OBJECT.findall(pdf))
    tables: _Tables = {}
    for name, number in _FONT.findall(pdf):
        if table := re.search(rb"/ToUnicode (\d+) 0 R", objects.get(number, b"")):
            tables[name] = _table(objects[table[1]])
    pages = (each for each in _unpacked(pdf) if b"BT" in each and b"begincmap" not in each)
    return "\n".join(_said(page, tables) for page in pages)


def bare(text: str) -> str:
    """Return letters and signs alone: neither blanks nor marks that nobody sees."""
    return re.sub("[\\s\u200b\u2068\u2069\u202a-\u202e]", "", text)


def _unpacked(pdf: bytes) -> Iterator[bytes]:
    for found in _STREAM.finditer(pdf):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            continue


def _table(font: bytes) -> dict[int, str]:
    (cmap, *_) = _unpacked(font)
    within = cmap[cmap.index(b"beginbfchar") :] if b"beginbfchar" in cmap else b""
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in _MAPPED.findall(within)
    }


def _said(page: bytes, tables: _Tables) -> str:
    table: dict[int, str] = {}
    text, at = "", 0
    while at < len(page):
        if found := re.compile(rb"/(f\d+) [\d.]+ Tf").match(page, at):
            table, at = tables[found[1]], found.end()
        elif page.startswith(b"/ActualText(", at):
            # The same letters once more, for who reads aloud.
            _, at = _string(page, at + len(b"/ActualText("))
        elif found := re.compile(rb"/ActualText ?<[0-9A-Fa-f]*>").match(page, at):
            at = found.end()
        elif page[at : at + 1] == b"(":
            raw, at = _string(page, at + 1)
            codes = [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
            text += "".join(table.get(code, "\ufffd") for code in codes)
        elif found := re.compile(rb"<([0-9A-Fa-f]+)>").match(page, at):
            codes = [int(found[1][n : n + 4], 16) for n in range(0, len(found[1]), 4)]
            text += "".join(table.get(code, "\ufffd") for code in codes)
            at = found.end()
        else:
            at += 1
    return text


def _string(page: bytes, at: int) -> tuple[bytes, int]:
    """Return a string of a PDF, and where it ends; brackets inside it come in pairs."""
    raw, depth = b"", 1
    while True:
        byte = page[at : at + 1]
        if byte == b"\\":
            found = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL).match(page, at)
            assert found
            is_octal = found[1].isdigit()
            raw += bytes([int(found[1], 8)]) if is_octal else _ESCAPES.get(found[1], found[1])
            at = found.end()
            continue
        depth += {b"(": 1, b")": -1}.get(byte, 0)
        at += 1
        if not depth:
            return raw, at
        raw += byte
