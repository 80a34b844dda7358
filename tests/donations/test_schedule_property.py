"""4.1, 4.4: whatever happens between us and a company, each month of a plan is taken once.

A *schedule* is what happens in order: days pass, workers run and die, answers are lost, events come
late or not at all, people pay, pause, leave, and are given back. After some quiet the books
must equal the company's. The same check fails for a naive design, and for ours with any one of its
safeguards taken away.
"""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from donations.charging.naive import Naive
from donations.charging.playing import PARTS, WORK, broken, play, search, trouble
from handpress.donations.models import Rail

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", PARTS[::2])
def test_4_4_each_month_is_taken_once_whatever_happens(practice_rail: Rail, part: int) -> None:
    search(practice_rail, part)


def test_4_4_a_naive_design_fails(practice_rail: Rail) -> None:
    assert len(broken(practice_rail, nullcontext, Naive)) == 3


def test_a_naive_design_takes_a_month_twice(practice_rail: Rail) -> None:
    with pytest.raises(AssertionError, match="gave twice for"):
        play(practice_rail, [*trouble("lost after"), WORK, ("time", 1), WORK], Naive)
