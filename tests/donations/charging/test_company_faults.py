"""4.3: whatever a company does at any call of any flow: nobody sees a fault, and nothing is lost.

What a company's answer means is held against each company elsewhere (`companies.test_contract`);
here it is what comes of it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import pytest

from donations.charging.company import CANARY, Faulty
from donations.charging.judging import judge
from donations.charging.world import World
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.actions.pulses import check_rail, working
from handpress.donations.companies import practice
from handpress.donations.companies.contract import MandateTold, Snapshot
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Health,
    Mandate,
    Movement,
    Purpose,
    RailHealth,
    Reconciliation,
)

pytestmark = pytest.mark.django_db
FAULTS = ("down", "429", "revoked", "lost before", "lost after", "nonsense")


def health(world: World) -> str:
    return RailHealth.objects.get(rail=world.rail).state


@pytest.mark.parametrize("fault", [*FAULTS, "refused"])
def test_a_page_that_cannot_be_had_leads_nowhere_and_hurts_nobody(world: World, fault: str) -> None:
    world.company.faults["begin"] = [fault]
    page = world.begin(monthly=False)
    assert page.url == ""
    assert page.state in {AttemptState.UNKNOWN, AttemptState.DEAD}
    # Once more from the same form, it is had.
    again = world.send_page(page.pledge)
    assert again.url
    world.company.pay(again.remote_id)
    world.settle()
    assert Movement.objects.filter(kind="capture").count() == 1
    judge(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_after_two_pages_that_failed_the_rail_is_not_offered(world: World, fault: str) -> None:
    world.company.faults["begin"] = [fault] * 2
    world.begin(monthly=False)
    is_closed = fault == "revoked"
    assert working([world.rail]) == ([] if is_closed else [world.rail])
    world.pass_time(1)
    world.begin(monthly=False)
    assert working([world.rail]) == []
    assert health(world) == (Health.REVOKED if is_closed else Health.DOWN)


def test_two_failures_far_apart_leave_it_offered(world: World) -> None:
    world.company.faults["begin"] = ["lost before"] * 2
    world.begin(monthly=False)
    world.pass_time(2)
    world.begin(monthly=False)
    assert working([world.rail]) == [world.rail]


def test_it_comes_back_after_three_good_checks(world: World) -> None:
    world.company.faults["begin"] = ["down"] * 2
    world.begin(monthly=False)
    world.begin(monthly=False)
    for _ in range(2):
        world.pass_time(1)
        world.work()
        assert working([world.rail]) == []
    world.pass_time(1)
    world.work()
    assert working([world.rail]) == [world.rail]


@pytest.mark.parametrize("fault", ["down", "429", "lost before", "nonsense"])
def test_a_check_that_fails_is_made_again_within_the_minute(world: World, fault: str) -> None:
    world.company.faults["check"] = [fault] * 2
    check_rail(world.rail, world.now)
    assert working([world.rail]) == [world.rail]
    world.now += timedelta(seconds=25)
    world.work()
    assert working([world.rail]) == []


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_charge_that_fails_is_taken_once_in_the_end(world: World, fault: str, times: int) -> None:
    plan = world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults["charge"] = [fault] * times
    world.due()
    for _ in range(times + 2):
        world.work()
        world.pass_time(4)
    assert Movement.objects.filter(kind="capture", pledge__plan=plan).count() == 1
    world.settle()
    judge(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_charge_that_cannot_be_looked_for_waits(world: World, fault: str) -> None:
    world.add_plan(amount=1000, due_in=0, donor="ana")
    world.company.faults |= {"charge": ["lost after"], "find": [fault] * 2}
    world.due()
    for _ in range(2):
        world.work()
        world.pass_time(1)
        assert Attempt.objects.get().state == AttemptState.UNKNOWN
    world.settle()
    judge(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_giving_back_that_fails_gives_back_once(world: World, fault: str) -> None:
    page = world.begin(monthly=False)
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.work()
    world.company.faults["give_back"] = [fault]
    refund = world.refund(f"cap_{page.remote_id}", 500)
    assert refund is not None
    world.work()
    world.settle()
    refund.refresh_from_db()
    assert refund.state == AttemptState.DONE
    assert Movement.objects.get(kind="refund").amount_minor == -500
    judge(world)


def test_giving_back_in_doubt_for_too_long_is_for_a_person(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    page = world.begin(monthly=False)
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.work()
    world.company.faults["give_back"] = ["lost after"]
    refund = world.refund(f"cap_{page.remote_id}", 500)
    world.work()
    world.company.is_down = True
    world.pass_time(25 * 60)
    world.work()
    world.company.is_down = False
    world.pass_time(11)
    with caplog.at_level(logging.ERROR):
        world.work()
    assert refund is not None
    refund.refresh_from_db()
    assert (refund.state, refund.code) == (AttemptState.DEAD, "outcome-unknown")
    assert "refund_outcome_unknown" in caplog.text
    # What is true is booked all the same, and it was not sent again.
    assert [each.call for each in world.company.asked].count("give_back") == 1
    assert Movement.objects.filter(kind="refund").count() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_cannot_be_looked_at_is_looked_at_again(world: World, fault: str) -> None:
    page = world.begin(monthly=True)
    world.company.pay(page.remote_id)
    world.company.faults["look_up"] = [fault] * 2
    for _ in range(3):
        world.pass_time(5)
        world.work()
    page.refresh_from_db()
    assert page.state == AttemptState.DONE
    world.settle()
    judge(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_event_that_cannot_be_looked_up_waits(world: World, fault: str) -> None:
    page = world.begin(monthly=False)
    Attempt.objects.update(look_at=None, state=AttemptState.DEAD, ended_at=world.now)
    world.company.pay(page.remote_id)
    world.company.faults["look_up"] = [fault] * 2
    world.deliver(0)
    for _ in range(4):
        world.work()
        world.pass_time(1)
    assert Movement.objects.filter(kind="capture").count() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_that_a_mandate_ended_is_told_until_it_is_heard(world: World, fault: str) -> None:
    plan = world.add_plan(amount=1000, due_in=9, donor="ana")
    cancel_plan(plan, world.now)
    world.company.faults["end_mandate"] = [fault] * 2
    for _ in range(3):
        world.work()
        # Once in a while, not every second.
        world.work()
        world.pass_time(6)
    assert Mandate.objects.get().told_at is not None
    assert not world.company.book.is_active("pm_ana")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_comparison_that_fails_says_so_and_books_nothing(world: World, fault: str) -> None:
    page = world.begin(monthly=False)
    world.company.pay(page.remote_id)
    world.pass_time(1)
    world.company.faults["movements"] = [fault]
    world.compare()
    assert Reconciliation.objects.get().error
    assert not Movement.objects.exists()
    world.compare()
    assert Movement.objects.filter(kind="capture").count() == 1


def test_a_company_that_is_silent_holds_up_no_other(world: World) -> None:
    """One request of a round is enough to know; the others wait for the next."""
    for number in range(4):
        world.add_plan(amount=1000, due_in=0, donor=f"r{number}")
    world.company.faults["charge"] = ["down"] * 4
    world.due()
    world.work()
    assert len(world.company.faults["charge"]) == 3
    world.settle()
    judge(world)


def test_without_its_keys_a_company_is_not_asked_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(mode: str, secrets: object) -> None:
        raise SecretsUnusable("secret_key missing")

    world.add_plan(amount=1000, due_in=0, donor="ana")
    kind = practice.KIND
    monkeypatch.setattr(practice, "KIND", replace(kind, check_secrets=missing))
    world.due()
    world.work()
    assert world.begin(monthly=False).url == ""
    assert health(world) == Health.REVOKED
    assert not world.company.asked
    monkeypatch.setattr(practice, "KIND", kind)
    world.settle()
    assert Movement.objects.filter(kind="capture").count() == 1
    judge(world)


def test_what_cannot_be_understood_says_no_donors_name(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for call in ("begin", "look_up", "check"):
            world.company.faults[call] = ["nonsense"]
            world.begin(monthly=False)
            world.pass_time(1)
            world.work()
    assert "company_not_understood" in caplog.text
    assert CANARY not in caplog.text
    assert "reader.example" not in caplog.text


def test_nothing_that_is_left_is_looked_at_by_nobody(world: World) -> None:
    for call in ("begin", "charge", "give_back"):
        for fault in FAULTS:
            world.company.faults.setdefault(call, []).append(fault)
    for number in range(6):
        world.add_plan(amount=1000, due_in=0, donor=f"r{number}")
        world.begin(monthly=False)
    for _ in range(10):
        world.due()
        world.work()
        open_ones = Attempt.objects.exclude(state__in=SETTLED)
        assert not open_ones.filter(look_at__isnull=True).exists()
        world.pass_time(3)
    world.settle()
    assert Attempt.objects.filter(purpose=Purpose.CHARGE, state="done").count() == 6
    judge(world)


def test_what_the_database_refuses_of_one_hinders_no_other(world: World) -> None:
    """One that is never to be understood must not stand before all others for ever."""
    world.begin(monthly=False)
    other = world.begin(monthly=False)
    for page in world.pages:
        world.company.pay(page.remote_id)
    told = type(world.company).look_up
    bad = world.pages[0].remote_id

    def look_up(company: Faulty, name: str) -> Snapshot | None:
        found = told(company, name)
        if name == bad and found:
            twice = {replace(each, currency="EURO") for each in found.movements}
            mandate = MandateTold(remote_id="m" * 400, is_active=True)
            return replace(found, movements=frozenset(twice), mandate=mandate)
        return found

    with mock.patch.object(type(world.company), "look_up", look_up):
        for _ in range(3):
            world.pass_time(6)
            world.work()
    other.refresh_from_db()
    assert other.state == AttemptState.DONE
