"""The practice company with all that can go wrong with one: a memory that ends, events, faults."""

from __future__ import annotations

import hmac
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

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
from handpress.lib import clock

START = datetime(2026, 11, 27, 9, tzinfo=UTC)
CANARY = "canary.donor@mail.example"
"""A donor's address as companies tell it; it must stand nowhere in the clear."""
SECRET = b"what only the company and we know"
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
                raise KeyError(CANARY)

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
            # What an event says besides is not true, and may be about a donor.
            more = {"minor": 999_999, "state": "done", "email": CANARY}
            body = json.dumps({**told, **more}).encode()
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
