"""4.1, 4.4: whatever happens between us and a company, each month of a plan is taken once.

A *schedule* is what happens in order: days pass, workers run and die, answers are lost, events come
late or not at all, people pay, pause, leave, and are given back. After some quiet the books
must equal the company's. The same check fails for a naive design, and for ours with any one of its
safeguards taken away.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import pytest
from hypothesis import given, seed, settings

from donations.charging.naive import Naive
from donations.charging.playing import (
    EXAMPLES,
    PARTS,
    QUIET,
    WORK,
    Schedule,
    broken,
    play,
    schedules,
    trouble,
)
from handpress.donations.models import Rail

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", range(PARTS))
def test_4_4_each_month_is_taken_once_whatever_happens(practice_rail: Rail, part: int) -> None:
    seen: Counter[str] = Counter()

    @seed(part)
    @settings(max_examples=EXAMPLES // PARTS, **QUIET)
    @given(schedules())
    def holds(schedule: Schedule) -> None:
        seen.update(act[0] for act in schedule)
        play(practice_rail, schedule)

    holds()
    # The search is worth something only if it tried everything.
    for what in ("trouble", "pay", "refund", "dispute", "pause", "cancel", "suspend", "elsewhere"):
        assert seen[what] >= EXAMPLES // PARTS // 20, seen


def test_4_4_a_naive_design_fails(practice_rail: Rail) -> None:
    assert len(broken(practice_rail, nullcontext, Naive)) == 3


def test_a_naive_design_takes_a_month_twice(practice_rail: Rail) -> None:
    with pytest.raises(AssertionError, match="gave twice for"):
        play(practice_rail, [*trouble("lost after"), WORK, ("time", 1), WORK], Naive)
