"""The beginning of sending: who gets an edition is written down once, and never added to."""

from __future__ import annotations

from collections.abc import Callable, Collection

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
        AND (s.state = 1 OR (s.state = 2 AND s.paused_until <= %s)) {}
    ON CONFLICT DO NOTHING
"""


def begin_sending(
    edition: Edition,
    *,
    without: Collection[int] = (),
    notify: Callable[[int], None] | None = None,
) -> None:
    """Write a delivery for each reader of a frozen edition, and let it be sent.

    ``without`` are the choices of topics for which there is nothing in it. Whoever comes later, or
    after a crash, finishes what another began.
    """
    freeze_deliveries(edition, without=without, notify=notify)
    Edition.objects.filter(pk=edition.pk, state=EditionState.FROZEN).update(
        state=EditionState.SENDING
    )


def freeze_deliveries(
    edition: Edition,
    *,
    without: Collection[int] = (),
    notify: Callable[[int], None] | None = None,
) -> int:
    """Write the deliveries of a frozen edition that are not there yet; return how many."""
    assert edition.frozen_at is not None
    written, above = 0, 0
    rows = _rows_without(without)
    while (upto := _end_of_chunk(above)) is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                rows,
                [
                    edition.pk,
                    above,
                    upto,
                    edition.frequency,
                    to_database(edition.frozen_at),
                    edition.edition_on.isoformat(),
                    *without,
                ],
            )
            written += cursor.rowcount
        above = upto
        if notify:
            notify(written)
    return written


def _rows_without(choices: Collection[int]) -> str:
    if not choices:
        return _ROWS.format("")
    marks = ", ".join(["%s"] * len(choices))
    return _ROWS.format(f"AND (s.choice_id IS NULL OR s.choice_id NOT IN ({marks}))")


def _end_of_chunk(above: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM digest_subscriber WHERE id > %s"
            " ORDER BY id LIMIT %s) AS part",
            [above, _CHUNK],
        )
        row = cursor.fetchone()
    return row[0] if row else None
