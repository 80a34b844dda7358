"""Why a bank did not pay what GoCardless asked it for, and whether to try once more.

Causes are those of the vendor's events (developer.gocardless.com/api-reference, events, payment
actions). Only a payment that ``failed`` is tried again: one that was cancelled somebody did not
want, or its mandate is gone.
"""

from __future__ import annotations

from datetime import timedelta

AGAIN = timedelta(days=3)
_FOR_NOW = frozenset(
    """
    bank_account_transferred bank_declined_payment daily_payment_limit_reached insufficient_funds
    other refer_to_payer test_failure
    """.split()
)
"""What may be otherwise in some days. The rest says so again: the account is closed, blocked or
another's, the mandate is gone, or the payer does not want it (`authorisation_disputed`,
`payment_stopped`). A cause that is new to us is not tried again: a bank must not be pressed."""


def again_after(action: str, cause: str) -> timedelta | None:
    """Return when to try once more what ended by this action and cause; None for never."""
    return AGAIN if action == "failed" and cause in _FOR_NOW else None
