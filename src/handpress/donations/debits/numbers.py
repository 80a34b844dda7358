"""Accounts, creditors and mandates: what is wrong with a number, in words that do not repeat it."""

from __future__ import annotations

import re

from stdnum import iban as ibans
from stdnum.eu import at_02

from handpress.conf.iban import compact_iban

_EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI "
    "SK".split()
)
_CREDITOR = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")
_MANDATE = re.compile(r"[A-Za-z0-9+?:().,'\-](?:/?[A-Za-z0-9+?:().,'\-]){0,34}")


class WrongNumber(ValueError):
    """A number that cannot be right; the message says what is wrong, not what was written."""

    @property
    def sentence(self) -> str:
        """Return the message as it stands beside a field."""
        words = str(self)
        return f"{words[:1].upper()}{words[1:]}."


def check_account(typed: str) -> str:
    """Return an IBAN from which can be collected, compact; raises `WrongNumber`.

    Outside the European Economic Area banks want the payer's address in the file, in parts
    that nobody has written down here; such accounts are refused.
    """
    account = compact_iban(typed)
    if not account:
        raise WrongNumber("there is no IBAN")
    try:
        ibans.validate(account)
    except ibans.InvalidChecksum:
        raise WrongNumber("the check digits of the IBAN do not fit") from None
    except ibans.ValidationError:
        raise WrongNumber(
            "the IBAN is too short, too long, or not of the form that its country has"
        ) from None
    if account[:2] not in _EEA:
        raise WrongNumber("the account is outside the European Economic Area")
    return account


def check_creditor_id(typed: str) -> str:
    """Return a creditor identifier (AT-02), compact; raises `WrongNumber`."""
    number = str(at_02.compact(typed))
    if not _CREDITOR.fullmatch(number):
        raise WrongNumber(
            "a creditor identifier is like DE98ZZZ09999999999; your bank or central bank gave it"
        )
    if not at_02.is_valid(number):
        raise WrongNumber("the check digits of the creditor identifier do not fit")
    return number


def check_mandate_id(typed: str) -> str:
    """Return a mandate's reference; raises `WrongNumber`."""
    text = typed.strip()
    if len(text) > 35 or not _MANDATE.fullmatch(text):
        raise WrongNumber(
            "a mandate’s reference has 35 signs at most: letters without accents, figures, and "
            "+ ? : ( ) . , ' - or single / inside"
        )
    return text
