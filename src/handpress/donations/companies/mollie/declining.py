"""Why Mollie could not take a gift by a mandate, and whether to try once more.

Cards are declined at once, direct debits days later: both are judged here.
"""

from __future__ import annotations

from datetime import timedelta

from handpress.donations.companies.errors import Declined, NeedsDonor

_FOR_GOOD = frozenset(
    """
    card_expired inactive_card invalid_card_holder_name invalid_card_number invalid_card_type
    invalid_cvv possible_fraud ac01 ac04 ac06 ac13 ag01 be05 md01 md02 md06 md07 ms02 sl01
    """.split()
)
"""Mollie's words for cards, and banks' codes (ISO 20022) for direct debits."""
_ABSENT = frozenset(
    """
    authentication_abandoned authentication_failed authentication_required
    authentication_unavailable_acs
    """.split()
)
_AGAIN = timedelta(days=3)


def declined(code: str) -> Declined | NeedsDonor:
    """Return the error for a payment that failed at once, by the word that Mollie gives."""
    if code in _ABSENT:
        return NeedsDonor(code)
    return Declined(code, again=None if code in _FOR_GOOD else _AGAIN)


def again_after(code: str) -> timedelta | None:
    """Return when to try a payment that failed once more, by its word; None for never."""
    error = declined(code)
    return error.again if isinstance(error, Declined) else None
