"""Readers who cannot be reached: what the list of suppressed addresses means for them."""

from __future__ import annotations

from django.db.models import Case, Value, When

from handpress.digest.models import Subscriber, SubscriberState

_MAILED = [SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.PAUSED]


def mark_unreachable(address_key: str) -> None:
    """Stop mailing the reader of an address that was suppressed; in the same transaction."""
    rows = Subscriber.objects.filter(address_key=address_key, state__in=_MAILED)
    rows.update(state=SubscriberState.SUPPRESSED)


def mark_reachable(address_key: str) -> bool:
    """Mail the reader again whose address was lifted. Who has left meanwhile stays so.

    Return whether there was one.
    """
    rows = Subscriber.objects.filter(address_key=address_key, state=SubscriberState.SUPPRESSED)
    confirmed = When(confirmed_at__isnull=False, then=Value(int(SubscriberState.ACTIVE)))
    return bool(rows.update(state=Case(confirmed, default=Value(int(SubscriberState.PENDING)))))
