"""What a person decides about deliveries: stop, send again, settle what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, PositiveSmallIntegerField, QuerySet, When

from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState

_LONGER = timedelta(hours=6)
_UNSENT = (DeliveryState.PENDING, DeliveryState.RETRY)
_MISSED = (DeliveryState.FAILED, DeliveryState.EXPIRED)
# What may arrive before anybody says so: on its way, in doubt, and what is to go again for that.
_ARRIVING = (
    DeliveryState.CLAIMED,
    DeliveryState.DOTTED,
    DeliveryState.RETRY,
    DeliveryState.UNKNOWN,
)


def stop_sending(edition_id: int, *, who: str, now: datetime) -> bool:
    """Let no further message end; return whether the edition was being sent."""
    changed = Edition.objects.filter(pk=edition_id, state=EditionState.SENDING)
    return bool(
        changed.update(state=EditionState.DONE, finished_at=now, reason=f"Stopped by {who}."[:200])
    )


@transaction.atomic
def send_to_missed(edition_id: int, now: datetime) -> int:
    """Send an edition to exactly those who certainly did not get it; return how many they are.

    Who is in doubt is not among them. The edition gets six hours more where its time was over.
    """
    edition = _finished(edition_id)
    if edition is None:
        return 0
    rows = Delivery.objects.filter(edition=edition)
    rows.filter(state__in=_MISSED).update(
        state=DeliveryState.RETRY, next_at=now, worker=None, attempts=0
    )
    count = rows.filter(state__in=_UNSENT).count()
    if count:
        _go_on(edition, now)
    return count


@transaction.atomic
def send_in_doubt_again(edition_id: int, reader_ids: Sequence[int], now: datetime) -> int:
    """Send to readers of whom nobody knows whether they got it: they may get it twice."""
    edition = _finished(edition_id)
    if edition is None:
        return 0
    count = _in_doubt(edition_id, reader_ids).update(
        state=DeliveryState.RETRY, next_at=now, worker=None, attempts=0
    )
    if count:
        _go_on(edition, now)
    return count


def settle_in_doubt(edition_id: int, reader_ids: Sequence[int], *, who: str, now: datetime) -> int:
    """Note that readers in doubt did get it, as the relay's log or they themselves told."""
    return _in_doubt(edition_id, reader_ids).update(
        state=DeliveryState.ACCEPTED, reply=f"found to have arrived, by {who}"[:200], changed_at=now
    )


def settle_arrived(edition_id: int, reader_id: int, *, who: str, now: datetime) -> int:
    """Note that a message has surely arrived, also where its sender does not know that yet.

    Whatever the sender says of it afterwards changes nothing, and nothing more goes to the reader.
    """
    rows = Delivery.objects.filter(edition=edition_id, subscriber=reader_id, state__in=_ARRIVING)
    return rows.update(
        state=DeliveryState.ACCEPTED,
        attempts=Case(
            When(state=DeliveryState.DOTTED, then=F("attempts") + 1),
            default=F("attempts"),
            output_field=PositiveSmallIntegerField(),
        ),
        reply=f"found to have arrived, by {who}"[:200],
        changed_at=now,
    )


def _in_doubt(edition_id: int, reader_ids: Sequence[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        edition=edition_id, state=DeliveryState.UNKNOWN, subscriber__in=reader_ids
    )


def _finished(edition_id: int) -> Edition | None:
    rows = Edition.objects.select_for_update()
    return rows.filter(pk=edition_id, state__in=[EditionState.DONE, EditionState.SENDING]).first()


def _go_on(edition: Edition, now: datetime) -> None:
    edition.state, edition.finished_at, edition.reason = EditionState.SENDING, None, ""
    edition.deadline_at = max(edition.deadline_at, now + _LONGER)
    edition.save(update_fields=["state", "finished_at", "reason", "deadline_at"])
