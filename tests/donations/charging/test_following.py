"""What follows from what comes of asking: mandates, plans, letters; also where it comes late."""

from __future__ import annotations

from datetime import date

import pytest

from donations.charging.company import Faulty
from donations.charging.judging import judge
from donations.charging.world import World
from handpress.donations.actions.charging import LET_GO
from handpress.donations.actions.plans import cancel_plan, pause_plan, resume_plan
from handpress.donations.models import (
    Attempt,
    AttemptState,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Purpose,
    Rail,
)

pytestmark = pytest.mark.django_db
COULD_NOT = "could not be taken"


@pytest.fixture
def plan(world: World) -> Plan:
    return world.add_plan(amount=1000, due_in=0, donor="ana")


def charge_of(plan: Plan) -> Attempt:
    found = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE).last()
    assert found is not None
    return found


def test_a_monthly_page_that_is_paid_begins_the_plan(world: World) -> None:
    page = world.begin(monthly=True)
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.work()
    (plan,) = Plan.objects.all()
    assert (plan.state, plan.next_due) == (PlanState.ACTIVE, date(2026, 12, 27))
    assert plan.began_at is not None
    assert Mandate.objects.get().words == "practice card 4242"
    world.days(31)
    assert [each.minor for each in world.company.captures()] == [2000, 2000]
    world.settle()
    judge(world)


def test_one_that_is_left_begins_nothing(world: World) -> None:
    page = world.begin(monthly=True)
    world.company.leave(page.remote_id)
    world.settle()
    page.refresh_from_db()
    assert (page.state, page.code) == (AttemptState.DEAD, "expired")
    assert Plan.objects.get().state == PlanState.STARTING
    assert not Mandate.objects.exists()


def test_a_page_nobody_uses_is_given_up_and_still_heard_of(world: World) -> None:
    page = world.begin(monthly=True)
    world.days(6)
    page.refresh_from_db()
    assert (page.state, page.look_at) == (AttemptState.DEAD, None)
    world.company.pay(page.remote_id)
    world.deliver(-1)
    world.work()
    page.refresh_from_db()
    assert page.state == AttemptState.DONE
    assert Plan.objects.get().state == PlanState.ACTIVE
    judge(world)


def test_what_only_the_comparison_finds_begins_the_plan_too(world: World) -> None:
    page = world.begin(monthly=True)
    world.days(6)
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.compare()
    world.work()
    assert Plan.objects.get().state == PlanState.ACTIVE
    assert Mandate.objects.get().state == MandateState.ACTIVE
    judge(world)


def test_paid_after_the_plan_was_ended_the_mandate_is_given_back(world: World) -> None:
    page = world.begin(monthly=True)
    cancel_plan(world.plans[0], world.now)
    world.company.pay(page.remote_id)
    world.settle()
    assert Plan.objects.get().state == PlanState.CANCELLED
    assert Mandate.objects.get().state == MandateState.ENDED
    judge(world)


def test_paid_while_paused_it_stays_paused(world: World, plan: Plan) -> None:
    page = world.agree_anew(plan, world.rail)
    pause_plan(plan, world.now)
    world.pass_time(1)
    world.work()
    page.refresh_from_db()
    assert page.state == AttemptState.DONE
    plan.refresh_from_db()
    assert plan.state == PlanState.PAUSED
    assert plan.mandates.filter(state=MandateState.ACTIVE).count() == 1
    world.days(40)
    assert not world.company.captures()
    resume_plan(plan, world.now)
    assert plan.state == PlanState.ACTIVE


def test_an_old_answer_revives_no_mandate(world: World) -> None:
    page = world.begin(monthly=True)
    world.company.pay(page.remote_id)
    world.settle()
    (plan,) = Plan.objects.all()
    cancel_plan(plan, world.now)
    world.deliver(0)
    world.work()
    assert Mandate.objects.get().state == MandateState.ENDED


def test_an_open_page_told_by_an_event_keeps_its_address(world: World) -> None:
    """The event comes before the answer that says where the page is."""
    page = world.begin(monthly=False)
    Attempt.objects.update(state=AttemptState.SENT, url="", remote_id="", look_at=world.now)
    page.refresh_from_db()
    world.company.tell_about(world.company.payment_of(page.key))
    world.deliver(-1)
    world.work()
    page.refresh_from_db()
    assert page.state == AttemptState.DEAD
    again = world.send_page(page.pledge)
    assert again.url


def test_what_became_of_one_page_says_nothing_of_the_next(world: World) -> None:
    """The answer to the first was lost; its end comes while the donor is at the second."""
    world.company.faults["begin"] = ["lost after"]
    first = world.begin(monthly=False)
    world.pass_time(1)
    world.work()
    second = world.send_page(first.pledge)
    assert second.pk != first.pk
    world.company.leave(world.company.payment_of(first.key))
    world.deliver(-1)
    world.work()
    second.refresh_from_db()
    assert second.state == AttemptState.ANSWERED
    world.company.pay(second.remote_id)
    world.settle()
    judge(world)


def test_a_donor_who_goes_to_another_company_gets_a_page_there(world: World) -> None:
    other = Rail.objects.create(
        sponsor=world.rail.sponsor, kind="practice", name="Other", account_ref="other"
    )
    world.others["other"] = Faulty()
    first = world.begin(monthly=False)
    pledge = first.pledge
    pledge.rail = other
    pledge.save()
    second = world.send_page(pledge)
    assert (second.rail, second.state) == (other, AttemptState.ANSWERED)
    assert world.others["other"].payment_of(second.key)
    # Whoever pays at the first one all the same has given.
    world.company.pay(first.remote_id)
    world.deliver(-1)
    world.work()
    first.refresh_from_db()
    assert first.state == AttemptState.DONE
    assert Movement.objects.get(kind="capture").pledge == pledge


# --- declined -----------------------------------------------------------------------------------


def test_declined_it_is_tried_twice_more_and_the_donor_told_twice(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["declined"] * 3
    world.days(2)
    assert world.letters(COULD_NOT) == 1
    assert Attempt.objects.count() == 1
    world.days(2)
    assert Attempt.objects.count() == 2
    assert world.letters(COULD_NOT) == 1
    world.days(8)
    assert Attempt.objects.count() == 3
    plan.refresh_from_db()
    assert plan.state == PlanState.PAST_DUE
    assert world.letters(COULD_NOT) == 2
    world.days(40)
    assert Attempt.objects.count() == 3


def test_taken_at_the_second_try_all_is_well(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["declined"]
    world.days(5)
    assert len(world.company.captures()) == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    assert plan.pledges.count() == 1
    world.settle()
    judge(world)


def test_a_donor_who_must_be_there_is_not_charged_again(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["needs donor"]
    world.days(20)
    assert charge_of(plan).code == "needs_donor"
    plan.refresh_from_db()
    assert plan.state == PlanState.PAST_DUE
    assert world.letters(COULD_NOT) == 1


def test_a_second_try_is_let_go_by_the_next_month(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["declined"]
    world.due()
    world.work()
    Attempt.objects.update(again_on=date(2026, 12, 28))
    world.days(33)
    periods = [each.pledge.period for each in Attempt.objects.filter(state="done")]
    assert periods == ["2026-12"]


def test_a_second_try_is_let_go_by_a_pause(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["declined"]
    world.due()
    world.work()
    pause_plan(plan, world.now)
    resume_plan(plan, world.now)
    world.days(20)
    assert Attempt.objects.count() == 1


def test_declined_while_paused_nobody_is_written_to(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["before the call"]
    world.due()
    try:
        world.work()
    except BaseException:
        pause_plan(plan, world.now)
    world.company.faults["charge"] = ["declined"]
    world.settle()
    assert charge_of(plan).code == LET_GO
    assert world.letters(COULD_NOT) == 0
