"""4.1, 4.4, 4.5, 4.6: whatever order, however often, and wherever the program dies, the books say
the same as if everything had been told once and in order.

What happened is told by a *history*; it is told again and again, in any order, with crashes
between row and seal. The same check fails for a naive way of keeping books, and for ours with any
one of its safeguards taken away.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factories import giving
from factories.papers import undone
from handpress.donations.actions import bounce_cheque, gifts, ledger, refund_gift, undo
from handpress.donations.core import chain
from handpress.donations.core import movements as rules
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.models import Entry, Movement, Posting, Rail, Seal
from handpress.donations.queries import books

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("HANDPRESS_TEST_EXAMPLES", "40"))
_QUIET = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate,),
}


class Crash(Exception):
    """The program dies."""


@dataclass(frozen=True)
class Event:
    """Something that happened: a gift of a kind, or what was done to the gift with a number."""

    what: str
    gift: int
    amount: int = 0
    number: int = 0
    fee: int = 0


@st.composite
def histories(draw: Any) -> tuple[list[Event], list[tuple[int, str]]]:
    """Return what happened, and how it is told: numbers of events, each with where it crashes."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["bank", "cheque", "cash"]))
        amount = draw(st.integers(2, 1500))
        events.append(Event(kind, number, amount, fee=draw(st.sampled_from([0, 0, 1]))))
        left = amount
        if kind == "cheque" and draw(st.booleans()):
            events.append(Event("bounce", number, -amount))
            continue
        if draw(st.integers(0, 3)) == 0:
            events.append(Event("undo", number))
            continue
        for refund in range(draw(st.integers(0, 2))):
            # Two equal ones are two.
            part = draw(st.sampled_from([left // 2, 1]))
            if 0 < part <= left:
                left -= part
                events.append(Event("refund", number, -part, refund))
        if draw(st.integers(0, 3)) == 0:
            # What cannot be, whatever came before.
            events.append(Event("refund", number, -amount - 1, 9))
            if kind != "cheque":
                events.append(Event("bounce", number, -amount))
    last = len(events) - 1
    crash = st.sampled_from(["", "", "", "before the seal", "after the row"])
    told = draw(st.lists(st.tuples(st.integers(0, last), crash), max_size=25))
    return events, told


class Bookkeeper:
    """Tells events to the actions, as a form or a poll would."""

    def __init__(self) -> None:
        self.rails: dict[str, Rail] = {
            kind: giving.rail(kind) for kind in ("bank", "cheque", "cash")
        }
        self.campaign = giving.campaign()
        self.kinds: dict[int, str] = {}

    def tell(self, event: Event, crash: str = "") -> None:
        """Tell an event; one that cannot be understood yet is told again later."""
        patched = {
            "before the seal": (ledger, "seal_entry"),
            "after the row": (ledger, "_write_postings"),
        }.get(crash)
        try:
            with transaction.atomic():
                if patched:
                    with mock.patch.object(*patched, side_effect=Crash):
                        self.book(event)
                else:
                    self.book(event)
        except (Crash, RefusedMovement, Movement.DoesNotExist):
            pass

    def book(self, event: Event) -> None:
        if event.what in self.rails:
            giving.gift(
                self.rails[event.what],
                event.amount,
                f"gift-{event.gift}",
                fee=event.fee,
                campaign=self.campaign,
            )
            return
        gift = Movement.objects.get(remote_id=f"gift-{event.gift}")
        if event.what == "refund":
            key = f"refund-{event.gift}-{event.number}"
            refund_gift(gift, amount=-event.amount, key=key, on=giving.DAY)
        elif event.what == "bounce":
            bounce_cheque(gift, key=f"bounce-{event.gift}", on=giving.DAY)
        else:
            undo(gift, on=giving.DAY)

    def state(self) -> tuple[Counter[Any], dict[str, int], int]:
        """Return what the books say, without the numbers of rows."""
        found = Counter(
            Movement.objects.values_list("rail__kind", "kind", "amount_minor", "of__remote_id")
        )
        balances = {each.code: each.minor for each in books.trial_balance()}
        return found, balances, books.raised(self.campaign)

    def check(self) -> None:
        """Fail where the books are not whole, whatever was told until now."""
        counts = [model.objects.count() for model in (Movement, Entry, Seal)]
        assert len(set(counts)) == 1, f"movements, entries, seals: {counts}"
        sums = Counter()
        for currency, minor in Posting.objects.values_list("currency", "amount_minor"):
            sums[currency] += minor
        assert not any(sums.values())
        assert not list(books.walk())
        for gift in Movement.objects.filter(of=None):
            assert gifts.left_of_gift(gift) >= 0


def outcome(keeper: type[Bookkeeper], order: Sequence[tuple[Event, str]]) -> Any:
    with undone():
        it = keeper()
        for event, crash in order:
            it.tell(event, crash)
            if crash:
                it.check()
        it.check()
        return strip(it)


def strip(it: Bookkeeper) -> Any:
    """Accounts are called by the numbers of rails, which differ from run to run."""
    found, balances, raised = it.state()
    names = {str(rail.pk): kind for kind, rail in it.rails.items()}
    return found, sorted((_named(code, names), minor) for code, minor in balances.items()), raised


def _named(code: str, names: dict[str, str]) -> str:
    head, _, currency = code.rpartition(":")
    for number, kind in names.items():
        if head.endswith(f"Rail{number}"):
            return f"{head.removesuffix(number)}-{kind}:{currency}"
    return f"{head.rstrip('0123456789')}:{currency}"


def examine(keeper: type[Bookkeeper], example: tuple[list[Event], list[tuple[int, str]]]) -> None:
    """Fail unless a history that is told anyhow, and then once in order, ends as if told once."""
    events, told = example
    once = [(event, "") for event in events]
    expected = outcome(Bookkeeper, once)
    anyhow = [(events[number], crash) for number, crash in told]
    assert outcome(keeper, [*anyhow, *once]) == expected


def test_the_books_say_what_happened(db: None) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, **_QUIET)  # type: ignore[arg-type]
    @given(histories())
    def holds(example: Any) -> None:
        seen.update(event.what for event in example[0])
        seen.update(crash for _, crash in example[1])
        examine(Bookkeeper, example)

    holds()
    # The search is worth something only if it tried everything.
    for what in ("bank", "cheque", "cash", "refund", "bounce", "undo", "before the seal"):
        assert seen[what] > 3, seen


def broken_examples(keeper: type[Bookkeeper], *, among: int = 60) -> int:
    """Return how many histories break a way of keeping books; stops at the third."""
    broken = 0

    @settings(max_examples=among, **_QUIET)  # type: ignore[arg-type]
    @given(histories())
    def count(example: Any) -> None:
        nonlocal broken
        if broken >= 3:
            return
        try:
            examine(keeper, example)
        except (AssertionError, IntegrityError):
            broken += 1

    count()
    return broken


class Naive(Bookkeeper):
    """Adds up whatever it is told, as a program does that has only a column called balance."""

    def __init__(self) -> None:
        super().__init__()
        self.sum = 0

    def tell(self, event: Event, crash: str = "") -> None:
        self.sum += event.amount
        super().tell(event, crash)

    def state(self) -> Any:
        found, balances, _ = super().state()
        return found, balances, self.sum


def test_a_naive_way_of_keeping_books_fails(db: None) -> None:
    assert broken_examples(Naive) == 3


def _new_name_each_time(happened: Any) -> Any:
    _new_name_each_time.count += 1  # type: ignore[attr-defined]
    name = f"{happened.remote_id}-{_new_name_each_time.count}"  # type: ignore[attr-defined]
    return replace(happened, remote_id=name)


_new_name_each_time.count = 0  # type: ignore[attr-defined]
_book = ledger.book
_seal_of = chain.seal_of
_reversal = gifts._reversal
_write_postings = ledger._write_postings


def _not_atomic(keeper: Bookkeeper, event: Event, crash: str) -> None:
    """A crash leaves what was written so far, as without a transaction."""
    with contextlib.suppress(RefusedMovement, Movement.DoesNotExist):
        keeper.book(event)
    if crash:
        number = Seal.objects.count()
        giving.drop_rules()
        Seal.objects.filter(number=number).delete()


MUTANTS: dict[str, Callable[[], Any]] = {
    "a new key each time": lambda: mock.patch.object(
        gifts, "book", lambda happened: _book(_new_name_each_time(happened))
    ),
    "the same movement is not looked for": lambda: mock.patch.object(
        ledger, "_same", return_value=None
    ),
    "the key of a refund is its sum": lambda: mock.patch.object(
        gifts,
        "book",
        lambda happened: _book(
            replace(happened, remote_id=f"{happened.of.pk}-{happened.amount}")
            if happened.kind == Kind.REFUND
            else happened
        ),
    ),
    "what is left is not looked at": lambda: mock.patch.object(
        gifts, "check_step", return_value=None
    ),
    "a refund is taken off the fee": lambda: mock.patch.object(
        ledger,
        "legs_of",
        lambda kind, amount, fee: tuple(
            replace(leg, role=rules.Role.FEES) if leg.role == rules.Role.REFUNDS else leg
            for leg in rules.legs_of(kind, amount, fee)
        ),
    ),
    "a seal forgets the one before": lambda: mock.patch.object(
        chain, "seal_of", lambda entry, previous: _seal_of(entry, "")
    ),
    "a fee is forgotten": lambda: mock.patch.object(
        ledger,
        "legs_of",
        lambda kind, amount, fee: rules.legs_of(kind, amount, 0),
    ),
    "undoing takes back half": lambda: mock.patch.object(
        gifts,
        "_reversal",
        lambda movement, on: replace(
            _reversal(movement, on), amount=-(movement.amount_minor // 2), fee=0
        ),
    ),
    "gifts of a campaign go to none": lambda: mock.patch.object(
        ledger, "_write_postings", _postings_without_campaign
    ),
    # Not by a patch: see the test.
    "no transaction": mock.MagicMock,
}


def _postings_without_campaign(happened: Any, number: int) -> Any:
    return _write_postings(replace(happened, campaign=None), number)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_safeguard_that_is_taken_away_is_missed(db: None, name: str) -> None:
    patch = MUTANTS[name]

    class Patched(Bookkeeper):
        def tell(self, event: Event, crash: str = "") -> None:
            if name == "no transaction":
                _not_atomic(self, event, crash)
                return
            with patch():
                super().tell(event, crash)

    assert broken_examples(Patched) >= 1
