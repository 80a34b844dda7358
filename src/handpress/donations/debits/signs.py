"""The signs that every bank in SEPA takes, and names written with them.

Letters a to z, figures, and ``/ - ? : ( ) . , ' +`` and the blank (European Payments Council,
EPC217-08).
"""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

_OTHER = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_PICTURES = {"So", "Cn", "Co", "Cs"}
"""They would be named, as in “snowman”."""
_AS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "&": "+",
        "@": "(at)",
        "_": "-",
        "–": "-",
        "—": "-",
        "’": "'",
        "‘": "'",
        '"': "'",
        ";": ",",
        "€": "EUR",
        "§": " ",
    }
)


def sepa_text(text: str, most: int) -> str:
    """Return a text in the signs that banks take, ``most`` of them; "" where nothing is left.

    Other scripts are written in Latin letters; pictures, and what has none, become blanks.
    """
    letters = "".join(" " if unicodedata.category(each) in _PICTURES else each for each in text)
    latin = anyascii(letters.translate(_AS)).translate(_AS)
    return " ".join(_OTHER.sub(" ", latin).split())[:most].strip()
