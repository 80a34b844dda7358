"""The ledger's statements on SQLite. Each transaction is the only one that writes (IMMEDIATE)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from handpress.digest.ledger.moments import to_database
from handpress.digest.ledger.values import Intent, NotDurable, Result
from handpress.digest.models.editions import DeliveryState

_MAILABLE = "(s.state = 1 OR (s.state = 2 AND s.paused_until <= %s))"
_FIND = f"""
    SELECT {_MAILABLE}, d.subscriber_id, s.address, s.domain, s.uuid, d.choice_id, s.language,
        d.attempts, CASE WHEN substr(d.reply, 1, 1) = '5' THEN d.relay ELSE '' END
    FROM digest_delivery d JOIN digest_subscriber s ON s.id = d.subscriber_id
    WHERE d.edition_id = %s
"""  # noqa: S608
_TAKE = """
    UPDATE digest_delivery SET state = %s, worker = %s, changed_at = %s
    WHERE edition_id = %s AND subscriber_id = %s
"""
_RECORD = """
    UPDATE digest_delivery
    SET state = %s, reply = COALESCE(NULLIF(%s, ''), reply),
        relay = COALESCE(NULLIF(%s, ''), relay), next_at = %s, attempts = attempts + %s,
        changed_at = %s
    WHERE edition_id = %s AND subscriber_id = %s AND worker = %s AND state IN (1, 2, 6)
"""
# CROSS JOIN keeps the order: else SQLite goes through the whole edition for each handful.
_ASKED = f"""
    SELECT d.subscriber_id, d.worker, {_MAILABLE}
    FROM json_each(%s) v
    CROSS JOIN digest_delivery d
        ON d.edition_id = %s AND d.subscriber_id = json_extract(v.value, '$[0]')
    CROSS JOIN digest_subscriber s ON s.id = d.subscriber_id
    WHERE d.worker = json_extract(v.value, '$[1]') AND d.state = json_extract(v.value, '$[2]')
        AND EXISTS (SELECT 1 FROM digest_edition e WHERE e.id = d.edition_id AND e.state = 3)
"""  # noqa: S608
_DOT = """
    UPDATE digest_delivery SET state = %s, relay = %s, changed_at = %s
    WHERE edition_id = %s AND subscriber_id = %s AND worker = %s
"""


class SqliteBooks:
    """What SQLite does in its own way."""

    def __init__(self, edition_id: int, edition_on: date) -> None:
        self._edition, self._day = edition_id, edition_on.isoformat()

    def assert_durable(self) -> None:
        """Refuse a connection whose commits do not wait for the disk."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            synchronous = cursor.fetchone()[0]
            cursor.execute("PRAGMA journal_mode")
            journal = cursor.fetchone()[0]
        if synchronous < 2 or journal in {"off", "memory"}:
            raise NotDurable(
                "SQLite does not wait for the disk "
                f"(synchronous {synchronous}, journal {journal}): after a power cut it could "
                "forget who was mailed, and mail them again. Nothing was sent."
            )

    def claim_due(self, worker: int, limit: int, now: datetime) -> list[tuple[Any, ...]]:
        """Claim deliveries whose retry is due."""
        sql = f"{_FIND} AND d.state = 5 AND d.next_at <= %s ORDER BY d.next_at LIMIT %s"
        rows = self._query(sql, self._day, self._edition, to_database(now), limit)
        return self._take(worker, rows, now)

    def claim_pending(
        self, worker: int, below: int, limit: int, now: datetime
    ) -> tuple[list[tuple[Any, ...]], int | None]:
        """Claim waiting deliveries of readers below a number; return also where to go on."""
        sql = f"{_FIND} AND d.state = 0 AND d.subscriber_id < %s ORDER BY d.subscriber_id DESC"
        rows = self._query(f"{sql} LIMIT %s", self._day, self._edition, below, limit)
        return self._take(worker, rows, now), min((row[1] for row in rows), default=None)

    def _take(
        self, worker: int, rows: list[tuple[Any, ...]], now: datetime
    ) -> list[tuple[Any, ...]]:
        moment = to_database(now)
        self._write(
            _TAKE,
            ((1 if row[0] else 7, worker, moment, self._edition, row[1]) for row in rows),
        )
        return [
            (*row[1:4], row[4] if isinstance(row[4], UUID) else UUID(row[4]), *row[5:])
            for row in rows
            if row[0]
        ]

    def record(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what came of claims that still hold."""
        moment = to_database(now)
        self._write(
            _RECORD,
            (
                (
                    int(each.state),
                    each.reply[:200],
                    each.relay,
                    to_database(each.next_at),
                    int(each.counts),
                    moment,
                    self._edition,
                    each.reader_id,
                    each.claim.worker,
                )
                for each in results
            ),
        )

    def dot(
        self, intents: Sequence[Intent], now: datetime, *, is_late: bool
    ) -> dict[tuple[int, int], DeliveryState]:
        """Let messages end whose readers may still be mailed; return them by reader and worker."""
        claims = json.dumps(
            [(each.claim.reader_id, each.claim.worker, int(each.stands)) for each in intents]
        )
        asked = self._query(_ASKED, self._day, claims, self._edition)
        become = {
            (reader, worker): DeliveryState.SUPPRESSED
            if not may
            else DeliveryState.EXPIRED
            if is_late
            else DeliveryState.DOTTED
            for reader, worker, may in asked
        }
        relays = {(each.claim.reader_id, each.claim.worker): each.relay for each in intents}
        moment = to_database(now)
        self._write(
            _DOT,
            (
                (int(state), relays[claim], moment, self._edition, *claim)
                for claim, state in become.items()
            ),
        )
        return become

    def _query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def _write(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(sql, list(rows))
