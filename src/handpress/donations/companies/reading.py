"""Answers of companies, read: a field that is not there, or is of another kind, is no answer.

Sums stand in answers as decimals in a text. They become whole minor units here, exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from handpress.donations.companies.errors import Refused
from handpress.donations.companies.http import unanswered
from handpress.lib.money import LARGEST_MINOR, exponent_of

EXACT = Context(prec=200)
"""Enough for a product of any two numbers that are read here."""
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


@contextmanager
def understood(*, changes: bool = False) -> Iterator[None]:
    """Read an answer in here: what cannot be read says as little as no answer.

    Raises `CompanyDown`, or `OutcomeUnknown` with ``changes``; what stood in it is not quoted.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        raise unanswered("an answer that lacks what it should say", changes=changes) from None


def text(value: object) -> str:
    """Return a text that says something; raises `TypeError` or `ValueError` for what is none."""
    if not isinstance(value, str):
        raise TypeError
    if not value:
        raise ValueError
    return value


def form(value: object, pattern: re.Pattern[str]) -> str:
    """Return a text of this form; raises as `text` does."""
    found = text(value)
    if not pattern.fullmatch(found):
        raise ValueError
    return found


def page(value: object, base: str) -> str:
    """Return the address of a page that a donor may be sent to: https, or ``base``'s own host."""
    found = text(value)
    is_safe = found.startswith("https://") or found.startswith(f"{base.rstrip('/')}/")
    if not is_safe or any(sign.isspace() or ord(sign) < 0x20 for sign in found):
        raise ValueError
    return found


def rows(value: object) -> list[dict[str, Any]]:
    """Return a list of objects; raises `TypeError` where it is none."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError
    return value


def number(value: object) -> Decimal:
    """Return a decimal that stands in a text, exactly; raises `TypeError` or `ValueError`."""
    return Decimal(form(value, _NUMBER))


def moment(value: object) -> datetime:
    """Return a moment of ISO 8601 in UTC; raises `ValueError` where its zone is not said."""
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)


def minor_of(value: object, currency: str) -> int:
    """Return a sum in minor units; raises `ValueError` where it has more decimals than that."""
    scaled = number(value).scaleb(exponent_of(currency), EXACT)
    if scaled != scaled.to_integral_value() or abs(scaled) > LARGEST_MINOR:
        raise ValueError
    return int(scaled)


def decimal_of(minor: int, currency: str, decimals: int | None = None) -> str:
    """Write minor units as a decimal, with the ``decimals`` that a company wants of a currency.

    They are those of ISO 4217 unless said otherwise. Raises `Refused` where the sum has more.
    """
    ours = exponent_of(currency)
    theirs = ours if decimals is None else decimals
    units, rest = divmod(minor * 10**theirs, 10**ours)
    if rest or minor <= 0:
        raise Refused(f"a sum that cannot be written in {currency}")
    whole, part = divmod(units, 10**theirs)
    return f"{whole}.{part:0{theirs}d}" if theirs else str(whole)
