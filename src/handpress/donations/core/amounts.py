"""Sums and words as they stand in files: exact, or not at all."""

from __future__ import annotations

import re

from handpress.lib.money import LARGEST_MINOR, exponent_of

_PLAIN = re.compile(r"([+-]?)([0-9]{1,18})(?:\.([0-9]{0,8}))?")


LONGEST = 2_000
"""Characters that are kept of words."""


def exact_minor(text: str, currency: str) -> int:
    """Return a sum with a decimal point in minor units; ValueError where that is not exact."""
    found = _PLAIN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"“{text[:40]}” is no sum")
    sign, whole, part = found[1], found[2], (found[3] or "").rstrip("0")
    exponent = exponent_of(currency)
    if len(part) > exponent:
        raise ValueError(f"“{text[:40]}” has more decimals than {currency} has")
    minor = int(whole) * 10**exponent + int(part.ljust(exponent, "0") or 0)
    if minor > LARGEST_MINOR:
        raise ValueError(f"“{text[:40]}” is more money than there is")
    return -minor if sign == "-" else minor


def one_line(*parts: str | None) -> str:
    """Return words on one line, without what is empty or said twice in a row."""
    said: list[str] = []
    for part in parts:
        words = " ".join((part or "").split())
        if words and (not said or said[-1] != words):
            said.append(words)
    return " ".join(said)[:LONGEST]
