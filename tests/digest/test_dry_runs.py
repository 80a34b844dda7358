"""`--dry-run` changes nothing: not the database, not the disk, and no mail goes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from digest.conftest import Newsdesk
from digest.test_digest_command import digest
from handpress.digest import deciding, editions, journal
from handpress.digest.management import sending
from handpress.digest.models import Delivery, Edition, EditionState, Frequency, SubscriberState
from handpress.digest.sending import start_edition
from handpress.mail import keys

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def no_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **rest: Any) -> None:
        raise AssertionError("It was sent.")

    monkeypatch.setattr(sending, "send_editions", refuse)


@pytest.fixture
def edition(newsdesk: Newsdesk) -> Edition:
    for number in (1, 2, 3):
        newsdesk.article(f"Story {number}", "Water", ago=timedelta(hours=number))
    newsdesk.reader("ann")
    newsdesk.reader("ben", "Water")
    newsdesk.reader("cho", "Harbour")  # nothing for them today
    newsdesk.reader("dot", state=SubscriberState.PAUSED, paused_until=newsdesk.now.date())
    newsdesk.reader("eve", state=SubscriberState.LEFT)
    newsdesk.reader("fay", frequency=Frequency.WEEKLY)
    made = editions.compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert made
    return made


def test_sending_says_to_how_many_what_is_due_would_go(
    newsdesk: Newsdesk, edition: Edition
) -> None:
    assert digest("send", "--dry-run")[:2] == (0, "There is nothing to send.\n")
    newsdesk.now += HALF_AN_HOUR
    status, out, said = digest("send", "--dry-run")
    assert status == 0
    assert "daily 2026-11-26 would go to 3 readers." in out
    assert "into the outbox" in out
    assert "nothing was sent" in said
    (told,) = json.loads(digest("send", "--dry-run", "--json")[1])["editions"]
    assert (told["edition"], told["readers"], told["instead"]) == (edition.pk, 3, "")
    edition.refresh_from_db()
    assert edition.state == EditionState.READY
    assert not Delivery.objects.exists()
    assert not journal.journal_file().exists()


def test_what_it_says_is_what_is_then_written_down(newsdesk: Newsdesk, edition: Edition) -> None:
    assert start_edition(edition.pk, newsdesk.now + HALF_AN_HOUR)
    assert Delivery.objects.count() == 3
    assert "would go on to 3 readers" in digest("send", "--dry-run")[1]


def test_hurrying_is_tried_dry_as_well(newsdesk: Newsdesk, edition: Edition) -> None:
    assert deciding.hold(edition.pk, newsdesk.now, by="Ada")
    assert digest("send", "--dry-run")[1] == "There is nothing to send.\n"
    assert "would go to 3 readers" in digest("send", "--now", "--dry-run")[1]
    status, _, said = digest("send", "--now", "--weekly", "--dry-run")
    assert (status, "No weekly edition waits" in said) == (1, True)
    edition.refresh_from_db()
    assert edition.state == EditionState.HELD


def test_what_would_be_held_or_passed_over_is_told(newsdesk: Newsdesk, edition: Edition) -> None:
    newsdesk.now += 6 * HALF_AN_HOUR + timedelta(hours=3)
    assert "daily 2026-11-26 would be held. Its time passed" in digest("send", "--dry-run")[1]
    newsdesk.now = edition.deadline_at
    assert "would be skipped. Nobody decided" in digest("send", "--dry-run")[1]
    edition.refresh_from_db()
    assert edition.state == EditionState.READY


def test_keys_are_named_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "keys" / "dkim"
    monkeypatch.setattr(keys, "keys_folder", lambda: folder)
    assert "Would make hp1, hp2" in digest("keys", "--dry-run")[1]
    assert not folder.parent.exists()
    keys.make_keys()
    assert digest("keys", "--dry-run")[1] == "The keys are there.\n"


def test_readers_are_counted_and_no_list_is_written(
    edition: Edition, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "readers.csv"
    call_command("readers", "export", str(file), "--dry-run")
    assert not file.exists()
    assert "6 readers would be written" in capsys.readouterr().out
