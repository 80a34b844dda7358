"""Sums as PayPal writes them: decimals in a text, but for three currencies without decimals.

From PayPal's list of currency codes (developer.paypal.com/api/rest/reference/currency-codes). BRL,
CNY and MYR are taken only by accounts of those countries.
"""

from __future__ import annotations

import re
from typing import Any

from handpress.donations.companies.errors import Refused
from handpress.donations.companies.reading import decimal_of, form, minor_of

CURRENCIES = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD"
    " USD".split()
)
LEAST = {"HUF": 100, "TWD": 100}
_WHOLE = frozenset({"HUF", "JPY", "TWD"})
_CURRENCY = re.compile("[A-Z]{3}")


def written(minor: int, currency: str) -> dict[str, str]:
    """Return a sum for PayPal; raises `Refused` for a currency or a part that it does not take."""
    if currency not in CURRENCIES:
        raise Refused(f"PayPal does not take {currency[:3]}")
    value = decimal_of(minor, currency, 0 if currency in _WHOLE else None)
    return {"currency_code": currency, "value": value}


def read(money: Any) -> tuple[int, str]:
    """Return minor units and currency; raises `TypeError` or `ValueError` for what is no sum."""
    currency = form(money["currency_code"], _CURRENCY)
    return minor_of(money["value"], currency), currency
