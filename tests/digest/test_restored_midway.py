"""A database from a backup that was made while an edition went out, in the place of a newer one."""

from __future__ import annotations

from typing import Any

import pytest

from digest.sending import HASTY, Pen, begin, relay_to, send, states, stop_after, write
from digest.sending import S as State
from handpress.digest import journal, resending
from handpress.digest.journal import WENT_ON
from handpress.digest.models import Delivery, Edition
from handpress.digest.models.editions import EditionState
from handpress.digest.sending import send_editions, start_edition
from handpress.lib import clock
from mail.sink import Plan, running_sink

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 40


def backup() -> Any:
    """Return deliveries and the edition as a copy of the database has them now."""
    return list(Delivery.objects.values()), Edition.objects.values().get()


def restore(rows: Any) -> None:
    deliveries, edition = rows
    Edition.objects.filter(pk=edition["id"]).update(**edition)
    for row in deliveries:
        keys = {name: row.pop(name) for name in ("edition_id", "subscriber_id")}
        Delivery.objects.filter(**keys).update(**{n: v for n, v in row.items() if n != "pk"})


def test_what_went_out_since_is_not_sent_again_until_somebody_says_so() -> None:
    edition = begin(READERS)
    before = backup()
    with running_sink() as sink:
        send(edition, relay_to(sink))
        assert len(sink.recipients) == READERS
        restore(before)
        assert states(edition) == {State.PENDING: READERS}
        send_editions([relay_to(sink)], lambda _: Pen(write), habits=HASTY)
        assert len(sink.recipients) == READERS
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (EditionState.DONE, WENT_ON)
    # Somebody who was told may have it sent all the same, and nothing stops it then.
    assert resending.send_to_missed(edition.pk, clock.now()) == READERS
    with running_sink() as sink:
        send(edition, relay_to(sink))
        assert len(sink.recipients) == READERS


def test_a_sender_that_is_started_anew_goes_on() -> None:
    edition = begin(READERS)
    with running_sink(Plan(delay_s=0.1)) as sink:
        send(edition, relay_to(sink, connections=2), stop=stop_after(0.6))
        assert 0 < len(sink.recipients) < READERS
        assert not journal.went_on(Edition.objects.get())
        send(edition, relay_to(sink))
    assert states(edition) == {State.ACCEPTED: READERS}


def test_an_edition_that_somebody_sends_all_the_same_is_of_a_later_time() -> None:
    edition = begin(READERS)
    with running_sink() as sink:
        send(edition, relay_to(sink))
    Delivery.objects.all().delete()
    Edition.objects.update(state=EditionState.FROZEN, frozen_at=clock.now())
    assert start_edition(edition.pk, clock.now()) is not None


def test_that_nothing_can_be_noted_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("handpress.digest.sending.note_sent", full)
    edition = begin(READERS)
    with running_sink() as sink:
        assert send(edition, relay_to(sink)).is_finished
