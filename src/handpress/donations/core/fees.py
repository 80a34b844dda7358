"""What a company keeps of a gift, and what a gift must be so that the outlet gets a sum whole."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal


def fee_of(minor: int, percent: Decimal, fixed: int) -> int:
    """Return about what a company keeps: ``percent`` of a gift and ``fixed`` minor units."""
    part = (Decimal(minor) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return int(part) + fixed


def grossed_up(minor: int, percent: Decimal, fixed: int) -> int:
    """Return the smallest gift of which at least ``minor`` is left after the fee.

    Raises `ValueError` where a fee would eat any gift.
    """
    if not 0 <= percent < 50 or fixed < 0:
        raise ValueError("No fee is like this.")
    whole = Decimal(minor + fixed) / (1 - percent / 100)
    gift = int(whole.quantize(Decimal(1), ROUND_CEILING))
    # The fee is rounded: the neighbours decide.
    while gift - 1 - fee_of(gift - 1, percent, fixed) >= minor:
        gift -= 1
    while gift - fee_of(gift, percent, fixed) < minor:
        gift += 1
    return gift
