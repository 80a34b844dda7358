"""What sending would do now: told, and not done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from handpress.digest.deliveries import progress_of
from handpress.digest.editions import CHANGEABLE, choices_without_pieces
from handpress.digest.models import Edition, EditionState, Subscriber, SubscriberState
from handpress.digest.settling import settling

_UNDER_WAY = (EditionState.FROZEN, EditionState.SENDING)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of an edition: it goes to so many readers, or ``instead`` says what."""

    edition: Edition
    readers: int = 0
    instead: str = ""

    def __str__(self) -> str:
        if self.instead:
            return f"{self.edition} {self.instead}"
        verb = "would go on to" if self.edition.state in _UNDER_WAY else "would go to"
        return f"{self.edition} {verb} {self.readers:,} reader{'s' * (self.readers != 1)}."


def prospects(now: datetime, *, hurried: int | None = None) -> list[Prospect]:
    """Return what would become of the editions whose time has come, and of a ``hurried`` one."""
    due = Q(state__in=CHANGEABLE, send_at__lte=now) | Q(state__in=_UNDER_WAY) | Q(pk=hurried)
    return [
        _prospect(edition, now, is_hurried=edition.pk == hurried)
        for edition in Edition.objects.filter(due).order_by("pk")
    ]


def _prospect(edition: Edition, now: datetime, *, is_hurried: bool) -> Prospect:
    if edition.state == EditionState.SENDING:
        return Prospect(edition, progress_of(edition.pk).waiting)
    if edition.state == EditionState.FROZEN:
        return Prospect(edition, count_getting(edition, edition.frozen_at or now))
    settled = settling(edition, now)
    if settled and not (is_hurried and settled[0] == EditionState.HELD):
        state, reason = settled
        return Prospect(edition, instead=f"would be {state.label}. {reason}")
    if edition.state == EditionState.HELD and not is_hurried:
        return Prospect(edition, instead=f"is held. {edition.reason}")
    return Prospect(edition, count_getting(edition, now))


def count_getting(edition: Edition, at: datetime) -> int:
    """Count who would be written down for an edition that were frozen at a moment."""
    over = Q(state=SubscriberState.PAUSED, paused_until__lte=edition.edition_on)
    nothing_for = Q(choice_id__in=choices_without_pieces(edition))
    rows = Subscriber.objects.filter(
        Q(state=SubscriberState.ACTIVE) | over, frequency=edition.frequency
    ).exclude(nothing_for, choice__isnull=False)
    return (
        rows.annotate(since=Coalesce(F("confirmed_at"), F("created_at")))
        .filter(since__lte=at)
        .count()
    )
