"""Sums as Stripe counts them (docs.stripe.com/currencies), and as we do (ISO 4217).

Stripe has no decimals where ISO has two (MGA), and two where ISO has none (ISK, UGX: whole crowns
and shillings only, each a hundred of its units). Sums with three decimals must end in 0. Forint
and Taiwan dollars have no decimals in payouts alone, which Stripe makes by itself.
"""

from __future__ import annotations

from handpress.donations.companies.errors import Refused
from handpress.lib.money import LARGEST_MINOR, exponent_of

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS TND TOP
    TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
    """.split()
)
LEAST = {
    **dict.fromkeys("AUD BRL CAD CHF EUR INR JPY KRW NZD SGD USD".split(), 50),
    **dict.fromkeys("AED MYR PLN RON".split(), 200),
    **dict.fromkeys("NOK SEK".split(), 300),
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "THB": 1000,
}
"""The smallest charge, in our minor units; Stripe asks for more where it changes money."""

_ZERO = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD JOD KWD OMR TND".split())


def stripe_units(minor: int, currency: str) -> int:
    """Return our minor units in Stripe's; raises `Refused` where it cannot take such a sum."""
    if currency not in CURRENCIES:
        raise Refused(f"Stripe takes no {currency}")
    units, rest = divmod(minor * 10 ** _decimals(currency), 10 ** exponent_of(currency))
    step = 10 if currency in _THREE else 1
    if minor <= 0 or rest or units % step:
        raise Refused(f"Stripe cannot take such a part of {currency}")
    return units


def minor_units(units: object, currency: str) -> int:
    """Return Stripe's units in our minor units; raises `ValueError` where that is no whole number.

    They may be below zero.
    """
    if not isinstance(units, int) or isinstance(units, bool):
        raise TypeError
    minor, rest = divmod(units * 10 ** exponent_of(currency), 10 ** _decimals(currency))
    if rest or abs(minor) > LARGEST_MINOR:
        raise ValueError
    return minor


def _decimals(currency: str) -> int:
    if currency in _ZERO:
        return 0
    return 3 if currency in _THREE else 2
