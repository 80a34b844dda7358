"""The comparison itself: two lists in, differences out."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from handpress.donations.core.movements import Kind
from handpress.donations.core.reconciling import PAYOUT_WITHIN, Difference, Found, Line, compare

ON = date(2026, 11, 20)
DAY = timedelta(days=1)


def line(name: str = "g1", kind: Kind = Kind.CAPTURE, minor: int = 2000, **values: Any) -> Line:
    values = {"currency": "EUR", "on": ON, **values}
    return Line(kind=kind, remote_id=name, minor=minor, **values)


GIFT = line()
REFUND = line("r1", Kind.REFUND, -500, of="g1")
REFUND_BACK = line("b1", Kind.REFUND_BACK, 500, of="g1")
FEE = line("f1", Kind.FEE, -53, of="g1")
LOST = line("d1", Kind.DISPUTE, -2000, of="g1")
WON = line("w1", Kind.DISPUTE_WON, 2000, of="g1")
PAYOUT = line("p1", Kind.PAYOUT, -1400)


def told(found: list[Found]) -> list[tuple[str, str]]:
    return [(each.difference.value, each.remote_id) for each in found]


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        ([], [GIFT], Difference.MISSING),
        ([replace(GIFT, is_undone=True)], [GIFT], Difference.MISSING),
        ([GIFT], [], Difference.EXTRA),
        ([GIFT], [replace(GIFT, minor=2001)], Difference.AMOUNT),
        ([GIFT], [replace(GIFT, currency="USD")], Difference.CURRENCY),
        ([GIFT], [replace(GIFT, on=ON + 2 * DAY)], Difference.DAY),
        ([GIFT], [replace(GIFT, on=ON - 2 * DAY)], Difference.DAY),
        ([GIFT, FEE], [GIFT, replace(FEE, minor=-54)], Difference.FEE),
        ([GIFT], [GIFT, FEE], Difference.FEE),
        ([GIFT, FEE], [GIFT], Difference.FEE),
        ([], [REFUND], Difference.ORPHAN),
        ([], [replace(REFUND, of="")], Difference.ORPHAN),
        ([], [LOST], Difference.ORPHAN),
        ([], [REFUND_BACK], Difference.ORPHAN),
        ([GIFT, REFUND], [GIFT, REFUND, REFUND_BACK], Difference.MISSING),
        ([FEE], [FEE], Difference.ORPHAN),
        (
            [GIFT, REFUND, line("r2", Kind.REFUND, -1501, of="g1")],
            [GIFT, REFUND, line("r2", Kind.REFUND, -1501, of="g1")],
            Difference.OVERDRAWN,
        ),
        ([GIFT], [GIFT, replace(GIFT, minor=2005)], Difference.DOUBLE),
        ([GIFT], [replace(GIFT, minor=2005), GIFT], Difference.DOUBLE),
        ([GIFT, LOST], [GIFT, LOST, WON], Difference.DISPUTE_LOST_AND_WON),
        ([GIFT, LOST, WON], [GIFT, LOST], Difference.DISPUTE_LOST_AND_WON),
        (
            [replace(GIFT, reference="A")],
            [replace(GIFT, reference="B")],
            Difference.REFERENCE,
        ),
        ([GIFT], [replace(GIFT, reference="B")], Difference.REFERENCE),
        (
            [GIFT, line("g2"), REFUND],
            [GIFT, line("g2"), replace(REFUND, of="g2")],
            Difference.REFERENCE,
        ),
    ],
)
def test_each_class_is_told_once_with_what_there_is_of_both_sides(
    ours: list[Line], theirs: list[Line], difference: Difference
) -> None:
    (found,) = compare(ours, theirs)
    assert found.difference == difference
    names = {found.remote_id}
    assert (found.ours is None) == names.isdisjoint(each.remote_id for each in ours)
    assert (found.theirs is None) == names.isdisjoint(each.remote_id for each in theirs)
    assert found.ours is None or found.ours in ours
    assert found.theirs is None or found.theirs in theirs


@pytest.mark.parametrize(
    "both",
    [
        [],
        [GIFT, FEE, REFUND],
        [GIFT, REFUND, replace(REFUND, remote_id="r2"), replace(REFUND, remote_id="r3")],
        [GIFT, LOST, WON],
        [GIFT, replace(REFUND, minor=-2000)],
        [GIFT, replace(GIFT, kind=Kind.FEE, minor=-53, of="g1")],  # of one name, as at PayPal
        [PAYOUT],
    ],
)
def test_the_same_on_both_sides_is_no_difference(both: list[Line]) -> None:
    assert compare(both, both) == []
    assert compare(both, [*both, *both]) == [], "a page that overlaps lists some twice"


def test_what_is_no_alarm() -> None:
    assert compare([replace(GIFT, on=ON + DAY)], [GIFT]) == [], "their clock is a day behind"
    assert compare([replace(GIFT, on=ON - DAY)], [GIFT]) == [], "or ahead"
    assert compare([replace(GIFT, is_undone=True)], []) == [], "we took back what never was"
    assert compare([replace(GIFT, reference="A")], [GIFT]) == [], "they do not know promises"
    fee = replace(FEE, of="")
    assert compare([GIFT, fee], [GIFT, FEE]) == [], "fees are nobody's in our books"


def test_two_equal_refunds_are_two() -> None:
    again = replace(REFUND, remote_id="r2")
    assert told(compare([GIFT, REFUND], [GIFT, REFUND, again])) == [("missing", "r2")]
    assert told(compare([GIFT, REFUND, again], [GIFT, REFUND])) == [("extra", "r2")]


def test_what_lies_before_the_window_counts_for_what_is_listed_in_it() -> None:
    before = [GIFT, replace(REFUND, remote_id="r0", minor=-1600)]
    assert compare([], [], around=before) == [], "nothing listed is about it"
    (found,) = compare([REFUND], [REFUND], around=before)
    assert (found.difference, found.ours, found.theirs) == (Difference.OVERDRAWN, GIFT, None)
    undone = replace(before[1], is_undone=True)
    assert compare([REFUND], [REFUND], around=[GIFT, undone]) == []
    assert told(compare([REFUND], [REFUND])) == [("orphan", "r1")]


def test_a_dispute_that_was_won_leaves_room_for_a_refund() -> None:
    whole = replace(REFUND, minor=-2000)
    both = [GIFT, LOST, WON, whole]
    assert compare(both, both) == []
    assert told(compare([GIFT, LOST, whole], [GIFT, LOST, whole])) == [("overdrawn", "g1")]


def test_sums_of_several_currencies_are_not_added() -> None:
    dollars = replace(REFUND, minor=-9000, currency="USD")
    assert compare([GIFT, dollars], [GIFT, dollars]) == []


def test_a_payout_is_late_where_the_bank_would_have_told() -> None:
    sent = [PAYOUT]
    late = ON + PAYOUT_WITHIN + DAY
    assert compare([], [], payouts=sent) == [], "no statement, no alarm"
    assert compare([], [], payouts=sent, bank_until={"USD": late}) == []
    assert compare([], [], payouts=sent, bank_until={"EUR": ON + PAYOUT_WITHIN}) == []
    (found,) = compare([], [], payouts=sent, bank_until={"EUR": late})
    assert (found.difference, found.ours, found.theirs) == (Difference.PAYOUT, PAYOUT, None)
    (found,) = compare(sent, sent, payouts=sent, bank_until={"EUR": late})
    assert found.theirs == PAYOUT


def test_a_payout_that_came_back_is_not_on_its_way() -> None:
    later = replace(PAYOUT, remote_id="p2", on=ON + DAY)
    back = line("p3", Kind.PAYOUT, 1400, on=ON + 2 * DAY)
    until = {"EUR": ON + 30 * DAY}
    assert compare([], [], payouts=[PAYOUT, back], bank_until=until) == []
    assert told(compare([], [], payouts=[back, later, PAYOUT], bank_until=until)) == [
        ("payout", "p1")
    ]
    before = replace(back, on=ON - DAY)
    assert told(compare([], [], payouts=[PAYOUT, before], bank_until=until)) == [("payout", "p1")]


def test_the_order_depends_on_nothing_but_what_differs() -> None:
    ours = [line(f"g{number}", minor=100 + number) for number in range(40)]
    theirs = [line(f"g{number}", minor=100) for number in range(20, 60)]
    wanted = compare(ours, theirs)
    assert len(wanted) == 60
    dice = random.Random(1)
    for _ in range(5):
        dice.shuffle(ours)
        dice.shuffle(theirs)
        assert compare(ours, theirs) == wanted
