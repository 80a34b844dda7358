"""What payments in a coin are worth in the currency of their invoice, in whole minor units.

An invoice fixes a rate for each coin, and keeps it. A payment is worth what it brought, less what
the donor paid on top for the network (``fee``), at that rate. Rounding each payment by itself would
make parts that do not add up to the whole, and sharing out a remainder among all would change what
was told of the first when the last comes. So the total is rounded as it grows: a payment's sum is
what the rounded total was after it, less what it was before. That of one payment depends on those
before it alone, and the sums of any number of first payments add up to their rounded total.

A coin has a smallest part, and what is asked of the donor is rounded up to it. A total that is over
the invoice's amount by less than that part is the amount: somebody who paid exactly what was asked
has given exactly what was meant (BTCPay Server calls the rest dust).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from handpress.donations.companies.reading import EXACT
from handpress.lib.money import LARGEST_MINOR, exponent_of

SMALLEST_PART = Decimal("0.00000001")
"""What BTCPay Server rounds up to: of a bitcoin on the chain and of what it asks for by Lightning;
of other coins that have more decimals or fewer it makes no minor unit's difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment: ``value`` came in coins, ``fee`` of that for the network; ``rate`` is what a
    coin was worth."""

    payment: str
    at: datetime
    value: Decimal
    fee: Decimal
    rate: Decimal
    is_settled: bool


def valued(payments: Iterable[Paid], amount: Decimal, currency: str) -> list[tuple[Paid, int]]:
    """Return each payment in the order in which they came, with what it is worth.

    ``amount`` is the invoice's. Some are worth nothing: their part is in the next one's.
    """
    total, told = Decimal(0), 0
    found: list[tuple[Paid, int]] = []
    for each in sorted(payments, key=lambda one: (one.at, one.payment)):
        net = max(EXACT.subtract(each.value, each.fee), Decimal(0))
        total = EXACT.add(total, EXACT.multiply(net, each.rate))
        part = EXACT.multiply(SMALLEST_PART, each.rate)
        is_dust = amount <= total < EXACT.add(amount, part)
        now = max(told, _rounded(amount if is_dust else total, currency))
        found.append((each, now - told))
        told = now
    return found


def _rounded(value: Decimal, currency: str) -> int:
    scaled = value.scaleb(exponent_of(currency), EXACT)
    minor = int(scaled.to_integral_value(rounding=ROUND_HALF_UP))
    if minor > LARGEST_MINOR:
        raise ValueError
    return minor
