"""Making editions: composing them when they are due, freezing, and their messages."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from handpress.digest import candidates
from handpress.digest.core.compose import (
    Contents,
    arrange,
    compose,
    headline_of,
    is_edited,
    is_thin,
    led_by,
    possible_leads,
    recompose,
    view_of,
)
from handpress.digest.core.schedule import Slot, Timetable
from handpress.digest.core.tokens import token_of
from handpress.digest.journal import BEGUN_BEFORE, has_begun_before, has_gone, note_begun
from handpress.digest.message import compile_edition, mail_root
from handpress.digest.models import (
    Edition,
    EditionArticle,
    EditionState,
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)
from handpress.mail.core.verp import verp_local
from handpress.mail.core.wire import Compiled
from handpress.mail.core.wire import slot as slot_mark
from handpress.mail.envelopes import bounce_address, own_domain, own_ref, verp_key
from handpress.newsroom.outlet import appeal_in_digest
from handpress.press.registry import registry
from handpress.press.site import site_facts

logger = logging.getLogger(__name__)

CHANGEABLE = (EditionState.READY, EditionState.HELD)
_CAME_TO_NOTHING = (EditionState.SKIPPED, EditionState.CANCELLED)
_MARGIN = timedelta(hours=1)
# What was committed late is still found; what an edition had is not taken again.
_OVERLAP = timedelta(hours=6)
_LONGEST_BACK = {Frequency.DAILY: timedelta(days=4), Frequency.WEEKLY: timedelta(days=21)}
_USUALLY = {Frequency.DAILY: timedelta(days=1), Frequency.WEEKLY: timedelta(days=7)}


def timetable(frequency: int) -> Timetable | None:
    """Return when editions of a frequency are due, or None where the settings have none."""
    digest = settings.HANDPRESS.digest
    is_weekly = frequency == Frequency.WEEKLY
    at = digest.weekly_at if is_weekly else digest.daily_at
    if at is None or (is_weekly and digest.weekday < 0):
        return None
    return Timetable(
        zone=site_facts().zone,
        at=at,
        weekday=digest.weekday if is_weekly else None,
        preview=digest.preview,
        late=digest.late,
        # What nobody decided about is given up before the next one is made, which has its articles.
        margin=max(_MARGIN, digest.preview + timedelta(minutes=1)),
    )


def has_readers(frequency: int) -> bool:
    """Tell whether anybody reads the digest at that frequency."""
    states = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
    return Subscriber.objects.filter(state__in=states, frequency=frequency).exists()


def compose_edition(frequency: int, slot: Slot, now: datetime, *, held: str = "") -> Edition | None:
    """Make the edition of a slot; return None where there is one already.

    It is shown on the desk for as long as the settings say, also when it is made late. With too few
    articles it is left out, and the next one has them; with ``held``, or where the disk remembers
    that it went out already, it waits for somebody to decide.
    """
    if Edition.objects.filter(frequency=frequency, edition_on=slot.on).exists():
        return None
    edition = store(drafted(frequency, slot, now, held=held))
    if edition:
        _make_pictures(Contents.from_json(edition.contents))
    return edition


def make_pictures(edition: Edition) -> None:
    """Make the pictures that an edition's mail shows, whoever reads it, as files of the site.

    Before it is shown, and once more before it is frozen: editors may have put another piece first
    meanwhile, or have given one another picture.
    """
    if edition.state in CHANGEABLE:
        _make_pictures(contents_of(edition))


def _make_pictures(contents: Contents) -> None:
    pictured = [each.uuid for each in possible_leads(contents) if each.picture]
    if pictured and settings.HANDPRESS.digest.pictures:
        candidates.make_mail_pictures(pictured)


def drafted(
    frequency: int, slot: Slot, now: datetime, *, held: str = "", besides: int = 0
) -> Edition:
    """Return the edition of a slot as `compose_edition` would make it, not saved.

    It is made as if there were no edition ``besides``.
    """
    start = _covered_until(frequency, now, besides=besides)
    contents = _composed(frequency, start, now, anew=besides)
    state, reason = _first_state(frequency, slot, contents, held)
    return Edition(
        frequency=frequency,
        edition_on=slot.on,
        state=state,
        reason=reason,
        subject=contents.subject,
        contents=contents.as_json(),
        covers_from=start,
        covers_to=now,
        composed_at=now,
        send_at=min(max(slot.send_at, now + settings.HANDPRESS.digest.preview), slot.deadline_at),
        deadline_at=slot.deadline_at,
    )


def store(edition: Edition) -> Edition | None:
    """Save a drafted edition; None where somebody else has made that day's meanwhile."""
    try:
        with transaction.atomic():
            edition.save(force_insert=True)
    except IntegrityError:
        return None
    logger.info("edition_composed", extra={"edition": edition.pk, "state": edition.state})
    return edition


def _first_state(
    frequency: int, slot: Slot, contents: Contents, held: str
) -> tuple[EditionState, str]:
    if has_gone(frequency, slot.on):
        return EditionState.HELD, BEGUN_BEFORE
    at_least = settings.HANDPRESS.digest.at_least
    if is_thin(contents, at_least):
        return EditionState.SKIPPED, f"{len(contents.pieces)} new articles, of {at_least} needed."
    return (EditionState.HELD, held) if held else (EditionState.READY, "")


def _covered_until(frequency: int, now: datetime, *, besides: int) -> datetime:
    """Return from when on articles are new to this list.

    Where the edition before this one came to nothing, that is from when on they were new to it,
    however long ago; where none was made for days, not all that time is made up for.
    """
    kind = Frequency(frequency)
    longest = now - _LONGEST_BACK[kind]
    known = Edition.objects.filter(frequency=frequency, covers_to__lte=now).exclude(pk=besides)
    newest = known.order_by("-covers_to").only("covers_from", "covers_to")
    last = newest.exclude(_come_to_nothing(now)).first()
    start = max(last.covers_to, longest) if last else now - _USUALLY[kind]
    before = newest.filter(covers_to__gt=last.covers_to if last else longest).first()
    if before and before.covers_to > longest:
        start = min(start, before.covers_from)
    return start


def _come_to_nothing(now: datetime) -> Q:
    """Tell editions that do not go: left out, called off, or waiting although they are too late."""
    return Q(state__in=_CAME_TO_NOTHING) | Q(state__in=CHANGEABLE, deadline_at__lte=now)


def _composed(frequency: int, start: datetime, end: datetime, *, anew: int = 0) -> Contents:
    return compose(
        candidates.published_between(start - _OVERLAP, end),
        headings=candidates.headings(),
        sent=_had_before(frequency, start, end, besides=anew),
        appeal=running_appeal(),
        lead=candidates.chosen_lead(),
    )


def _had_before(frequency: int, start: datetime, now: datetime, *, besides: int) -> set[str]:
    """Return what other editions of this list had or an editor took out of them."""
    since = start - _OVERLAP - _LONGEST_BACK[Frequency(frequency)]
    recent = Edition.objects.filter(frequency=frequency, covers_to__gt=since).exclude(
        _come_to_nothing(now) | Q(pk=besides)
    )
    had: set[str] = set()
    for stored in recent.values_list("contents", flat=True):
        contents = Contents.from_json(stored)
        had |= {each.uuid for each in (*contents.pieces, *contents.dropped)}
    return had


def running_appeal() -> dict[str, Any] | None:
    """Return the appeal that runs, with its progress, from whoever prints it on the site.

    None also where the outlet wants none in its editions.
    """
    part = registry.parts.get("appeal")
    facts = part.facts() if part and appeal_in_digest() else None
    if part is None or facts is None:
        return None
    return {**facts, **(part.in_mail() if part.in_mail else {})}


def contents_of(edition: Edition) -> Contents:
    """Return what would be sent now: articles as they are today, without those that are gone.

    What editors choose to lead the front page leads it, unless one of them gave it another lead.
    Once an edition is frozen, nothing changes it any more.
    """
    contents = Contents.from_json(edition.contents)
    if edition.state not in CHANGEABLE:
        return contents
    fresh = candidates.pieces_of([each.uuid for each in (*contents.pieces, *contents.dropped)])
    known = tuple(candidates.headings())
    pieces = tuple(fresh[each.uuid] for each in contents.pieces if each.uuid in fresh)
    today = Contents(
        pieces=pieces,
        dropped=tuple(fresh[each.uuid] for each in contents.dropped if each.uuid in fresh),
        headings=known,
        appeal=running_appeal(),
        # Readers get the lead's headline until somebody writes another subject.
        subject=contents.subject,
        is_led=contents.is_led,
        is_arranged=contents.is_arranged,
    )
    return today if today.is_led else led_by(today, candidates.chosen_lead())


def subject_now(edition: Edition, contents: Contents) -> str:
    """Return the subject that readers of all topics get."""
    return edition.subject if is_edited(edition.subject, contents) else headline_of(contents)


def locked(edition_id: int, *states: EditionState) -> Edition | None:
    """Return an edition that is in one of these states, locked until the transaction ends."""
    rows = Edition.objects.select_for_update().filter(pk=edition_id, state__in=states)
    return rows.first()


@transaction.atomic
def refresh_edition(
    edition_id: int, slot: Slot, now: datetime, *, held: str = ""
) -> Edition | None:
    """Make an edition as if it were made only now; None where an editor has had a hand in it.

    What was made ahead of its time, by hand, has then what came out meanwhile, and one that was
    left out as too thin goes if there is enough by now.
    """
    edition = locked(edition_id, EditionState.READY, EditionState.SKIPPED)
    if edition is None or now >= edition.deadline_at or _is_touched(edition, slot):
        return None
    fresh = drafted(edition.frequency, slot, now, held=held, besides=edition.pk)
    for name in _MADE:
        setattr(edition, name, getattr(fresh, name))
    edition.save(update_fields=_MADE)
    transaction.on_commit(partial(make_pictures, edition))
    logger.info("edition_composed_anew", extra={"edition": edition.pk, "state": edition.state})
    return edition


_MADE = (
    "state reason subject contents covers_from covers_to composed_at send_at deadline_at".split()
)


def _is_touched(edition: Edition, slot: Slot) -> bool:
    contents = Contents.from_json(edition.contents)
    is_decided = edition.state == EditionState.READY and (
        bool(edition.reason) or edition.send_at < slot.send_at
    )
    return (
        is_decided
        or contents.is_arranged
        or contents.is_led
        or bool(edition.note or contents.dropped)
        or is_edited(edition.subject, contents)
    )


@transaction.atomic
def recompose_edition(edition_id: int, now: datetime) -> Edition | None:
    """Compose an edition anew of all that is out by now; what was taken out stays out.

    One that was left out as too thin, or called off, may come back by it.
    """
    edition = locked(edition_id, *CHANGEABLE, *_CAME_TO_NOTHING)
    if edition is None or now >= edition.deadline_at:
        return None
    former = Contents.from_json(edition.contents)
    keeps_subject = is_edited(edition.subject, former)
    fresh = _composed(edition.frequency, edition.covers_from, now, anew=edition.pk)
    contents = recompose(fresh, former)
    edition.contents = contents.as_json()
    edition.covers_to = edition.composed_at = now
    edition.subject = edition.subject if keeps_subject else contents.subject
    if edition.state in _CAME_TO_NOTHING:
        edition.state, edition.reason = (
            EditionState.HELD,
            "It was brought back: send it, or let it go.",
        )
    edition.save()
    transaction.on_commit(partial(make_pictures, edition))
    return edition


def freeze(edition_id: int, now: datetime, *, even_if_held: bool = False) -> Edition | None:
    """Fix what is sent and that it is sent; return the edition, or None where it may not be.

    From here on nothing changes it, no second one can be made, and its articles never go to this
    list again. What is not public any more at this moment is not in it. One that began to go out
    before, as only the disk remembers, is held instead, until somebody sends it who was told so.
    """
    edition = _frozen(edition_id, now, even_if_held=even_if_held)
    if edition:
        note_begun(edition)
    return edition


@transaction.atomic
def _frozen(edition_id: int, now: datetime, *, even_if_held: bool) -> Edition | None:
    states = CHANGEABLE if even_if_held else (EditionState.READY,)
    edition = locked(edition_id, *states)
    if edition is None or now >= edition.deadline_at:
        return None
    if not even_if_held and has_begun_before(edition):
        edition.state, edition.reason = EditionState.HELD, BEGUN_BEFORE
        edition.save(update_fields=["state", "reason"])
        return None
    contents = contents_of(edition)
    gone = set(
        EditionArticle.objects.filter(
            frequency=edition.frequency, article_uuid__in=[e.uuid for e in contents.pieces]
        ).values_list("article_uuid", flat=True)
    )
    contents = arrange(contents, [e.uuid for e in contents.pieces if UUID(e.uuid) not in gone])
    if not contents.pieces:
        _leave_out(edition)
        return None
    EditionArticle.objects.bulk_create(
        EditionArticle(edition=edition, frequency=edition.frequency, article_uuid=each.uuid)
        for each in contents.pieces
    )
    if not is_edited(edition.subject, contents):
        edition.subject = headline_of(contents)
        contents = replace(contents, subject=edition.subject)
    edition.contents = contents.as_json()
    edition.state, edition.reason, edition.frozen_at = EditionState.FROZEN, "", now
    edition.save(update_fields=["contents", "subject", "state", "reason", "frozen_at"])
    return edition


def _leave_out(edition: Edition) -> None:
    edition.state, edition.reason = EditionState.SKIPPED, "None of its articles is public any more."
    edition.save(update_fields=["state", "reason"])


def compiled(edition: Edition, choice_id: int | None, language: str = "") -> Compiled | None:
    """Return an edition's message for the readers of a choice of topics, ready for their slots.

    None where there is nothing in it for them. A frozen edition gives the same bytes to whoever
    asks. ``language`` is that of the words around the articles; without one, the outlet's.
    """
    contents, topics = contents_of(edition), topics_of(choice_id)
    if view_of(contents, topics).lead is None:
        return None
    return compile_edition(edition, contents, topics, language)


def topics_of(choice_id: int | None) -> frozenset[int] | None:
    """Return the ids of the topics of a choice; None is all of them."""
    if choice_id is None:
        return None
    key: str = TopicChoice.objects.values_list("key", flat=True).get(pk=choice_id)
    return frozenset(int(each) for each in key.split(",") if each)


def choices_without_pieces(edition: Edition) -> list[int]:
    """Return the choices of topics for whose readers an edition has nothing: they get no mail."""
    contents = contents_of(edition)
    empty = []
    for pk, key in TopicChoice.objects.values_list("pk", "key"):
        topics = frozenset(int(each) for each in key.split(",") if each)
        if view_of(contents, topics).lead is None:
            empty.append(pk)
    return empty


def slots(edition_id: int, reader_id: int, reader_uuid: UUID, address: str) -> dict[str, str]:
    """Return a reader's own values for a message, the envelope's sender among them."""
    ref = own_ref(edition_id, reader_id, reader_uuid)
    token, envelope = token_of(reader_uuid), bounce_address(ref)
    root = mail_root()
    return {
        "address": address,
        "message_id": f"{verp_local(verp_key(), ref)}@{own_domain()}",
        "unsubscribe_url": f"{root}-/unsubscribe/{token}",
        "unsubscribe_mailto": leave_mailto(envelope, reader_uuid),
        "preferences_url": f"{root}-/preferences/{token}",
        "envelope": envelope,
    }


def leave_mailto(envelope: str, reader_uuid: UUID) -> str:
    """Return where a mail is sent to leave, from wherever a reader writes.

    The address says whose message it was, where there is a domain for bounces; the subject says it
    in any case, in hexadecimal digits, since mail systems may change the case of what they carry.
    """
    return f"{envelope}?subject=leave-{reader_uuid.hex}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a part of a message with a reader's values in its slots, to be looked at."""
    for name, value in values.items():
        text = text.replace(slot_mark(name), value)
    return text
