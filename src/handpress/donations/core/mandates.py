"""What later gifts can be taken by, told from a list: names as companies' modules keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CUSTOMER_AND_METHOD: Mapping[str, re.Pattern[str]] = {
    "stripe": re.compile(r"cus_[A-Za-z0-9_]{1,120}/[a-z]{2,4}_[A-Za-z0-9_]{1,120}"),
    "mollie": re.compile(r"cst_[0-9A-Za-z]{4,60}/mdt_[0-9A-Za-z]{4,60}"),
}
_METHOD_ALONE: Mapping[str, re.Pattern[str]] = {
    "gocardless": re.compile(r"MD[0-9A-Z]{4,60}"),
    "practice": re.compile(r"[a-z0-9-]{4,60}"),
}


def mandate_name(company: str, customer: str, method: str) -> str:
    """Return what a company's `charge` is given, or "" where the names are not enough for it.

    Stripe asks for a customer and a card, Mollie for a customer and a mandate, GoCardless for a
    mandate. PayPal has none that could be carried over.
    """
    both = f"{customer}/{method}"
    if (form := _CUSTOMER_AND_METHOD.get(company)) and form.fullmatch(both):
        return both
    if (form := _METHOD_ALONE.get(company)) and form.fullmatch(method):
        return method
    return ""
