"""The ledger's laws, each on the database under test."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from conftest import DATABASE
from factories.readers import make_edition, make_readers
from handpress.digest.ledger import (
    Claimed,
    Intent,
    Ledger,
    NotDurable,
    Result,
    begin_sending,
    freeze_deliveries,
    sqlite,
)
from handpress.digest.models import Delivery, Edition, Subscriber, TopicChoice
from handpress.digest.models.editions import DeliveryState, EditionState
from handpress.digest.models.subscribers import SubscriberState
from handpress.digest.resending import settle_arrived

S = DeliveryState
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition() -> Edition:
    make_readers(7)
    edition = make_edition(frozen_at=NOW, deadline_at=NOW + timedelta(hours=6))
    begin_sending(edition)
    edition.refresh_from_db()
    assert edition.state == EditionState.SENDING
    return edition


def ledger_of(edition: Edition) -> Ledger:
    ledger = Ledger(edition.pk, edition.edition_on, edition.deadline_at)
    ledger.open()
    return ledger


@pytest.fixture
def ledger(edition: Edition) -> Any:
    ledger = ledger_of(edition)
    yield ledger
    ledger.close(NOW)


def states(edition: Edition) -> Counter[DeliveryState]:
    found = Delivery.objects.filter(edition=edition).values_list("state", flat=True)
    return Counter(map(DeliveryState, found))


def ids(rows: list[Claimed]) -> list[int]:
    return [row.reader_id for row in rows]


def intents(rows: list[Claimed]) -> list[Intent]:
    return [Intent(row, "main") for row in rows]


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


# --- freezing --------------------------------------------------------------------------


def test_an_edition_goes_to_whoever_reads_it_now() -> None:
    daily = make_readers(4)
    changes: list[dict[str, Any]] = [
        {"state": SubscriberState.LEFT},
        {"frequency": 2},
        {"state": SubscriberState.PAUSED, "paused_until": "2026-11-22"},
        {"state": SubscriberState.SUPPRESSED},
        {"state": SubscriberState.PENDING},
    ]
    for number, change in enumerate(changes):
        (reader,) = make_readers(1, first=100 + number)
        Subscriber.objects.filter(pk=reader.pk).update(**change)
    (back,) = make_readers(1, first=200)
    Subscriber.objects.filter(pk=back.pk).update(
        state=SubscriberState.PAUSED, paused_until="2026-11-21"
    )
    (new,) = make_readers(1, first=300)
    Subscriber.objects.filter(pk=new.pk).update(confirmed_at=NOW + timedelta(seconds=1))
    edition = make_edition(frozen_at=NOW)
    begin_sending(edition)
    found = set(Delivery.objects.values_list("subscriber_id", flat=True))
    assert found == {reader.pk for reader in [*daily, back]}


def test_freezing_again_adds_nobody(edition: Edition) -> None:
    late = make_readers(3, first=50)
    Subscriber.objects.filter(pk__in=[each.pk for each in late]).update(confirmed_at=LATER)
    begin_sending(edition)
    assert states(edition) == {S.PENDING: 7}


def test_freezing_that_was_cut_short_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handpress.digest.ledger.freezing._CHUNK", 3)
    make_readers(10)
    edition = make_edition(frozen_at=NOW)

    class Killed(BaseException):
        pass

    def die(written: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        begin_sending(edition, notify=die)
    edition.refresh_from_db()
    assert edition.state == EditionState.FROZEN
    assert states(edition) == {S.PENDING: 3}
    begin_sending(edition)
    assert states(edition) == {S.PENDING: 10}
    assert freeze_deliveries(edition) == 0


def test_readers_for_whose_topics_there_is_nothing_are_left_out() -> None:
    some, many = (TopicChoice.objects.create(key=key) for key in ("1", "1,2"))
    readers = make_readers(3)
    Subscriber.objects.filter(pk=readers[0].pk).update(choice=some)
    Subscriber.objects.filter(pk=readers[1].pk).update(choice=many)
    edition = make_edition(frozen_at=NOW)
    begin_sending(edition, without=[some.pk])
    found = set(Delivery.objects.values_list("subscriber_id", "choice_id"))
    assert found == {(readers[1].pk, many.pk), (readers[2].pk, None)}


# --- claims ----------------------------------------------------------------------------


def test_nothing_is_claimed_twice(edition: Edition, ledger: Ledger) -> None:
    mine = ledger.claim(3, NOW)

    def other() -> list[int]:
        second = ledger_of(edition)
        rows = second.claim(10, NOW)
        second.commit([], [Result(row, S.ACCEPTED, "250", "main") for row in rows], NOW)
        second.close(NOW)
        return ids(rows)

    theirs = elsewhere(other)
    assert len(mine) == 3
    assert len(theirs) == 4
    assert not set(ids(mine)) & set(theirs)
    assert ledger.claim(10, NOW) == []


def test_a_claim_says_who_it_is(edition: Edition, ledger: Ledger) -> None:
    row = ledger.claim(1, NOW)[0]
    reader = Subscriber.objects.get(pk=row.reader_id)
    assert (row.address, row.domain, row.uuid) == (reader.address, "example.com", reader.uuid)
    assert (row.choice_id, row.attempts) == (None, 0)


def test_who_left_is_struck_off_at_the_claim(edition: Edition, ledger: Ledger) -> None:
    gone = Subscriber.objects.order_by("pk")[2]
    Subscriber.objects.filter(pk=gone.pk).update(state=SubscriberState.LEFT)
    assert gone.pk not in ids(ledger.claim(10, NOW))
    assert states(edition) == {S.SUPPRESSED: 1, S.CLAIMED: 6}


def test_retries_come_when_they_are_due(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(10, NOW)
    later = [Result(row, S.RETRY, "451", "main", LATER) for row in rows[:2]]
    ledger.commit([], later, NOW)
    assert ledger.claim(10, NOW) == []
    assert ledger.next_due() == LATER
    again = ledger.claim(10, LATER)
    assert sorted(ids(again)) == sorted(ids(rows[:2]))
    assert {row.attempts for row in again} == {1}


def test_a_claim_says_which_relay_was_refused_and_what_is_put_back_keeps_it(
    edition: Edition, ledger: Ledger
) -> None:
    first, second, third = ledger.claim(3, NOW)
    ledger.commit(
        [],
        [
            Result(first, S.RETRY, "550 5.7.26 not authenticated", "main", NOW),
            Result(second, S.RETRY, "451 4.3.0 later", "main", NOW),
            Result(third, S.RETRY, next_at=NOW, counts=False),
        ],
        NOW,
    )
    expected = {first.reader_id: "main", second.reader_id: "", third.reader_id: ""}
    for _ in range(2):
        again = ledger.claim(3, NOW)
        assert {row.reader_id: row.refused_by for row in again} == expected
        # Put back without a word: what was said last still stands.
        ledger.commit([], [Result(row, S.RETRY, next_at=NOW, counts=False) for row in again], NOW)
    said = Delivery.objects.get(subscriber=second.reader_id)
    assert (said.reply, said.relay, said.attempts) == ("451 4.3.0 later", "main", 1)


def test_a_stopped_edition_gives_nothing_and_lets_nothing_end(
    edition: Edition, ledger: Ledger
) -> None:
    rows = ledger.claim(2, NOW)
    Edition.objects.update(state=EditionState.HELD)
    assert ledger.claim(2, NOW) == []
    assert ledger.commit(intents(rows), [], NOW) == {}
    assert states(edition) == {S.CLAIMED: 2, S.PENDING: 5}


# --- the dot ---------------------------------------------------------------------------


def test_dotted_then_answered(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(2, NOW)
    became = ledger.commit(intents(rows), [], NOW)
    assert became == dict.fromkeys(rows, S.DOTTED)
    assert states(edition)[S.DOTTED] == 2
    results = [
        Result(rows[0], S.ACCEPTED, "250 2.0.0 taken", "main"),
        Result(rows[1], S.FAILED, "550 5.1.1 nobody " + "x" * 300, "main"),
    ]
    ledger.commit([], results, NOW)
    assert states(edition) == {S.ACCEPTED: 1, S.FAILED: 1, S.PENDING: 5}
    failed = Delivery.objects.get(state=S.FAILED)
    assert failed.attempts == 1
    assert failed.relay == "main"
    assert failed.reply.startswith("550 5.1.1 nobody")


def test_who_left_after_the_claim_is_not_mailed(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(3, NOW)
    Subscriber.objects.filter(pk=rows[1].reader_id).update(state=SubscriberState.LEFT)
    became = ledger.commit(intents(rows), [], NOW)
    assert [became[row] for row in rows] == [S.DOTTED, S.SUPPRESSED, S.DOTTED]


def test_leaving_and_the_dot_are_one_after_the_other(edition: Edition, ledger: Ledger) -> None:
    """Whoever's leaving is under way is waited for; nobody is mailed after it was acknowledged."""
    row = ledger.claim(1, NOW)[0]
    locked, decide = threading.Event(), threading.Event()

    def leave() -> None:
        with transaction.atomic():
            Subscriber.objects.filter(pk=row.reader_id).update(state=SubscriberState.LEFT)
            locked.set()
            decide.wait()
        connection.close()

    thread = threading.Thread(target=leave)
    thread.start()
    locked.wait()
    # It must wait for `leave`; let that go on as soon as this one has asked.
    timer = threading.Timer(0.2, decide.set)
    timer.start()
    became = ledger.commit(intents([row]), [], NOW)
    thread.join()
    timer.join()
    assert became == {row: S.SUPPRESSED}


def test_nothing_ends_after_the_deadline(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(2, NOW)
    became = ledger.commit(intents(rows), [], edition.deadline_at)
    assert set(became.values()) == {S.EXPIRED}
    assert ledger.claim(2, edition.deadline_at) == []
    assert ledger.expire(edition.deadline_at) == 5
    assert states(edition) == {S.EXPIRED: 7}
    assert ledger.finish(edition.deadline_at)


def test_a_repeated_commit_changes_nothing_more(edition: Edition, ledger: Ledger) -> None:
    """It may be unknown whether a commit went through: the same is said again."""
    first, second = ledger.claim(2, NOW)
    ledger.commit(intents([first]), [], NOW)
    result = [Result(first, S.RETRY, "451", "main", LATER)]
    assert ledger.commit(intents([second]), result, NOW) == {second: S.DOTTED}
    assert ledger.commit(intents([second]), result, NOW) == {}
    delivery = Delivery.objects.get(subscriber=first.reader_id)
    assert (delivery.state, delivery.attempts) == (S.RETRY, 1)
    # What was not confirmed was not ended, and may be put back, though the ledger says dotted.
    ledger.commit([], [Result(second, S.RETRY, next_at=NOW, counts=False)], NOW)
    assert Delivery.objects.get(subscriber=second.reader_id).state == S.RETRY


def test_what_was_granted_is_asked_anew(edition: Edition, ledger: Ledger) -> None:
    stays, leaves, late = ledger.claim(3, NOW)

    def again(row: Claimed) -> Intent:
        return Intent(row, "main", S.DOTTED)

    assert ledger.commit([again(stays)], [], NOW) == {}
    ledger.commit(intents([stays, leaves, late]), [], NOW)
    Subscriber.objects.filter(pk=leaves.reader_id).update(state=SubscriberState.LEFT)
    asked = [again(stays), again(leaves)]
    assert ledger.commit(asked, [], NOW) == {stays: S.DOTTED, leaves: S.SUPPRESSED}
    assert ledger.commit([again(late)], [], edition.deadline_at) == {late: S.EXPIRED}


def test_an_answer_resolves_what_somebody_thought_unknown(edition: Edition, ledger: Ledger) -> None:
    row = ledger.claim(1, NOW)[0]
    ledger.commit(intents([row]), [], NOW)
    Delivery.objects.filter(subscriber=row.reader_id).update(state=S.UNKNOWN)
    ledger.commit([], [Result(row, S.ACCEPTED, "250", "main")], NOW)
    assert states(edition)[S.ACCEPTED] == 1


@pytest.mark.parametrize("said", [S.ACCEPTED, S.RETRY, S.UNKNOWN, S.FAILED])
def test_what_is_known_to_have_arrived_stays_so_whatever_comes_of_the_claim(
    edition: Edition, ledger: Ledger, said: DeliveryState
) -> None:
    (row, other) = ledger.claim(2, NOW)
    ledger.commit(intents([row, other]), [], NOW)
    # The company's report is quicker than its answer.
    elsewhere(lambda: settle_arrived(edition.pk, row.reader_id, who="the report", now=NOW))
    ledger.commit(
        [], [Result(each, said, "what it said", "main", LATER) for each in (row, other)], NOW
    )
    found = dict(Delivery.objects.values_list("subscriber", "state"))
    assert (found[row.reader_id], found[other.reader_id]) == (S.ACCEPTED, said)
    delivery = Delivery.objects.get(subscriber=row.reader_id)
    assert (delivery.reply, delivery.attempts) == ("found to have arrived, by the report", 1)
    # Nor is it ended a second time.
    assert ledger.commit(intents([row]), [], NOW) == {}


def test_a_worker_cannot_speak_for_what_is_anothers(edition: Edition, ledger: Ledger) -> None:
    row = ledger.claim(1, NOW)[0]
    Delivery.objects.filter(subscriber=row.reader_id).update(worker=7)
    assert ledger.commit(intents([row]), [], NOW) == {}
    ledger.commit([], [Result(row, S.ACCEPTED, "250", "main")], NOW)
    assert Delivery.objects.get(subscriber=row.reader_id).state == S.CLAIMED


# --- after the dead --------------------------------------------------------------------


def test_what_the_dead_left_is_returned_or_unknown(edition: Edition, ledger: Ledger) -> None:
    def die() -> None:
        # The connection goes, and with it the lock; on SQLite nobody made the file.
        worker = Ledger(edition.pk, edition.edition_on, edition.deadline_at)
        rows = worker.claim(4, NOW)
        worker.commit(intents(rows[:1]), [], NOW)

    elsewhere(die)
    assert states(edition) == {S.CLAIMED: 3, S.DOTTED: 1, S.PENDING: 3}
    assert ledger.recover(NOW) == (3, 1)
    assert states(edition) == {S.RETRY: 3, S.UNKNOWN: 1, S.PENDING: 3}
    assert len(ledger.claim(10, NOW)) == 6
    assert not ledger.finish(NOW)


def test_the_living_are_left_alone(edition: Edition, ledger: Ledger) -> None:
    ready, end = threading.Event(), threading.Event()

    def live() -> None:
        worker = ledger_of(edition)
        rows = worker.claim(4, NOW)
        worker.commit(intents(rows[:1]), [], NOW)
        ready.set()
        end.wait()
        worker.commit([], [Result(rows[0], S.ACCEPTED)], NOW)
        worker.close(NOW)

    thread = threading.Thread(target=live)
    thread.start()
    ready.wait()
    assert ledger.recover(NOW) == (0, 0)
    end.set()
    thread.join()
    assert states(edition) == {S.ACCEPTED: 1, S.RETRY: 3, S.PENDING: 3}


def test_an_edition_ends_when_nothing_is_open(edition: Edition, ledger: Ledger) -> None:
    rows = ledger.claim(10, NOW)
    ledger.commit(intents(rows), [], NOW)
    assert not ledger.finish(NOW)
    ledger.commit([], [Result(row, S.ACCEPTED) for row in rows], NOW)
    assert ledger.finish(NOW)
    assert not ledger.finish(NOW)
    edition.refresh_from_db()
    assert (edition.state, edition.finished_at) == (EditionState.DONE, NOW)


def test_a_database_that_may_forget_is_refused(edition: Edition, tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = NORMAL")
        with pytest.raises(NotDurable, match="wait for the disk"):
            ledger_of(edition)
        connection.close()
        return
    with connection.cursor() as cursor:
        # As a server does that does not say of itself that it is for tests.
        cursor.execute("SET handpress.throwaway = off")
    with pytest.raises(NotDurable, match="fsync = off"):
        ledger_of(edition)
    connection.close()


def test_commits_of_the_ledger_wait_for_the_disk(edition: Edition, ledger: Ledger) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
        else:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)


def test_a_claim_costs_the_same_whatever_the_size(
    edition: Edition, ledger: Ledger, django_assert_max_num_queries: Any
) -> None:
    make_readers(300, first=1000)
    freeze_deliveries(edition)
    with django_assert_max_num_queries(8):
        assert len(ledger.claim(300, NOW)) == 300


@pytest.mark.skipif(DATABASE != "sqlite", reason="PostgreSQL chooses by how many rows there are")
def test_a_handful_is_looked_up_and_no_edition_gone_through() -> None:
    for sql in (sqlite._ASKED, sqlite._DOT, sqlite._RECORD, sqlite._TAKE):
        with connection.cursor() as cursor:
            values = ["[[1, 1]]"] * sql.count("%s")
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            plan = [row[3] for row in cursor.fetchall()]
        [way] = [each for each in plan if re.search(r" (d|digest_delivery) ", f"{each} ")]
        assert "(edition_id=? AND subscriber_id=?)" in way, plan
