"""A sponsor is suspended and offered again: within the hour nothing is lost by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from donations.charging.judging import judge
from donations.charging.test_sponsor_replaced import AGAIN, replace_sponsor, successor
from donations.charging.world import World
from factories.desk_forms import Desk
from handpress.donations.actions.agreeing import agree_again
from handpress.donations.actions.charging import LET_GO
from handpress.donations.actions.plans import cancel_plan, pause_plan, resume_plan
from handpress.donations.actions.sponsors import resume_sponsor, suspend_sponsor
from handpress.donations.letters import again_link
from handpress.donations.models import (
    Answer,
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Purpose,
    Rail,
    Reconsent,
)
from handpress.donations.queries.plans import funnel

__all__ = ["successor"]

pytestmark = pytest.mark.django_db


def again(world: World) -> None:
    assert resume_sponsor(world.rail.sponsor, world.now)


def charges(plan: Plan) -> list[str]:
    rows = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE)
    return [str(each.state) for each in rows]


def test_within_the_hour_all_goes_on_as_before(world: World, successor: Rail) -> None:
    soon, later = (world.add_plan(amount=1000, due_in=n, donor=f"r{n}") for n in (2, 9))
    replace_sponsor(world, successor)
    for _ in range(11):
        world.pass_time(5)
        world.due()
        world.work()
    assert world.letters(AGAIN) == 2
    assert world.company.book.is_active("pm_r2"), "it was told within the hour"
    assert not Mandate.objects.filter(state=MandateState.ACTIVE).exists()
    again(world)
    for plan in (soon, later):
        plan.refresh_from_db()
        assert (plan.state, plan.reconsent_at, plan.rail) == (PlanState.ACTIVE, None, world.rail)
    assert Mandate.objects.filter(state=MandateState.ACTIVE, ended_at=None).count() == 2
    assert not Reconsent.objects.exists()
    assert funnel(world.now).asked == 0
    world.days(10)
    assert [each.minor for each in world.company.captures()] == [1000, 1000]
    assert world.letters(AGAIN) == 2
    page = Client().get(f"/-/again/{again_link(soon, world.now)}").content.decode()
    assert "goes on as before" in page
    assert "you need do nothing" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    world.disturbed.clear()
    world.settle()
    judge(world)


def test_after_the_hour_it_is_final(world: World, successor: Rail) -> None:
    plan = world.add_plan(amount=1000, due_in=2, donor="ana")
    replace_sponsor(world, successor)
    world.pass_time(60)
    world.work()
    assert world.company.book.is_active("pm_ana")
    again(world)
    plan.refresh_from_db()
    assert plan.state == PlanState.NEEDS_RECONSENT
    world.pass_time(5)
    world.work()
    assert not world.company.book.is_active("pm_ana")
    assert Mandate.objects.get().told_at is not None
    world.days(5)
    assert not world.company.captures()


def test_nothing_is_taken_while_it_is_suspended(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.due()
    world.suspend()
    for _ in range(9):
        world.pass_time(5)
        world.due()
        world.work()
    assert charges(plan) == [AttemptState.DEAD]
    assert not world.company.captures()
    again(world)
    for _ in range(3):
        world.pass_time(5)
        world.due()
        world.work()
    assert len(world.company.captures()) == 1
    assert Attempt.objects.get(purpose=Purpose.CHARGE).state == AttemptState.DONE
    world.days(32)
    assert len(world.company.captures()) == 2
    world.settle()
    judge(world)


def test_one_under_way_is_not_asked_for_again(world: World) -> None:
    """It may have been taken, and nobody knows, when the sponsor goes and comes back."""
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults["charge"] = ["lost after"]
    world.due()
    world.work()
    world.suspend()
    world.pass_time(5)
    again(world)
    world.days(8)
    assert len(world.company.captures()) == len(charges(plan)) == 1
    judge(world)


def test_what_was_to_be_tried_again_is(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    given_up = world.add_plan(amount=700, due_in=0, donor="ben")
    world.company.faults["charge"] = ["declined", "needs donor"]
    world.due()
    world.work()
    given_up.refresh_from_db()
    assert given_up.state == PlanState.PAST_DUE
    world.suspend()
    assert not Attempt.objects.filter(again_on__isnull=False).exists()
    again(world)
    given_up.refresh_from_db()
    assert given_up.state == PlanState.PAST_DUE
    world.days(6)
    assert charges(plan) == [AttemptState.DECLINED, AttemptState.DONE]
    assert charges(given_up) == [AttemptState.DECLINED]


def test_who_answered_meanwhile_stays_so(world: World, successor: Rail) -> None:
    moved, ended, paused = (
        world.add_plan(amount=1000, due_in=3, donor=name) for name in ("ana", "ben", "cay")
    )
    pause_plan(paused, world.now)
    replace_sponsor(world, successor)
    world.agree_anew(moved, successor)
    world.pass_time(1)
    world.work()
    cancel_plan(ended, world.now)
    again(world)
    for plan in (moved, ended, paused):
        plan.refresh_from_db()
    assert (moved.state, moved.rail) == (PlanState.ACTIVE, successor)
    assert (ended.state, paused.state) == (PlanState.CANCELLED, PlanState.PAUSED)
    assert Mandate.objects.get(plan=paused).state == MandateState.ACTIVE
    assert Reconsent.objects.get(plan=moved).answer == Answer.AGREED
    assert resume_plan(paused, world.now)
    assert paused.state == PlanState.ACTIVE
    world.days(6)
    assert len(world.company.captures()) == len(world.others["new"].captures()) == 1
    assert not world.company.book.is_active("pm_ana")
    assert not world.company.book.is_active("pm_ben")


def test_who_is_at_the_new_page_when_it_comes_back_gives_once(
    world: World, successor: Rail
) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    replace_sponsor(world, successor)
    plan.refresh_from_db()
    leads_to = agree_again(plan, successor, world.now)
    page = Attempt.objects.get(purpose=Purpose.BEGIN)
    assert page.asked["order"]["is_for_later"] is False
    assert leads_to == page.url
    again(world)
    plan.refresh_from_db()
    assert (plan.state, plan.rail) == (PlanState.ACTIVE, world.rail)
    world.days(2)
    assert not world.company.captures()
    # Who pays there has agreed there; the old mandate ends.
    world.others["new"].pay(page.remote_id)
    world.pass_time(60)
    world.work()
    plan.refresh_from_db()
    assert (plan.state, plan.rail) == (PlanState.ACTIVE, successor)
    world.days(33)
    assert not world.company.captures()
    assert len(world.others["new"].captures()) == 2


def test_a_page_that_nobody_pays_holds_it_up_for_days_alone(world: World, successor: Rail) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    replace_sponsor(world, successor)
    plan.refresh_from_db()
    agree_again(plan, successor, world.now)
    again(world)
    world.days(6)
    assert len(world.company.captures()) == 1
    judge(world)


def test_who_has_begun_begins_after_all(world: World) -> None:
    page = world.begin(monthly=True)
    by_letter = world.begin(monthly=True)
    Plan.objects.filter(pk=world.plans[1].pk).update(collecting=Collecting.REMINDER)
    world.suspend()
    assert Plan.objects.get(pk=world.plans[1].pk).state == PlanState.CANCELLED
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.work()
    assert Plan.objects.get(pk=world.plans[0].pk).state == PlanState.NEEDS_RECONSENT
    again(world)
    begun, asked = Plan.objects.order_by("pk")
    assert (begun.state, asked.state) == (PlanState.ACTIVE, PlanState.STARTING)
    assert begun.began_at is not None
    assert Mandate.objects.get(plan=begun).state == MandateState.ACTIVE
    world.company.pay(by_letter.remote_id)
    world.days(1)
    world.days(31)
    captures = Movement.objects.filter(kind="capture", pledge__plan=begun)
    assert captures.values_list("pledge__period").distinct().count() == captures.count() == 2


def test_twice_over_and_offered_again_without_having_been_suspended(
    world: World, successor: Rail
) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    assert not resume_sponsor(world.rail.sponsor, world.now)
    for _ in range(3):
        assert suspend_sponsor(world.rail.sponsor, now=world.now)
        world.due()
        world.pass_time(30)
        again(world)
        world.due()
        world.work()
    plan.refresh_from_db()
    assert (plan.state, plan.wave) == (PlanState.ACTIVE, 3)
    assert len(world.company.captures()) == 1
    assert LET_GO not in Attempt.objects.values_list("code", flat=True)
    world.settle()
    judge(world)


def test_the_desk_says_until_when(world: World, desk: Desk) -> None:
    world.add_plan(amount=1000, due_in=9, donor="ana")
    sponsor = world.rail.sponsor
    assert "For one hour" in said(desk, "hand-over", sponsor.pk)
    world.suspend()
    assert "monthly gifts go on as before, 1 of them" in said(desk, "resume", sponsor.pk)
    world.now += timedelta(hours=1)
    assert "That is final" in said(desk, "resume", sponsor.pk)


def said(desk: Any, step: str, pk: int) -> str:
    response = desk.client.get(f"/desk/donations/ways/sponsor/{pk}/{step}/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())
