"""4.11: a sponsor is replaced in the middle of all: nothing is lost, nobody is charged by both."""

from __future__ import annotations

from datetime import date

import pytest

from donations.charging.company import Faulty
from donations.charging.judging import judge
from donations.charging.world import World
from handpress.donations.actions.plans import pause_plan, resume_plan
from handpress.donations.actions.pulses import rails_to_check
from handpress.donations.actions.sponsors import suspend_sponsor
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
    RailKind,
    Reconsent,
    Sponsor,
)

pytestmark = pytest.mark.django_db
AGAIN = "needs you once more"


@pytest.fixture
def successor(world: World) -> Rail:
    """A rail of another company, whose sponsor is not live yet."""
    sponsor = Sponsor.objects.create(legal_name="The New Fund", state="draft")
    rail = Rail.objects.create(
        sponsor=sponsor, kind=RailKind.PRACTICE, name="New", account_ref="new"
    )
    world.others["new"] = Faulty()
    return rail


def replace_sponsor(world: World, successor: Rail) -> None:
    assert suspend_sponsor(world.rail.sponsor, now=world.now, successor=successor.sponsor)
    world.disturbed |= {plan.pk for plan in world.plans}


def test_4_11_with_everything_under_way(world: World, successor: Rail) -> None:
    due, later = (world.add_plan(amount=1000, due_in=n, donor=f"r{n}") for n in (0, 3))
    paid = world.begin(monthly=False)
    unpaid = world.begin(monthly=False)
    started = world.begin(monthly=True)
    world.company.pay(paid.remote_id)
    # Written down and not sent, told and not delivered.
    world.due()
    world.company.is_down = True
    world.work()
    replace_sponsor(world, successor)
    world.company.is_down = False

    # What is under way comes all the same, by the old rail.
    world.company.pay(unpaid.remote_id)
    world.company.pay(started.remote_id)
    for number in range(len(world.company.events)):
        world.deliver(number, 2)
    world.pass_time(16)
    world.due()
    world.work()
    captures = Movement.objects.filter(kind="capture")
    assert {each.rail for each in captures} == {world.rail}
    assert captures.count() == 3
    assert world.letters("has come") == 3

    # Nothing new is charged there, and who began a plan is asked like the others.
    assert Attempt.objects.get(purpose=Purpose.CHARGE).code == "let-go"
    plans = Plan.objects.all()
    assert {plan.state for plan in plans} == {PlanState.NEEDS_RECONSENT}
    assert not Mandate.objects.filter(state=MandateState.ACTIVE).exists()
    world.pass_time(1)
    world.due()
    assert world.letters(AGAIN) == 3

    # Money can still be given back.
    refund = world.refund(f"cap_{paid.remote_id}", 700)
    world.work()
    assert refund is not None
    refund.refresh_from_db()
    assert refund.state == AttemptState.DONE

    # One agrees anew; what was due waits for its usual day, on the new rail alone.
    page = world.agree_anew(due, successor)
    assert page.rail == successor
    world.pass_time(16)
    world.work()
    due.refresh_from_db()
    assert (due.state, due.rail, due.collecting) == (
        PlanState.ACTIVE,
        successor,
        Collecting.MANDATE,
    )
    assert Reconsent.objects.get(plan=due).answer == Answer.AGREED
    assert due.next_due == date(2026, 12, 27)
    assert not world.others["new"].captures()
    world.days(32)
    (taken,) = world.others["new"].captures()
    assert taken.minor == 1000
    assert len(world.company.captures()) == 3

    # The others are written to twice more, and then fall to a letter each month.
    assert world.letters(AGAIN) == 3 + 2 * 2
    later.refresh_from_db()
    assert (later.state, later.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    assert world.letters("Your monthly gift") > 0
    world.settle()
    assert not Movement.objects.filter(rail=world.rail, kind="capture", pledge__plan=later).exists()


def test_4_11_letters_that_ask_anew_are_written_once(world: World, successor: Rail) -> None:
    for number in range(3):
        world.add_plan(amount=1000, due_in=9, donor=f"r{number}")
    replace_sponsor(world, successor)
    for _ in range(3):
        world.due()
    assert world.letters(AGAIN) == 3
    # Suspended once more, by whoever presses the button twice.
    assert not suspend_sponsor(world.rail.sponsor, now=world.now)
    world.due()
    assert world.letters(AGAIN) == 3
    world.days(8)
    assert world.letters(AGAIN) == 6
    # Who was away for the second letter's time gets the third.
    world.pass_time(15 * 24 * 60)
    world.due()
    world.due()
    assert world.letters(AGAIN) == 9


def test_old_rails_are_still_checked_and_compared(world: World, successor: Rail) -> None:
    page = world.begin(monthly=False)
    world.company.pay(page.remote_id)
    replace_sponsor(world, successor)
    assert set(rails_to_check(world.now)) == {world.rail, successor}
    world.pass_time(1)
    world.compare()
    world.company.move("refund", f"cap_{page.remote_id}", -500)
    world.pass_time(1)
    world.compare()
    assert list(Movement.objects.values_list("amount_minor", flat=True).order_by("pk")) == [
        2000,
        -53,
        -500,
    ]


def test_who_has_paused_is_asked_anew_when_going_on(world: World, successor: Rail) -> None:
    plan = world.add_plan(amount=1000, due_in=3, donor="ana")
    pause_plan(plan, world.now)
    replace_sponsor(world, successor)
    plan.refresh_from_db()
    assert plan.state == PlanState.PAUSED
    world.due()
    assert world.letters(AGAIN) == 0
    assert resume_plan(plan, world.now)
    assert plan.state == PlanState.NEEDS_RECONSENT
    world.due()
    assert world.letters(AGAIN) == 1
    world.days(5)
    assert not world.company.captures()


def test_a_charge_at_the_company_when_it_happens_is_booked(world: World, successor: Rail) -> None:
    world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults["charge"] = ["lost after"]
    world.due()
    world.work()
    replace_sponsor(world, successor)
    world.settle()
    assert Movement.objects.filter(kind="capture").count() == 1
    judge(world)


def test_what_may_have_been_sent_is_not_sent_again(world: World, successor: Rail) -> None:
    world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults["charge"] = ["lost before"]
    world.due()
    world.work()
    replace_sponsor(world, successor)
    world.settle()
    assert [each.call for each in world.company.asked] == ["charge"]
    assert not world.company.captures()
    judge(world)


def test_a_company_that_never_answers_again_holds_up_no_plan(world: World, successor: Rail) -> None:
    """A charge and a page that nobody will ever know of, and the donor agrees elsewhere."""
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    page = world.begin(monthly=False)
    world.company.faults["charge"] = ["lost after"]
    world.due()
    world.work()
    world.company.is_down = True
    replace_sponsor(world, successor)
    world.agree_anew(plan, successor)
    world.pass_time(1)
    world.work()
    world.days(65)
    page.refresh_from_db()
    assert (page.state, page.code) == (AttemptState.DEAD, "left")
    # The charge is looked for as long as it takes.
    assert Attempt.objects.get(rail=world.rail, purpose=Purpose.CHARGE).look_at is not None
    assert [each.minor for each in world.others["new"].captures()] == [1000, 1000]
    plan.refresh_from_db()
    assert plan.next_due == date(2027, 2, 27)
