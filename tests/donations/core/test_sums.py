"""4.6: sums are whole and add up; what has become of a promise follows from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handpress.donations
from handpress.donations.core.movements import GIFTS, Kind, RefusedMovement, check_amounts, legs_of
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.splitting import split

weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=20).filter(any)


@given(st.integers(-(10**15), 10**15), weights)
def test_4_6_parts_add_up_and_none_is_a_unit_off(total: int, some: list[int]) -> None:
    parts = split(total, some)
    assert sum(parts) == total
    for part, weight in zip(parts, some, strict=True):
        assert abs(part * sum(some) - total * weight) < sum(some)
        assert part == 0 or weight


def test_4_6_splitting_is_the_same_each_time() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    for wrong in ([0, 0], [1, -1]):
        with pytest.raises(ValueError, match="weights"):
            split(1, wrong)


@given(st.sampled_from(Kind), st.integers(-(10**15), 10**15), st.integers(0, 10**6))
def test_4_6_every_entry_balances(kind: Kind, amount: int, fee: int) -> None:
    legs = legs_of(kind, amount, fee)
    assert sum(leg.minor for leg in legs) == 0
    assert all(leg.minor for leg in legs)


@pytest.mark.parametrize(
    ("kind", "amount", "fee"),
    [
        (Kind.BANK_IN, 0, 0),
        (Kind.CASH_IN, -1, 0),
        (Kind.REFUND, 1, 0),
        (Kind.REFUND_BACK, 0, 0),
        (Kind.REFUND_BACK, -100, 0),
        (Kind.REFUND_BACK, 100, 1),
        (Kind.CHEQUE_BOUNCE, 0, 0),
        (Kind.BANK_IN, 100, -1),
        (Kind.LINK_IN, 100, 100),
    ],
)
def test_4_6_sums_that_cannot_be_are_refused(kind: Kind, amount: int, fee: int) -> None:
    with pytest.raises(RefusedMovement):
        check_amounts(kind, amount, fee)


@pytest.mark.parametrize(
    ("movements", "state"),
    [
        ([], PledgeState.OPEN),
        ([(Kind.BANK_IN, 600)], PledgeState.PART),
        ([(Kind.BANK_IN, 600), (Kind.CASH_IN, 400)], PledgeState.SETTLED),
        ([(Kind.BANK_IN, 1001)], PledgeState.MORE),
        ([(Kind.BANK_IN, 1000), (Kind.REFUND, -1000)], PledgeState.RETURNED),
        (
            [(Kind.CAPTURE, 1000), (Kind.REFUND, -1000), (Kind.REFUND_BACK, 1000)],
            PledgeState.SETTLED,
        ),
        ([(Kind.CHEQUE_IN, 1000), (Kind.CHEQUE_BOUNCE, -1000)], PledgeState.RETURNED),
        ([(Kind.BANK_IN, 1000), (Kind.REVERSAL, -1000)], PledgeState.OPEN),
        ([(Kind.BANK_IN, 1000), (Kind.REFUND, -300)], PledgeState.PART),
    ],
)
def test_what_becomes_of_a_promise(movements: list[tuple[Kind, int]], state: PledgeState) -> None:
    assert pledge_state(1000, movements) == state
    assert pledge_state(1000, movements[::-1]) == state


def test_every_gift_of_today_can_fill_a_promise() -> None:
    for kind in GIFTS:
        assert pledge_state(5, [(kind, 5)]) == PledgeState.SETTLED


_SECONDS = re.compile(r"\b(\w*_S|\w*_s|_\w+_at|timeout)\b|time\.sleep")
"""What is measured in seconds may be broken."""
_DECIMALS = ("Decimal(", "percent / 100")
_TIME = (
    "begin + (end - begin) * number / parts",
    "begin + (end - begin) * (number + 1) / parts",
    "since + (until - since) / 2",
    "(each.since - begin) / whole * WIDTH",
    "(each.until - begin) / whole * WIDTH",
    "now + WITHIN / 3",
    "timedelta(seconds=wait * 0.1 * random())",
)
"""Moments divided by spans, which Python keeps exact or which nobody counts money by."""


def _floats(text: str) -> Iterator[int]:
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        is_number = isinstance(node, ast.Constant) and isinstance(node.value, float)
        is_division = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        is_name = isinstance(node, ast.Name) and node.id == "float"
        if not (is_number or is_name or is_division):
            continue
        number = getattr(node, "lineno", 0)
        line = lines[number - 1]
        # Paths are put together with the same sign.
        is_path = is_division and ("folder" in ast.unparse(node) or "Path(" in line)
        is_exact = is_division and any(each in line for each in _DECIMALS)
        is_time = any(each in line for each in _TIME)
        is_seconds = not is_division and bool(_SECONDS.search(line))
        if not (is_path or is_exact or is_time or is_seconds):
            yield number


def test_4_6_there_is_no_float_in_the_package() -> None:
    folder = Path(handpress.donations.__file__).parent
    found = [
        f"{file.name}:{line}"
        for file in folder.rglob("*.py")
        for line in _floats(file.read_text("utf-8"))
    ]
    assert not found
    assert list(_floats("a = 1 / 2\nb = 0.5\nc = float(a)\nWAIT_S = 0.5")) == [1, 2, 3]
