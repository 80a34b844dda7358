"""Splitting whole numbers so that the parts add up."""

from __future__ import annotations

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by weights; the parts add up to it exactly.

    By largest remainder (Hamilton): each part is the exact share rounded down or up, and of two
    shares with the same remainder the earlier is rounded up. Weights are not negative, and one at
    least is more than nothing; `total` may be below zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and not all nothing")
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-shares[place][1], place))
    for place in by_remainder[: abs(total) - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]
