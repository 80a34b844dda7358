"""A newsroom whose monthly gifts a practice company takes, and all that can go wrong between them.

The company keeps its truth in books of its own. Whatever happens, after some quiet the newsroom's
books must say the same, and each month of a plan must have been taken once: `World.judge`.
"""

from __future__ import annotations

import hmac
import itertools
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

from handpress.donations import letters, tasks
from handpress.donations.actions import attempts, plans
from handpress.donations.actions.attempts import order_of, prepare, send
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.events import keep_event
from handpress.donations.actions.periods import local_day
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.actions.reconciling import reconcile
from handpress.donations.actions.sponsors import suspend_sponsor
from handpress.donations.companies import practice
from handpress.donations.companies.contract import (
    Begun,
    Caps,
    Checked,
    Events,
    EventTold,
    Order,
    Snapshot,
    Told,
    Urls,
)
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    Forged,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.practice import Practice
from handpress.donations.companies.practice_book import PracticeBook
from handpress.donations.core.schedule import AGAIN, AT_LEAST, latest_due, period_of
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

START = datetime(2026, 11, 27, 9, tzinfo=UTC)
SECRET = b"what only the company and we know"
URLS = {
    "done": "https://proof.example/done",
    "left": "https://proof.example/left",
    "events": "https://proof.example/events",
}
NEVER_SENT = frozenset({"down", "429", "revoked"})
"""Faults after which the company has done nothing, and says so."""
FAULTS = (
    *sorted(NEVER_SENT),
    *("lost before", "lost after", "nonsense", "declined", "needs donor", "meanwhile"),
)
CRASHES = ("before the call", "after the call")


class Crash(BaseException):
    """The program dies: nothing that it has not committed is left, and nothing catches this."""


@dataclass
class Asked:
    """A request that reached the company, or may have."""

    call: str
    key: str
    at: datetime


class Faulty(Practice):
    """The practice company, with a memory that ends, events that it signs, and faults.

    ``faults`` are what goes wrong with the next requests of a name; ``is_down`` lets none through.
    """

    def __init__(self, book: PracticeBook | None = None) -> None:
        super().__init__(book or PracticeBook(":memory:"))
        self.faults: dict[str, list[str]] = {}
        self.is_down = False
        self.lag = timedelta()
        """For how long it does not find what it was asked for just now."""
        self.busy: set[str] = set()
        self.wrong: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.asked: list[Asked] = []
        self.on_charge: Callable[[str, str], None] = lambda key, fault: None
        self._keys: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self.events: list[tuple[dict[str, str], bytes]] = []

    @property
    def caps(self) -> Caps:
        return replace(super().caps, events=Events.SIGNED)

    # --- what is asked of it ------------------------------------------------------------------

    def check(self) -> Checked:
        with self._fault("check"):
            return super().check()

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        with self._fault("begin", key):
            return super().begin(order, urls, key=key)

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        with self._fault("charge", key) as kind:
            self.on_charge(key, kind)
            if kind == "declined":
                order = replace(order, minor=order.minor // 100 * 100 + 13)
            if kind == "needs donor":
                order = replace(order, minor=order.minor // 100 * 100 + 14)
            try:
                told = super().charge(mandate, order, key=key)
            finally:
                self.tell_about(self.payment_of(key))
            return told

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        with self._fault("give_back", key):
            told = super().give_back(capture, minor, currency, key=key)
            self.tell_about(told.remote_id)
            return told

    def look_up(self, remote_id: str) -> Snapshot | None:
        with self._fault("look_up"):
            return super().look_up(remote_id)

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        with self._fault("find"):
            told = super().find(reference, since=since)
            payment = self.book.payment(told.remote_id) if told else None
            is_late = payment and payment.at > (clock.now() - self.lag).timestamp()
            return None if is_late else told

    def end_mandate(self, remote_id: str) -> None:
        with self._fault("end_mandate"):
            super().end_mandate(remote_id)

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        with self._fault("movements"):
            yield from list(super().movements(since, until))

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        if not hmac.compare_digest(headers.get("practice-sign", ""), _sign(body)):
            raise Forged("the signature does not fit")
        told = json.loads(body)
        return [EventTold(told["id"], told["about"], told["kind"])]

    @contextmanager
    def _fault(self, call: str, key: str = "") -> Iterator[str]:
        if self.is_down:
            raise CompanyDown("nobody answers")
        waiting = self.faults.get(call, [])
        kind = waiting.pop(0) if waiting else ""
        match kind:
            case "down":
                raise CompanyDown("refused")
            case "429":
                raise CompanyDown("status 429")
            case "revoked":
                raise CompanyRevoked("status 401")
            case "before the call":
                raise Crash
        if key:
            self._forget_old(key)
            self.asked.append(Asked(call, key, clock.now()))
            if key in self.busy:
                self.wrong.append(f"{key} was asked for twice at once")
        if kind == "meanwhile" and not self.busy:
            self.busy.add(key)
            try:
                self.meanwhile()
            finally:
                self.busy.discard(key)
        match kind:
            case "lost before":
                raise OutcomeUnknown("no answer")
            case "refused":
                raise Refused("status 400")
        yield kind
        match kind:
            case "lost after":
                raise OutcomeUnknown("no answer")
            case "after the call":
                raise Crash
            case "nonsense":
                raise KeyError("donor@mail.example")

    def _forget_old(self, key: str) -> None:
        """Forget a key whose time is over: it is as good as new then."""
        now = clock.now()
        first = self._keys.setdefault(key, now)
        if now - first >= self.key_lasts:
            self._keys[key] = now
            gone = f"{key} {next(self._numbers)}"
            for table in ("payment", "moved"):
                self.book._file.execute(f"UPDATE {table} SET key = ? WHERE key = ?", [gone, key])

    # --- what happens there -------------------------------------------------------------------

    def pay(self, name: str) -> None:
        self.book.pay(name, clock.now())
        self.tell_about(name)

    def leave(self, name: str) -> None:
        self.book.fail(name, "expired")
        self.tell_about(name)

    def move(self, kind: str, capture: str, minor: int) -> None:
        self.book.move(kind, capture, minor, "EUR", clock.now())
        self.tell_about(capture)

    def take_elsewhere(self, subscription: str, minor: int) -> str:
        """Take a gift by itself, by a subscription that it kept."""
        made = practice._payment(
            Order(reference=subscription, minor=minor, currency="EUR", words=""), str(uuid4())
        )
        self.book.open_payment(made)
        self.pay(made.id)
        return made.id

    def tell_about(self, name: str) -> None:
        """Write an event about something; whether it ever arrives is another matter."""
        if name:
            told = {"id": f"evt_{len(self.events)}", "about": name, "kind": "changed"}
            # What an event says besides is not true.
            body = json.dumps({**told, "minor": 999_999, "state": "done"}).encode()
            self.events.append(({"practice-sign": _sign(body)}, body))

    # --- what is true there -------------------------------------------------------------------

    def payment_of(self, key: str) -> str:
        payment = self.book._payment("key", key)
        return payment.id if payment else ""

    def moved(self) -> list[Told]:
        return list(super().movements(START - timedelta(days=1), clock.now() + timedelta(days=1)))

    def captures(self) -> list[Told]:
        return [each for each in self.moved() if each.kind == "capture"]


def _sign(body: bytes) -> str:
    return hmac.new(SECRET, body, "sha256").hexdigest()


@dataclass
class World:
    """A newsroom, its plans, the company, and the clock."""

    rail: Rail
    company: Faulty
    now: datetime = START
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
        for number in range(8):
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
        return not open_ones.filter(look_at__lte=self.now + timedelta(minutes=15)).exists()

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
        Mandate.objects.create(plan=plan, rail=self.rail, remote_id=f"pm_{donor}")
        self.company.book._file.execute("INSERT INTO mandate VALUES (?, 1)", [f"pm_{donor}"])
        self.plans.append(plan)
        self.first_due[plan.pk] = due
        return plan

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
        order = order_of(pledge, words="A gift", is_monthly=pledge.plan is not None, language="en")
        asked = {"order": {**order, "is_for_later": for_later}, "urls": URLS}
        page = prepare(pledge, Purpose.BEGIN, asked, now=self.now)
        return send(page, now=self.now).attempt

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

    # --- what must be so --------------------------------------------------------------------------

    def judge(self) -> None:
        """Fail where anything is not as it must be, once all is quiet."""
        assert not [*self.wrong, *self.company.wrong], [*self.wrong, *self.company.wrong]
        self._judge_attempts()
        self._judge_keys()
        self._judge_books()
        self._judge_charges()
        self._judge_liveness()
        self._judge_mandates()
        self._judge_letters()

    def _judge_attempts(self) -> None:
        forgotten = Attempt.objects.exclude(state__in=SETTLED).filter(look_at__isnull=True)
        assert not forgotten.exists(), f"nobody will look at {list(forgotten)}"
        assert not Attempt.objects.filter(state__in=SETTLED, look_at__isnull=False).exists()
        stuck = Attempt.objects.filter(state__in=[AttemptState.SENT, AttemptState.UNKNOWN])
        assert not stuck.exists(), f"stuck: {list(stuck.values('key', 'state', 'code', 'looks'))}"
        waiting = Attempt.objects.filter(
            state=AttemptState.PREPARED, look_at__lte=self.now + timedelta(minutes=15)
        )
        assert not waiting.exists(), f"never sent: {list(waiting.values('key', 'code'))}"

    def _judge_keys(self) -> None:
        first: dict[str, datetime] = {}
        for asked in self.company.asked:
            began = first.setdefault(asked.key, asked.at)
            age = asked.at - began
            assert age < self.company.key_lasts, f"{asked.key} was sent again after {age}"

    def _judge_books(self) -> None:
        ours = Movement.objects.filter(rail=self.rail)
        told = {each.remote_id: each for each in self.company.moved()}
        kept = Counter(ours.values_list("kind", "remote_id", "amount_minor", "currency"))
        true = Counter(
            (each.kind.value, each.remote_id, each.minor, each.currency) for each in told.values()
        )
        assert kept == true, f"only here: {kept - true}; only there: {true - kept}"
        for name, of in ours.exclude(of=None).values_list("remote_id", "of__remote_id"):
            assert of == told[name].of

    def taken(self) -> dict[int, list[tuple[date, str]]]:
        """Return day and period of what the company took of each plan for us, in order."""
        pledges = Pledge.objects.filter(plan__isnull=False)
        whose = {
            ref: (plan, period)
            for ref, plan, period in pledges.values_list("reference", "plan_id", "period")
        }
        found: dict[int, list[tuple[date, str]]] = {}
        for each in sorted(self.company.captures(), key=lambda one: one.at):
            if each.reference in whose:
                plan, period = whose[each.reference]
                found.setdefault(plan, []).append((local_day(each.at), period))
        return found

    def _judge_charges(self) -> None:
        for plan, gifts in self.taken().items():
            periods = Counter(period for _, period in gifts)
            twice = [period for period, count in periods.items() if count > 1]
            assert not twice, f"plan {plan} gave twice for {twice}"
            for (day, _), (following, _) in itertools.pairwise(gifts):
                assert following - day >= AT_LEAST, f"plan {plan} gave on {day} and {following}"

    def _judge_liveness(self) -> None:
        """Each plan that nobody touched has given for the last month that was due."""
        gifts_of = self._given()
        for plan in Plan.objects.exclude(pk__in=self.disturbed):
            assert plan.state == PlanState.ACTIVE, f"{plan} is {plan.state}"
            gifts = gifts_of.get(plan.pk, [])
            first = self.first_due[plan.pk]
            due = latest_due(first, plan.anchor_day, self.today())
            if due > self.today() or any(period == period_of(due) for _, period in gifts):
                continue
            is_close = gifts and self.today() - gifts[-1][0] < AT_LEAST
            assert is_close, f"{plan} has not given for {due}, only {gifts}"

    def _given(self) -> dict[int, list[tuple[date, str]]]:
        """Return day and period of what came for each plan, by whatever way, as the books say."""
        rows = Movement.objects.filter(kind="capture", pledge__plan__isnull=False)
        found: dict[int, list[tuple[date, str]]] = {}
        for plan, on, period in rows.order_by("occurred_on").values_list(
            "pledge__plan", "occurred_on", "pledge__period"
        ):
            found.setdefault(plan, []).append((on, period))
        return found

    def _judge_mandates(self) -> None:
        """Nothing can be taken for what was ended, and the company knows that."""
        used = Mandate.objects.filter(state=MandateState.ACTIVE)
        gone = used.filter(plan__state=PlanState.CANCELLED) | used.exclude(
            rail__sponsor__state=SponsorState.LIVE
        )
        assert not gone.exists(), f"still in use: {list(gone.values('remote_id', 'plan__state'))}"
        ended = Mandate.objects.filter(state=MandateState.ENDED)
        assert not ended.filter(told_at__isnull=True).exists(), "the company was not told"
        active = [name for name in ended.values_list("remote_id", flat=True) if self._holds(name)]
        assert not active, f"the company still holds {active}"

    def _holds(self, mandate: str) -> bool:
        return self.company.book.is_active(mandate)

    def _judge_letters(self) -> None:
        thanks = Letter.objects.filter(subject__endswith="has come").count()
        captures = Movement.objects.filter(kind="capture", pledge__donor__isnull=False).count()
        assert thanks == captures, f"{thanks} letters for {captures} gifts"


def lay_ground() -> Rail:
    """Make what every world begins with."""
    sponsor = Sponsor.objects.create(legal_name="The Readers’ Fund", state=SponsorState.LIVE)
    return Rail.objects.create(
        sponsor=sponsor, kind=RailKind.PRACTICE, name="Practice", account_ref="practice"
    )


@contextmanager
def at_work(rail: Rail, company: Faulty | None = None) -> Iterator[World]:
    """Let a world go round: the clock is its own, letters are noted and not set in type."""
    world = World(rail, company or Faulty())
    kind = replace(
        practice.KIND, open=lambda account: world.company, check_secrets=lambda mode, secrets: None
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
        # What goes wrong here is meant to, hundreds of times.
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
