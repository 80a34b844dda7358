"""What the digest tells mail about its readers: whose a message was, how much went where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from handpress.accounts.counting import LimitReached, count_use
from handpress.digest.actions.readers import let_go
from handpress.digest.core.limits import ADDRESS, WISHES
from handpress.digest.letters import write_way_out
from handpress.digest.models import (
    Delivery,
    DeliveryState,
    Edition,
    Subscriber,
    SubscriberState,
)
from handpress.digest.resending import settle_arrived
from handpress.lib import clock
from handpress.mail.core.addresses import NotAnAddress, mailbox_key, read_address
from handpress.mail.core.bounces import Verdict, classify_reply
from handpress.mail.core.receivers import domains_of, is_counted_at_last
from handpress.mail.core.smtp import Reply
from handpress.mail.core.verp import Ref
from handpress.mail.envelopes import LETTERS, is_of
from handpress.mail.returned import note_refusal
from handpress.mail.suppression import is_suppressed

_READS = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
# As `editions.leave_mailto` writes it.
_WAY_OUT = re.compile(r"\bleave-([0-9a-f]{32})\b")


def address_of(ref: Ref) -> str:
    """Return the key of the address that an edition went to, or "" where it is no edition's."""
    reader = _reader_of(ref)
    return (reader.address_key or "") if reader else ""


def _reader_of(ref: Ref) -> Subscriber | None:
    """Return whose message it was; nobody where the number is somebody else's by now."""
    if ref.list_id == LETTERS:
        return None
    reader = Subscriber.objects.filter(pk=ref.reader_id).only("uuid", "address_key").first()
    return reader if reader and is_of(ref, reader.uuid) else None


class Refused(Protocol):
    """What came of a delivery: ``refusal`` is what the reader's own server said."""

    @property
    def reader_id(self) -> int: ...
    @property
    def state(self) -> DeliveryState: ...
    @property
    def refusal(self) -> Reply | None: ...


def tell_refusals(edition: Edition, results: Iterable[Refused]) -> int:
    """Tell mail who was refused while an edition was handed over; each counts like a bounce.

    What is put off counts when the time is over, and only where it is of the reader's mailbox. What
    is about us is tried again; it counts once, for the receiver and against no reader. Safe to
    repeat. Return how many were told for the first time.
    """
    said = {each.reader_id: each.refusal for each in results if each.refusal and _is_told(each)}
    if not said:
        return 0
    rows = Subscriber.objects.filter(pk__in=said, address_key__isnull=False)
    with transaction.atomic():
        told = [
            _tell(edition, pk, key, said[pk])
            for pk, key in rows.order_by("pk").values_list("pk", "address_key")
        ]
    return sum(told)


def _is_told(result: Refused) -> bool:
    reply = result.refusal
    assert reply is not None
    verdict = _verdict(reply)
    is_over = result.state != DeliveryState.RETRY
    if reply.is_permanent:
        return is_over or verdict.is_of_the_sender
    return is_over and is_counted_at_last(verdict)


def _verdict(reply: Reply) -> Verdict:
    return classify_reply(reply.code, reply.enhanced, reply.text)


def _tell(edition: Edition, reader_id: int, key: str | None, reply: Reply) -> bool:
    assert key is not None
    verdict = _verdict(reply)
    event = note_refusal(
        address_key=key,
        ref=Ref(edition.pk, reader_id),
        verdict=verdict,
        said=str(reply),
        # Of its own: what is said of the reader later on must not be taken for a repetition.
        attempt=1 if verdict.is_of_the_sender else 0,
    )
    return event is not None


def note_arrival(ref: Ref) -> None:
    """Note that a message has arrived, as its relay's company reports: it is in doubt no longer.

    The report may come before the company's own answer, while the message is on its way.
    """
    if _reader_of(ref):
        settle_arrived(ref.list_id, ref.reader_id, who="the relay's report", now=clock.now())


def leave_by_mail(ref: Ref | None, subject: str, address_key: str) -> bool:
    """Let the reader leave who asks for it by mail, whose wish it is being proven.

    Told by the edition's own address, by the way out, or else by the key of the address: that a
    letter went to, or that a relay's company vouches for.
    """
    readers = [UUID(found) for found in _WAY_OUT.findall(subject)]
    if readers:
        who = Q(uuid__in=readers)
    elif ref is not None and ref.list_id != LETTERS:
        reader = _reader_of(ref)
        who = Q(pk=reader.pk if reader else None)
    else:
        who = Q(address_key=address_key)
    let_go(who, "mailto")
    return Subscriber.objects.filter(who).exists()


def answer_wish(address_key: str) -> bool:
    """Mail the reader in whose name somebody asks to leave the link that does it; say whether.

    A name in a mail proves nothing, so nothing changes. Nobody gets it who is no reader, and no
    reader gets it often.
    """
    now = clock.now()
    rows = Subscriber.objects.filter(address_key=address_key, state__in=_READS)
    reader = rows.first()
    if reader is None or is_suppressed(address_key):
        return False
    try:
        with transaction.atomic():
            count_use(WISHES, "", now)
            count_use(ADDRESS, mailbox_key(read_address(reader.address)), now)
            write_way_out(reader)
    except (LimitReached, NotAnAddress):
        return False
    return True


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
