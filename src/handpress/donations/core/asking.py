"""What the form on how to give offers to choose from, and what one chose of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from handpress.lib.money import exponent_of

MOST = 10**11
"""Minor units of a promise: what strangers write must stay below what sums of sums can hold."""
ONCE, MONTHLY = "once", "monthly"
FREQUENCIES = (ONCE, MONTHLY)

_USUAL = {
    0: {ONCE: (10_000, 25_000, 50_000, 100_000), MONTHLY: (5_000, 10_000, 20_000)},
    2: {ONCE: (10, 25, 50, 100), MONTHLY: (5, 10, 20)},
    3: {ONCE: (5, 10, 25, 50), MONTHLY: (2, 5, 10)},
}
"""In whole units, by the currency's decimals, where nobody chose otherwise."""

_CHOICE = re.compile(r"(once|monthly) ([A-Z]{3}) ([1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody means to give: minor units of a currency, once or every month."""

    minor: int
    currency: str
    frequency: str

    def __str__(self) -> str:
        """Write it as the form does; `read_choice` reads it."""
        return f"{self.frequency} {self.currency} {self.minor}"


def read_choice(text: str) -> Wish | None:
    """Return what a choice of the form stands for; None where it is none."""
    found = _CHOICE.fullmatch(text)
    if found is None or int(found[3]) > MOST:
        return None
    return Wish(int(found[3]), found[2], found[1])


def suggested(
    chosen: Iterable[tuple[str, str, list[int]]], currencies: Iterable[str], *, monthly: bool
) -> list[list[Wish]]:
    """Return groups to choose from, by currency and frequency; only what can be given now.

    ``chosen`` is what the campaign says. Where it says nothing of a currency, the first of
    ``currencies`` gets the usual amounts and the others none.
    """
    own = {(currency, frequency): amounts for currency, frequency, amounts in chosen}
    groups = []
    for place, currency in enumerate(currencies):
        is_named = any(named == currency for named, _ in own)
        for frequency in FREQUENCIES if monthly else (ONCE,):
            amounts = own.get((currency, frequency), [])
            if not is_named and place == 0:
                amounts = _usual(currency, frequency)
            if amounts:
                groups.append([Wish(minor, currency, frequency) for minor in amounts])
    return groups


def _usual(currency: str, frequency: str) -> list[int]:
    exponent = exponent_of(currency)
    whole = _USUAL.get(exponent, {}).get(frequency, ())
    return [amount * 10**exponent for amount in whole]
