"""4.6: what a company keeps, and what must be given so that a sum is left whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.fees import fee_of, grossed_up

PERCENTS = st.decimals(Decimal(0), Decimal("49.99"), places=2)
FIXED = st.integers(0, 5_000)
# Minor units, from one yen to a billion dinars with three decimals.
SUMS = st.integers(1, 1_000_000_000_000)


@given(SUMS, PERCENTS, FIXED)
def test_4_6_a_gift_is_never_short_and_never_two_units_too_much(
    minor: int, percent: Decimal, fixed: int
) -> None:
    gift = grossed_up(minor, percent, fixed)
    left = gift - fee_of(gift, percent, fixed)
    assert minor <= left <= minor + 2


@given(SUMS, PERCENTS, FIXED)
def test_4_6_it_is_the_smallest_such_gift(minor: int, percent: Decimal, fixed: int) -> None:
    gift = grossed_up(minor, percent, fixed)
    assert gift - 1 - fee_of(gift - 1, percent, fixed) < minor


@pytest.mark.parametrize(
    ("minor", "percent", "fixed", "expected"),
    [
        # 1.4 % and 0.25: a euro card.
        (1000, "1.4", 25, 1040),
        # 2.9 % and 0.30: a dollar card. A naive sum, 1000 + 29 + 30, would be short.
        (1000, "2.9", 30, 1061),
        # No decimals: yen, 3.6 %.
        (1000, "3.6", 0, 1037),
        # Three decimals: dinars, 2.75 % and 0.100.
        (10_000, "2.75", 100, 10_386),
        # By direct debit: 1 % and 0.20.
        (500, "1", 20, 525),
        (1, "0", 0, 1),
    ],
)
def test_some_companies(minor: int, percent: str, fixed: int, expected: int) -> None:
    assert grossed_up(minor, Decimal(percent), fixed) == expected


@pytest.mark.parametrize(("percent", "fixed"), [("50", 0), ("-1", 0), ("1.4", -1), ("100", 25)])
def test_what_no_fee_can_be_is_refused(percent: str, fixed: int) -> None:
    with pytest.raises(ValueError, match="fee"):
        grossed_up(1000, Decimal(percent), fixed)


@given(st.integers(0, 10**12), PERCENTS, FIXED)
def test_fees_are_rounded_half_up_to_whole_units(minor: int, percent: Decimal, fixed: int) -> None:
    exact = Decimal(minor) * percent / 100 + fixed
    assert abs(fee_of(minor, percent, fixed) - exact) <= Decimal("0.5")
    assert isinstance(fee_of(minor, percent, fixed), int)
