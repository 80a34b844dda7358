"""The amounts that donors can choose from, as editors type them: a line for each group."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError

from handpress.donations.core.asking import FREQUENCIES, MOST
from handpress.lib.money import AmountError, currencies, parse_amount, plain_amount

_LINE = re.compile(r"\s*([A-Za-z]{3})\s+([A-Za-z]+)\s*:(.*)")
_BETWEEN = re.compile(r"\s*;\s*|,\s+")
_MOST = 8


def read_suggested(typed: str) -> list[list[Any]]:
    """Return [[currency, frequency, [minor units, ...]], ...]; ValidationError says what is wrong.

    Amounts stand in the order in which they are typed; between them stands a semicolon, or a
    comma and a blank.
    """
    groups: list[list[Any]] = []
    for line in filter(str.strip, typed.splitlines()):
        found = _LINE.fullmatch(line)
        if found is None or found[2].lower() not in FREQUENCIES:
            raise ValidationError(
                f"“{line.strip()[:80]}”: please write it as in “EUR once: 10; 25; 50” or “EUR "
                "monthly: 5; 10”."
            )
        currency, frequency = found[1].upper(), found[2].lower()
        if currency not in currencies():
            raise ValidationError(f"{currency} is no currency of today.")
        if any(group[:2] == [currency, frequency] for group in groups):
            raise ValidationError(f"{currency} {frequency} stands there twice.")
        groups.append([currency, frequency, _amounts(found[3], currency)])
    return groups


def write_suggested(groups: Iterable[tuple[str, str, list[int]]]) -> str:
    """Return the lines that `read_suggested` reads."""
    return "\n".join(
        f"{currency} {frequency}: " + "; ".join(plain_amount(minor, currency) for minor in amounts)
        for currency, frequency, amounts in groups
    )


def _amounts(typed: str, currency: str) -> list[int]:
    amounts: list[int] = []
    for one in filter(None, _BETWEEN.split(typed.strip())):
        try:
            minor = parse_amount(one, currency)
        except AmountError as refusal:
            raise ValidationError(f"“{one[:40]}”: {refusal}") from None
        if not 0 < minor <= MOST:
            raise ValidationError(f"“{one[:40]}” is nothing, or more than the form takes.")
        if minor not in amounts:
            amounts.append(minor)
    if not amounts:
        raise ValidationError(f"{currency}: no amount stands after the colon.")
    if len(amounts) > _MOST:
        raise ValidationError(f"{_MOST} amounts at most; more are harder to choose from.")
    return amounts
