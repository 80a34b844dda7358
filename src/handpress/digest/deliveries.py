"""Reads of the ledger: how far an edition is, who did not get it, what is in doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMinute

from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState
from handpress.lib import clock
from handpress.mail.models import RelayDay

STILL_OPEN = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.DOTTED,
    DeliveryState.RETRY,
)
# Whoever was struck off did not want it, or cannot be reached: nothing is to be sent again.
MISSED = (DeliveryState.FAILED, DeliveryState.EXPIRED)
SENDABLE = (*MISSED, DeliveryState.UNKNOWN)

_BARS = 48
_CHART_WIDTH, _LEAST_BARS = 480.0, 12
_BEGUN = (EditionState.FROZEN, EditionState.SENDING, EditionState.DONE)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many deliveries of an edition are in which state."""

    counts: Counter[int] = field(default_factory=Counter)

    def of(self, *states: DeliveryState) -> int:
        """Return how many are in one of these states."""
        return sum(self.counts[state] for state in states)

    @property
    def total(self) -> int:
        """How many readers it is for."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """How many a relay has taken."""
        return self.of(DeliveryState.ACCEPTED)

    @property
    def waiting(self) -> int:
        """How many are still to be sent, or on their way."""
        return self.of(*STILL_OPEN)

    @property
    def deferred(self) -> int:
        """How many wait to be tried again."""
        return self.of(DeliveryState.RETRY)

    @property
    def missed(self) -> int:
        """How many did not get it, for certain."""
        return self.of(*MISSED)

    @property
    def unknown(self) -> int:
        """How many may have got it, or not."""
        return self.of(DeliveryState.UNKNOWN)

    @property
    def struck(self) -> int:
        """How many were not to be mailed any more when their turn came."""
        return self.of(DeliveryState.SUPPRESSED)

    def stretches(self) -> list[tuple[str, float, float]]:
        """Return name, beginning and width of each part of a bar that is 100 wide."""
        parts, at = [], 0.0
        for name in ("accepted", "missed", "unknown", "struck"):
            width = round(100 * getattr(self, name) / max(1, self.total), 3)
            parts.append((name, round(at, 3), width))
            at += width
        return parts

    def as_json(self) -> dict[str, int]:
        """Return the numbers for those who are not people."""
        names = ("total", "accepted", "waiting", "deferred", "missed", "unknown", "struck")
        return {name: getattr(self, name) for name in names}


def progress_of(edition_id: int) -> Progress:
    """Count an edition's deliveries."""
    return progress_of_many([edition_id])[edition_id]


def progress_of_many(edition_ids: list[int]) -> dict[int, Progress]:
    """Count the deliveries of several editions with one query."""
    rows = (
        Delivery.objects.filter(edition__in=edition_ids)
        .order_by()
        .values_list("edition_id", "state")
        .annotate(count=Count("*"))
    )
    found = {pk: Progress() for pk in edition_ids}
    for pk, state, count in rows:
        found[pk].counts[state] = count
    return found


def begun_editions() -> QuerySet[Edition]:
    """Return the editions that are being sent or were, the newest first."""
    return Edition.objects.filter(state__in=_BEGUN).order_by("-frozen_at", "-pk")


def followed_editions(now: datetime) -> QuerySet[Edition]:
    """Return the editions whose way can be followed: begun, or to begin at any moment."""
    is_due = Q(state=EditionState.READY, send_at__lte=now)
    return Edition.objects.filter(Q(state__in=_BEGUN) | is_due)


def in_state(edition_id: int, states: tuple[DeliveryState, ...]) -> QuerySet[Delivery]:
    """Return deliveries with their readers, in the readers' order."""
    return (
        Delivery.objects.filter(edition=edition_id, state__in=states)
        .select_related("subscriber")
        .order_by("subscriber_id")
    )


@dataclass(frozen=True, slots=True)
class DomainCount:
    """How the deliveries to one domain stand."""

    domain: str
    total: int
    accepted: int
    deferred: int
    missed: int
    unknown: int


def by_domain(edition_id: int, most: int = 12) -> list[DomainCount]:
    """Return the domains with most trouble first, then the largest."""
    rows = (
        Delivery.objects.filter(edition=edition_id)
        .order_by()
        .values_list("subscriber__domain", "state")
        .annotate(count=Count("*"))
    )
    counts: dict[str, Counter[int]] = {}
    for domain, state, count in rows:
        counts.setdefault(domain, Counter())[state] += count
    found = [_domain_count(domain, Progress(each)) for domain, each in counts.items()]
    found.sort(key=lambda one: (-(one.deferred + one.missed + one.unknown), -one.total, one.domain))
    return found[:most]


def _domain_count(domain: str, counted: Progress) -> DomainCount:
    return DomainCount(
        domain or "—",
        counted.total,
        counted.accepted,
        counted.deferred,
        counted.missed,
        counted.unknown,
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in the chart, which is 480 wide and 100 high."""

    began_at: datetime
    accepted: int
    missed: int
    x: float
    width: float
    y: float
    height: float
    missed_y: float
    missed_height: float


def pace_of(edition: Edition) -> list[Bar]:
    """Return how many were taken or refused in each of at most 48 stretches of time."""
    rows = (
        Delivery.objects.filter(
            edition=edition, state__in=[DeliveryState.ACCEPTED, DeliveryState.FAILED]
        )
        .order_by()
        .annotate(minute=TruncMinute(F("changed_at")))
        .values_list("minute", "state")
        .annotate(count=Count("*"))
    )
    minutes: dict[datetime, Counter[int]] = {}
    for minute, state, count in rows:
        minutes.setdefault(minute, Counter())[state] += count
    return _bars(minutes)


def end_of(bars: list[Bar]) -> datetime | None:
    """Return the moment at the right edge of the chart, which few bars do not fill."""
    if not bars:
        return None
    stretch = bars[1].began_at - bars[0].began_at if len(bars) > 1 else timedelta(minutes=1)
    return bars[0].began_at + max(len(bars), _LEAST_BARS) * stretch


def _bars(minutes: dict[datetime, Counter[int]]) -> list[Bar]:
    if not minutes:
        return []
    first, last = min(minutes), max(minutes)
    span = int((last - first).total_seconds() // 60) + 1
    width = max(1, -(-span // _BARS))
    stretches = [Counter[int]() for _ in range(-(-span // width))]
    for minute, counts in minutes.items():
        stretches[int((minute - first).total_seconds() // 60) // width] += counts
    most = max(sum(each.values()) for each in stretches)
    return [
        _bar(first + timedelta(minutes=number * width), each, most, number, len(stretches))
        for number, each in enumerate(stretches)
    ]


def _bar(began_at: datetime, counts: Counter[int], most: int, number: int, of: int) -> Bar:
    accepted, missed = counts[DeliveryState.ACCEPTED], counts[DeliveryState.FAILED]
    step = _CHART_WIDTH / max(of, _LEAST_BARS)
    height, missed_height = 100 * accepted / most, 100 * missed / most
    return Bar(
        began_at,
        accepted,
        missed,
        x=round(number * step, 2),
        width=round(step * 0.8, 2),
        y=round(100 - height, 2),
        height=round(height, 2),
        missed_y=round(100 - height - missed_height, 2),
        missed_height=round(missed_height, 2),
    )


def relays_today() -> QuerySet[RelayDay]:
    """Return how the relays are that carried something today (UTC)."""
    return RelayDay.objects.filter(day=clock.now().date()).order_by("relay")
