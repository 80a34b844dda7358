"""What the form offers, and which transfers fit into a code for banking apps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core import epc
from handpress.donations.core.asking import MONTHLY, MOST, ONCE, Wish, read_choice, suggested

IBAN = "DE89370400440532013000"


def test_what_the_campaign_says_is_offered_in_its_order():
    chosen = [("EUR", ONCE, [2500, 1000]), ("USD", MONTHLY, [700])]
    groups = suggested(chosen, ["EUR", "USD"], monthly=True)
    assert groups == [
        [Wish(2500, "EUR", ONCE), Wish(1000, "EUR", ONCE)],
        [Wish(700, "USD", MONTHLY)],
    ]
    assert suggested(chosen, ["USD"], monthly=False) == []


@pytest.mark.parametrize(
    ("currency", "first"), [("EUR", 1000), ("KRW", 10_000), ("KWD", 5000), ("CLF", None)]
)
def test_usual_amounts_are_whole_and_of_the_currencys_size(currency: str, first: int | None):
    groups = suggested([], [currency, "SEK"], monthly=True)
    assert [group[0].minor for group in groups][:1] == ([first] if first else [])
    assert {wish.currency for group in groups for wish in group} <= {currency}
    assert [group[0].frequency for group in groups] == ([ONCE, MONTHLY] if first else [])


@given(
    st.integers(1, MOST),
    st.sampled_from(["EUR", "KRW", "KWD"]),
    st.sampled_from([ONCE, MONTHLY]),
)
def test_a_choice_is_read_as_it_was_written(minor: int, currency: str, frequency: str):
    wish = Wish(minor, currency, frequency)
    assert read_choice(str(wish)) == wish


@pytest.mark.parametrize(
    "text",
    ["", "other", "once EUR 0", "once EUR -5", "once EUR 1.5", "weekly EUR 100", "once eur 100",
     f"once EUR {MOST + 1}", "once EUR 100 ", "once EUR ١٠٠", "once EUR " + "9" * 40],
)  # fmt: skip
def test_what_is_no_choice_is_none(text: str):
    assert read_choice(text) is None


def test_the_sum_in_a_code_is_exact_to_the_cent():
    assert epc.amount_of("Us", IBAN, 100_500, "EUR") == Decimal("1005.00")
    assert epc.amount_of("Us", IBAN, 1, "EUR") == Decimal("0.01")
    assert epc.amount_of("Us", IBAN, 99_999_999_999, "EUR") == Decimal("999999999.99")


@pytest.mark.parametrize(
    ("holder", "iban", "minor", "currency"),
    [
        ("Us", IBAN, 100_000_000_000, "EUR"),
        ("Us", IBAN, 0, "EUR"),
        ("Us", IBAN, 100, "USD"),
        ("Us", "DE00370400440532013000", 100, "EUR"),
        ("Us", "12-3456 78", 100, "EUR"),
        ("", IBAN, 100, "EUR"),
        ("x" * 71, IBAN, 100, "EUR"),
    ],
)
def test_what_the_guideline_has_no_code_for_gets_none(
    holder: str, iban: str, minor: int, currency: str
):
    assert epc.amount_of(holder, iban, minor, currency) is None
