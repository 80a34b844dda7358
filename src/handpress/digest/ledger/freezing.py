"""The beginning of sending: who gets an edition is written down once, and never added to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from handpress.digest.ledger.moments import to_database
from handpress.digest.models.editions import Edition, EditionState

# Short enough that whoever leaves meanwhile does not wait, on SQLite.
_CHUNK = 10_000
# Somebody who comes after the moment of freezing waits for the next edition.
_ROWS = """
    INSERT INTO digest_delivery
        (edition_id, subscriber_id, choice_id, state, attempts, relay, reply)
    SELECT %s, s.id, s.choice_id, 0, 0, '', '' FROM digest_subscriber s
    WHERE s.id > %s AND s.id <= %s AND s.frequency = %s
        AND COALESCE(s.confirmed_at, s.created_at) <= %s
        AND (s.state = 1 OR (s.state = 2 AND s.paused_until <= %s))
    ON CONFLICT DO NOTHING
"""


def begin_sending(
    edition_id: int,
    now: datetime,
    *,
    even_if_held: bool = False,
    notify: Callable[[int], None] | None = None,
) -> bool:
    """Freeze an edition and write a delivery for each of its readers; say whether it is sent now.

    Whoever is first freezes it; whoever comes later, or after a crash, finishes that.
    """
    ready = [EditionState.READY, EditionState.HELD] if even_if_held else [EditionState.READY]
    Edition.objects.filter(pk=edition_id, state__in=ready, deadline_at__gt=now).update(
        state=EditionState.FROZEN, frozen_at=now, reason=""
    )
    edition = Edition.objects.get(pk=edition_id)
    if edition.state == EditionState.FROZEN:
        freeze_deliveries(edition, notify=notify)
        Edition.objects.filter(pk=edition_id, state=EditionState.FROZEN).update(
            state=EditionState.SENDING
        )
    return Edition.objects.filter(pk=edition_id, state=EditionState.SENDING).exists()


def freeze_deliveries(edition: Edition, *, notify: Callable[[int], None] | None = None) -> int:
    """Write the deliveries of a frozen edition that are not there yet; return how many."""
    assert edition.frozen_at is not None
    written, above = 0, 0
    while (upto := _end_of_chunk(above)) is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _ROWS,
                [
                    edition.pk,
                    above,
                    upto,
                    edition.frequency,
                    to_database(edition.frozen_at),
                    edition.edition_on.isoformat(),
                ],
            )
            written += cursor.rowcount
        above = upto
        if notify:
            notify(written)
    return written


def _end_of_chunk(above: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM digest_subscriber WHERE id > %s"
            " ORDER BY id LIMIT %s) AS part",
            [above, _CHUNK],
        )
        row = cursor.fetchone()
    return row[0] if row else None
