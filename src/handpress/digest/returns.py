"""What the digest tells mail about its readers: whose a message was, how much went where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Q

from handpress.digest.actions.readers import let_go
from handpress.digest.models import Delivery, Edition, Subscriber
from handpress.mail.core.bounces import classify_reply
from handpress.mail.core.receivers import domains_of
from handpress.mail.core.smtp import Reply
from handpress.mail.core.verp import Ref
from handpress.mail.returned import note_refusal

# As `editions.leave_mailto` writes it.
_WAY_OUT = re.compile(r"\bleave-([0-9a-f]{32})\b")


def address_of(ref: Ref) -> str:
    """Return the key of the address that an edition went to, or "" where it is no edition's."""
    rows = Subscriber.objects.filter(pk=ref.reader_id, address_key__isnull=False)
    return rows.values_list("address_key", flat=True).first() or ""


class Refused(Protocol):
    """What came of a delivery: ``refusal`` is what the reader's own server said, for good."""

    @property
    def reader_id(self) -> int: ...
    @property
    def refusal(self) -> Reply | None: ...


def tell_refusals(edition: Edition, results: Iterable[Refused]) -> int:
    """Tell mail who was refused while an edition was handed over; each counts like a bounce.

    Safe to repeat. Return how many were told for the first time.
    """
    said = {each.reader_id: each.refusal for each in results if each.refusal is not None}
    rows = Subscriber.objects.filter(pk__in=said, address_key__isnull=False)
    told = [
        _tell(edition, pk, key, said[pk])
        for pk, key in rows.order_by("pk").values_list("pk", "address_key")
    ]
    return sum(told)


def _tell(edition: Edition, reader_id: int, key: str | None, reply: Reply | None) -> bool:
    assert key is not None
    assert reply is not None
    verdict = classify_reply(reply.code, reply.enhanced, reply.text)
    ref = Ref(edition.pk, reader_id)
    return note_refusal(address_key=key, ref=ref, verdict=verdict, said=str(reply)) is not None


def leave_by_mail(ref: Ref | None, subject: str, sender_key: str) -> bool:
    """Let the reader leave who asks for it by mail: told by bounce address, way out, or sender."""
    readers = [UUID(found) for found in _WAY_OUT.findall(subject)]
    if ref is not None:
        who = Q(pk=ref.reader_id)
    elif readers:
        who = Q(uuid__in=readers)
    else:
        who = Q(address_key=sender_key)
    let_go(who, "mailto")
    return Subscriber.objects.filter(who).exists()


def sent_on(receiver: str, day: date) -> int:
    """Return to how many readers of a receiver mail went on a day (UTC), or was refused."""
    began = datetime.combine(day, time(), UTC)
    domains = domains_of(receiver)
    whole = [name for name in domains if not name.endswith(".*")]
    where = Q(subscriber__domain__in=whole)
    for each in domains:
        if each.endswith(".*"):
            where |= Q(subscriber__domain__startswith=each.removesuffix("*"))
    tried = Delivery.objects.filter(
        where, changed_at__gte=began, changed_at__lt=began + timedelta(days=1), attempts__gt=0
    )
    return tried.count()
