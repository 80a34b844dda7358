"""Plain text: slugs in any script, and text made comparable."""

import re
import unicodedata

from anyascii import anyascii

_INITIALS = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]\.){2,}")
_SILENT = str.maketrans("", "", "'`\u2018\u2019\u02bc\u00ad\u200b\u200c\u200d\u2060\ufeff")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_EMPTY_SLUG = "untitled"
# Windows opens no file of these names, whatever their ending; a folder's own page is index.html.
_RESERVED = frozenset(
    ["index", "con", "prn", "aux", "nul"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in "123456789"]
)


def slugify(text: str, *, max_length: int = 80) -> str:
    """Make the part of an address that stands for a text: ``a-z``, ``0-9`` and single hyphens.

    Every script is spelled in Latin letters, because such an address survives any server, file
    system, gateway and mail program. It is cut where a word ends, is never empty, never longer
    than ``max_length``, and never a name that Windows or the press keeps for itself. It need not
    be unique: "Peace?" and "Peace!" share one.
    """
    if max_length < 10:
        raise ValueError(f"max_length is {max_length}; a slug needs room for 10 characters")
    # A slug takes no more than this from a text, so that a long one costs no more than a short.
    text = unicodedata.normalize("NFC", text[: max_length * 20])
    text = _INITIALS.sub(lambda initials: initials[0].replace(".", ""), text.translate(_SILENT))
    latin = anyascii(text).lower().translate(_SILENT)
    slug = _cut_at_hyphen(_NOT_SLUG.sub("-", latin).strip("-"), max_length)
    if slug in _RESERVED:
        return f"{slug}-1"
    return slug or _EMPTY_SLUG


def _cut_at_hyphen(slug: str, max_length: int) -> str:
    if len(slug) <= max_length:
        return slug
    # One character more: a word that ends exactly at the limit stays.
    words, hyphen, _ = slug[: max_length + 1].rpartition("-")
    return words if hyphen else slug[:max_length]


def fold(text: str) -> str:
    """Make a text comparable: case folded, NFC, white space of every kind as single blanks.

    For finding the same words again, never for showing them.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.split())
