"""What is done about mail that comes back, in one transaction for each thing that came."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from handpress.lib import clock
from handpress.mail.core.addresses import NotAnAddress, normal_key
from handpress.mail.core.bounces import Notice, NoticeKind, Reason, Refusal, Verdict, read_notice
from handpress.mail.core.receivers import (
    has_bounced_too_often,
    is_alarming,
    is_counted,
    may_alarm,
    receiver_of,
)
from handpress.mail.core.verp import Ref, read_verp
from handpress.mail.envelopes import LETTERS, is_of, verp_key
from handpress.mail.models import (
    EventKind,
    Letter,
    MailEvent,
    Outcome,
    ReceiverDay,
    Suppression,
    SuppressionReason,
)
from handpress.mail.suppression import lift, suppress

log = logging.getLogger(__name__)

_OURS = re.compile(
    rb"(?<![0-9a-z-])b(?:-[0-9a-v]{1,13}){2}(?:-[a-z2-7]{8})?-[a-z2-7]{16}(?=@)", re.I
)
# The address, or the subject, of a mail program's own way to leave (RFC 2369). Whose it is, the
# digest knows.
_WAY_OUT = re.compile(r"(?<![0-9a-z-])leave-[0-9a-f]{32}(?![0-9a-f])", re.I)
_KINDS = {
    NoticeKind.BOUNCE: EventKind.BOUNCED,
    NoticeKind.DELAY: EventKind.DELAYED,
    NoticeKind.COMPLAINT: EventKind.COMPLAINED,
    NoticeKind.LEAVE: EventKind.LEFT,
    NoticeKind.REPORT: EventKind.REPORTED,
    NoticeKind.AUTOMATIC: EventKind.AUTOMATIC,
    NoticeKind.DELIVERED: EventKind.DELIVERED,
    NoticeKind.OTHER: EventKind.OTHER,
}
# Given whose message it was, if that is known, the way out, and the key of the address.
Leave = Callable[[Ref | None, str, str], bool]

_NOTED_FOR, _REMEMBERED = timedelta(days=30), timedelta(days=366)
_NO_VERDICT = Verdict(Reason.UNKNOWN, is_permanent=False)
_OWNERS: list[Callable[[Ref], str]] = []
_LEAVING: list[Leave] = []
_ANSWERING: list[Callable[[str], bool]] = []
_VOLUMES: list[Callable[[str, date], int]] = []


def knows_owner(lookup: Callable[[Ref], str]) -> Callable[[Ref], str]:
    """Register who says whose address (its key) a message went to, or "" where it is not theirs."""
    if lookup not in _OWNERS:
        _OWNERS.append(lookup)
    return lookup


def lets_leave(leave: Leave) -> Leave:
    """Register who lets a reader leave that asked for it by mail; it says whether it did."""
    if leave not in _LEAVING:
        _LEAVING.append(leave)
    return leave


def answers_wish(answer: Callable[[str], bool]) -> Callable[[str], bool]:
    """Register who mails a link to leave to an address (its key) in whose name somebody asked.

    It says whether it did. Anybody can write a sender's name: nothing else follows from it.
    """
    if answer not in _ANSWERING:
        _ANSWERING.append(answer)
    return answer


def counts_volume(count: Callable[[str, date], int]) -> Callable[[str, date], int]:
    """Register who says how many messages went to a receiver on a day (UTC)."""
    if count not in _VOLUMES:
        _VOLUMES.append(count)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One thing that came back, about one address.

    ``is_proven`` says that it surely is about mail of ours to that address: what anybody could
    have made up is shown, and nothing is done.
    """

    kind: EventKind
    address_key: str
    fingerprint: str
    verdict: Verdict = _NO_VERDICT
    said: str = ""
    ref: Ref | None = None
    is_proven: bool = True
    at: datetime | None = None


def take_notice(raw: bytes, *, envelope_to: Sequence[str] = ()) -> list[MailEvent]:
    """Understand a message that came to the bounce address, and do what follows from it.

    Whose it is says the address it came to, or one of ours that it quotes. Safe to repeat: the
    same message is taken once. Return its events, new ones and those of before; none for a letter
    that says nothing of mail of ours.
    """
    notice = read_notice(raw)
    ref = _ref_of(raw, (*envelope_to, *notice.addressed_to))
    letter = None if ref else _letter_of(notice.message_id)
    ref = ref or (Ref(LETTERS, letter) if letter else None)
    owner = owner_of(ref) if ref else ""
    print_of = f"{notice.own_id or sha256(raw).hexdigest()}\0{_printed(ref)}"
    if way_out := _way_out_of(notice, envelope_to):
        asked = Returned(
            kind=EventKind.LEFT,
            address_key=owner or _key(next(iter(notice.recipients), "")),
            fingerprint=_fingerprint(print_of),
            said=way_out,
            ref=ref,
        )
        return [_note_once(asked)]
    if ref is None and notice.kind in (NoticeKind.OTHER, NoticeKind.AUTOMATIC):
        return []
    return [_note_once(each) for each in _about(notice, ref, owner, print_of)]


def note_refusal(
    *, address_key: str, ref: Ref, verdict: Verdict, said: str, attempt: int = 0
) -> MailEvent | None:
    """Note that a server refused a message while it was handed over; counts like a bounce.

    It is over: refused for good, or put off until it was too late.
    """
    fingerprint = _fingerprint("refused", str(ref.list_id), str(ref.reader_id), str(attempt))
    return note(
        Returned(
            kind=EventKind.REFUSED,
            address_key=address_key,
            fingerprint=fingerprint,
            verdict=verdict,
            said=said,
            ref=ref,
        )
    )


def note(returned: Returned) -> MailEvent | None:
    """Write down one thing that came back and act on it; None where it came before."""
    event = _note_once(returned)
    return event if event.is_new else None


def _note_once(returned: Returned) -> MailEvent:
    before = MailEvent.objects.filter(fingerprint=returned.fingerprint).first()
    return before or _note_new(returned)


def _note_new(returned: Returned) -> MailEvent:
    at = returned.at or clock.now()
    receiver = receiver_of(returned.address_key.rpartition("@")[2])
    verdict = returned.verdict
    try:
        with transaction.atomic():
            event = MailEvent.objects.create(
                fingerprint=returned.fingerprint,
                kind=returned.kind,
                reason=verdict.reason.value,
                is_permanent=verdict.is_permanent,
                status=verdict.status[:12],
                # A way out works for whoever has it, and this is kept for a year.
                said=_WAY_OUT.sub("leave-…", returned.said.replace("\0", ""))[:400],
                address_key=returned.address_key,
                receiver=receiver,
                list_id=returned.ref.list_id if returned.ref else None,
                reader_id=returned.ref.reader_id if returned.ref else None,
                happened_at=at,
                happened_on=at.date(),
            )
            is_known = returned.address_key or returned.kind is EventKind.LEFT
            if is_known and returned.is_proven:
                _act(event, returned, at)
            elif returned.address_key and returned.kind is EventKind.LEFT:
                _answer(event)
    except IntegrityError:
        # Another process may have taken it meanwhile; whatever else it is, it is not ours to hide.
        before = MailEvent.objects.filter(fingerprint=returned.fingerprint).first()
        if before is None:
            raise
        return before
    event.is_new = True
    return event


def forget(address_key: str) -> int:
    """Forget what came back from an address whose reader was erased; return how much."""
    return MailEvent.objects.filter(address_key=address_key).delete()[0]


def forget_old() -> int:
    """Forget what had no consequences after a month, the rest after a year; return how much."""
    now = clock.now()
    old = Q(happened_at__lt=now - _REMEMBERED) | Q(
        happened_at__lt=now - _NOTED_FOR, outcome=Outcome.NOTED
    )
    ReceiverDay.objects.filter(day__lt=(now - _REMEMBERED).date()).delete()
    return MailEvent.objects.filter(old).delete()[0]


def owner_of(ref: Ref) -> str:
    """Return the key of the address that a message went to, or an empty string."""
    if ref.list_id == LETTERS:
        letter = Letter.objects.filter(pk=ref.reader_id).only("uuid", "to", "sealed_to").first()
        return _key(letter.to if letter and is_of(ref, letter.uuid) else "")
    return next((key for lookup in _OWNERS if (key := lookup(ref))), "")


def _about(notice: Notice, ref: Ref | None, owner: str, print_of: str) -> list[Returned]:
    kind = _KINDS[notice.kind]
    if notice.kind in (NoticeKind.BOUNCE, NoticeKind.DELAY):
        # The bounce address tells whose delivery it was, wherever the reader lets mail go on to.
        people = _of_owner(notice, owner) if owner else notice.refusals
        return [
            Returned(
                kind=EventKind.DELAYED if each.is_delay else kind,
                address_key=owner or _key(each.recipient),
                fingerprint=_fingerprint(print_of, "" if owner else each.recipient),
                verdict=each.verdict,
                said=each.said,
                ref=ref,
                is_proven=bool(owner),
            )
            for each in people
        ]
    who = owner or _key(next(iter(notice.recipients), ""))
    return [
        Returned(
            kind=kind,
            address_key=who,
            fingerprint=_fingerprint(print_of),
            said=notice.subject if kind is EventKind.LEFT else "",
            ref=ref,
            is_proven=bool(owner),
        )
    ]


def _way_out_of(notice: Notice, envelope_to: Sequence[str]) -> str:
    """Return which way out a letter takes, or ""; what bounces or is automatic takes none."""
    if notice.kind not in (NoticeKind.OTHER, NoticeKind.LEAVE):
        return ""
    for text in (*envelope_to, *notice.addressed_to, notice.subject):
        if found := _WAY_OUT.search(text):
            return found[0].lower()
    return ""


def _of_owner(notice: Notice, owner: str) -> Sequence[Refusal]:
    """Return the refusal that is about the owner: the one that names them, else the mildest.

    Whose mail goes on to several is reached while one of them is.
    """
    own = [
        each
        for each in notice.refusals
        if owner in {_key(name) for name in (each.recipient, *each.aliases)}
    ]
    return own[:1] or sorted(notice.refusals, key=lambda each: each.verdict.is_hard)[:1]


def _act(event: MailEvent, returned: Returned, at: datetime) -> None:
    if returned.kind is EventKind.COMPLAINED:
        suppress(event.address_key, SuppressionReason.COMPLAINED, event=event, at=at)
        _settle(event, Outcome.SUPPRESSED)
    elif returned.kind is EventKind.LEFT:
        key = returned.address_key
        if any(leave(returned.ref, returned.said, key) for leave in _LEAVING):
            _settle(event, Outcome.LEFT)
    elif returned.kind in (EventKind.BOUNCED, EventKind.REFUSED):
        _act_on_refusal(event, returned.verdict, at)


def _answer(event: MailEvent) -> None:
    if any(answer(event.address_key) for answer in _ANSWERING):
        _settle(event, Outcome.ANSWERED)


def _act_on_refusal(event: MailEvent, verdict: Verdict, at: datetime) -> None:
    day = _count_day(event, verdict)
    if day.alarmed_at is None and _alarms(day):
        _raise_alarm(day)
    if day.alarmed_at is not None:
        return
    if verdict.is_hard:
        suppress(event.address_key, SuppressionReason.BOUNCED, said=event.said, event=event, at=at)
        _settle(event, Outcome.SUPPRESSED)
    elif is_counted(verdict, has_given_up=event.kind == EventKind.BOUNCED):
        _settle(event, Outcome.COUNTED)
        if has_bounced_too_often(_counted_at(event.address_key), at):
            suppress(
                event.address_key,
                SuppressionReason.KEEPS_BOUNCING,
                said=event.said,
                event=event,
                at=at,
            )
            _settle(event, Outcome.SUPPRESSED)


def _settle(event: MailEvent, outcome: Outcome) -> None:
    event.outcome = outcome
    event.save(update_fields=["outcome"])


def _counted_at(address_key: str) -> list[datetime]:
    """Return when an address bounced since it was last let back in, at most a year back."""
    counted = MailEvent.objects.filter(address_key=address_key, outcome=Outcome.COUNTED)
    lifted = (
        Suppression.objects.filter(address_key=address_key, lifted_at__isnull=False)
        .order_by("-lifted_at")
        .values_list("lifted_at", flat=True)
        .first()
    )
    if lifted is not None:
        counted = counted.filter(happened_at__gt=lifted)
    return list(counted.order_by("-happened_at").values_list("happened_at", flat=True)[:400])


def _count_day(event: MailEvent, verdict: Verdict) -> ReceiverDay:
    column = "refused_otherwise"
    if verdict.is_of_the_sender:
        column = "refused_for_us"
    elif verdict.is_hard:
        column = "refused_as_dead"
    day, _ = ReceiverDay.objects.get_or_create(receiver=event.receiver, day=event.happened_on)
    ReceiverDay.objects.filter(pk=day.pk).update(**{column: F(column) + 1})
    day.refresh_from_db()
    day.reason, day.said = event.reason, event.said
    return day


def _alarms(day: ReceiverDay) -> bool:
    numbers = (day.refused_for_us, day.refused_as_dead, day.refused_otherwise)
    if not may_alarm(*numbers):
        return False
    sent = sum(count(day.receiver, day.day) for count in _VOLUMES) if _VOLUMES else None
    return is_alarming(*numbers, sent=sent or None)


def _raise_alarm(day: ReceiverDay) -> None:
    """Raise the day's one alarm, and take back what its refusals did to readers."""
    day.alarmed_at = clock.now()
    day.save(update_fields=["alarmed_at", "reason", "said"])
    events = MailEvent.objects.filter(receiver=day.receiver, happened_on=day.day)
    blamed = Suppression.objects.filter(
        lifted_at__isnull=True,
        reason__in=(SuppressionReason.BOUNCED, SuppressionReason.KEEPS_BOUNCING),
        event__receiver=day.receiver,
        event__happened_on=day.day,
    )
    for key in list(blamed.values_list("address_key", flat=True)):
        lift(key)
    done = (Outcome.COUNTED, Outcome.SUPPRESSED)
    refused = (EventKind.BOUNCED, EventKind.REFUSED)
    events.filter(kind__in=refused, outcome__in=done).update(outcome=Outcome.UNDONE)
    log.warning("receiver_refuses_everybody", extra={"receiver_day": day.pk})


def _ref_of(raw: bytes, addresses: Sequence[str]) -> Ref | None:
    """Return what the first address of ours says that a message came to, or that it quotes."""
    key = verp_key()
    found = [ref for each in addresses if (ref := read_verp(key, each))]
    if found:
        return found[0]
    quoted = (each[0].decode("ascii") for each in _OURS.finditer(raw[:512_000]))
    return next((ref for each in quoted if (ref := read_verp(key, f"{each}@"))), None)


def _printed(ref: Ref | None) -> str:
    """Return how a message is written in fingerprints; those of a year must stay as they are."""
    return f"Ref(list_id={ref.list_id}, reader_id={ref.reader_id})" if ref else "None"


def _letter_of(message_id: str) -> int:
    """Return the number of the letter with a Message-ID, which nobody can guess; or 0."""
    try:
        name = UUID(message_id.strip("<> ").partition("@")[0])
    except ValueError:
        return 0
    return Letter.objects.filter(uuid=name).values_list("pk", flat=True).first() or 0


def _key(address: str) -> str:
    try:
        return normal_key(address)
    except NotAnAddress:
        return address.strip().lower()[:320]


def _fingerprint(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
