"""What a bank declines days after it was taken on is tried again where that may help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from donations.charging.world import World
from donations.companies import world as companies
from donations.companies.doubles import Double
from handpress.donations.actions.attempts import send
from handpress.donations.actions.collecting import collect_due, try_declined_again
from handpress.donations.actions.looking import look_again
from handpress.donations.actions.outcomes import take_snapshot
from handpress.donations.companies.contract import Company, Snapshot, State
from handpress.donations.models import Attempt, AttemptState, Mandate, Movement, Plan, PlanState

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 27)


@pytest.fixture(params=companies.params())
def double(request: pytest.FixtureRequest) -> Iterator[Double]:
    with companies.double_of(request.param) as made:
        companies.needs(made, "decline_later")
        yield made


@dataclass
class Due:
    """A monthly gift of 25.00 that is due today, by a mandate that a company knows."""

    world: World
    double: Double
    company: Company
    plan: Plan

    def charge(self) -> Attempt:
        """Send what was written down, and let the bank answer days later."""
        attempt = self.charges()[-1]
        assert send(attempt, now=self.world.now, company=self.company).attempt.state == "answered"
        self.double.settle(attempt.remote_id)
        self.world.pass_time(60)
        return look_again(attempt, now=self.world.now, company=self.company).attempt

    def charges(self) -> list[Attempt]:
        return list(Attempt.objects.filter(pledge__plan=self.plan, purpose="charge"))

    def state(self) -> str:
        return Plan.objects.get(pk=self.plan.pk).state


@pytest.fixture
def due(world: World, double: Double) -> Due:
    company = double.company()
    plan = world.add_plan(amount=2500, due_in=0, donor="ana")
    mandate = companies.give(double, company, is_monthly=True).mandate
    Mandate.objects.filter(plan=plan).update(remote_id=mandate)
    assert collect_due(world.now) == 1
    return Due(world, double, company, plan)


def test_it_is_tried_again_after_three_and_five_days(due: Due) -> None:
    due.double.decline_later(hard=False)
    first = due.charge()

    assert (first.state, first.again_on) == (AttemptState.DECLINED, TODAY + timedelta(days=3))
    assert due.state() == PlanState.ACTIVE
    due.world.now += timedelta(days=2)
    assert try_declined_again(due.world.now) == 0, "not before its day"
    due.world.now += timedelta(days=1)
    assert try_declined_again(due.world.now) == 1
    due.double.decline_later(hard=False)
    second = due.charge()
    assert second.again_on == TODAY + timedelta(days=3 + 5)
    due.world.now += timedelta(days=5)
    assert try_declined_again(due.world.now) == 1
    due.double.decline_later(hard=False)
    third = due.charge()

    assert (third.state, third.again_on) == (AttemptState.DECLINED, None)
    assert due.state() == PlanState.PAST_DUE
    assert not Movement.objects.exists()
    assert len({each.pledge_id for each in due.charges()}) == 1, "all of one month"


def test_what_comes_at_the_second_try_is_one_gift(due: Due) -> None:
    due.double.decline_later(hard=False)
    due.charge()
    due.world.now += timedelta(days=3)
    assert try_declined_again(due.world.now) == 1
    if hasattr(due.double, "debit_fails"):
        due.double.debit_fails = False

    assert due.charge().state == AttemptState.DONE

    gifts = Movement.objects.filter(kind="capture", pledge__plan=due.plan)
    assert [each.amount_minor for each in gifts] == [2500]
    due.world.now += timedelta(days=9)
    assert try_declined_again(due.world.now) == 0
    assert due.state() == PlanState.ACTIVE


def test_what_no_trying_helps_is_given_up_at_once(due: Due) -> None:
    due.double.decline_later(hard=True)
    told = due.charge()

    assert (told.state, told.again_on) == (AttemptState.DECLINED, None)
    assert due.state() == PlanState.PAST_DUE
    due.world.now += timedelta(days=9)
    assert try_declined_again(due.world.now) == 0


def test_what_the_company_tries_again_itself_we_do_not_try_beside_it(due: Due) -> None:
    due.double.decline_later(hard=False)
    told = due.charge()
    assert told.again_on is not None

    pending = Snapshot(remote_id=told.remote_id, state=State.PENDING)
    take_snapshot(told, pending, due.world.now)

    due.world.now += timedelta(days=9)
    assert try_declined_again(due.world.now) == 0
    told = due.charges()[-1]
    assert (told.state, told.again_on) == (AttemptState.DECLINED, None)


def test_declined_is_told_once_however_often_it_is_looked_at(due: Due) -> None:
    due.double.decline_later(hard=False)
    told = due.charge()
    due.world.now += timedelta(days=3)
    assert try_declined_again(due.world.now) == 1

    # The same answer once more, when the next try is written down.
    snapshot = due.company.look_up(told.remote_id)
    assert snapshot is not None
    take_snapshot(told, snapshot, due.world.now)

    told.refresh_from_db()
    assert told.again_on is None
    assert try_declined_again(due.world.now + timedelta(days=9)) == 0
    assert len(due.charges()) == 2
    assert due.world.letters("") == 1


@pytest.mark.parametrize("hard", [False, True])
def test_declined_while_its_sponsor_was_suspended(due: Due, *, hard: bool) -> None:
    """What the bank said meanwhile is done once the suspension is taken back."""
    due.double.decline_later(hard=hard)
    attempt = due.charges()[-1]
    send(attempt, now=due.world.now, company=due.company)
    due.world.suspend()
    due.double.settle(attempt.remote_id)
    due.world.pass_time(30)
    declined = look_again(attempt, now=due.world.now, company=due.company).attempt
    assert declined.state == AttemptState.DECLINED
    assert due.state() == PlanState.NEEDS_RECONSENT
    assert due.world.letters("could not be taken") == 0
    due.world.offer_again()
    assert due.state() == (PlanState.PAST_DUE if hard else PlanState.ACTIVE)
    assert due.world.letters("could not be taken") == 1
    due.world.now += timedelta(days=2)
    assert try_declined_again(due.world.now) == 0, "not before its day"
    due.world.now += timedelta(days=1)
    assert try_declined_again(due.world.now) == int(not hard)


def test_declined_while_its_sponsor_was_suspended_for_good(due: Due) -> None:
    due.double.decline_later(hard=False)
    attempt = due.charges()[-1]
    send(attempt, now=due.world.now, company=due.company)
    due.world.suspend()
    due.double.settle(attempt.remote_id)
    due.world.pass_time(61)
    look_again(attempt, now=due.world.now, company=due.company)
    due.world.offer_again()
    due.world.now += timedelta(days=3)
    assert try_declined_again(due.world.now) == 0
    assert due.state() == PlanState.NEEDS_RECONSENT
    assert due.world.letters("could not be taken") == 0
