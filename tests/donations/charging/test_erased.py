"""Who is erased gives no more: nothing is taken from them, and the company is told."""

from __future__ import annotations

from typing import Any

import pytest

from donations.charging.world import World
from handpress.donations import actions
from handpress.donations.models import (
    Attempt,
    Donor,
    Mandate,
    MandateState,
    Plan,
    PlanState,
)
from handpress.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(world: World) -> Plan:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    plan.mandates.update(words="card that ends in 4242")
    return plan


def test_erasing_ends_what_is_taken(world: World, plan: Plan) -> None:
    world.due()
    assert actions.erase_donor(plan.donor)
    world.work()
    world.days(70)
    assert world.company.captures() == []
    plan.refresh_from_db()
    mandate = Mandate.objects.get()
    assert (plan.state, mandate.state, mandate.words) == (
        PlanState.CANCELLED,
        MandateState.ENDED,
        "",
    )
    assert mandate.told_at is not None
    assert not world.company.book.is_active("pm_ana")


def test_paused_or_begun_it_ends_too_and_a_card_told_late_is_not_kept(world: World) -> None:
    page = world.begin(monthly=True)
    paused = world.add_plan(amount=700, due_in=2, donor="ben")
    actions.plans.pause_plan(paused, world.now)
    for donor in Donor.objects.all():
        actions.erase_donor(donor)
    world.company.pay(page.remote_id)
    world.settle()
    assert {plan.state for plan in Plan.objects.all()} == {PlanState.CANCELLED}
    assert {mandate.words for mandate in Mandate.objects.all()} == {""}
    assert Mandate.objects.count() == 2
    assert not Mandate.objects.exclude(state=MandateState.ENDED).exists()


def test_restored_from_a_backup_it_ends_again(world: World, plan: Plan) -> None:
    tables: list[Any] = [Donor.objects.values(), Plan.objects.values(), Mandate.objects.values()]
    kept = [(rows, rows.get()) for rows in tables]
    actions.erase_donor(plan.donor)
    for rows, before in kept:
        rows.update(**before)
    assert actions.erase_again() == 1
    plan.refresh_from_db()
    assert (plan.state, Mandate.objects.get().words) == (PlanState.CANCELLED, "")
    world.days(2)
    assert world.company.captures() == []


def erase_as_before() -> None:
    Donor.objects.update(erased_at=clock.now(), wrapped_key="", sealed="", email_mark=None)


def test_who_was_erased_before_is_not_asked_for_anything(world: World, plan: Plan) -> None:
    """As where a gift was left as it was when its donor was erased."""
    erase_as_before()
    world.due()
    world.work()
    assert not Attempt.objects.exists()
    plan.refresh_from_db()
    assert plan.state == PlanState.CANCELLED
    other = world.add_plan(amount=700, due_in=9, donor="ben")
    erase_as_before()
    assert actions.erase_again() == 0
    other.refresh_from_db()
    assert other.state == PlanState.CANCELLED
