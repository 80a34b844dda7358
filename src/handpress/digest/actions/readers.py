"""What readers do once they are: choose, pause, come back, leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from handpress.accounts.counting import forget_uses
from handpress.digest.core.tokens import read_token
from handpress.digest.models import (
    Consent,
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)
from handpress.lib import clock
from handpress.press.site import site_facts

UNCONFIRMED_FOR = timedelta(days=30)
# Of those who came by a list it is not known whether they confirmed there.
BY_FORM = "form"
_LONGEST_KEY = 1_000
_GONE = [SubscriberState.LEFT, SubscriberState.ERASED]
_READS = [SubscriberState.ACTIVE, SubscriberState.PAUSED]


class TooManyTopics(ValueError):
    """More topics were chosen than one choice can hold."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants. No ``topics``: all there are. ``paused_until`` counts when paused."""

    frequency: Frequency
    topics: tuple[int, ...] = ()
    language: str = ""
    is_paused: bool = False
    paused_until: date | None = None


def leave(token: str, how: str = "link") -> Subscriber | None:
    """Let the reader of a token go, at once and for good; None where it is nobody's.

    One statement: from its commit on no sender claims or finishes a message to them. Safe to
    call again, the first time counts. ``how`` says by which door: "one-click", "link", "mailto",
    "desk".
    """
    number = read_token(token)
    if number is None:
        return None
    let_go(Q(uuid=number), how)
    return Subscriber.objects.filter(uuid=number).first()


def let_go(who: Q, how: str) -> int:
    """Let readers go; return how many were there to go."""
    rows = Subscriber.objects.filter(who).exclude(state__in=_GONE)
    return rows.update(
        state=SubscriberState.LEFT, left_at=clock.now(), left_by=how[:20], paused_until=None
    )


def let_go_one(reader: Subscriber, how: str) -> bool:
    """Let one reader go; False where they have gone already."""
    return bool(let_go(Q(pk=reader.pk), how))


def save_preferences(reader: Subscriber, wanted: Preferences) -> bool:
    """Write down what a reader wants; False where they have left meanwhile.

    Raise TooManyTopics.
    """
    state = SubscriberState.PAUSED if wanted.is_paused else SubscriberState.ACTIVE
    with transaction.atomic():
        rows = Subscriber.objects.filter(pk=reader.pk, state__in=_READS)
        return bool(
            rows.update(
                state=state,
                frequency=wanted.frequency,
                choice=choice_of(wanted.topics),
                language=wanted.language,
                paused_until=wanted.paused_until if wanted.is_paused else None,
            )
        )


def choice_of(topics: Iterable[int]) -> TopicChoice | None:
    """Return the row for a set of topics, made if need be; None for all. Raise TooManyTopics."""
    ids = sorted(set(topics))
    if not ids:
        return None
    if not fits(ids):
        raise TooManyTopics(len(ids))
    key = _key_of(ids)
    choice, is_new = TopicChoice.objects.get_or_create(key=key)
    if is_new:
        choice.topics.set(ids)
    return choice


def fits(topics: Iterable[int]) -> bool:
    """Say whether one choice can hold a set of topics."""
    return len(_key_of(topics)) <= _LONGEST_KEY


def _key_of(topics: Iterable[int]) -> str:
    return ",".join(map(str, sorted(set(topics))))


def paused_until_now(now: datetime) -> QuerySet[Subscriber]:
    """Return the readers whose pause is over."""
    today = now.astimezone(site_facts().zone).date()
    return Subscriber.objects.filter(state=SubscriberState.PAUSED, paused_until__lte=today)


def wake_paused(now: datetime) -> int:
    """Mail those again whose pause ends today; return how many."""
    return paused_until_now(now).update(state=SubscriberState.ACTIVE, paused_until=None)


def forget_unconfirmed(now: datetime) -> int:
    """Forget addresses that nobody confirmed in a month, and old counts; return how many.

    Also those to which the letter came back: that they are not mailed is written down elsewhere.
    """
    forget_uses(now)
    long_ago = now - UNCONFIRMED_FOR
    Consent.objects.filter(confirmed_at=None, asked_at__lt=long_ago).delete()
    came_back = Q(state=SubscriberState.SUPPRESSED, confirmed_at=None, origin=BY_FORM)
    waiting = Subscriber.objects.filter(
        Q(state=SubscriberState.PENDING) | came_back, created_at__lt=long_ago
    )
    return waiting.filter(consents=None, deliveries=None).delete()[0]
