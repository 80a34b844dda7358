"""Who lost the connection to the database may seem dead, and does not know what was heard.

Whatever others did meanwhile, whatever is claimed again and said again: each reader is mailed once.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from factories.readers import make_edition, make_readers
from handpress.digest.clerk import Clerk
from handpress.digest.ledger import Claimed, Intent, Ledger, Recovered, Result, begin_sending
from handpress.digest.ledger.workers import lock_of
from handpress.digest.models import Delivery, Edition
from handpress.digest.models.editions import DeliveryState, EditionState
from handpress.digest.resending import stop_sending

S = DeliveryState
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
READERS = 4

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition() -> Edition:
    make_readers(READERS)
    edition = make_edition(frozen_at=NOW, deadline_at=NOW + timedelta(hours=6))
    begin_sending(edition)
    return edition


def ledger_of(edition: Edition) -> Ledger:
    return Ledger(edition.pk, edition.edition_on, edition.deadline_at)


@pytest.fixture
def ledger(edition: Edition) -> Any:
    ledger = ledger_of(edition)
    ledger.open()
    yield ledger
    ledger.close(NOW)


def elsewhere(work: Callable[[], Any]) -> Any:
    """Do something on another connection, as another process would."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def recover(ledger: Ledger) -> Recovered:
    """Let another worker look for dead ones."""
    other = Ledger(ledger.edition_id, NOW.date(), ledger.deadline_at)

    def look() -> Recovered:
        other.open()
        found = other.recover(NOW)
        other.close(NOW)
        return found

    result = elsewhere(look)
    assert isinstance(result, Recovered)
    return result


def seem_dead(ledger: Ledger) -> None:
    """Let the connection be lost and another worker take this one for dead."""
    connection.close()
    if connection.vendor == "sqlite":
        # Files stay locked as long as the process lives; the law holds without that also.
        ledger._presence.end()
    recover(ledger)


def states(edition: Edition) -> Counter[DeliveryState]:
    found = Delivery.objects.filter(edition=edition).values_list("state", flat=True)
    return Counter(map(DeliveryState, found))


def intents(rows: list[Claimed]) -> list[Intent]:
    return [Intent(row, "main") for row in rows]


def again_of(row: Claimed, rows: list[Claimed]) -> Claimed:
    return next(each for each in rows if each.reader_id == row.reader_id)


# --- claimed twice by one worker --------------------------------------------------------


def test_of_two_claims_of_one_reader_only_the_later_holds(edition: Edition, ledger: Ledger) -> None:
    former = ledger.claim(READERS, NOW)
    seem_dead(ledger)
    ledger.reopen()
    later = ledger.claim(READERS, NOW)
    assert {row.reader_id for row in later} == {row.reader_id for row in former}
    # Both wish to end a message in the same moment.
    became = ledger.commit(intents([*former, *later]), [], NOW)
    assert became == dict.fromkeys(later, S.DOTTED)


def test_what_is_said_of_a_former_claim_touches_no_later_one(
    edition: Edition, ledger: Ledger
) -> None:
    former = ledger.claim(READERS, NOW)
    seem_dead(ledger)
    ledger.reopen()
    later = ledger.claim(READERS, NOW)
    ledger.commit(intents(later), [], NOW)
    states_said = [S.RETRY, S.FAILED, S.EXPIRED, S.SUPPRESSED]
    said = [Result(row, state, next_at=NOW) for row, state in zip(former, states_said, strict=True)]
    ledger.commit([], said, NOW)
    assert states(edition) == {S.DOTTED: READERS}
    assert ledger.claim(READERS, LATER) == []


def test_a_sender_that_seemed_dead_ends_no_message_twice(edition: Edition) -> None:
    """The history of a night: claimed, taken for dead, claimed again, both under way at once."""

    async def play(clerk: Clerk) -> list[bool]:
        former = (await clerk.claim(READERS))[0]
        await clerk.ask(seem_dead)
        later = again_of(former, await clerk.claim(READERS))
        ended = [await clerk.wish(later, "main")]
        ended.append(await clerk.wish(former, "main"))
        assert former.is_lost
        # As the sender does with what it may not end.
        clerk.record(Result(former, S.RETRY, next_at=NOW, counts=False))
        await clerk.flush()
        ended += [await clerk.wish(row, "main") for row in await clerk.claim(READERS)]
        clerk.record(Result(later, S.ACCEPTED, "250", "main"))
        return ended

    assert with_clerk(edition, play) == [True, False]
    assert states(edition) == {S.ACCEPTED: 1, S.RETRY: READERS - 1}


def with_clerk(edition: Edition, play: Callable[[Clerk], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        clerk = Clerk(ledger_of(edition), lambda: NOW)
        await clerk.open()
        try:
            return await play(clerk)
        finally:
            await clerk.close()

    return asyncio.run(run())


# --- what was heard, nobody knows -------------------------------------------------------


def break_after_commit(monkeypatch: pytest.MonkeyPatch, *, heard: bool) -> None:
    """Let the next commit end with an error; ``heard`` says whether it was made."""
    commit = connection.commit

    def break_off() -> None:
        monkeypatch.undo()
        if heard:
            commit()
        connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "commit", break_off)


def test_what_is_said_again_touches_no_later_claim(
    edition: Edition, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = ledger.claim(READERS, NOW)
    said = [Result(first, S.RETRY, "451", "main", NOW)]
    break_after_commit(monkeypatch, heard=True)
    with pytest.raises(OperationalError):
        ledger.commit(intents([second]), said, NOW)
    # Before it is said again, somebody else asks for more.
    ledger.reopen()
    (again,) = ledger.claim(READERS, NOW)
    assert again.reader_id == first.reader_id
    assert ledger.commit(intents([second]), said, NOW) == {}
    assert Delivery.objects.get(subscriber=first.reader_id).attempts == 1
    assert ledger.commit(intents([again]), [], NOW) == {again: S.DOTTED}


@pytest.mark.parametrize("heard", [True, False])
def test_whom_a_broken_claim_took_is_claimed_again(
    edition: Edition, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, heard: bool
) -> None:
    first = ledger.claim(1, NOW)[0]
    break_after_commit(monkeypatch, heard=heard)
    with pytest.raises(OperationalError):
        ledger.claim(READERS, NOW + timedelta(seconds=1))
    assert states(edition)[S.CLAIMED] == (READERS if heard else 1)
    ledger.reopen()
    rows = ledger.claim(READERS, LATER)
    assert len(rows) == READERS - 1
    # What it knew of is still its own.
    assert set(ledger.commit(intents([first, *rows]), [], LATER)) == {first, *rows}


def test_what_a_dying_worker_was_about_to_claim_is_found_by_those_who_had_passed_it_over(
    edition: Edition, ledger: Ledger
) -> None:
    Delivery.objects.update(state=S.ACCEPTED)
    assert ledger.claim(READERS, NOW) == []
    # They were locked by a claim that was never committed.
    Delivery.objects.update(state=S.PENDING)
    assert not ledger.finish(NOW)
    assert len(ledger.claim(READERS, NOW)) == READERS


# --- coming back ------------------------------------------------------------------------


def test_who_comes_back_in_time_keeps_what_is_under_way(edition: Edition, ledger: Ledger) -> None:
    former = ledger.claim(2, NOW)
    ledger.commit(intents(former[:1]), [], NOW)
    number = ledger.worker
    ledger.reopen()
    assert ledger.worker != number
    later = ledger.claim(READERS, NOW)
    assert recover(ledger) == (0, 0)
    results = [Result(former[0], S.ACCEPTED, "250", "main")]
    became = ledger.commit(intents([former[1], *later]), results, NOW)
    assert became == dict.fromkeys([former[1], *later], S.DOTTED)
    assert states(edition) == {S.ACCEPTED: 1, S.DOTTED: READERS - 1}


def test_numbers_with_nothing_under_way_are_let_go(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(READERS, NOW)
    number = ledger.worker
    ledger.commit([], [Result(row, S.ACCEPTED) for row in rows], NOW)
    ledger.reopen()
    ledger.reopen()

    def is_free() -> bool:
        with lock_of(number).held_if_dead() as is_dead:
            return is_dead

    assert ledger._presence.numbers == {ledger.worker}
    assert elsewhere(is_free)


def test_what_another_held_for_unknown_goes_back_though_the_edition_had_ended(
    edition: Edition, ledger: Ledger
) -> None:
    rows = ledger.claim(READERS, NOW)
    ledger.commit(intents(rows), [], NOW)
    seem_dead(ledger)
    assert elsewhere(lambda: ledger_of(edition).finish(NOW))
    ledger.reopen()
    # Of one, the commit before the dot was in doubt: it was not ended for certain.
    results = [Result(rows[0], S.RETRY, next_at=NOW, counts=False), Result(rows[1], S.ACCEPTED)]
    ledger.commit([], results, NOW)
    edition.refresh_from_db()
    assert (edition.state, edition.finished_at) == (EditionState.SENDING, None)
    assert states(edition) == {S.RETRY: 1, S.ACCEPTED: 1, S.UNKNOWN: READERS - 2}
    assert len(ledger.claim(READERS, NOW)) == 1


def test_what_comes_back_and_the_end_are_one_after_the_other(
    edition: Edition, ledger: Ledger
) -> None:
    Delivery.objects.update(state=S.UNKNOWN)
    came_back, decide = threading.Event(), threading.Event()

    def come_back() -> None:
        with transaction.atomic():
            ledger_of(edition)._hold_edition()
            Delivery.objects.update(state=S.RETRY)
            came_back.set()
            decide.wait()
        connection.close()

    thread = threading.Thread(target=come_back)
    thread.start()
    came_back.wait()
    # The end must wait for it; let that go on as soon as this one has asked.
    timer = threading.Timer(0.2, decide.set)
    timer.start()
    assert not ledger.finish(NOW)
    thread.join()
    timer.join()


def test_an_edition_that_was_stopped_stays_so(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(READERS, NOW)
    ledger.commit(intents(rows), [], NOW)
    seem_dead(ledger)
    assert elsewhere(lambda: stop_sending(edition.pk, who="Ana", now=NOW))
    ledger.reopen()
    ledger.commit([], [Result(rows[0], S.RETRY, next_at=NOW, counts=False)], NOW)
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (EditionState.DONE, "Stopped by Ana.")


def test_one_trouble_makes_one_new_connection(edition: Edition) -> None:
    """A second would make this worker seem dead for a moment, after it had come back."""
    opened: list[int] = []

    def fail_first(ledger: Ledger) -> None:
        if len(opened) == 1:
            opened.append(ledger.worker)
            connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        opened.append(ledger.worker)

    async def play(clerk: Clerk) -> None:
        opened.append(clerk.ledger.worker)
        # One meets the trouble and waits; another comes back meanwhile.
        waiting = asyncio.create_task(clerk.ask(fail_first))
        while len(opened) < 2:
            await asyncio.sleep(0.001)
        opened.append(await clerk.ask(lambda ledger: ledger.worker))
        await waiting

    with_clerk(edition, play)
    first, at_the_trouble, after, at_last = opened
    assert first == at_the_trouble != after == at_last
