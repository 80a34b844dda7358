"""Schedules: what happens in order between a newsroom and a company, drawn and played."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conftest import DATABASE
from donations.charging.company import CRASHES, FAULTS, Crash
from donations.charging.judging import judge
from donations.charging.world import World, at_work
from factories.papers import undone
from handpress.donations.actions import attempts, collecting, outcomes
from handpress.donations.actions.plans import cancel_plan, pause_plan, resume_plan
from handpress.donations.models import Attempt, Plan, Rail

_USUAL = 1_000 if DATABASE == "sqlite" else 120
EXAMPLES = int(os.environ.get("HANDPRESS_TEST_SCHEDULES") or _USUAL)
"""Schedules that are played. On PostgreSQL, where each takes longer, those that the locks need."""
IS_LONG = EXAMPLES > _USUAL
"""Whether there is a night for it."""
PARTS = range(max(2, EXAMPLES // 250))
"""Searches that several processes share; each begins elsewhere. The tests of a file stay in one
process, so that there are two files with half of them each."""
SEARCHED = max(60, EXAMPLES // 40)
"""Schedules among which one must break what is searched for."""
QUIET: dict[str, Any] = {
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
    "claiming": (attempts, "Claim"),
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
    st.one_of(
        *[st.tuples(st.just("elsewhere"), _plan)] * 3,
        *(st.just(("suspend",)), st.just(("offer again",))),
    ),
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
        world.know_plans()

    def play(self, schedule: Schedule) -> None:
        """Play it to its end, let all settle, and judge."""
        for act in schedule:
            with suppress(Crash):
                self.act(*act)
        self.world.settle()
        judge(self.world)

    def act(self, what: str, *how: Any) -> None:
        world, company = self.world, self.world.company
        match what, how:
            case "time", (minutes,):
                world.pass_time(minutes)
            case "work", (crash,):
                where = _BEFORE_COMMIT.get(crash)
                with mock.patch.object(*where, _die) if where else nullcontext():
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
            case "offer again", ():
                world.offer_again()
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


def _die(*_: Any, **__: Any) -> None:
    raise Crash


def play(rail: Rail, schedule: Schedule, player: Callable[[World], Player] = Player) -> World:
    if not Plan.objects.exists():
        # Made once, for all schedules that are played after one another.
        with at_work(rail) as world:
            for number, (amount, due_in) in enumerate([(1000, 0), (700, 2), (5000, 4)]):
                world.add_plan(amount=amount, due_in=due_in, donor=f"reader{number}")
    with undone(), at_work(rail) as world:
        player(world).play(schedule)
        return world


def search(rail: Rail, part: int) -> None:
    """Play a part's schedules; fail at the first after which anything is not as it must be."""
    count = EXAMPLES // len(PARTS)
    seen: Counter[str] = Counter()

    @seed(part)
    @settings(max_examples=count, **QUIET)
    @given(schedules())
    def holds(schedule: Schedule) -> None:
        seen.update(act[0] for act in schedule)
        play(rail, schedule)

    holds()
    # The search is worth something only if it tried everything.
    for what in ("trouble", "pay", "refund", "dispute", "pause", "cancel", "suspend", "elsewhere"):
        assert seen[what] >= count // 20, seen


def broken(rail: Rail, patch: Callable[[], Any], player: type[Player] = Player) -> list[str]:
    """Return how the first schedules that break something break it, at most three."""
    found: list[str] = []

    @settings(max_examples=SEARCHED, **QUIET)
    @given(schedules())
    def breaks(schedule: Schedule) -> None:
        if len(found) >= 3:
            return
        try:
            with patch():
                play(rail, schedule, player)
        except (AssertionError, IntegrityError) as error:
            found.append(str(error))

    breaks()
    return found
