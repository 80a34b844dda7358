"""A newsroom whose clock stands still, with readers and articles of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from factories.papers import Paper
from handpress.digest import journal
from handpress.digest.core.schedule import Slot, slot_on
from handpress.digest.editions import timetable
from handpress.digest.models import Frequency, Subscriber, SubscriberState, TopicChoice
from handpress.lib import clock
from handpress.press.site import forget_outlet

MORNING = datetime(2026, 11, 26, 5, 30, tzinfo=UTC)
"""Half an hour before the daily edition of a newsroom in UTC."""


class Newsdesk:
    """What tests of editions do: let time pass, publish, and let people sign up."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.now = MORNING

    def article(
        self, headline: str, *topics: str, ago: timedelta = timedelta(hours=5), **values: Any
    ) -> Any:
        """Publish an article some hours ago."""
        at = self.now - ago
        return self.paper.article(
            headline,
            topics,
            day=None,
            published_at=at,
            first_published_at=at,
            published_precision="exact",
            **values,
        )

    def reader(self, name: str = "ann", *topics: str, **values: Any) -> Subscriber:
        """Let somebody sign up who reads all topics, or these."""
        address = f"{name}@example.com"
        values.setdefault("state", SubscriberState.ACTIVE)
        values.setdefault("confirmed_at", self.now - timedelta(days=30))
        choice = self.choice(*topics) if topics else None
        return Subscriber.objects.create(
            address=address, address_key=address, domain="example.com", choice=choice, **values
        )

    def choice(self, *names: str) -> TopicChoice:
        """Return the choice of these topics."""
        ids = sorted(self.paper.topic(name).pk for name in names)
        found, _ = TopicChoice.objects.get_or_create(key=",".join(map(str, ids)))
        return found

    def slot(self, frequency: int = Frequency.DAILY) -> Slot:
        """Return today's slot."""
        table = timetable(frequency)
        assert table
        return slot_on(self.now.date(), table)


@pytest.fixture(autouse=True)
def _notes_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find what another noted of an edition of the same day."""
    monkeypatch.setattr(journal, "last_sent_folder", lambda: tmp_path / "last-sent")


@pytest.fixture
def newsdesk(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsdesk:
    desk = Newsdesk(Paper(tmp_path / "site"))
    monkeypatch.setattr(clock, "now", lambda: desk.now)
    # Processes that test side by side share a newsroom's folder.
    monkeypatch.setattr(journal, "journal_file", lambda: tmp_path / "editions.log")
    return desk


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what replaces settings of one table for the test."""

    def change(table: str, **values: Any) -> None:
        former = settings.HANDPRESS
        changed = replace(former, **{table: replace(getattr(former, table), **values)})
        monkeypatch.setattr(settings, "HANDPRESS", changed)
        forget_outlet()

    yield change
    monkeypatch.undo()
    forget_outlet()
