"""What of the digest a day is about: what waits, goes out, or went out not long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from handpress.digest.deliveries import Progress, progress_of_many
from handpress.digest.editions import CHANGEABLE
from handpress.digest.models import Edition, EditionState

_LATELY = timedelta(days=3)
_MOST = 6


@dataclass(frozen=True, slots=True)
class EditionOfTheDay:
    """One edition: ``progress`` is empty before it goes out."""

    edition: Edition
    progress: Progress

    @property
    def asks(self) -> bool:
        """Say whether somebody has to decide something about it."""
        is_held = self.edition.state == EditionState.HELD
        return is_held or bool(self.progress.missed or self.progress.unknown)

    @property
    def is_begun(self) -> bool:
        """Say whether it goes out, or went."""
        return self.edition.state not in CHANGEABLE


def editions_of_the_day(now: datetime) -> list[EditionOfTheDay]:
    """Return what waits or goes out, the next one first, then what went out lately; two queries.

    Of what is done, the last of each frequency is there, and of the last three days what asks.
    """
    waiting = Q(state__in=CHANGEABLE, deadline_at__gt=now)
    going = Q(state__in=[EditionState.FROZEN, EditionState.SENDING])
    done = Q(state=EditionState.DONE, frozen_at__gt=now - _LATELY)
    rows = list(Edition.objects.filter(waiting | going | done).defer("contents", "note"))
    found = progress_of_many([row.pk for row in rows if row.state not in CHANGEABLE])
    lines = [EditionOfTheDay(row, found.get(row.pk, Progress())) for row in rows]
    is_done = {line.edition.pk: line.edition.state == EditionState.DONE for line in lines}
    still = [line for line in lines if not is_done[line.edition.pk]]
    over = [line for line in lines if is_done[line.edition.pk]]
    still.sort(key=lambda line: line.edition.send_at)
    over.sort(key=lambda line: line.edition.send_at, reverse=True)
    last = {line.edition.frequency: line.edition.pk for line in reversed(over)}
    over = [line for line in over if line.asks or line.edition.pk in last.values()]
    return (still + over)[:_MOST]
