"""Readers who cannot be reached: what the list of suppressed addresses means for them."""

from __future__ import annotations

from django.db.models import Case, Value, When

from handpress.digest.core.schedule import local_day
from handpress.digest.models import Subscriber, SubscriberState
from handpress.lib import clock
from handpress.press.site import site_facts

_MAILED = [SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.PAUSED]


def mark_unreachable(address_key: str) -> None:
    """Stop mailing the reader of an address that was suppressed; in the same transaction."""
    rows = Subscriber.objects.filter(address_key=address_key, state__in=_MAILED)
    rows.update(state=SubscriberState.SUPPRESSED)


def mark_reachable(address_key: str) -> bool:
    """Mail the reader again whose address was lifted. Who has left meanwhile stays so.

    A pause goes on until its day; one without a day is not remembered, and over.

    Return whether there was one.
    """
    rows = Subscriber.objects.filter(address_key=address_key, state=SubscriberState.SUPPRESSED)
    today = local_day(clock.now(), site_facts().zone)
    state = Case(
        When(confirmed_at__isnull=True, then=Value(int(SubscriberState.PENDING))),
        When(paused_until__gt=today, then=Value(int(SubscriberState.PAUSED))),
        default=Value(int(SubscriberState.ACTIVE)),
    )
    return bool(rows.update(state=state))
