"""Bringing readers in: nobody comes back who left, every line is accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.readers.conftest import NOW, Clock, add_reader
from handpress.digest.actions import erase_reader, importing, leave
from handpress.digest.actions.importing import Sheet, import_readers
from handpress.digest.core.incoming import Fate, IncomingReader, Known, Standing, fate_of
from handpress.digest.core.tokens import token_of
from handpress.digest.formats import open_list
from handpress.digest.models import (
    Consent,
    Frequency,
    Subscriber,
    SubscriberState,
)
from handpress.newsroom.models import Topic

pytestmark = pytest.mark.django_db

AWAY = [SubscriberState.LEFT, SubscriberState.SUPPRESSED]
BEFORE = datetime(2021, 3, 4, tzinfo=UTC)


def line(address: str, standing: Standing = Standing.ACTIVE, **more: Any) -> IncomingReader:
    return IncomingReader(2, address, standing, **more)


def bring(*readers: IncomingReader, **options: Any) -> Sheet:
    return import_readers(readers, origin="ghost", **options)


def counts(sheet: Sheet) -> dict[str, int]:
    found = {name: count for name, count in sheet.counts.items() if count}
    assert sheet.found == sum(found.values()) + sheet.refused + sheet.twice
    return found


def state_of(address: str) -> int:
    return Subscriber.objects.get(address_key=address).state


def test_readers_are_taken_over_with_what_is_known_of_them(time_: Clock) -> None:
    Topic.objects.create(name="Water")
    sheet = bring(
        line("Ada@Example.org", joined_at=BEFORE, frequency="weekly", topics=("water", "Founders")),
        line("rest@example.org", Standing.PAUSED),
        words="Yes, mail me the Courier.",
    )
    assert counts(sheet) == {"ADDED": 2}
    assert sheet.unknown_topics == ["Founders"]
    ada = Subscriber.objects.get(address_key="ada@example.org")
    assert (ada.state, ada.frequency, ada.origin) == (
        SubscriberState.ACTIVE,
        Frequency.WEEKLY,
        "ghost",
    )
    assert ada.confirmed_at == ada.created_at == BEFORE
    assert ada.choice is not None
    assert [topic.name for topic in ada.choice.topics.all()] == ["Water"]
    consent = Consent.objects.get(subscriber=ada)
    assert (consent.origin, consent.confirmed_at) == ("ghost", BEFORE)
    assert consent.wording is not None
    assert consent.wording.text == "Yes, mail me the Courier."
    assert state_of("rest@example.org") == SubscriberState.PAUSED


@pytest.mark.parametrize("state", AWAY)
@pytest.mark.parametrize("standing", [Standing.ACTIVE, Standing.PAUSED])
def test_nobody_comes_back_who_left_or_cannot_be_reached(
    state: SubscriberState, standing: Standing
) -> None:
    add_reader(state=state)
    assert counts(bring(line("ADA@example.org", standing))) == {"KEPT_AWAY": 1}
    assert state_of("ada@example.org") == state


def test_nobody_comes_back_who_was_erased() -> None:
    erase_reader(add_reader())
    sheet = bring(line("ada@example.org"), line("Ada@example.org", Standing.LEFT))
    assert counts(sheet) == {"KEPT_AWAY": 1}
    assert sheet.twice == 1
    assert not Subscriber.objects.exclude(state=SubscriberState.ERASED).exists()


def test_who_left_there_is_known_here_as_gone(time_: Clock) -> None:
    sheet = bring(
        line("gone@example.org", Standing.LEFT, left_at=BEFORE),
        line("dead@example.org", Standing.UNREACHABLE),
        line("new@example.org", Standing.UNCONFIRMED),
        line("erased@example.org", Standing.ERASED),
        line("no address"),
    )
    assert counts(sheet) == {"ADDED_AWAY": 2}
    assert [one["why"] for one in sheet.refusals] == [
        "has not confirmed there; they may sign up here",
        "was erased there",
        "is no e-mail address",
    ]
    gone = Subscriber.objects.get(address_key="gone@example.org")
    assert (gone.state, gone.left_at, gone.left_by) == (SubscriberState.LEFT, BEFORE, "import")
    assert state_of("dead@example.org") == SubscriberState.SUPPRESSED
    assert not Consent.objects.exists()


def test_who_left_there_leaves_here_unless_they_confirmed_since(time_: Clock) -> None:
    for name, days in (("ada", 9), ("bob", 1)):
        at = NOW - timedelta(days=days)
        reader = add_reader(f"{name}@example.org", confirmed_at=at)
        Consent.objects.create(subscriber=reader, asked_at=at, confirmed_at=at)
    left_at = NOW - timedelta(days=5)
    sheet = bring(
        line("ada@example.org", Standing.LEFT, left_at=left_at),
        line("bob@example.org", Standing.LEFT, left_at=left_at),
    )
    assert counts(sheet) == {"LET_GO": 1, "UNCHANGED": 1}
    assert state_of("ada@example.org") == SubscriberState.LEFT
    assert state_of("bob@example.org") == SubscriberState.ACTIVE


@pytest.mark.parametrize("is_dry", [True, False])
def test_being_in_a_list_is_no_confirmation_here(time_: Clock, is_dry: bool) -> None:
    """Of whom no list says when they joined, nobody knows that it was after they left another."""
    bring(line("ada@example.org"))
    away = line("ada@example.org", Standing.LEFT, left_at=BEFORE)
    assert counts(bring(away, is_dry=is_dry)) == {"LET_GO": 1}
    twice = (line("bob@example.org"), line("Bob@example.org", Standing.LEFT, left_at=BEFORE))
    assert counts(bring(*twice, is_dry=is_dry)) == {"ADDED": 1, "LET_GO": 1}
    if not is_dry:
        assert state_of("ada@example.org") == state_of("bob@example.org") == SubscriberState.LEFT


def test_one_who_waited_here_and_reads_there_is_a_reader() -> None:
    add_reader(state=SubscriberState.PENDING, confirmed_at=None)
    assert counts(bring(line("ada@example.org"))) == {"ACTIVATED": 1}
    assert state_of("ada@example.org") == SubscriberState.ACTIVE
    assert Consent.objects.count() == 1


def test_what_a_reader_chose_here_is_not_changed_by_a_list() -> None:
    add_reader(frequency=Frequency.WEEKLY, language="ko")
    sheet = bring(line("ada@example.org", frequency="daily", language="fr", topics=("Water",)))
    assert counts(sheet) == {"UNCHANGED": 1}
    reader = Subscriber.objects.get()
    assert (reader.frequency, reader.language, reader.choice) == (Frequency.WEEKLY, "ko", None)


@pytest.mark.parametrize("is_dry", [True, False])
def test_the_same_address_twice_counts_once_and_gone_wins(is_dry: bool) -> None:
    sheet = bring(
        line("ada@example.org"),
        line("ADA@example.org"),
        line("bob@example.org"),
        line("bob@example.org", Standing.LEFT),
        is_dry=is_dry,
    )
    assert counts(sheet) == {"ADDED": 2, "LET_GO": 1}
    assert sheet.twice == 1
    assert Subscriber.objects.count() == (0 if is_dry else 2)
    if not is_dry:
        assert state_of("bob@example.org") == SubscriberState.LEFT


def test_who_leaves_while_a_batch_is_looked_at_stays_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on PostgreSQL, where others write between our reading and our writing."""
    waiting = add_reader(state=SubscriberState.PENDING, confirmed_at=None)
    reading = add_reader("bob@example.org")
    known = importing._Run._known

    def and_they_leave(run: Any, batch: Any) -> Any:
        found = known(run, batch)
        for reader in (waiting, reading):
            leave(token_of(reader.uuid))
        return found

    monkeypatch.setattr(importing._Run, "_known", and_they_leave)
    bring(line("ada@example.org"), line("bob@example.org", Standing.UNREACHABLE))
    assert state_of("ada@example.org") == state_of("bob@example.org") == SubscriberState.LEFT
    assert not Consent.objects.exists()


def test_the_same_list_again_changes_nothing() -> None:
    readers = [line(f"r{number}@example.org") for number in range(30)]
    assert counts(bring(*readers)) == {"ADDED": 30}
    before = list(Subscriber.objects.values())
    assert counts(bring(*readers)) == {"UNCHANGED": 30}
    assert list(Subscriber.objects.values()) == before


def test_an_import_that_was_stopped_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    readers = [line(f"r{number}@example.org") for number in range(35)]

    def stopped() -> Iterable[IncomingReader]:
        yield from readers[:25]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_readers(stopped(), origin="ghost")
    assert Subscriber.objects.count() == 20
    assert counts(bring(*readers)) == {"UNCHANGED": 20, "ADDED": 15}


def test_a_batch_costs_the_same_whatever_is_in_it(django_assert_max_num_queries: Any) -> None:
    few = [line(f"a{number}@example.org") for number in range(3)]
    many = [line(f"b{number}@example.org") for number in range(900)]
    with django_assert_max_num_queries(12):
        bring(*few)
    # SQLite takes so many values in one statement and no more.
    with django_assert_max_num_queries(45):
        bring(*many)


def test_a_mailchimp_list_end_to_end() -> None:
    data = (
        b"Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\n"
        b"ada@example.org,2021-03-04 05:06:07,2021-03-04 05:06:07,1,a\n"
    )
    sheet = import_readers(open_list("subscribed.csv", data).readers(), origin="mailchimp")
    assert counts(sheet) == {"ADDED": 1}


@settings(max_examples=200)
@given(st.sampled_from(Standing), st.none() | st.sampled_from(["left", "dead", "erased"]))
def test_no_line_whatsoever_mails_somebody_who_is_away(
    standing: Standing, away: str | None
) -> None:
    known = None
    if away:
        known = Known(
            has_left=away == "left", is_suppressed=away == "dead", is_erased=away == "erased"
        )
    fate = fate_of(line("x@example.org", standing), known)
    if away:
        assert fate in {Fate.KEPT_AWAY, Fate.UNCHANGED}


def test_states_that_nobody_understands_are_listed_once() -> None:
    data = b"email,status\na@example.org,maybe\nb@example.org,maybe\nc@example.org,active\n"
    sheet = import_readers(open_list("x.csv", data).readers(), origin="csv", is_dry=True)
    assert (sheet.unread_states, sheet.as_json()["unread_states"]) == (["maybe"], ["maybe"])
    assert counts(sheet) == {"ADDED_AWAY": 2, "ADDED": 1}


def test_an_address_with_a_name_before_it_is_taken_over() -> None:
    data = b'email\nAda Lovelace <ada@example.org>\n"Doe, Bob <bob@example.org>"\n'
    bring(*open_list("x.csv", data).readers())
    found = Subscriber.objects.order_by("address").values_list("address", flat=True)
    assert list(found) == ["ada@example.org", "bob@example.org"]
