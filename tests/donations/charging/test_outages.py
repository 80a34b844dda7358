"""4.18: after an outage what was missed is caught up, and never two months close together."""

from __future__ import annotations

from datetime import date

import pytest

from donations.charging.judging import judge, taken
from donations.charging.world import World
from handpress.donations.actions.collecting import collect_due
from handpress.donations.actions.plans import pause_plan, resume_plan
from handpress.donations.models import Attempt, Plan, PlanState, Purpose

pytestmark = pytest.mark.django_db
D = 24 * 60


def given(world: World, plan: Plan) -> list[tuple[date, str]]:
    return taken(world).get(plan.pk, [])


def test_4_18_after_three_days_all_that_was_due_is_taken_once(world: World) -> None:
    some = [world.add_plan(amount=1000, due_in=n, donor=f"r{n}") for n in range(5)]
    world.pass_time(3 * D)
    world.due()
    world.work()
    today = date(2026, 11, 30)
    assert [given(world, plan) for plan in some] == [
        *[[(today, "2026-11")]] * 4,
        [],
    ]
    world.days(30)
    # On its usual day from then on.
    assert given(world, some[0])[1:] == [(date(2026, 12, 27), "2026-12")]
    world.settle()
    judge(world)


def test_4_18_after_three_months_only_the_last_is_asked_for(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.pass_time(95 * D)
    world.due()
    world.work()
    world.days(40)
    assert given(world, plan) == [
        (date(2027, 3, 2), "2027-02"),
        (date(2027, 3, 27), "2027-03"),
    ]
    world.settle()
    judge(world)


def test_4_18_a_day_before_the_next_one_the_next_one_waits_a_week(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.pass_time(29 * D)
    world.due()
    world.work()
    assert given(world, plan) == [(date(2026, 12, 26), "2026-11")]
    world.days(3)
    assert len(given(world, plan)) == 1
    world.days(40)
    # The late one keeps its month, and the one after it its day.
    assert given(world, plan)[1:] == [
        (date(2027, 1, 2), "2026-12"),
        (date(2027, 1, 27), "2027-01"),
    ]
    world.settle()
    judge(world)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (3, [(date(2026, 11, 30), "2026-11"), (date(2026, 12, 27), "2026-12")]),
        (29, [(date(2026, 12, 26), "2026-11"), (date(2027, 1, 2), "2026-12")]),
        (95, [(date(2027, 3, 2), "2027-02"), (date(2027, 3, 27), "2027-03")]),
    ],
)
def test_it_is_the_same_where_the_company_was_away(
    world: World, days: int, expected: list[tuple[date, str]]
) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.is_down = True
    world.days(days)
    assert given(world, plan) == []
    world.company.is_down = False
    world.pass_time(11)
    world.work()
    world.days(30)
    assert given(world, plan)[:2] == expected
    world.settle()
    judge(world)


def test_a_charge_in_doubt_is_found_after_three_months(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults["charge"] = ["lost after"]
    world.due()
    world.work()
    world.company.is_down = True
    world.days(40)
    # Nobody knows whether it was taken, so that nothing else is asked for.
    assert Attempt.objects.filter(purpose=Purpose.CHARGE).count() == 1
    world.company.is_down = False
    world.pass_time(11)
    world.work()
    world.days(1)
    assert given(world, plan) == [(date(2026, 11, 27), "2026-11"), (date(2027, 1, 7), "2026-12")]
    world.settle()
    judge(world)


def test_what_was_paused_is_not_asked_for(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=2, donor="ana")
    world.disturbed.add(plan.pk)
    pause_plan(plan, world.now)
    world.days(40)
    resume_plan(plan, world.now)
    assert plan.state == PlanState.ACTIVE
    assert plan.next_due == date(2027, 1, 29)
    world.days(2)
    assert given(world, plan) == []
    world.days(25)
    assert given(world, plan) == [(date(2027, 1, 29), "2027-01")]


def test_one_that_is_due_and_waits_keeps_no_other_waiting(world: World) -> None:
    """Plans of which nothing can be asked for yet stand first in the row."""
    waiting = [world.add_plan(amount=1000, due_in=0, donor=f"w{n}") for n in range(3)]
    world.company.faults["charge"] = ["lost before"] * 9
    world.company.faults["find"] = ["down"] * 9
    world.due()
    for _ in waiting:
        world.work()
    world.pass_time(32 * D)
    other = world.add_plan(amount=1000, due_in=0, donor="other")
    assert Plan.objects.filter(pk__in=[each.pk for each in waiting], next_due__lte=world.today())
    assert collect_due(world.now, most=1) == 1
    assert other.pledges.count() == 1
