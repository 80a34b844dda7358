"""The real work with companies in processes of their own, which kill themselves where told to.

Reads orders from standard input, a line of JSON each, and does each in a child of its own, so that
Django is begun once:

    {"do": "work", "die_at": [7], "minutes": 1, "own_keys": false}

There are as many children as deaths, all at once; one dies by SIGKILL at its seventh *point*: just
before or just after something is committed, in the newsroom's database or in the company's own
books. Answers with a line: of each child how it ended, how many points it passed, what it said.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from donations.charging.company import START, Faulty  # noqa: E402
from donations.charging.judging import judge as judge_world  # noqa: E402
from donations.charging.world import World, lay_ground  # noqa: E402
from handpress.donations import tasks  # noqa: E402
from handpress.donations.actions import attempts  # noqa: E402
from handpress.donations.companies.contract import Order  # noqa: E402
from handpress.donations.companies.practice import DEMO_FACT, practice_file  # noqa: E402
from handpress.donations.companies.practice_book import PracticeBook  # noqa: E402
from handpress.donations.models import Attempt, Plan, PlanState, Purpose, Rail  # noqa: E402
from handpress.lib import clock  # noqa: E402
from handpress.press.state import remember  # noqa: E402

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Points:
    """Counts commits, and ends the process at one of them."""

    def __init__(self, die_at: int | None) -> None:
        self.passed = 0
        self.die_at = die_at

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Have every commit of this process pass two points."""
        commit, writing = BaseDatabaseWrapper.commit, PracticeBook._writing

        def committed(wrapper: Any) -> None:
            self.pass_one()
            commit(wrapper)
            self.pass_one()

        @contextmanager
        def written(book: Any) -> Iterator[Any]:
            with writing(book) as file:
                yield file
                self.pass_one()
            self.pass_one()

        setattr(BaseDatabaseWrapper, "commit", committed)  # noqa: B010
        setattr(PracticeBook, "_writing", written)  # noqa: B010
        connection.execute_wrappers.append(self._execute)

    def _execute(self, execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if not connection.in_atomic_block and sql.startswith(_WRITES):
            # Committed by itself.
            self.pass_one()
        return found


def _hold_clock(minutes: int) -> None:
    began = time.monotonic()
    first = START + timedelta(minutes=minutes)
    clock.now = lambda: first + timedelta(seconds=time.monotonic() - began)


def _use_keys_of_our_own() -> None:
    """Ask under keys that no other process has: nothing but ourselves keeps a gift from being two.

    What is sent again after a crash would be two then, so that it is for those who live.
    """

    def charge(company: Any, attempt: Attempt) -> Any:
        time.sleep(0.05)
        order = Order(**attempt.asked["order"])
        key = f"{attempt.key}-{os.getpid()}"
        return company.charge(attempt.asked["mandate"], order, key=key)

    attempts._ASKS[Purpose.CHARGE] = charge


def prepare() -> None:
    """Make a newsroom with gifts that are due, one that was just paid, one to be given back."""
    remember(DEMO_FACT, True)
    world = _world(lay_ground())
    for number, amount in enumerate([1000, 2500]):
        world.add_plan(amount=amount, due_in=0, donor=f"reader{number}")
    given = world.begin(monthly=False)
    world.company.pay(given.remote_id)
    tasks.work_once(clock.now() + timedelta(minutes=1))
    world.refund(f"cap_{given.remote_id}", 300)
    page = world.begin(monthly=True)
    world.company.pay(page.remote_id)


def work() -> None:
    """Do what the background does, three times over."""
    for _ in range(3):
        tasks.work_due(clock.now())
        tasks.work_once(clock.now())
        time.sleep(0.01)


def recover() -> None:
    """Do what the background does, for as long as it takes after a crash."""
    for minutes in range(2, 24, 3):
        now = clock.now() + timedelta(minutes=minutes)
        tasks.work_due(now)
        tasks.work_once(now)


def judge() -> None:
    """Say what is not as it must be."""
    world = _world(Rail.objects.get())
    world.now = clock.now() + timedelta(minutes=40)
    for plan in Plan.objects.all():
        world.first_due[plan.pk] = START.date()
        if not plan.mandates.filter(remote_id__startswith="pm_reader").exists():
            world.disturbed.add(plan.pk)
    judge_world(world)
    for plan in Plan.objects.filter(pk__in=world.disturbed):
        assert plan.state == PlanState.ACTIVE, f"{plan} is {plan.state}"
    assert len(world.company.captures()) == 4
    assert [each.minor for each in world.company.moved() if each.kind == "refund"] == [-300]


def _world(rail: Rail) -> World:
    return World(rail, Faulty(PracticeBook(practice_file())))


DEEDS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (prepare, work, recover, judge)
}


def _child(order: dict[str, Any], die_at: int | None, answer: int) -> None:
    points = Points(die_at)
    do, said = order["do"], ""
    try:
        _hold_clock(order["minutes"])
        if order["own_keys"]:
            _use_keys_of_our_own()
        if do in {"work", "recover"}:
            points.watch()
        DEEDS[do]()
    except Exception:
        said = traceback.format_exc()
    os.write(answer, json.dumps({"points": points.passed, "said": said[-3000:]}).encode())
    os._exit(1 if said else 0)


def _start(order: dict[str, Any], die_at: int | None) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _child(order, die_at, write)
    os.close(write)
    return pid, read


def _finish(pid: int, read: int) -> dict[str, Any]:
    with os.fdopen(read) as stream:
        said = stream.read()
    _, status = os.waitpid(pid, 0)
    return {"ended": os.waitstatus_to_exitcode(status), **json.loads(said or "{}")}


def _main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        connections.close_all()
        children = [_start(order, die_at) for die_at in order["die_at"]]
        print(json.dumps([_finish(*child) for child in children]), flush=True)


if __name__ == "__main__":
    _main()
