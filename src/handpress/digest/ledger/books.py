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
from handpress.digest.ledger.workers import Presence, lock_of
from handpress.digest.models.editions import DeliveryState, Edition, EditionState

_CHUNK = 20_000
_ABOVE_ALL = 2**62
_UNDER_WAY = "SELECT 1 FROM digest_delivery WHERE edition_id = %s AND state IN (1, 2, 5) LIMIT 1"
_WAITING = "SELECT 1 FROM digest_delivery WHERE edition_id = %s AND state = 0 LIMIT 1"


class Books(Protocol):
    """What the two databases do differently."""

    def assert_durable(self) -> None: ...
    def claim_due(self, worker: int, limit: int, now: datetime) -> list[tuple[Any, ...]]: ...
    def claim_pending(
        self, worker: int, below: int, limit: int, now: datetime
    ) -> tuple[list[tuple[Any, ...]], int | None]: ...
    def record(self, results: Sequence[Result], now: datetime) -> None: ...
    def dot(
        self, intents: Sequence[Intent], now: datetime, *, is_late: bool
    ) -> dict[tuple[int, int], DeliveryState]: ...


class Ledger:
    """One worker's hand in the books of one edition. Belongs to the thread that opened it.

    On each connection to the database it claims under another number. Who lost the connection may
    have been taken for dead: others gave its claims back, and it may claim the same readers again
    while messages of its former claims are still under way; nor does it know whether the last that
    it said was heard. By the number, whatever is said of a claim touches that claim alone.
    """

    def __init__(self, edition_id: int, edition_on: date, deadline_at: datetime) -> None:
        self.edition_id = edition_id
        self.deadline_at = deadline_at
        self._presence = Presence()
        self._session: Any = None
        self._below: int | None = _ABOVE_ALL
        self._in_doubt: tuple[int, datetime] | None = None
        books = PostgresqlBooks if connection.vendor == "postgresql" else SqliteBooks
        self._books: Books = books(edition_id, edition_on)

    @property
    def worker(self) -> int:
        """The number that it claims under now."""
        return self._presence.worker

    def open(self) -> None:
        """Make sure that a commit survives, and that others can see whether this worker lives."""
        self._session = None
        self._books.assert_durable()
        self._presence.renew(self._workers_at_work())
        self._session = connection.connection

    def stay_open(self) -> None:
        """Open again where the connection is another than the one that was opened.

        Django makes a new one by itself after a transaction that the server's end broke, and a new
        one neither waits for the disk nor says that this worker lives.
        """
        if connection.connection is None or connection.connection is not self._session:
            self.reopen()

    def mistrust(self) -> None:
        """Let the next that is done be done on a new connection."""
        self._session = None

    def reopen(self) -> None:
        """Come back after the connection to the database was lost."""
        connection.close()
        self.open()

    def close(self, now: datetime) -> None:
        """Leave nothing claimed, and be no more."""
        self.return_claims(now)
        self._presence.end()
        connection.close()

    def vanish(self) -> None:
        """Be no more, and say nothing: others recover what is open."""
        connection.close()
        self._presence.end()

    # --- claims -------------------------------------------------------------------------

    def claim(self, limit: int, now: datetime) -> list[Claimed]:
        """Take up to ``limit`` deliveries that nobody has; those whose retry is due come first.

        Readers who may not be mailed any more are struck off instead of claimed. An edition that
        was stopped, or whose deadline is past, gives none.
        """
        self._return_what_is_in_doubt(now)
        if now >= self.deadline_at or not self.is_sending():
            return []
        self._in_doubt = (self.worker, now)
        below = self._below
        with transaction.atomic():
            rows = self._books.claim_due(self.worker, limit, now)
            while below is not None and len(rows) < limit:
                wanted = limit - len(rows)
                more, below = self._books.claim_pending(self.worker, below, wanted, now)
                rows += more
        self._below, self._in_doubt = below, None
        return [Claimed(*(*row, self.worker)) for row in rows]

    def _return_what_is_in_doubt(self, now: datetime) -> None:
        """Give back what was claimed by a commit whose outcome nobody learnt."""
        if self._in_doubt is not None:
            worker, claimed_at = self._in_doubt
            self._let_go(
                worker, DeliveryState.CLAIMED, DeliveryState.RETRY, "", now, changed_at=claimed_at
            )
            self._in_doubt = None

    def is_sending(self) -> bool:
        """Say whether the edition is being sent; an editor may stop it at any time."""
        return self._one("SELECT state FROM digest_edition WHERE id = %s") == EditionState.SENDING

    def return_claims(self, now: datetime) -> int:
        """Give back what this worker claimed and did not begin to end."""
        return sum(
            self._let_go(worker, DeliveryState.CLAIMED, DeliveryState.RETRY, "", now)
            for worker in self._presence.numbers
        )

    # --- the heart ----------------------------------------------------------------------

    def commit(
        self, intents: Sequence[Intent], results: Sequence[Result], now: datetime
    ) -> dict[Claimed, DeliveryState]:
        """Write results and the wish to end messages in one durable transaction.

        Return for each wish what became of its claim: DOTTED may be ended; SUPPRESSED and EXPIRED
        may not; a claim that is missing holds no longer. Safe to repeat, also later, when it is not
        known whether a former try was committed.
        """
        with transaction.atomic():
            is_over = self._is_late(results) and self._hold_edition() == EditionState.DONE
            if results:
                self._books.record(results, now)
            if is_over:
                self._go_on()
            if not intents:
                return {}
            became = self._books.dot(intents, now, is_late=now >= self.deadline_at)
        return {
            each.claim: became[key]
            for each in intents
            if (key := (each.claim.reader_id, each.claim.worker)) in became
        }

    def _is_late(self, results: Sequence[Result]) -> bool:
        """Say whether something comes back of which others may have thought that it is unknown."""
        return any(
            each.state == DeliveryState.RETRY and each.claim.worker != self.worker
            for each in results
        )

    def _hold_edition(self) -> int | None:
        """Return the edition's state, which stays as it is until the transaction ends."""
        rows = Edition.objects.select_for_update(no_key=True).filter(pk=self.edition_id)
        return rows.values_list("state", flat=True).first()

    def _go_on(self) -> None:
        """Let an edition go on that ended while others held for unknown what is to be sent.

        One that an editor stopped, which says so, stays as it is.
        """
        self._execute(
            "UPDATE digest_edition SET state = %s, finished_at = NULL WHERE id = %s AND reason = ''"
            " AND EXISTS (SELECT 1 FROM digest_delivery WHERE edition_id = %s AND state = 5)",
            EditionState.SENDING,
            self.edition_id,
            self.edition_id,
        )

    # --- after others, and at the end ---------------------------------------------------

    def recover(self, now: datetime) -> Recovered:
        """Take over what dead workers left: claims are free again, what was dotted is unknown."""
        returned = unknown = 0
        for worker in self._workers_at_work() - self._presence.numbers:
            with lock_of(worker).held_if_dead() as is_dead:
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
        if self._one(_UNDER_WAY):
            return False
        if self._one(_WAITING):
            # Whoever was about to take them when they were passed over did not: from the top again.
            self._below = _ABOVE_ALL
            return False
        with transaction.atomic():
            if self._hold_edition() != EditionState.SENDING or self.has_open():
                return False
            Edition.objects.filter(pk=self.edition_id).update(
                state=EditionState.DONE, finished_at=now
            )
        return True

    def _workers_at_work(self) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT worker FROM digest_delivery"
                " WHERE edition_id = %s AND state IN (1, 2)",
                [self.edition_id],
            )
            return {worker for (worker,) in cursor.fetchall()}

    def _let_go(
        self,
        worker: int,
        state: DeliveryState,
        become: DeliveryState,
        reply: str,
        now: datetime,
        *,
        changed_at: datetime | None = None,
    ) -> int:
        # What goes back is due at once: the cursor over those who wait has passed it.
        moment = to_database(now)
        return self._execute(
            "UPDATE digest_delivery SET state = %s, reply = CASE WHEN %s = '' THEN reply ELSE %s"
            " END, next_at = %s, changed_at = %s"
            " WHERE edition_id = %s AND worker = %s AND state = %s"
            " AND (%s IS NULL OR changed_at = %s)",
            become,
            reply,
            reply,
            moment,
            moment,
            self.edition_id,
            worker,
            state,
            *[to_database(changed_at)] * 2,
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
