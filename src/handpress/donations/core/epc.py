"""Whether a bank transfer fits into a code that banking apps read (EPC069-12, version 2.1)."""

from __future__ import annotations

from decimal import Decimal

from stdnum import iban as ibans

_LONGEST_NAME = 70
_MOST_CENTS = 99_999_999_999


def amount_of(holder: str, iban: str, minor: int, currency: str) -> Decimal | None:
    """Return the sum in euros, exactly; None where the guideline has no code for the transfer.

    It takes euros from 0.01 to 999,999,999.99 to an IBAN, and a name of up to 70 characters:
    one that is longer is not cut, since banks compare names.
    """
    if currency != "EUR" or not 0 < minor <= _MOST_CENTS:
        return None
    if not 0 < len(holder) <= _LONGEST_NAME or not ibans.is_valid(iban):
        return None
    return Decimal(minor).scaleb(-2)
