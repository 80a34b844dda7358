"""The ledger's statements on PostgreSQL. All are in READ COMMITTED, Django's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from handpress.digest.ledger.values import Intent, NotDurable, Result
from handpress.digest.models.editions import DeliveryState

# Whoever paused until a day reads again from that day on.
_MAILABLE = "(s.state = 1 OR (s.state = 2 AND s.paused_until <= %(day)s))"
_TAKE = f"""
    UPDATE digest_delivery d
    SET state = CASE WHEN {_MAILABLE} THEN 1 ELSE 7 END, worker = %(worker)s, changed_at = %(now)s
    FROM next JOIN digest_subscriber s ON s.id = next.id
    WHERE d.edition_id = %(edition)s AND d.subscriber_id = next.id
    RETURNING d.state, d.subscriber_id, s.address, s.domain, s.uuid, d.choice_id, s.language,
        d.attempts, CASE WHEN substr(d.reply, 1, 1) = '5' THEN d.relay ELSE '' END
"""  # noqa: S608
_CLAIM_PENDING = f"""
    WITH next AS (
        SELECT subscriber_id AS id FROM digest_delivery
        WHERE edition_id = %(edition)s AND state = 0 AND subscriber_id < %(below)s
        ORDER BY subscriber_id DESC LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) {_TAKE}
"""  # noqa: S608
_CLAIM_DUE = f"""
    WITH next AS (
        SELECT subscriber_id AS id FROM digest_delivery
        WHERE edition_id = %(edition)s AND state = 5 AND next_at <= %(now)s
        ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) {_TAKE}
"""  # noqa: S608
_RECORD = """
    UPDATE digest_delivery d
    SET state = v.state, reply = COALESCE(NULLIF(v.reply, ''), d.reply),
        relay = COALESCE(NULLIF(v.relay, ''), d.relay), next_at = v.next_at,
        attempts = d.attempts + v.tried, changed_at = %(now)s
    FROM unnest(%(ids)s::bigint[], %(workers)s::bigint[], %(states)s::smallint[],
                %(replies)s::text[], %(relays)s::text[], %(moments)s::timestamptz[],
                %(tried)s::smallint[])
        AS v(id, worker, state, reply, relay, next_at, tried)
    WHERE d.edition_id = %(edition)s AND d.subscriber_id = v.id
        AND d.worker = v.worker AND d.state IN (1, 2, 6)
"""
# The lock on the reader makes an order of this and of whoever leaves meanwhile: one is first.
_DOT = f"""
    WITH asked AS (
        SELECT s.id, v.worker, v.relay, v.stands, {_MAILABLE} AS may_be
        FROM unnest(%(ids)s::bigint[], %(workers)s::bigint[], %(relays)s::text[],
                    %(stands)s::smallint[])
            AS v(id, worker, relay, stands)
        JOIN digest_subscriber s ON s.id = v.id ORDER BY s.id FOR SHARE OF s
    )
    UPDATE digest_delivery d
    SET state = CASE WHEN NOT asked.may_be THEN 7 WHEN %(late)s THEN 8 ELSE 2 END,
        relay = asked.relay, changed_at = %(now)s
    FROM asked
    WHERE d.edition_id = %(edition)s AND d.subscriber_id = asked.id
        AND d.worker = asked.worker AND d.state = asked.stands
        AND EXISTS (SELECT 1 FROM digest_edition e WHERE e.id = %(edition)s AND e.state = 3)
    RETURNING d.subscriber_id, d.worker, d.state
"""  # noqa: S608


class PostgresqlBooks:
    """What PostgreSQL does in its own way."""

    def __init__(self, edition_id: int, edition_on: date) -> None:
        self._common: dict[str, Any] = {"edition": edition_id, "day": edition_on}

    def assert_durable(self) -> None:
        """Make this connection wait for the disk; refuse a server that never does."""
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
            # A server for tests says so itself, and may forget.
            cursor.execute("SELECT current_setting('handpress.throwaway', true)")
            if cursor.fetchone() == ("on",):
                return
            for name in ("fsync", "full_page_writes"):
                cursor.execute(f"SHOW {name}")
                if cursor.fetchone() != ("on",):
                    raise NotDurable(
                        f"PostgreSQL runs with {name} = off: after a power cut it could forget who "
                        "was mailed, and mail them again. Nothing was sent. Set it to on in "
                        "postgresql.conf and restart the server."
                    )

    def claim_due(self, worker: int, limit: int, now: datetime) -> list[tuple[Any, ...]]:
        """Claim deliveries whose retry is due."""
        return _alive(self._run(_CLAIM_DUE, worker=worker, limit=limit, now=now))

    def claim_pending(
        self, worker: int, below: int, limit: int, now: datetime
    ) -> tuple[list[tuple[Any, ...]], int | None]:
        """Claim waiting deliveries of readers below a number; return also where to go on."""
        rows = self._run(_CLAIM_PENDING, worker=worker, below=below, limit=limit, now=now)
        return _alive(rows), min((row[1] for row in rows), default=None)

    def record(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what came of claims that still hold."""
        self._run(
            _RECORD,
            now=now,
            ids=[each.reader_id for each in results],
            workers=[each.claim.worker for each in results],
            states=[int(each.state) for each in results],
            replies=[each.reply[:200] for each in results],
            relays=[each.relay for each in results],
            moments=[each.next_at for each in results],
            tried=[int(each.counts) for each in results],
        )

    def dot(
        self, intents: Sequence[Intent], now: datetime, *, is_late: bool
    ) -> dict[tuple[int, int], DeliveryState]:
        """Let messages end whose readers may still be mailed; return them by reader and worker."""
        rows = self._run(
            _DOT,
            now=now,
            late=is_late,
            ids=[each.claim.reader_id for each in intents],
            workers=[each.claim.worker for each in intents],
            relays=[each.relay for each in intents],
            stands=[int(each.stands) for each in intents],
        )
        return {(reader, worker): DeliveryState(state) for reader, worker, state in rows}

    def _run(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self._common, **parameters})
            return list(cursor.fetchall()) if cursor.description else []


def _alive(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row[1:] for row in rows if row[0] == DeliveryState.CLAIMED]
