"""Payments in coins, in the currency of their invoice: parts that add up, and stay as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.companies.btcpay.valuing import SMALLEST_PART, Paid, valued
from handpress.donations.companies.errors import CompanyDown
from handpress.donations.companies.reading import understood
from handpress.lib.money import exponent_of

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
RATES = {
    "EUR": ("64392.23", "91.337"),
    "JPY": ("10450123.5", "14777.1"),
    "KRW": ("143777001.1", "201345.9"),
    "KWD": ("20333.117", "28.4"),
    "IDR": ("1633420119.75", "2288001.5"),
}
"""What a coin is worth: of bitcoin, and of another."""


def paid(number: int, value: str | Decimal, rate: str, **more: str) -> Paid:
    return Paid(
        payment=f"p{number:03d}",
        at=START + timedelta(seconds=number),
        value=Decimal(value),
        fee=Decimal(more.get("fee", "0")),
        rate=Decimal(rate),
        is_settled=True,
    )


def sums(payments: list[Paid], amount: str, currency: str) -> list[int]:
    return [minor for _, minor in valued(payments, Decimal(amount), currency)]


parts = st.lists(
    st.tuples(
        st.integers(1, 10**8),
        st.integers(0, 1),
        st.integers(0, 5000),
    ),
    max_size=6,
)


@given(currency=st.sampled_from(sorted(RATES)), minor=st.integers(1, 10**9), some=parts)
def test_who_pays_what_is_asked_has_given_the_exact_amount(
    currency: str, minor: int, some: list[tuple[int, int, int]]
) -> None:
    """Some part first, then what is asked for the rest, rounded up to a part of the coin."""
    amount = Decimal(minor).scaleb(-exponent_of(currency))
    made: list[Paid] = []
    left = amount
    for number, (share, coin, fee) in enumerate([*some, (0, 0, 0)]):
        rate = Decimal(RATES[currency][coin])
        due = (left / rate).quantize(SMALLEST_PART, rounding=ROUND_CEILING)
        is_last = number == len(some)
        value = due if is_last else (due * share / 10**9).quantize(SMALLEST_PART)
        if value <= 0 or (not is_last and value * rate >= left):
            continue
        above = SMALLEST_PART * fee
        made.append(paid(number, value + above, str(rate), fee=f"{above:f}"))
        left -= value * rate

    told = sums(made, f"{amount:f}", currency)

    assert sum(told) == minor
    assert all(each >= 0 for each in told)


@given(
    currency=st.sampled_from(sorted(RATES)),
    minor=st.integers(1, 10**7),
    some=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 1)), min_size=1, max_size=8),
)
def test_what_was_told_of_the_first_stays(
    currency: str, minor: int, some: list[tuple[int, int]]
) -> None:
    amount = f"{Decimal(minor).scaleb(-exponent_of(currency)):f}"
    made = [
        paid(number, SMALLEST_PART * value, RATES[currency][coin])
        for number, (value, coin) in enumerate(some)
    ]

    every = [sums(made[:count], amount, currency) for count in range(len(made) + 1)]

    assert all(longer[:-1] == shorter for shorter, longer in pairwise(every))
    exact = sum((each.value * each.rate for each in made), Decimal(0))
    off = exact.scaleb(exponent_of(currency)) - sum(every[-1])
    biggest = max(each.rate for each in made) * SMALLEST_PART
    assert abs(off) <= Decimal("0.5") + biggest.scaleb(exponent_of(currency))


@pytest.mark.parametrize(
    ("values", "amount", "currency", "told"),
    [
        (["0.00031060"], "20.00", "EUR", [2000]),
        (["0.00015530", "0.00015530"], "20.00", "EUR", [1000, 1000]),
        (["0.00010353", "0.00010353", "0.00010354"], "20.00", "EUR", [667, 666, 667]),
        (["0.00062120"], "20.00", "EUR", [4000]),
        (["0.00007765"], "20.00", "EUR", [500]),
        (["0.00000001"], "20.00", "EUR", [0]),
        (["0.00000005"] * 4, "20.00", "EUR", [0, 1, 0, 0]),
        (["0.00006956"], "10000", "KRW", [10000]),
        (["0.00006955"], "10000", "KRW", [10000]),
        (["0.00006957"], "10000", "KRW", [10003]),
        ([], "20.00", "EUR", []),
    ],
)
def test_examples(values: list[str], amount: str, currency: str, told: list[int]) -> None:
    made = [paid(number, each, RATES[currency][0]) for number, each in enumerate(values)]

    assert sums(made, amount, currency) == told


def test_what_is_paid_on_top_for_the_network_is_no_gift() -> None:
    one = paid(1, "0.00031560", RATES["EUR"][0], fee="0.00000500")
    odd = paid(2, "0.00000100", RATES["EUR"][0], fee="0.00000500")

    assert sums([one, odd], "20.00", "EUR") == [2000, 0]


def test_the_order_is_that_in_which_they_came() -> None:
    late, early = (paid(n, "0.00010353", RATES["EUR"][0]) for n in (2, 1))

    found = valued([late, early], Decimal("20.00"), "EUR")

    assert [each.payment for each, _ in found] == ["p001", "p002"]


def test_more_money_than_there_is_is_no_sum() -> None:
    made = [paid(1, "1" * 20, "1" * 20)]

    with pytest.raises(CompanyDown), understood():
        sums(made, "20.00", "EUR")
