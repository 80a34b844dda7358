"""4.1: events one to five times, in any order, late, between looks: the books say the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from donations.charging.company import Faulty
from donations.charging.playing import EXAMPLES as SCHEDULES
from donations.charging.playing import QUIET
from donations.charging.world import World, at_work
from factories.papers import undone
from handpress.donations import tasks
from handpress.donations.actions.events import replay
from handpress.donations.models import (
    CompanyEvent,
    Entry,
    EventState,
    Movement,
    Plan,
    Posting,
    Rail,
    Seal,
)
from handpress.donations.queries import books
from handpress.mail.models import Letter

pytestmark = pytest.mark.django_db
EXAMPLES = min(max(SCHEDULES // 40, 18), 500)


@st.composite
def histories(draw: Any) -> tuple[list[tuple[str, int]], list[tuple[int, int, int]]]:
    """Return what happened to three gifts, and how events come: which, how often, how late."""
    acts = st.tuples(st.sampled_from(["refund", "back", "dispute", "won"]), st.integers(0, 2))
    happened = draw(st.lists(acts, min_size=2, max_size=6))
    told = st.tuples(st.integers(0, 12), st.integers(1, 5), st.integers(0, 30 * 24 * 60))
    return happened, draw(st.lists(told, max_size=16))


def let_happen(world: World, acts: list[tuple[str, int]]) -> None:
    """Let three people pay, one of them each month, and things be done to what they paid."""
    pages = [world.begin(monthly=number == 1) for number in range(3)]
    captures = []
    for page in pages:
        world.company.pay(page.remote_id)
        captures.append(f"cap_{page.remote_id}")
    on_their_way, taken = Counter[int](), Counter[int]()
    for what, number in acts:
        capture = captures[number]
        left = world.company.book.left_of(capture)
        if what == "won" and taken[number]:
            world.company.move("dispute_won", capture, taken[number])
            taken[number] = 0
        elif what == "dispute" and left:
            world.company.move("dispute", capture, -left)
            taken[number] += left
        elif what == "refund" and left >= 300:
            # Equal ones are several.
            world.company.move("refund", capture, -300)
            on_their_way[number] += 1
        elif what == "back" and on_their_way[number]:
            world.company.move("refund_back", capture, 300)
            on_their_way[number] -= 1


def say(world: World) -> Any:
    """Return all that the newsroom knows, but the order in which it came to know it."""
    rows = Movement.objects.values_list(
        "kind", "remote_id", "amount_minor", "currency", "occurred_on", "of__remote_id", "pledge"
    )
    sizes = [model.objects.count() for model in (Movement, Entry, Seal, Posting)]
    balances = {each.code: each.minor for each in books.trial_balance()}
    letters = Counter(Letter.objects.values_list("to", "subject"))
    plans = list(Plan.objects.values_list("state", "next_due", "collecting", "rail"))
    assert not list(books.walk())
    return Counter(rows), sizes, balances, letters, plans


def in_order(world: World) -> Any:
    """Tell each event once, when it happens."""
    with undone():
        for number in range(len(world.company.events)):
            world.deliver(number)
            world.pass_time(1)
            tasks.work_once(world.now)
        world.pass_time(60)
        tasks.work_once(world.now)
        return say(world)


def anyhow(world: World, told: list[tuple[int, int, int]]) -> Any:
    """Tell events as they come, then each once more."""
    began = world.now
    with undone():
        for number, times, minutes in told:
            world.deliver(number, times)
            world.now = max(world.now, began + timedelta(minutes=minutes))
            if minutes % 3 == 0:
                tasks.work_once(world.now)
        for number in reversed(range(len(world.company.events))):
            world.deliver(number)
        for _ in range(3):
            world.pass_time(60)
            tasks.work_once(world.now)
        for event in CompanyEvent.objects.all():
            replay(event, world.now)
        tasks.work_once(world.now)
        assert not CompanyEvent.objects.exclude(state=EventState.DONE).exists()
        return say(world)


def test_4_1_events_in_any_order_say_the_same(practice_rail: Rail) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, **QUIET)
    @given(histories())
    def holds(history: Any) -> None:
        acts, told = history
        seen.update(what for what, _ in acts)
        with undone(), at_work(practice_rail, Faulty()) as world:
            let_happen(world, acts)
            began = world.now
            expected = in_order(world)
            world.now = began
            assert anyhow(world, told) == expected

    holds()
    assert min(seen[what] for what in ("refund", "back", "dispute", "won")) > 2, seen
