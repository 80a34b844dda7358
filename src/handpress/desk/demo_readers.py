"""The demo's readers, two editions that went out, and one that waits to be looked at.

All addresses end in domains that are reserved for examples (RFC 2606): nobody can be mailed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handpress.digest import candidates, editions
from handpress.digest.core.compose import Contents, compose, possible_leads
from handpress.digest.core.schedule import Slot, Timetable, next_slot, slot_on
from handpress.digest.models import (
    Consent,
    ConsentWording,
    Delivery,
    DeliveryState,
    Edition,
    EditionArticle,
    EditionState,
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)
from handpress.mail.models import SuppressionReason
from handpress.mail.suppression import suppress_many
from handpress.newsroom.models import Article, Topic

_NAMES = (
    "abelard agathe amina anselm ayla bartek beata bosung brynn calla caspian daoud delphine "
    "dilara eamon edda elif emrys farida fintan gaspard greta gyuri hana haneul hedda idris "
    "ilse imogen isra jago jaya jihoon joss kamal kestrel leif leila lorcan lucan maelle "
    "majid maren minseo mirela nadir nesta noor odile orla pascoe petra qasim rafiq rhoswen "
    "ruta sabah senna sioned soraya suvi tarek tamsin thora ulla vesna viggo wren xanthe yara "
    "yeonwoo yusuf zelda ziva"
).split()
_DOMAINS = ("example.org", "example.com", "example.net")
_LANGUAGES = ("", "", "", "", "ar", "", "ko", "", "")
_WORDS = "The daily digest of The Leadline, by mail, until I leave it."
_IN_ONE = 9
_UNREACHABLE = 50
_NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox here."
_RELAY = "main"
# How the way of yesterday's edition ended where it was not taken: three readers, to be looked at.
_TROUBLES = (
    (DeliveryState.FAILED, "554 5.7.1 Message content rejected."),
    (DeliveryState.EXPIRED, "452 4.2.2 The mailbox is full. Try again later."),
    (DeliveryState.UNKNOWN, ""),
)


def add_readers(now: datetime) -> int:
    """Add readers of every sort, who signed up over the last two years; return how many."""
    choices = _choices()
    people = [_reader(number, name, choices, now) for number, name in enumerate(_NAMES)]
    # The book shows who came last first.
    people.sort(key=lambda reader: reader.created_at)
    Subscriber.objects.bulk_create(people)
    gone = [one.address for one in people if one.state == SubscriberState.SUPPRESSED]
    suppress_many(gone, SuppressionReason.BOUNCED, said=_NO_SUCH_MAILBOX)
    wording = ConsentWording.objects.create(sha256="0" * 64, text=_WORDS, language="en")
    Consent.objects.bulk_create(
        Consent(
            subscriber=reader,
            wording=wording,
            asked_at=reader.created_at,
            confirmed_at=reader.confirmed_at,
        )
        for reader in people
    )
    return len(people)


def _choices() -> list[TopicChoice | None]:
    topics = list(Topic.objects.filter(live=True).order_by("position")[:4])
    pairs = [topics[:2], topics[2:4], topics[:1]]
    made = []
    for chosen in [pair for pair in pairs if pair]:
        ids = sorted(topic.pk for topic in chosen)
        choice, _ = TopicChoice.objects.get_or_create(key=",".join(map(str, ids)))
        choice.topics.set(chosen)
        made.append(choice)
    return [None, None, None, *made]


def _reader(
    number: int, name: str, choices: Sequence[TopicChoice | None], now: datetime
) -> Subscriber:
    asked_at = now - timedelta(days=(number * 97) % 720 + 1, minutes=number * 13)
    state = SubscriberState.ACTIVE
    if number % 19 == 7:
        # What nobody confirms is forgotten after a month.
        state, asked_at = SubscriberState.PENDING, now - timedelta(days=number % 5, hours=number)
    elif number % 29 == 4:
        state = SubscriberState.PAUSED
    elif number == _UNREACHABLE:
        state = SubscriberState.SUPPRESSED
    elif number % 23 == 11:
        state = SubscriberState.LEFT
    domain = _DOMAINS[number % len(_DOMAINS)]
    address = f"{name}@{domain}"
    return Subscriber(
        address=address,
        address_key=address,
        domain=domain,
        state=state,
        frequency=Frequency.WEEKLY if number % 6 == 5 else Frequency.DAILY,
        choice=choices[number % len(choices)],
        language=_LANGUAGES[number % len(_LANGUAGES)],
        created_at=asked_at,
        confirmed_at=None if state == SubscriberState.PENDING else asked_at + timedelta(minutes=4),
        paused_until=now.date() + timedelta(days=14) if state == SubscriberState.PAUSED else None,
        left_at=now - timedelta(days=number) if state == SubscriberState.LEFT else None,
    )


def add_editions(now: datetime) -> None:
    """Add two editions of before, as they stand on the web, and the next one, which waits."""
    newest = list(
        Article.objects.filter(live=True).order_by("-sort_at_us").values_list("uuid", flat=True)
    )
    daily, weekly = editions.timetable(Frequency.DAILY), editions.timetable(Frequency.WEEKLY)
    uuids = [str(uuid) for uuid in newest]
    if daily:
        slot = next_slot(now, daily)
        before = slot_on(slot.on - timedelta(days=1), daily)
        _add(Frequency.DAILY, slot, uuids[:_IN_ONE], now, note=_NOTE)
        _add_past(Frequency.DAILY, before, uuids[_IN_ONE : 2 * _IN_ONE], troubles=_TROUBLES)
    if weekly:
        _add_past(Frequency.WEEKLY, _week_before(now, weekly), uuids[2 * _IN_ONE : 4 * _IN_ONE])


_NOTE = (
    "This is the edition that waits for its time. Change its order, take something out, look at it "
    "on a phone, then press Send now: the mail goes to the outbox, and nobody is sent anything."
)


def _week_before(now: datetime, table: Timetable) -> Slot:
    return slot_on(next_slot(now, table).on - timedelta(days=7), table)


def _contents(uuids: Sequence[str]) -> Contents:
    leads = possible_leads(_composed(uuids))
    candidates.make_mail_pictures([each.uuid for each in leads])
    return _composed(uuids)


def _composed(uuids: Sequence[str]) -> Contents:
    pieces = candidates.pieces_of(uuids).values()
    return compose(pieces, headings=candidates.headings(), appeal=editions.running_appeal())


def _add(
    frequency: Frequency, slot: Slot, uuids: Sequence[str], now: datetime, *, note: str = ""
) -> Edition:
    contents = _contents(uuids)
    return Edition.objects.create(
        frequency=frequency,
        edition_on=slot.on,
        state=EditionState.READY,
        subject=contents.subject,
        note=note,
        contents=contents.as_json(),
        covers_from=now - timedelta(days=1),
        covers_to=now,
        composed_at=now,
        send_at=slot.send_at,
        deadline_at=slot.deadline_at,
    )


def _add_past(
    frequency: Frequency,
    slot: Slot,
    uuids: Sequence[str],
    *,
    troubles: Sequence[tuple[DeliveryState, str]] = (),
) -> None:
    edition = _add(frequency, slot, uuids, slot.compose_at)
    EditionArticle.objects.bulk_create(
        EditionArticle(edition=edition, frequency=frequency, article_uuid=uuid) for uuid in uuids
    )
    edition.state = EditionState.DONE
    edition.frozen_at = slot.send_at
    edition.finished_at = slot.send_at + timedelta(minutes=5)
    edition.save(update_fields=["state", "frozen_at", "finished_at"])
    _add_deliveries(edition, slot.send_at, troubles)


def _add_deliveries(
    edition: Edition, sent_at: datetime, troubles: Sequence[tuple[DeliveryState, str]]
) -> None:
    readers = Subscriber.objects.filter(
        state=SubscriberState.ACTIVE, frequency=edition.frequency, confirmed_at__lt=sent_at
    ).exclude(choice_id__in=editions.choices_without_pieces(edition))
    made = [
        Delivery(
            edition=edition,
            subscriber=reader,
            choice_id=reader.choice_id,
            state=DeliveryState.ACCEPTED,
            attempts=1,
            relay=_RELAY,
            reply="250 2.0.0 Taken.",
            changed_at=sent_at + timedelta(seconds=5 * number),
        )
        for number, reader in enumerate(readers.order_by("pk"))
    ]
    for delivery, (state, reply) in zip(made[7::9], troubles, strict=False):
        delivery.state, delivery.reply = state, reply
    Delivery.objects.bulk_create(made)
