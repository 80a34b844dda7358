"""4.12: a subscription from before that a company goes on charging; only its donor can end it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from donations.charging.company import START
from donations.charging.judging import judge
from donations.charging.world import World
from factories import giving
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.models import (
    Attempt,
    Collecting,
    CompanyEvent,
    EventState,
    Mandate,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Purpose,
)
from handpress.donations.queries.gifts import taken_in_vain

pytestmark = pytest.mark.django_db
TOLD = "still taken"


@pytest.fixture
def plan(world: World) -> Plan:
    """A plan that came with a subscription, and was agreed to anew since: due in three days."""
    found = world.add_plan(amount=1000, due_in=3, donor="ana")
    world.disturbed.add(found.pk)
    return found


def hear(world: World) -> None:
    """Let the company's last event come, and be understood."""
    world.deliver(-1)
    world.work()


def charges(plan: Plan) -> int:
    return Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE).count()


def test_4_12_it_is_the_gift_of_its_month_and_none_is_asked_for_beside_it(
    world: World, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        world.take_elsewhere(plan)
        hear(world)
    (movement,) = Movement.objects.filter(kind="capture")
    assert movement.pledge == Pledge.objects.get(plan=plan, period="2026-11")
    assert "still_taken_elsewhere" in caplog.text
    assert "reader.example" not in caplog.text
    assert world.letters(TOLD) == 1
    assert world.letters("has come") == 1
    world.days(20)
    assert charges(plan) == 0
    plan.refresh_from_db()
    assert plan.next_due == (START + timedelta(days=33)).date()
    world.settle()
    judge(world)


def test_4_12_after_ours_it_is_booked_on_the_same_months_pledge(world: World, plan: Plan) -> None:
    world.days(3)
    assert charges(plan) == 1
    world.take_elsewhere(plan)
    hear(world)
    pledge = Pledge.objects.get(plan=plan)
    moved = pledge.movements.values_list("kind", "amount_minor")
    assert len(moved) == 2
    assert pledge_state(1000, [(Kind(kind), minor) for kind, minor in moved]) is PledgeState.MORE
    assert Plan.objects.get().pledges.count() == 1


def test_while_ours_waits_to_be_sent_it_is_let_go(world: World, plan: Plan) -> None:
    world.company.is_down = True
    world.days(3)
    world.company.is_down = False
    world.take_elsewhere(plan)
    world.deliver(-1)
    world.pass_time(20)
    world.work()
    world.work()
    assert Attempt.objects.get(purpose=Purpose.CHARGE).code == "paid"
    assert len(world.company.captures()) == 1


def test_4_12_the_donor_is_told_once(world: World, plan: Plan) -> None:
    for _ in range(3):
        world.take_elsewhere(plan)
        hear(world)
        world.pass_time(31 * 24 * 60)
    assert Movement.objects.filter(kind="capture").count() == 3
    assert world.letters(TOLD) == 1
    # Each gift is thanked for all the same.
    assert world.letters("has come") == 3


def shown(world: World) -> list[Movement]:
    return taken_in_vain(world.today())


def test_it_stands_on_the_overview_until_it_was_given_back(world: World, plan: Plan) -> None:
    cancel_plan(plan, world.now)
    world.take_elsewhere(plan)
    hear(world)
    (gift,) = shown(world)
    assert (gift.kind, gift.pledge and gift.pledge.plan) == ("capture", plan)
    # The same told once more, and looked at again at night, is the same.
    hear(world)
    world.pass_time(60)
    world.compare()
    assert shown(world) == [gift]
    world.refund(gift.remote_id, 400)
    world.work()
    assert shown(world) == [gift], "some of it is still there"
    world.refund(gift.remote_id, 600)
    world.work()
    assert shown(world) == []
    world.pass_time(31 * 24 * 60)
    world.take_elsewhere(plan)
    hear(world)
    (another,) = shown(world)
    assert another != gift


def test_it_leaves_the_overview_when_the_company_has_stopped(world: World, plan: Plan) -> None:
    cancel_plan(plan, world.now)
    for _ in range(2):
        world.take_elsewhere(plan)
        hear(world)
        world.pass_time(31 * 24 * 60)
    assert len(shown(world)) == 2
    world.pass_time(32 * 24 * 60)
    assert shown(world) == []


def test_what_is_wanted_again_leaves_the_overview(world: World, plan: Plan) -> None:
    world.take_elsewhere(plan)
    hear(world)
    assert len(shown(world)) == 1
    Plan.objects.update(collecting=Collecting.STANDING_ORDER)
    assert shown(world) == []


def test_what_is_taken_as_agreed_never_stands_there(world: World, plan: Plan) -> None:
    world.days(3)
    assert Movement.objects.filter(kind="capture").count() == 1
    assert shown(world) == []


@pytest.mark.parametrize("state", [PlanState.CANCELLED, PlanState.NEEDS_RECONSENT])
def test_of_a_plan_that_is_over_it_is_booked_and_told(
    world: World, plan: Plan, state: PlanState
) -> None:
    if state == PlanState.CANCELLED:
        cancel_plan(plan, world.now)
    else:
        world.suspend()
    world.take_elsewhere(plan)
    hear(world)
    assert Movement.objects.filter(kind="capture", pledge__plan=plan).count() == 1
    assert world.letters(TOLD) == 1
    plan.refresh_from_db()
    assert plan.state == state


def test_found_by_the_nightly_comparison_alone_it_is_the_same(world: World, plan: Plan) -> None:
    world.take_elsewhere(plan)
    world.pass_time(60)
    world.compare()
    assert Movement.objects.get(kind="capture").pledge == plan.pledges.get()
    assert world.letters(TOLD) == 1


def test_what_waits_to_be_taken_over_is_expected(
    world: World, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    Mandate.objects.all().delete()
    Plan.objects.update(state=PlanState.PAUSED, began_at=None, source="stripe", source_id="sub_1")
    with caplog.at_level(logging.ERROR):
        world.take_elsewhere(plan)
        hear(world)
    assert Movement.objects.get(kind="capture").pledge == plan.pledges.get()
    assert caplog.text == ""
    assert shown(world) == []
    # Whoever took it until now looks after its donor.
    assert world.letters(TOLD) == world.letters("has come") == 0


def test_a_standing_order_at_a_company_is_expected(world: World, plan: Plan) -> None:
    Plan.objects.update(collecting=Collecting.STANDING_ORDER)
    world.take_elsewhere(plan)
    hear(world)
    assert world.letters(TOLD) == 0
    assert world.letters("has come") == 1
    assert shown(world) == []


def test_beside_a_standing_order_at_a_bank_it_is_not(world: World, plan: Plan) -> None:
    """Its donor agreed anew by bank, and the company goes on with the old subscription."""
    bank = giving.rail("bank", of=world.rail.sponsor)
    Plan.objects.update(collecting=Collecting.STANDING_ORDER, rail=bank)
    world.take_elsewhere(plan)
    hear(world)
    assert world.letters(TOLD) == 1


def test_what_nobody_knows_is_booked_as_nobodys(world: World) -> None:
    world.company.take_elsewhere("sub_of_nobody", 700)
    hear(world)
    assert Movement.objects.get(kind="capture").pledge is None
    assert CompanyEvent.objects.get().state == EventState.DONE
