"""What is not wanted any more is not sent, what is in doubt is waited for, and nothing stays so."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest

from donations.charging.company import START, Faulty
from donations.charging.judging import judge
from donations.charging.world import World
from handpress.donations import letters
from handpress.donations.actions.attempts import prepare, send
from handpress.donations.actions.charging import LET_GO
from handpress.donations.actions.periods import pledge_for
from handpress.donations.actions.plans import cancel_plan, pause_plan
from handpress.donations.companies.contract import Snapshot, State
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Purpose,
    Rail,
    RailKind,
    RailState,
    Reconsent,
)
from handpress.donations.sealing import key_file

pytestmark = pytest.mark.django_db
COULD_NOT = "could not be taken"


@pytest.fixture
def plan(world: World) -> Plan:
    return world.add_plan(amount=1000, due_in=0, donor="ana")


def charge_of(plan: Plan) -> Attempt:
    found = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE).last()
    assert found is not None
    return found


@pytest.mark.parametrize("change", ["pause", "cancel", "mandate", "rail"])
def test_what_waits_to_be_sent_is_not_sent_any_more(world: World, plan: Plan, change: str) -> None:
    world.company.is_down = True
    world.due()
    world.work()
    match change:
        case "pause":
            pause_plan(plan, world.now)
        case "cancel":
            cancel_plan(plan, world.now)
        case "mandate":
            Mandate.objects.update(state=MandateState.ENDED, ended_at=world.now)
        case "rail":
            world.rail.state = RailState.REVOKED
            world.rail.save()
    world.disturbed.add(plan.pk)
    world.settle()
    assert charge_of(plan).code == LET_GO
    assert not world.company.asked
    judge(world)


def test_what_was_paid_by_a_page_is_not_charged(world: World, plan: Plan) -> None:
    world.company.is_down = True
    world.due()
    world.work()
    world.company.is_down = False
    pledge = plan.pledges.get()
    page = world.send_page(pledge)
    world.company.pay(page.remote_id)
    world.deliver(-1)
    world.pass_time(1)
    world.work()
    world.settle()
    # By the page came a new mandate, and the one it was to be taken by is over.
    assert charge_of(plan).code == LET_GO
    assert len(world.company.captures()) == 1


def test_while_a_page_to_pay_is_open_nothing_is_charged(world: World) -> None:
    plan = world.add_plan(amount=1000, due_in=1, donor="ana")
    pledge, _ = pledge_for(plan, "2026-11")
    world.send_page(pledge)
    world.days(3)
    assert not Attempt.objects.filter(purpose=Purpose.CHARGE).exists()
    # It was not paid: the gift is taken as ever, some days late.
    world.days(4)
    assert [each.pledge.period for each in Attempt.objects.filter(state="done")] == ["2026-11"]
    plan.refresh_from_db()
    assert plan.next_due == date(2026, 12, 28)


@pytest.mark.parametrize("ends", ["there", "here", "rail"])
def test_a_plan_whose_way_is_gone_asks_its_donor(world: World, plan: Plan, ends: str) -> None:
    if ends == "there":
        world.company.book.end_mandate("pm_ana")
    elif ends == "here":
        Mandate.objects.update(state=MandateState.ENDED, ended_at=world.now)
    else:
        world.rail.state = RailState.RETIRED
        world.rail.save()
        # Nobody is written to without a way to choose.
        Rail.objects.create(
            sponsor=world.rail.sponsor, kind=RailKind.PRACTICE, name="Other", account_ref="other"
        )
        world.others["other"] = Faulty()
    world.due()
    world.work()
    world.due()
    plan.refresh_from_db()
    if ends == "there":
        # The company said so when it was asked for the gift.
        assert plan.state == PlanState.PAST_DUE
        assert world.letters(COULD_NOT) == 1
        return
    assert (plan.state, plan.wave) == (PlanState.NEEDS_RECONSENT, 1)
    assert Reconsent.objects.filter(plan=plan, wave=1).exists()
    assert world.letters("needs you once more") == 1


def test_a_charge_that_stays_open_needs_its_donor_in_the_end(
    world: World, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company that waits for the donor's second factor, and says only that it waits."""
    told = Snapshot(remote_id="pay_open", state=State.OPEN)
    monkeypatch.setattr(type(world.company), "charge", lambda *how, **more: told)
    monkeypatch.setattr(type(world.company), "look_up", lambda *how: told)
    world.days(3)
    assert charge_of(plan).state == AttemptState.ANSWERED
    world.days(3)
    assert (charge_of(plan).state, charge_of(plan).code) == ("declined", "needs_donor")
    plan.refresh_from_db()
    assert plan.state == PlanState.PAST_DUE


def test_a_letter_that_cannot_be_written_hinders_no_booking(
    world: World, plan: Plan, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A theme is broken, or the donors' key is away."""

    def broken(to: str, words: object, **more: object) -> None:
        raise ValueError(f"{to} {words}")

    monkeypatch.setattr(letters, "write_words", broken)
    world.company.faults["charge"] = ["declined"]
    with caplog.at_level(logging.DEBUG):
        world.days(4)
        page = world.begin(monthly=False)
        key_file().unlink()
        world.company.pay(page.remote_id)
        world.pass_time(1)
        world.work()
    assert Movement.objects.filter(kind="capture").count() == 2
    assert not Attempt.objects.exclude(state__in=SETTLED).exists()
    assert caplog.text.count("letter_not_written") == 3
    assert "reader.example" not in caplog.text


def test_a_refund_needs_a_key_of_its_own(world: World) -> None:
    page = world.begin(monthly=False)
    with pytest.raises(ValueError, match="key"):
        prepare(page.pledge, Purpose.REFUND, {}, now=world.now)


def test_a_charge_prepared_twice_is_one(world: World, plan: Plan) -> None:
    world.due()
    Plan.objects.update(next_due=START.date())
    world.due()
    assert Attempt.objects.filter(purpose=Purpose.CHARGE).exclude(code=LET_GO).count() == 1
    world.settle()
    judge(world)


def test_a_key_that_is_forgotten_is_not_sent_even_by_hand(world: World, plan: Plan) -> None:
    world.company.faults["charge"] = ["lost before"]
    world.due()
    world.work()
    world.pass_time(24 * 60)
    attempt = charge_of(plan)
    send(attempt, now=world.now, held=attempt.leased_until)
    send(attempt, now=world.now)
    assert len(world.company.asked) == 1
    world.settle()
    assert Attempt.objects.filter(code="never-arrived").count() == 1
    assert len(world.company.captures()) == 1
    judge(world)


def test_a_key_is_trusted_until_ten_minutes_before_it_is_forgotten(
    world: World, plan: Plan
) -> None:
    world.company.faults["charge"] = ["lost before"]
    world.due()
    world.work()
    world.now += world.company.key_lasts - timedelta(minutes=10, seconds=1)
    world.work()
    assert charge_of(plan).key == "-".join(("hp", charge_of(plan).pledge.reference, "charge-1"))
    assert charge_of(plan).state == AttemptState.DONE
    assert Movement.objects.filter(kind="capture").count() == 1
    judge(world)
