"""References: the word by which a gift is known on its way through banks.

`HP` + seven characters + a check character (ISO 7064 MOD 37,36), as in ``HP7K2MQ9RB``. All
eight are of thirty signs that nobody takes for one another when reading or copying by hand; where
the check character would be another sign, the reference is not used. Banks that want a structured
reference get the same word as a creditor reference (ISO 11649).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from stdnum import iso11649
from stdnum.iso7064 import mod_37_36, mod_97_10

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0 or O, no 1, I or L, no U."""
PREFIX = "HP"
_FREE = 7
LENGTH = len(PREFIX) + _FREE + 1


class ReferenceError(ValueError):
    """What was typed is no reference of ours; the message says why."""


def new_reference(draw: Callable[[int], int]) -> str:
    """Return a reference; ``draw`` gives a number below its argument, which nobody can guess."""
    while True:
        body = PREFIX + "".join(ALPHABET[draw(len(ALPHABET))] for _ in range(_FREE))
        check = str(mod_37_36.calc_check_digit(body))
        if check in ALPHABET:
            return body + check


def rf_of(reference: str) -> str:
    """Return a reference as a creditor reference: ``RF`` and two check digits before it."""
    return f"RF{mod_97_10.calc_check_digits(f'{reference}RF')}{reference}"


def parse_reference(typed: str) -> str:
    """Read a reference as people and banks write it; either form, in any case and grouping.

    Raises `ReferenceError` where a sign is wrong or missing: every single wrong sign is found, and
    of exchanges of two neighbours all but one in some six hundred.
    """
    text = folded(typed)
    if text.startswith("RF") and text[4:6] == PREFIX:
        if not iso11649.is_valid(text):
            raise ReferenceError("The digits after RF do not fit. Please look at it once more.")
        text = text[4:]
    if not text.startswith(PREFIX) or len(text) != LENGTH:
        raise ReferenceError(f"A reference is {PREFIX} and {LENGTH - len(PREFIX)} signs more.")
    return _checked(text)


def grouped(reference: str) -> str:
    """Return a reference as it is printed: ``HP-7K2M-Q9RB``."""
    return f"{reference[:2]}-{reference[2:6]}-{reference[6:]}"


def folded(text: str) -> str:
    """Return the letters and digits of a text alone, as capitals without accents."""
    return re.sub("[^A-Z0-9]", "", unicodedata.normalize("NFKD", text).upper())


def _checked(text: str) -> str:
    free = text[len(PREFIX) :]
    if all(sign in ALPHABET for sign in free) and mod_37_36.is_valid(text):
        return text
    raise ReferenceError("A sign of the reference is wrong. Please compare it with the paper.")
