"""Names of IMAP folders as they go over the wire: modified UTF-7 (RFC 3501, 5.1.3)."""

from __future__ import annotations

import re
from base64 import b64encode

_PLAIN = re.compile(r"[\x20-\x7e]+")
_RUN = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]+")
_SHIFT = re.compile(r"&([A-Za-z0-9+,]*)-")


def wire_name(folder: str) -> str:
    """Return a folder's name in ASCII. One that somebody wrote in that form already stays."""
    if any(_SHIFT.findall(folder)) and folder.isascii() and "&" not in _SHIFT.sub("", folder):
        return folder
    return "".join(map(_encoded, _RUN.findall(folder)))


def _encoded(run: str) -> str:
    if _PLAIN.fullmatch(run):
        return run.replace("&", "&-")
    octets = b64encode(run.encode("utf-16-be", "surrogatepass")).decode("ascii")
    return f"&{octets.rstrip('=').replace('/', ',')}-"
