"""4.1, 4.4: whatever happens between us and a company, each month of a plan is taken once.

A *schedule* is what happens in order: days pass, workers run and die, answers are lost, events come
late or not at all, people pay, pause, leave, and are given back. After some quiet the books
must equal the company's. The same check fails for a naive design, and for ours with any one of its
safeguards taken away.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from donations.charging.world import CRASHES, FAULTS, Crash, World, at_work, lay_ground
from factories.papers import undone
from handpress.donations import sealing, tasks
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
from handpress.donations.actions.absorbing import absorb_snapshot, absorb_told
from handpress.donations.actions.attempts import Claim
from handpress.donations.actions.periods import local_day, pledge_for
from handpress.donations.actions.plans import cancel_plan, pause_plan, resume_plan
from handpress.donations.companies.contract import Order, Told
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.understanding import understood
from handpress.donations.core.movements import Kind
from handpress.donations.core.schedule import latest_due, next_after, period_of
from handpress.donations.models import (
    Attempt,
    AttemptState,
    CompanyEvent,
    EventState,
    Plan,
    PlanState,
    Purpose,
    Rail,
)

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("HANDPRESS_TEST_SCHEDULES", "150"))
SEARCHED = max(60, EXAMPLES // 10)
"""Schedules among which one must break a mutant that is searched for."""
_QUIET = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate,),
}
Act = tuple[Any, ...]
Schedule = list[Act]

MINUTES = (1, 5, 20, 120, 1440, 1440, 3 * 1440, 8 * 1440, 26 * 1440, 35 * 1440)
CALLS = ("charge", "charge", "charge", "find", "look_up", "begin", "give_back", "check")
_BEFORE_COMMIT = {
    "writing down": (collecting, "prepare_charge"),
    "claiming": (attempts, "read_again"),
    "booking": (outcomes, "_move_on"),
    "following": (outcomes, "follow_attempt"),
}

_number = st.integers(0, 7)
_plan = st.integers(0, 3)
_TIME = st.tuples(st.just("time"), st.sampled_from(MINUTES))
_WORK = st.tuples(st.just("work"), st.sampled_from(["", "", "", *_BEFORE_COMMIT]))
_TROUBLE = st.tuples(
    st.just("trouble"), st.sampled_from(CALLS), st.sampled_from([*FAULTS, *CRASHES, *CRASHES])
)
ACTS = st.one_of(
    *[_TIME] * 5,
    *[_WORK] * 5,
    *[_TROUBLE] * 4,
    st.tuples(st.just("begin"), st.booleans(), st.booleans()),
    st.tuples(st.sampled_from(["pay", "pay", "leave"]), _number),
    st.tuples(st.just("deliver"), st.integers(0, 30), st.integers(1, 3)),
    st.tuples(st.sampled_from(["again", "again", "dispute", "forge"]), _number),
    st.tuples(st.sampled_from(["refund", "refund there"]), _number, st.integers(1, 900)),
    st.tuples(st.sampled_from(["pause", "pause", "resume", "cancel"]), _plan),
    st.sampled_from([("down",), ("up",), ("up",), ("lag",), ("compare",), ("restart",)]),
    st.one_of(*[st.tuples(st.just("elsewhere"), _plan)] * 3, st.just(("suspend",))),
)


@st.composite
def schedules(draw: Any) -> Schedule:
    """Return what happens, from a dozen acts to forty; lists alone would be short ones mostly."""
    size = draw(st.integers(12, 40))
    found: Schedule = draw(st.lists(ACTS, min_size=size, max_size=size))
    return found


DAY = 1440
WORK: Act = ("work", "")


def trouble(*faults: str) -> Schedule:
    """Let this go wrong with the next charges."""
    return [("trouble", "charge", fault) for fault in faults]


class Player:
    """Plays a schedule, one act after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.company.meanwhile = world.work
        for number, (amount, due_in) in enumerate([(1000, 0), (700, 2), (5000, 4)]):
            world.add_plan(amount=amount, due_in=due_in, donor=f"reader{number}")

    def play(self, schedule: Schedule) -> None:
        """Play it to its end, let all settle, and judge."""
        for act in schedule:
            with suppress(Crash):
                self.act(*act)
        self.world.settle()
        self.world.judge()

    def act(self, what: str, *how: Any) -> None:
        world, company = self.world, self.world.company
        match what, how:
            case "time", (minutes,):
                world.pass_time(minutes)
            case "work", (crash,):
                where = _BEFORE_COMMIT.get(crash)
                with mock.patch.object(*where, side_effect=Crash) if where else nullcontext():
                    world.due()
                    world.work()
            case "trouble", (call, fault):
                company.faults.setdefault(call, []).append(fault)
            case "begin", (monthly, twice):
                world.begin(monthly=monthly, twice=twice)
            case (("pay" | "leave"), (number,)):
                if pages := [page.remote_id for page in world.pages if page.remote_id]:
                    getattr(company, what)(pages[number % len(pages)])
            case "deliver", (number, times):
                if company.events:
                    world.deliver(-1 - number, times)
            case "forge", (number,):
                world.forge(number)
            case "again", (number,):
                if there := list(Attempt.objects.order_by("-pk")[: number + 1]):
                    attempts.send(there[-1], now=world.now)
            case _, (number, minor) if what.startswith("refund"):
                if captures := company.captures():
                    capture = captures[number % len(captures)].remote_id
                    if what == "refund":
                        world.refund(capture, minor)
                    elif company.book.left_of(capture) >= minor:
                        company.move("refund", capture, -minor)
            case "dispute", (number,):
                if captures := company.captures():
                    capture = captures[number % len(captures)].remote_id
                    if left := company.book.left_of(capture):
                        company.move("dispute", capture, -left)
            case (("pause" | "resume" | "cancel"), (number,)):
                self.change(what, number)
            case (("down" | "up"), ()):
                company.is_down = what == "down"
            case "lag", ():
                company.lag = timedelta(hours=1)
            case "elsewhere", (number,):
                world.take_elsewhere(world.plans[number % len(world.plans)])
            case "compare", ():
                world.compare()
            case "suspend", ():
                world.suspend()
            case "restart", ():
                company.faults.clear()

    def change(self, what: str, number: int) -> None:
        world = self.world
        plan = world.plans[number % len(world.plans)]
        world.disturbed.add(plan.pk)
        if what == "pause":
            pause_plan(plan, world.now)
        elif what == "resume":
            resume_plan(plan, world.now)
        else:
            cancel_plan(plan, world.now)


def play(rail: Rail, schedule: Schedule, player: Callable[[World], Player] = Player) -> World:
    with undone(), at_work(rail) as world:
        player(world).play(schedule)
        return world


@pytest.fixture
def rail(db: None, own_folder: Any) -> Rail:
    return lay_ground()


def test_each_month_is_taken_once_whatever_happens(rail: Rail) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, **_QUIET)  # type: ignore[arg-type]
    @given(schedules())
    def holds(schedule: Schedule) -> None:
        seen.update(act[0] for act in schedule)
        play(rail, schedule)

    holds()
    # The search is worth something only if it tried everything.
    for what in ("trouble", "pay", "refund", "dispute", "pause", "cancel", "suspend", "elsewhere"):
        assert seen[what] >= EXAMPLES // 20, seen


class Naive(Player):
    """Charges whatever is due with no word of it before, and believes what events say."""

    def play(self, schedule: Schedule) -> None:
        with (
            mock.patch.object(tasks, "collect_due", self.charge_at_once),
            mock.patch.object(tasks, "understand", believe),
        ):
            super().play(schedule)

    def charge_at_once(self, now: datetime, most: int = 200) -> int:
        """Take what is due, and write it down afterwards."""
        today = local_day(now)
        for plan in Plan.objects.filter(state=PlanState.ACTIVE, next_due__lte=today):
            try:
                self.charge(plan, now)
            except CompanyError:
                continue
            Plan.objects.filter(pk=plan.pk).update(
                next_due=next_after(plan.next_due, plan.anchor_day)
            )
        return 0

    def charge(self, plan: Plan, now: datetime) -> None:
        pledge, _ = pledge_for(plan, period_of(plan.next_due))
        order = Order(reference=pledge.reference, minor=plan.amount_minor, currency="EUR", words="")
        mandate = plan.mandates.get().remote_id
        attempt = Attempt.objects.create(
            rail=plan.rail,
            pledge=pledge,
            purpose=Purpose.CHARGE,
            key=str(uuid4()),
            state=AttemptState.DONE,
            asked={"mandate": mandate},
        )
        with understood():
            told = self.world.company.charge(mandate, order, key=attempt.key)
        absorb_snapshot(plan.rail, told, pledge, now=now)


def believe(event: CompanyEvent, *, now: datetime) -> EventState:
    """Book what an event says has moved."""
    said = json.loads(json.loads(sealing.unseal_text(event.sealed))["body"])
    told = Told(
        kind=Kind.CAPTURE,
        remote_id=f"cap_{said['about']}",
        minor=said["minor"],
        currency="EUR",
        at=now,
    )
    absorb_told(event.rail, [told], now=now)
    CompanyEvent.objects.filter(pk=event.pk).update(state=EventState.DONE, look_at=None)
    return EventState.DONE


def broken(rail: Rail, patch: Callable[[], Any], player: type[Player] = Player) -> list[str]:
    """Return how the first schedules that break something break it, at most three."""
    found: list[str] = []

    @settings(max_examples=SEARCHED, **_QUIET)  # type: ignore[arg-type]
    @given(schedules())
    def search(schedule: Schedule) -> None:
        if len(found) >= 3:
            return
        try:
            with patch():
                play(rail, schedule, player)
        except (AssertionError, IntegrityError) as error:
            found.append(str(error))

    search()
    return found


def test_a_naive_design_fails(rail: Rail) -> None:
    assert len(broken(rail, nullcontext, Naive)) == 3


def test_a_naive_design_takes_a_month_twice(rail: Rail) -> None:
    with pytest.raises(AssertionError, match="gave twice for"):
        play(rail, [*trouble("lost after"), WORK, ("time", 1), WORK], Naive)


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
def test_a_safeguard_that_is_taken_away_is_missed(rail: Rail, name: str) -> None:
    mutant = MUTANTS[name]
    play(rail, mutant.schedule)
    with mutant.patch(), pytest.raises((AssertionError, IntegrityError)):
        play(rail, mutant.schedule)


@pytest.mark.parametrize("name", MUTANTS if EXAMPLES >= 1000 else QUICK)
def test_the_search_misses_it_too(rail: Rail, name: str) -> None:
    assert broken(rail, MUTANTS[name].patch)
