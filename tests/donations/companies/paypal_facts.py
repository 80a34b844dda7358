"""PayPal's double: an account's keys, and how PayPal writes sums, times and names.

What sums are in minor units is worked out here, from the list of currencies that PayPal publishes,
and not by what is tested.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

CLIENT_ID = "AQkquBDf1zctJOWGKWUEtKXm6qVhueUEMvXO_-MCI4DQQ4-LWvkDLIN2fGsd"
CLIENT_SECRET = "EL1tVxAjhT7cJimnz5-Nsx9k2reTKSVfErNQF-CmrwJgxRtylkGTKlU4RvrX"
TOKEN = "A21AAFEpH4PsADK7qSS7pSRsgzfENtu-Q1ysgEDVDESseMHBYXVJYE8ovjj68elIDy8nF26AwPhf"
MERCHANT = "7XBJVEMBJ5BGY"
WEBHOOK_ID = "1JE4291016473214C"
ACCOUNT_ZONE = timezone(timedelta(hours=-8))
"""The list tells times in the account's zone."""

WHOLE = {"HUF", "JPY", "TWD"}
_MINOR = {"JPY": Decimal(1)}
_draw = random.Random(314159)


def value_of(minor: int, currency: str) -> str:
    """Return a sum in our minor units as PayPal writes it."""
    amount = Decimal(minor) * _MINOR.get(currency, Decimal("0.01"))
    return f"{amount:.0f}" if currency in WHOLE else f"{amount:.2f}"


def minor_of(money: Mapping[str, str]) -> int:
    """Return a sum of PayPal's in our minor units."""
    return int(Decimal(money["value"]) / _MINOR.get(money["currency_code"], Decimal("0.01")))


def money(value: str | Decimal, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": str(value)}


def new_name() -> str:
    """Return a name as PayPal gives them: of what it is, it says nothing."""
    return "".join(_draw.choices("0123456789ABCDEFGHJKLMNPRSTUVWXY", k=17))


def stamp(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"
