"""A newsroom whose gifts a practice company takes, and what people and time do to both.

The company keeps its truth in books of its own (`company`). Whatever happens, after some quiet the
newsroom's books must say the same: `judging.judge`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

from donations.charging.company import START, Faulty
from handpress.donations import letters, tasks
from handpress.donations.actions import attempts, plans
from handpress.donations.actions.attempts import order_of, prepare, send
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.events import keep_event
from handpress.donations.actions.periods import local_day, pledge_for
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.actions.reconciling import reconcile
from handpress.donations.actions.sponsors import resume_sponsor, suspend_sponsor
from handpress.donations.companies import practice
from handpress.donations.companies.errors import Forged
from handpress.donations.core.schedule import AGAIN, period_of
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Collecting,
    Frequency,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    Rail,
    RailKind,
    RemoteName,
    Sponsor,
    SponsorState,
)
from handpress.lib import clock
from handpress.mail.models import Letter

URLS = {
    "done": "https://proof.example/done",
    "left": "https://proof.example/left",
    "events": "https://proof.example/events",
}


@dataclass
class World:
    """A newsroom, its plans, the company, and the clock."""

    rail: Rail
    company: Faulty
    now: datetime = START
    others: dict[str, Faulty] = field(default_factory=dict)
    """Companies of other rails, by their accounts."""
    plans: list[Plan] = field(default_factory=list)
    pages: list[Attempt] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was seen to go wrong while it happened."""
    disturbed: set[int] = field(default_factory=set)
    """Plans of which it is not said that every month comes: somebody or something changed them."""
    first_due: dict[int, date] = field(default_factory=dict)
    declined: dict[int, datetime] = field(default_factory=dict)

    # --- time and work ---------------------------------------------------------------------------

    def today(self) -> date:
        return local_day(self.now)

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def work(self) -> None:
        tasks.work_once(self.now)

    def due(self) -> None:
        tasks.work_due(self.now)

    def compare(self) -> None:
        reconcile(self.rail, START - timedelta(days=9), self.now, now=self.now)

    def settle(self) -> None:
        """Let the company answer and the background work until all is quiet."""
        self.company.is_down = False
        self.company.faults.clear()
        self.company.lag = timedelta()
        self._go_on_until_quiet()
        # Of a refund that was perhaps sent, and refused when it was sent again, nothing is known
        # before the company has forgotten its key.
        doubtful = Attempt.objects.filter(purpose=Purpose.REFUND, state=AttemptState.UNKNOWN)
        if doubtful.exists():
            self.now += self.company.key_lasts
            self._go_on_until_quiet()

    def _go_on_until_quiet(self) -> None:
        # Of what can be taken back for an hour companies are told after it.
        for number in range(28):
            self.pass_time(5)
            if number in {0, 3}:
                self.due()
            if number == 3:
                self.compare()
            self.work()
            if number > 3 and self._is_quiet():
                break

    def _is_quiet(self) -> bool:
        open_ones = Attempt.objects.exclude(state__in=[*SETTLED, AttemptState.ANSWERED])
        if open_ones.filter(look_at__lte=self.now + timedelta(minutes=15)).exists():
            return False
        # A company that had closed our account is asked every half hour.
        return not Mandate.objects.filter(state=MandateState.ENDED, told_at=None).exists()

    # --- what people do ---------------------------------------------------------------------------

    def add_plan(self, *, amount: int, due_in: int, donor: str) -> Plan:
        """Add a monthly gift that was agreed to a month ago."""
        due = self.today() + timedelta(days=due_in)
        plan = Plan.objects.create(
            donor=keep_donor({"email": f"{donor}@reader.example"}),
            rail=self.rail,
            amount_minor=amount,
            currency="EUR",
            anchor_day=due.day,
            next_due=due,
            state=PlanState.ACTIVE,
            began_at=START - timedelta(days=31),
        )
        mandate = Mandate.objects.create(plan=plan, rail=self.rail, remote_id=f"pm_{donor}")
        self._know(plan, mandate)
        return plan

    def know_plans(self) -> None:
        """Know of all plans that were made before, and let the company know their mandates."""
        for mandate in Mandate.objects.select_related("plan").order_by("plan"):
            self._know(mandate.plan, mandate)

    def _know(self, plan: Plan, mandate: Mandate) -> None:
        self.company.book._file.execute("INSERT INTO mandate VALUES (?, 1)", [mandate.remote_id])
        self.plans.append(plan)
        self.first_due[plan.pk] = plan.next_due

    def begin(self, *, monthly: bool, twice: bool = False, amount: int = 2000) -> Attempt:
        """Let somebody go from our form to the company's page."""
        donor = keep_donor({"email": f"new{len(self.pages)}@reader.example"})
        plan, period = None, ""
        if monthly:
            plan = plans.start_plan(
                donor=donor,
                rail=self.rail,
                amount=amount,
                currency="EUR",
                campaign=None,
                collecting=Collecting.MANDATE,
                now=self.now,
            )
            period = period_of(self.today())
            self.plans.append(plan)
            self.disturbed.add(plan.pk)
        pledge, _ = write_pledge(
            rail=self.rail,
            amount=amount,
            currency="EUR",
            nonce=uuid4(),
            campaign=None,
            donor=donor,
            frequency=Frequency.MONTHLY if monthly else Frequency.ONCE,
            plan=plan,
            period=period,
        )
        page = self.send_page(pledge)
        if twice:
            again = self.send_page(pledge)
            if page.url and (again.pk, again.url) != (page.pk, page.url):
                self.wrong.append("the same form led to two pages")
        self.pages.append(page)
        return page

    def send_page(self, pledge: Pledge, *, for_later: bool = False) -> Attempt:
        return send(self.write_page(pledge, for_later=for_later), now=self.now).attempt

    def write_page(self, pledge: Pledge, *, for_later: bool = False) -> Attempt:
        """Write down that a page is to be asked for."""
        order = order_of(pledge, words="A gift", is_monthly=pledge.plan is not None, language="en")
        asked = {"order": {**order, "is_for_later": for_later}, "urls": URLS}
        return prepare(pledge, Purpose.BEGIN, asked, now=self.now)

    def agree_anew(self, plan: Plan, rail: Rail) -> Attempt:
        """Let a donor agree to a plan by another company, to be taken on its usual day."""
        plan.refresh_from_db()
        pledge, _ = pledge_for(plan, period_of(plan.next_due))
        Pledge.objects.filter(pk=pledge.pk).update(rail=rail)
        pledge.refresh_from_db()
        page = self.send_page(pledge, for_later=True)
        self.others.get(rail.account_ref, self.company).pay(page.remote_id)
        return page

    def days(self, count: int) -> None:
        """Let days pass on which the background works, in the morning and at noon."""
        for _ in range(count):
            self.pass_time(24 * 60 - 5)
            self.due()
            self.work()
            self.pass_time(5)
            self.work()

    def letters(self, subject: str) -> int:
        """Count letters of which the subject holds these words."""
        return Letter.objects.filter(subject__contains=subject).count()

    def refund(self, capture: str, minor: int) -> Attempt | None:
        """Give some of a gift back, by us."""
        gift = Movement.objects.filter(kind="capture", remote_id=capture).first()
        if gift is None or gift.pledge is None:
            return None
        number = Attempt.objects.filter(purpose=Purpose.REFUND).count()
        asked = {"capture": capture, "minor": minor, "currency": "EUR"}
        return prepare(
            gift.pledge,
            Purpose.REFUND,
            asked,
            now=self.now,
            refund_of=gift,
            key=f"hp-refund-{number}",
        )

    def deliver(self, number: int, times: int = 1) -> None:
        """Let an event of the company's come."""
        headers, body = self.company.events[number % len(self.company.events)]
        for _ in range(times):
            keep_event(self.rail, headers, body, self.now)

    def take_elsewhere(self, plan: Plan) -> None:
        """Let the company take a gift by a subscription from before: nobody here asked for it."""
        name = f"sub_{plan.pk}"
        RemoteName.objects.get_or_create(
            rail=self.rail, kind="subscription", remote_id=name, defaults={"plan": plan}
        )
        self.company.take_elsewhere(name, plan.amount_minor)

    def forge(self, number: int) -> None:
        """Let somebody else say that something happened."""
        told = {"id": f"evt_f{number}", "about": "pay_none", "kind": "changed", "minor": 4_000}
        body = json.dumps(told).encode()
        try:
            keep_event(self.rail, {"practice-sign": "0" * 64}, body, self.now)
        except Forged:
            return
        self.wrong.append("a forged event was kept")

    def suspend(self) -> None:
        suspend_sponsor(self.rail.sponsor, now=self.now)
        self.disturbed |= {plan.pk for plan in self.plans}

    def offer_again(self) -> None:
        resume_sponsor(self.rail.sponsor, self.now)


def lay_ground() -> Rail:
    """Make what every world begins with."""
    sponsor = Sponsor.objects.create(legal_name="The Readers’ Fund", state=SponsorState.LIVE)
    return Rail.objects.create(
        sponsor=sponsor, kind=RailKind.PRACTICE, name="Practice", account_ref="practice"
    )


@contextmanager
def at_work(rail: Rail, company: Faulty | None = None, *, is_quiet: bool = True) -> Iterator[World]:
    """Let a world go round: the clock is its own, letters are noted and not set in type."""
    world = World(rail, company or Faulty())
    kind = replace(
        practice.KIND,
        open=lambda account: world.others.get(account.account_ref, world.company),
        check_secrets=lambda mode, secrets: None,
    )
    world.company.on_charge = lambda key, fault: _watch(world, key, fault)
    with ExitStack() as held:
        for patch in (
            mock.patch.object(clock, "now", world.clock),
            mock.patch.object(practice, "KIND", kind),
            mock.patch.object(letters, "write_words", _note_letter),
            mock.patch.object(attempts, "_WAITS_S", 0.0),
            mock.patch.dict(tasks._tell_again, clear=True),
        ):
            held.enter_context(patch)
        if is_quiet:
            # What goes wrong is meant to, hundreds of times.
            logging.disable(logging.CRITICAL)
            held.callback(logging.disable, logging.NOTSET)
        held.callback(world.company.book.close)
        yield world


def _watch(world: World, key: str, fault: str) -> None:
    """Look, while a charge is at the company, whether it may be."""
    attempt = Attempt.objects.select_related("pledge__plan", "rail__sponsor").get(key=key)
    plan = attempt.pledge.plan
    if plan and fault in {"declined", "needs donor"}:
        world.disturbed.add(plan.pk)
        world.declined[plan.pk] = world.now
    elif plan and (before := world.declined.get(plan.pk)):
        is_same = Attempt.objects.filter(pledge=attempt.pledge, purpose=Purpose.CHARGE).count() > 1
        if is_same and world.today() - local_day(before) < AGAIN[0]:
            world.wrong.append(f"{key}: tried again at once, declined at {before}")
    if Movement.objects.filter(pledge=attempt.pledge, kind="capture").exists():
        world.wrong.append(f"{key}: charged for what has come")
    if plan is None or plan.state != PlanState.ACTIVE:
        world.wrong.append(f"{key}: charged, and the plan is {plan and plan.state}")
    mandates = Mandate.objects.filter(remote_id=attempt.asked["mandate"], state=MandateState.ACTIVE)
    if not mandates.exists():
        world.wrong.append(f"{key}: charged by a mandate that is not in use")
    if attempt.rail.sponsor.state != SponsorState.LIVE:
        world.wrong.append(f"{key}: charged for a sponsor that is gone")


def _note_letter(to: str, words: Any, *, kind: str, deadline_s: int, language: str = "") -> None:
    now = clock.now()
    Letter.objects.create(
        kind=kind, to=to, subject=words.subject, text="-", next_at=now, deadline_at=now
    )
