"""The ledger of one edition, as one worker writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from django.db import connection, transaction

from handpress.digest.ledger.moments import from_database, to_database
from handpress.digest.ledger.postgresql import PostgresqlBooks
from handpress.digest.ledger.sqlite import SqliteBooks
from handpress.digest.ledger.values import Claimed, Intent, Recovered, Result
from handpress.digest.ledger.workers import FileLock, SessionLock, new_worker
from handpress.digest.models.editions import DeliveryState, EditionState

_CHUNK = 20_000
_UNDER_WAY = "SELECT 1 FROM digest_delivery WHERE edition_id = %s AND state IN (1, 2, 5) LIMIT 1"
_WAITING = "SELECT 1 FROM digest_delivery WHERE edition_id = %s AND state = 0 LIMIT 1"


class Books(Protocol):
    """What the two databases do differently."""

    def assert_durable(self) -> None: ...
    def claim_due(self, limit: int, now: datetime) -> list[tuple[Any, ...]]: ...
    def claim_pending(
        self, below: int, limit: int, now: datetime
    ) -> tuple[list[tuple[Any, ...]], int | None]: ...
    def record(self, results: Sequence[Result], now: datetime) -> None: ...
    def dot(
        self, intents: Sequence[Intent], now: datetime, *, is_late: bool
    ) -> dict[int, DeliveryState]: ...


class Ledger:
    """One worker's hand in the books of one edition. Belongs to the thread that opened it."""

    def __init__(self, edition_id: int, edition_on: date, deadline_at: datetime) -> None:
        self.edition_id = edition_id
        self.deadline_at = deadline_at
        self.worker = new_worker()
        self._below: int | None = 2**62
        self._session: Any = None
        kind = connection.vendor
        self._lock = SessionLock(self.worker) if kind == "postgresql" else FileLock(self.worker)
        books = PostgresqlBooks if kind == "postgresql" else SqliteBooks
        self._books: Books = books(edition_id, edition_on, self.worker)

    def open(self) -> None:
        """Make sure that a commit survives, and that others can see whether this worker lives."""
        self._books.assert_durable()
        self._lock.take()
        self._session = connection.connection

    def stay_open(self) -> None:
        """Open again where the connection is another than the one that was opened.

        Django makes a new one by itself after a transaction that the server's end broke, and a new
        one neither waits for the disk nor says that this worker lives.
        """
        if connection.connection is None or connection.connection is not self._session:
            self.reopen()

    def reopen(self) -> None:
        """Come back after the connection to the database was lost."""
        connection.close()
        self.open()

    def close(self, now: datetime) -> None:
        """Leave nothing claimed, and be no more."""
        self.return_claims(now)
        self._lock.release()
        connection.close()

    # --- claims -------------------------------------------------------------------------

    def claim(self, limit: int, now: datetime) -> list[Claimed]:
        """Take up to ``limit`` deliveries that nobody has; those whose retry is due come first.

        Readers who may not be mailed any more are struck off instead of claimed. An edition that
        was stopped, or whose deadline is past, gives none.
        """
        if now >= self.deadline_at or not self.is_sending():
            return []
        with transaction.atomic():
            rows = self._books.claim_due(limit, now)
            while self._below is not None and len(rows) < limit:
                more, self._below = self._books.claim_pending(self._below, limit - len(rows), now)
                rows += more
        return [Claimed(*row) for row in rows]

    def is_sending(self) -> bool:
        """Say whether the edition is being sent; an editor may stop it at any time."""
        return self._one("SELECT state FROM digest_edition WHERE id = %s") == EditionState.SENDING

    def return_claims(self, now: datetime) -> int:
        """Give back what this worker claimed and did not begin to end."""
        return self._let_go(self.worker, DeliveryState.CLAIMED, DeliveryState.RETRY, "", now)

    # --- the heart ----------------------------------------------------------------------

    def commit(
        self, intents: Sequence[Intent], results: Sequence[Result], now: datetime
    ) -> dict[int, DeliveryState]:
        """Write results and the wish to end messages in one durable transaction.

        Return for each wish what became of it: DOTTED may be ended; SUPPRESSED and EXPIRED may
        not; what is missing is no longer this worker's. Safe to repeat when it is not known
        whether a former try was committed.
        """
        with transaction.atomic():
            if results:
                self._books.record(results, now)
            if not intents:
                return {}
            return self._books.dot(intents, now, is_late=now >= self.deadline_at)

    # --- after others, and at the end ---------------------------------------------------

    def recover(self, now: datetime) -> Recovered:
        """Take over what dead workers left: claims are free again, what was dotted is unknown."""
        returned = unknown = 0
        for worker in self._other_workers():
            with self._lock.held_if_dead(worker) as is_dead:
                if is_dead:
                    returned += self._let_go(
                        worker, DeliveryState.CLAIMED, DeliveryState.RETRY, "", now
                    )
                    unknown += self._let_go(
                        worker,
                        DeliveryState.DOTTED,
                        DeliveryState.UNKNOWN,
                        "the sender ended before the relay's answer came",
                        now,
                    )
        return Recovered(returned, unknown)

    def expire(self, now: datetime) -> int:
        """Mark all that is still to be sent as too late; in pieces, so that others get in."""
        expired, below = 0, 2**62
        while True:
            at = self._one(
                "SELECT min(subscriber_id) FROM (SELECT subscriber_id FROM digest_delivery"
                " WHERE edition_id = %s AND subscriber_id < %s"
                " ORDER BY subscriber_id DESC LIMIT %s) AS part",
                below,
                _CHUNK,
            )
            if at is None:
                return expired
            expired += self._execute(
                "UPDATE digest_delivery SET state = 8, changed_at = %s WHERE edition_id = %s"
                " AND subscriber_id >= %s AND subscriber_id < %s AND state IN (0, 5)",
                to_database(now),
                self.edition_id,
                at,
                below,
            )
            below = at

    def next_due(self) -> datetime | None:
        """Return when the next retry is due, or None when there is none."""
        value = self._one(
            "SELECT min(next_at) FROM digest_delivery WHERE edition_id = %s AND state = 5"
        )
        return from_database(value)

    def has_open(self) -> bool:
        """Say whether anything is still to be sent or under way, here or elsewhere."""
        return bool(self._one(_UNDER_WAY) or self._one(_WAITING))

    def finish(self, now: datetime) -> bool:
        """Close the edition if nothing is open; return whether this call did it."""
        if self.has_open():
            return False
        changed = self._execute(
            "UPDATE digest_edition SET state = %s, finished_at = %s WHERE id = %s AND state = %s",
            EditionState.DONE,
            to_database(now),
            self.edition_id,
            EditionState.SENDING,
        )
        return bool(changed)

    def _other_workers(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT worker FROM digest_delivery"
                " WHERE edition_id = %s AND state IN (1, 2) AND worker <> %s",
                [self.edition_id, self.worker],
            )
            return [worker for (worker,) in cursor.fetchall()]

    def _let_go(
        self, worker: int, state: DeliveryState, become: DeliveryState, reply: str, now: datetime
    ) -> int:
        # What goes back is due at once: the cursor over those who wait has passed it.
        moment = to_database(now)
        return self._execute(
            "UPDATE digest_delivery SET state = %s, reply = CASE WHEN %s = '' THEN reply ELSE %s"
            " END, next_at = %s, changed_at = %s"
            " WHERE edition_id = %s AND worker = %s AND state = %s",
            become,
            reply,
            reply,
            moment,
            moment,
            self.edition_id,
            worker,
            state,
        )

    def _one(self, sql: str, *parameters: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.edition_id, *parameters])
            row = cursor.fetchone()
        return row[0] if row else None

    def _execute(self, sql: str, *parameters: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)
