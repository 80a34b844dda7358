"""Whatever happens to the connection, each commit waits for the disk and its worker is seen."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from factories.readers import make_edition, make_readers
from handpress.digest.clerk import Clerk
from handpress.digest.ledger import Claimed, Ledger, begin_sending
from handpress.digest.ledger.workers import lock_of

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)

SOMEBODY = Claimed(1, "r1@example.com", "example.com", UUID(int=1), None, "en", 0, "", worker=1)

pytestmark = pytest.mark.django_db(transaction=True)


def is_seen_alive(ledger: Ledger) -> bool:
    """Say whether another worker would find this one alive."""
    with lock_of(ledger.worker).held_if_dead() as is_dead:
        return not is_dead


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            return bool(cursor.fetchone()[0] >= 2)
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone()[0] == "on")


def lose_the_connection(ledger: Ledger) -> None:
    """Let Django drop it, as it does where a transaction broke, and tell nobody."""
    connection.close()


def test_a_connection_that_django_made_anew_is_opened_like_the_first() -> None:
    make_readers(1)
    edition = make_edition(frozen_at=NOW, deadline_at=NOW + timedelta(hours=6))
    begin_sending(edition)
    found: list[Any] = []

    async def play() -> None:
        clerk = Clerk(Ledger(edition.pk, edition.edition_on, edition.deadline_at), lambda: NOW)
        await clerk.open()
        # One meets the trouble; another, who met none, asks next.
        await clerk.ask(lose_the_connection)
        found.append(await clerk.ask(lambda ledger: waits_for_the_disk()))
        found.append(await asyncio.to_thread(_seen_from_elsewhere, clerk.ledger))
        await clerk.close()

    asyncio.run(play())
    assert found == [True, True]


def _seen_from_elsewhere(ledger: Ledger) -> bool:
    try:
        return is_seen_alive(ledger)
    finally:
        connection.close()


def test_between_two_commits_on_sqlite_others_get_in() -> None:
    class Slow:
        """A ledger that takes its time."""

        def __init__(self) -> None:
            self.began: list[float] = []
            self.ended: list[float] = []

        def stay_open(self) -> None: ...

        def close(self, now: datetime) -> None: ...

        def vanish(self) -> None: ...

        def commit(self, intents: Any, results: Any, now: datetime) -> dict[Any, Any]:
            self.began.append(time.monotonic())
            time.sleep(0.03)
            self.ended.append(time.monotonic())
            return {}

    ledger: Any = Slow()

    async def play() -> None:
        clerk = Clerk(ledger, lambda: NOW)
        await clerk.open()
        for _ in range(3):
            await clerk.wish(SOMEBODY, "main")
        await clerk.close()

    asyncio.run(play())
    rests = [began - ended for began, ended in zip(ledger.began[1:], ledger.ended, strict=False)]
    least = 0.01 if connection.vendor == "sqlite" else 0
    assert len(rests) == 2
    assert min(rests) >= least
