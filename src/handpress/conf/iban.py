"""International bank account numbers (ISO 13616)."""

import re

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def compact_iban(text: str) -> str:
    """Return `text` as an IBAN is stored: capitals, no blanks or dots between groups."""
    return re.sub(r"[\s.\-]", "", text).upper()


def is_iban(text: str) -> bool:
    """Say whether the compact `text` has the form and the check digits of an IBAN.

    The check is ISO 7064 MOD 97-10 over the number with its first four signs moved to the
    end and letters counted as 10 to 35. It catches every single wrong digit and every pair
    of neighbours exchanged; the length each country fixes is left to the bank.
    """
    if not _FORM.fullmatch(text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def group_iban(text: str) -> str:
    """Return the compact IBAN `text` in groups of four, as it is printed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
