"""What goes by itself: composing in time, holding when late, and a sender at work."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from digest.conftest import Newsdesk
from handpress.digest import editions, settling, tasks
from handpress.digest.arranging import arrange_edition
from handpress.digest.core.schedule import next_slot
from handpress.digest.deciding import call_off, hold, send_now
from handpress.digest.editions import freeze
from handpress.digest.models import Edition, EditionState, Frequency
from handpress.digest.settling import settle_late
from handpress.digest.tasks import SenderProcess, compose_due, is_anything_to_send

HOUR = timedelta(hours=1)


def publish(desk: Newsdesk) -> None:
    for number in (1, 2, 3):
        desk.article(f"Story {number} {desk.now}", "Water", ago=number * HOUR / 4)


def pass_time(desk: Newsdesk, until: datetime, step: timedelta = timedelta(minutes=5)) -> None:
    """Let the background work as it would, for some hours or days."""
    while desk.now < until:
        desk.now += step
        compose_due(desk.now)
        settle_late(desk.now)
        for edition in Edition.objects.filter(state=EditionState.READY, send_at__lte=desk.now):
            freeze(edition.pk, desk.now)


def test_a_morning_goes_by_itself(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    publish(newsdesk)
    newsdesk.now -= timedelta(minutes=10)
    assert compose_due(newsdesk.now) == []
    newsdesk.now += timedelta(minutes=10)
    (edition,) = compose_due(newsdesk.now)
    assert edition.frequency == Frequency.DAILY
    assert compose_due(newsdesk.now) == []
    assert not is_anything_to_send(newsdesk.now)
    newsdesk.now = edition.send_at
    assert is_anything_to_send(newsdesk.now)


def test_the_first_edition_of_all_is_not_a_late_one(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    newsdesk.now += 2 * HOUR
    publish(newsdesk)
    assert compose_due(newsdesk.now) == []


def test_without_readers_there_are_no_editions(newsdesk: Newsdesk) -> None:
    publish(newsdesk)
    assert compose_due(newsdesk.now) == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"])
def test_a_week_with_a_clock_change_has_seven_editions(
    newsdesk: Newsdesk, settings_of: Any, zone: str
) -> None:
    settings_of("newsroom", time_zone=zone)
    newsdesk.reader()
    newsdesk.now = datetime(2026, 10, 22, 12, tzinfo=UTC)
    for _ in range(14):
        publish(newsdesk)
        pass_time(newsdesk, newsdesk.now + 12 * HOUR, HOUR / 2)
    days = list(Edition.objects.order_by("pk").values_list("edition_on", flat=True))
    assert [day.day for day in days] == list(range(23, 30))
    assert set(Edition.objects.values_list("state", flat=True)) <= {
        EditionState.FROZEN,
        EditionState.SKIPPED,
    }


def test_a_clock_that_is_set_back_makes_no_second_edition(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    publish(newsdesk)
    pass_time(newsdesk, newsdesk.now + HOUR)
    assert Edition.objects.get().state == EditionState.FROZEN
    newsdesk.now -= 2 * HOUR
    publish(newsdesk)
    pass_time(newsdesk, newsdesk.now + 3 * HOUR)
    assert Edition.objects.count() == 1


def test_a_server_that_was_down_for_long_asks(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    publish(newsdesk)
    compose_due(newsdesk.now)
    newsdesk.now += 29 * HOUR
    publish(newsdesk)
    (edition,) = compose_due(newsdesk.now)
    assert (edition.state, edition.reason) == (EditionState.HELD, tasks.LATE)


def test_a_server_that_went_down_after_composing_asks(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    publish(newsdesk)
    compose_due(newsdesk.now)
    newsdesk.now += 5 * HOUR
    settle_late(newsdesk.now)
    edition = Edition.objects.get()
    assert (edition.state, edition.reason) == (EditionState.HELD, settling.MISSED)
    newsdesk.now = edition.deadline_at
    settle_late(newsdesk.now)
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (EditionState.SKIPPED, settling.UNDECIDED)


def test_yesterday_s_edition_never_goes_after_today_s(newsdesk: Newsdesk) -> None:
    newsdesk.reader()
    publish(newsdesk)
    compose_due(newsdesk.now)
    newsdesk.now += timedelta(days=1)
    publish(newsdesk)
    settle_late(newsdesk.now)
    compose_due(newsdesk.now)
    states = dict(Edition.objects.order_by("edition_on").values_list("edition_on", "state"))
    assert list(states.values()) == [EditionState.SKIPPED, EditionState.READY]


class FakeProcess:
    """A sender that ends when the test says so."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.was_asked = False

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.was_asked = True
        self.status = -15

    def wait(self, timeout: float) -> int:
        if self.status is None:
            raise subprocess.TimeoutExpired("sender", timeout)
        return self.status


def test_one_sender_is_at_work_while_there_is_something_to_send() -> None:
    started: list[FakeProcess] = []
    seconds = 100.0

    def start() -> Any:
        started.append(FakeProcess())
        return started[-1]

    sender = SenderProcess(start=start, seconds=lambda: seconds)
    sender.look_after(is_needed=False)
    assert not started
    sender.look_after(is_needed=True)
    sender.look_after(is_needed=True)
    assert len(started) == 1
    started[0].status = 1  # it failed: not at once again
    sender.look_after(is_needed=True)
    assert len(started) == 1
    seconds += 5
    sender.look_after(is_needed=True)
    assert len(started) == 2
    sender.stop()
    assert started[1].was_asked


def made_ahead(desk: Newsdesk, stories: int) -> Edition:
    """Make tomorrow's edition in the afternoon, then let a story come out, and the morning come."""
    desk.reader()
    desk.now += timedelta(hours=9, minutes=30)
    for number in range(stories):
        desk.article(f"Story {number + 1}", "Water", ago=(number + 1) * HOUR)
    desk.now += HOUR
    call_command("digest", "compose", stdout=StringIO())
    edition = Edition.objects.get()
    assert edition.edition_on == (desk.now + timedelta(days=1)).date()
    desk.now += 4 * HOUR
    desk.article("Evening", "Water", ago=HOUR)
    desk.now += timedelta(hours=9, minutes=30)
    return edition


def of(edition: Edition) -> list[str]:
    edition.refresh_from_db()
    return [each["headline"] for each in edition.contents["pieces"]]


def test_what_was_made_in_the_afternoon_is_made_anew_in_its_morning(newsdesk: Newsdesk) -> None:
    edition = made_ahead(newsdesk, 3)
    newsdesk.now -= timedelta(minutes=1)
    compose_due(newsdesk.now)
    assert "Evening" not in of(edition)
    newsdesk.now += timedelta(minutes=1)
    compose_due(newsdesk.now)
    assert of(edition) == ["Evening", "Story 1", "Story 2", "Story 3"]
    assert (edition.state, edition.covers_to) == (EditionState.READY, newsdesk.now)
    assert edition.send_at == newsdesk.now + HOUR / 2
    newsdesk.article("Morning", "Water", ago=timedelta(0))
    newsdesk.now += timedelta(minutes=5)
    compose_due(newsdesk.now)
    assert "Morning" not in of(edition)  # once, as any other


def test_too_little_in_the_afternoon_may_be_enough_in_the_morning(newsdesk: Newsdesk) -> None:
    edition = made_ahead(newsdesk, 2)
    assert edition.state == EditionState.SKIPPED
    compose_due(newsdesk.now)
    assert len(of(edition)) == 3
    assert (edition.state, edition.reason) == (EditionState.READY, "")


def test_too_little_in_the_morning_is_left_out(newsdesk: Newsdesk) -> None:
    edition = made_ahead(newsdesk, 1)
    compose_due(newsdesk.now)
    assert len(of(edition)) == 2
    assert edition.state == EditionState.SKIPPED
    newsdesk.article("Morning", "Water", ago=timedelta(minutes=1))
    call_command("digest", "compose", stdout=StringIO())
    assert len(of(edition)) == 3
    assert edition.state == EditionState.READY


def test_a_server_that_was_down_in_the_morning_asks_about_it_too(newsdesk: Newsdesk) -> None:
    edition = made_ahead(newsdesk, 3)
    newsdesk.now += 5 * HOUR
    compose_due(newsdesk.now)
    settle_late(newsdesk.now)
    assert "Evening" in of(edition)
    assert (edition.state, edition.reason) == (EditionState.HELD, tasks.LATE)


@pytest.mark.parametrize("touch", ["order", "note", "subject", "held", "off", "now"])
def test_what_somebody_has_changed_stays_as_they_made_it(newsdesk: Newsdesk, touch: str) -> None:
    edition = made_ahead(newsdesk, 3)
    order = [each["uuid"] for each in edition.contents["pieces"]]
    now = newsdesk.now - 12 * HOUR
    if touch == "order":
        arrange_edition(
            edition.pk, order=[order[0], order[2], order[1]], subject=edition.subject, note=""
        )
    elif touch in ("note", "subject"):
        words = {"subject": edition.subject, "note": "", touch: "Mine"}
        arrange_edition(edition.pk, order=order, subject=words["subject"], note=words["note"])
    elif touch == "held":
        hold(edition.pk, now, by="Ada")
    elif touch == "off":
        call_off(edition.pk, now, by="Ada")
    else:
        send_now(edition.pk, now)
    before = of(edition), edition.state
    compose_due(newsdesk.now)
    assert (of(edition), edition.state) == before


def test_its_pictures_are_made_as_if_it_had_made_itself(
    newsdesk: Newsdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        editions, "_make_pictures", lambda contents: made.append(len(contents.pieces))
    )
    edition = made_ahead(newsdesk, 3)
    assert made == [3]
    with TestCase.captureOnCommitCallbacks(execute=True):
        compose_due(newsdesk.now)
    assert len(of(edition)) == made[-1] == 4


def test_what_nobody_decided_about_is_in_the_next_edition_however_early_that_is_made(
    newsdesk: Newsdesk, settings_of: Any
) -> None:
    settings_of("digest", preview_minutes=180, at_least=1)
    newsdesk.reader()
    newsdesk.article("Held", "Water", ago=HOUR)
    (edition,) = compose_due(newsdesk.now)
    assert hold(edition.pk, newsdesk.now, by="ada")
    newsdesk.now += timedelta(hours=10)
    newsdesk.article("Newer", "Water", ago=HOUR)
    pass_time(newsdesk, newsdesk.now + timedelta(hours=13, minutes=30))
    edition.refresh_from_db()
    following = Edition.objects.exclude(pk=edition.pk).filter(frequency=Frequency.DAILY).get()
    assert edition.state == EditionState.SKIPPED
    found = {each.headline for each in editions.contents_of(following).pieces}
    assert found == {"Held", "Newer"}


def test_whether_an_early_edition_was_changed_is_found_out_once_a_minute(
    newsdesk: Newsdesk,
) -> None:
    newsdesk.reader()
    newsdesk.now -= 9 * HOUR
    publish(newsdesk)
    table = editions.timetable(Frequency.DAILY)
    assert table
    slot = next_slot(newsdesk.now, table)
    early = editions.compose_edition(Frequency.DAILY, slot, newsdesk.now)
    assert early
    order = [each.uuid for each in editions.contents_of(early).pieces]
    arrange_edition(early.pk, order=order, subject="", note="Mine")
    newsdesk.now = slot.compose_at
    looked_at: dict[int, datetime] = {}
    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            newsdesk.now += timedelta(seconds=1)
            compose_due(newsdesk.now, looked_at)
    said = [each["sql"] for each in queries]
    assert len([sql for sql in said if '"contents"' in sql]) == 2
    assert len(said) < 100 * 4
