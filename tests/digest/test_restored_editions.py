"""A database from a backup does not know what went out since; the disk does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digest.conftest import Newsdesk
from digest.test_digest_command import digest
from handpress.digest import deciding, editions, journal
from handpress.digest.editions import freeze
from handpress.digest.journal import BEGUN_BEFORE
from handpress.digest.management import sending
from handpress.digest.models import Edition, EditionArticle, EditionState, Frequency
from handpress.digest.sending import start_edition
from handpress.digest.settling import MISSED, settle_late


@pytest.fixture
def restored(newsdesk: Newsdesk) -> Edition:
    """Return an edition that went out, in a database from between composing and sending."""
    for number in (1, 2, 3):
        newsdesk.article(f"Story {number}", "Water", ago=timedelta(hours=number))
    newsdesk.reader()
    edition = editions.compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert edition
    newsdesk.now = edition.send_at
    assert freeze(edition.pk, newsdesk.now)
    Edition.objects.update(state=EditionState.READY, frozen_at=None)
    EditionArticle.objects.all().delete()
    newsdesk.now += timedelta(minutes=20)
    return Edition.objects.get()


def stands(edition: Edition) -> tuple[int, str]:
    edition.refresh_from_db()
    return edition.state, edition.reason


def test_it_is_held_whoever_comes_first(newsdesk: Newsdesk, restored: Edition) -> None:
    assert start_edition(restored.pk, newsdesk.now) is None
    assert stands(restored) == (EditionState.HELD, BEGUN_BEFORE)
    Edition.objects.update(state=EditionState.READY, reason="")
    settle_late(newsdesk.now)
    assert stands(restored) == (EditionState.HELD, BEGUN_BEFORE)


@pytest.mark.parametrize("step", [deciding.send_now, deciding.let_go])
def test_a_person_who_was_told_can_send_it(
    newsdesk: Newsdesk, restored: Edition, step: Any
) -> None:
    settle_late(newsdesk.now)
    assert step(restored.pk, newsdesk.now)
    settle_late(newsdesk.now)
    state, reason = stands(restored)
    assert state == EditionState.READY
    assert "Somebody sends it all the same" in reason
    assert start_edition(restored.pk, newsdesk.now)
    assert stands(restored) == (EditionState.SENDING, "")


def test_who_was_told_once_is_told_again_after_another_restoration(
    newsdesk: Newsdesk, restored: Edition
) -> None:
    settle_late(newsdesk.now)
    deciding.send_now(restored.pk, newsdesk.now)
    backup = stands(restored)
    assert freeze(restored.pk, newsdesk.now + timedelta(seconds=1))
    EditionArticle.objects.all().delete()
    Edition.objects.update(state=backup[0], reason=backup[1], frozen_at=None)
    settle_late(newsdesk.now)
    assert stands(restored) == (EditionState.HELD, BEGUN_BEFORE)


def test_what_was_frozen_and_not_yet_noted_is_noted_before_it_goes(
    newsdesk: Newsdesk, restored: Edition
) -> None:
    journal.journal_file().unlink()
    editions._frozen(restored.pk, newsdesk.now, even_if_held=False)
    assert not journal.has_gone(restored.frequency, restored.edition_on)  # killed here
    assert start_edition(restored.pk, newsdesk.now)
    assert journal.has_gone(restored.frequency, restored.edition_on)
    journal.note_begun(Edition.objects.get())
    assert len(journal.journal_file().read_text().splitlines()) == 1


def test_by_hand_it_goes_at_the_second_bidding(
    newsdesk: Newsdesk, restored: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "send_editions", lambda *args, **rest: {})
    status, _, said = digest("send", "--now")
    assert (status, BEGUN_BEFORE in said) == (1, True)
    assert stands(restored)[0] == EditionState.HELD
    assert digest("send", "--now")[0] == 0
    assert stands(restored)[0] == EditionState.SENDING


def test_from_cron_what_is_long_late_is_held_too(
    newsdesk: Newsdesk, restored: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "send_editions", lambda *args, **rest: {})
    journal.journal_file().unlink()
    newsdesk.now += timedelta(hours=5)
    assert digest("send")[0] == 0
    assert stands(restored) == (EditionState.HELD, MISSED)
