"""4.4: our way of charging with any one of its safeguards taken away is found out.

Each mutant comes with a schedule that shows it; some are searched for too, all of them by
`make soak`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import IntegrityError

from donations.charging.naive import believe
from donations.charging.playing import (
    DAY,
    IS_LONG,
    WORK,
    Schedule,
    broken,
    play,
    trouble,
)
from donations.charging.world import World
from handpress.donations import tasks
from handpress.donations.actions import (
    absorbing,
    attempts,
    charging,
    collecting,
    following,
    ledger,
    looking,
    outcomes,
)
from handpress.donations.actions.attempts import Claim
from handpress.donations.companies.contract import Order
from handpress.donations.core.schedule import latest_due, next_after
from handpress.donations.models import Attempt, AttemptState, Plan, PlanState, Purpose, Rail

pytestmark = pytest.mark.django_db


def _random_key(company: Any, attempt: Attempt) -> Any:
    asked = attempt.asked
    return company.charge(asked["mandate"], Order(**asked["order"]), key=str(uuid4()))


_claim, _ask, _collect = attempts.claim, looking._ask, collecting._collect
_book, _take_failure = ledger.book, outcomes.take_failure
_write_mandate = following._write_mandate


def _always_mine(attempt: Attempt, now: datetime, *_: Any) -> Claim:
    Attempt.objects.filter(pk=attempt.pk).update(state="sent", sent_at=now, look_at=now)
    outcomes.read_again(attempt)
    return Claim(is_first=False)


def _done_before(attempt: Attempt, *how: Any) -> Claim | None:
    claimed = _claim(attempt, *how)
    if claimed:
        Attempt.objects.filter(pk=attempt.pk).update(state="done", look_at=None)
    return claimed


def _does_not_look(attempt: Attempt, company: Any, now: datetime) -> Any:
    return _ask(attempt, company, now) if attempt.state == AttemptState.ANSWERED else None


def _forgets_that_it_was_sent(attempt: Attempt, error: Any, now: datetime, **_: bool) -> Any:
    return _take_failure(attempt, error, now, is_first=True)


def _of_use(*how: Any, is_of_use: bool) -> None:
    _write_mandate(*how, is_of_use=True)


def _torn(pk: int, today: date, now: datetime) -> bool:
    """Move the day on in a transaction of its own, before the charge is written down."""
    plan = Plan.objects.get(pk=pk)
    due = latest_due(plan.next_due, plan.anchor_day, today)
    with mock.patch.object(collecting, "next_after", return_value=due):
        moved = next_after(due, plan.anchor_day)
        try:
            return _collect(pk, today, now)
        finally:
            Plan.objects.filter(pk=pk, state=PlanState.ACTIVE).update(next_due=moved)


def _both(name: str, *modules: Any, value: Any) -> ExitStack[Any]:
    held = ExitStack()
    for module in modules:
        held.enter_context(mock.patch.object(module, name, value))
    return held


def _thanks_again() -> ExitStack[Any]:
    """Follow what is known as if it were new."""
    held = _both("_standing", absorbing, value=lambda rail, told: {})
    held.enter_context(
        mock.patch.object(absorbing, "book", lambda happened: (_book(happened)[0], True))
    )
    return held


@dataclass(frozen=True)
class Mutant:
    """A safeguard taken away, and a schedule in which that must be seen."""

    patch: Callable[[], Any]
    schedule: Schedule


MUTANTS: dict[str, Mutant] = {
    "a new key each time": Mutant(
        lambda: mock.patch.dict(attempts._ASKS, {Purpose.CHARGE: _random_key}),
        [("lag",), *trouble("lost after"), WORK, ("time", 1), WORK],
    ),
    "whoever comes sends": Mutant(
        lambda: mock.patch.object(attempts, "claim", _always_mine), [WORK, ("again", 0)]
    ),
    "no lease": Mutant(
        lambda: mock.patch.object(attempts, "LEASE", timedelta(seconds=-1)),
        [*trouble("meanwhile"), WORK],
    ),
    "done before it is asked": Mutant(
        lambda: mock.patch.object(attempts, "claim", _done_before),
        [*trouble("before the call"), WORK],
    ),
    "nobody looks again": Mutant(
        lambda: mock.patch.object(tasks, "due_attempts", return_value=[]), [WORK]
    ),
    "sent again without a look": Mutant(
        lambda: mock.patch.object(looking, "_ask", _does_not_look),
        [*trouble("lost after"), WORK, ("time", 2 * DAY), WORK],
    ),
    "sent again when the key is forgotten": Mutant(
        lambda: _both("is_remembered", attempts, looking, value=lambda *_: True),
        [*trouble("lost before"), WORK, ("time", 2 * DAY), WORK],
    ),
    "the next day is written before the charge": Mutant(
        lambda: mock.patch.object(collecting, "_collect", _torn), [("work", "writing down")]
    ),
    "a month that has come is asked for": Mutant(
        lambda: _both("has_come", charging, collecting, value=lambda pledge: False),
        [("elsewhere", 1), ("deliver", 0, 1), WORK, ("time", 9 * DAY), WORK],
    ),
    "events are believed": Mutant(
        lambda: mock.patch.object(tasks, "understand", believe),
        [*trouble("lost after"), WORK, ("deliver", 0, 1), WORK],
    ),
    "thanked for what is known": Mutant(_thanks_again, [WORK, ("deliver", 0, 1), WORK]),
    "nobody compares": Mutant(
        lambda: mock.patch.object(World, "compare"), [WORK, ("refund there", 0, 100)]
    ),
    "declined is tried again at once": Mutant(
        lambda: mock.patch.object(following, "try_again_on", lambda today, *_: today),
        [*trouble("declined"), WORK, ("time", DAY), WORK],
    ),
    "what is paused is charged": Mutant(
        lambda: mock.patch.object(charging, "_hindrance", return_value=""),
        [*trouble("before the call"), WORK, ("pause", 0), ("time", 20), WORK],
    ),
    "down means never sent": Mutant(
        lambda: mock.patch.object(attempts, "take_failure", _forgets_that_it_was_sent),
        [
            *trouble("lost before", "down"),
            *(WORK, ("time", 1), WORK),
            *(("down",), ("time", DAY), ("up",), WORK),
        ],
    ),
    "no distance between months": Mutant(
        lambda: _both("may_charge_on", charging, collecting, value=lambda *_: True),
        [("time", 26 * DAY), WORK, ("time", 5 * DAY), WORK],
    ),
    "a mandate agreed to too late is used": Mutant(
        lambda: mock.patch.object(following, "_write_mandate", _of_use),
        [("begin", True, False), ("cancel", 3), ("pay", 0), ("time", 5), WORK],
    ),
}
QUICK = ("a new key each time", "nobody looks again", "events are believed", "nobody compares")


@pytest.mark.parametrize("name", MUTANTS)
def test_4_4_a_safeguard_that_is_taken_away_is_missed(practice_rail: Rail, name: str) -> None:
    mutant = MUTANTS[name]
    play(practice_rail, mutant.schedule)
    with mutant.patch(), pytest.raises((AssertionError, IntegrityError)):
        play(practice_rail, mutant.schedule)


@pytest.mark.parametrize("name", MUTANTS if IS_LONG else QUICK)
def test_4_4_the_search_misses_it_too(practice_rail: Rail, name: str) -> None:
    assert broken(practice_rail, MUTANTS[name].patch)
