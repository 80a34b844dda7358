"""How companies are, and what lies with them; each a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Sum

from handpress.donations.core.movements import Role
from handpress.donations.models import (
    COMPANY_KINDS,
    AttemptState,
    CompanyEvent,
    EventState,
    Health,
    HealthChange,
    Posting,
    Rail,
    RailHealth,
    RailState,
    Reconciliation,
)


@dataclass(slots=True)
class CompanyNow:
    """A company's rail as it is: health, what lies there and is on its way, by currency."""

    rail: Rail
    health: RailHealth | None = None
    lies: dict[str, int] = field(default_factory=dict)
    on_its_way: dict[str, int] = field(default_factory=dict)
    last_run: Reconciliation | None = None
    events: dict[str, int] = field(default_factory=dict)
    last_event: datetime | None = None
    unknown: int = 0

    @property
    def is_too_much(self) -> bool:
        """Whether more lies there than should."""
        limit = self.rail.exposure_limit_minor
        return limit is not None and self.lies.get(self.rail.currency, 0) > limit


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one state, from when to when."""

    state: Health
    since: datetime
    until: datetime


def companies_now() -> list[CompanyNow]:
    """Return every company's rail that is not retired, in order; six queries."""
    rows = Rail.objects.filter(kind__in=COMPANY_KINDS).exclude(state=RailState.RETIRED)
    found = {rail.pk: CompanyNow(rail) for rail in rows.select_related("sponsor", "health")}
    for each in found.values():
        each.health = getattr(each.rail, "health", None)
    for rail, role, currency, minor in _balances(found):
        side = found[rail].lies if role == Role.RAIL else found[rail].on_its_way
        side[currency] = minor
    for run in _last_runs(found):
        found[run.rail_id].last_run = run
    events = CompanyEvent.objects.filter(rail__in=found).values_list("rail", "state")
    for rail, state, count, last in events.annotate(n=Count("pk"), at=Max("came_at")).order_by():
        found[rail].events[str(EventState(state).label)] = count
        there = found[rail].last_event
        found[rail].last_event = max(there, last) if there else last
    unknown = Rail.objects.filter(
        pk__in=found, attempts__state__in=[AttemptState.UNKNOWN, AttemptState.SENT]
    ).values_list("pk")
    for rail, count in unknown.annotate(n=Count("attempts")).order_by():
        found[rail].unknown = count
    return list(found.values())


def _balances(rails: Iterable[int]) -> list[tuple[int, str, str, int]]:
    rows = Posting.objects.filter(
        account__rail__in=list(rails), account__role__in=[Role.RAIL.value, Role.TRANSIT.value]
    )
    sums = rows.values_list("account__rail", "account__role", "currency")
    return list(sums.annotate(minor=Sum("amount_minor")).order_by())


def _last_runs(rails: Iterable[int]) -> list[Reconciliation]:
    rows = Reconciliation.objects.filter(rail__in=list(rails))
    last = rows.values("rail").annotate(last=Max("pk")).values_list("last", flat=True)
    return list(Reconciliation.objects.filter(pk__in=list(last)))


def stretches(now: datetime, days: int = 30) -> dict[int, list[Stretch]]:
    """Return the states of each company's rail over the last days, oldest first; one query."""
    begin = now - timedelta(days=days)
    changes: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    rows = HealthChange.objects.order_by("at", "pk").values_list("rail", "at", "state")
    for rail, at, state in rows.filter(at__gte=begin - timedelta(days=400)):
        changes[rail].append((at, state))
    return {rail: _stretched(some, begin, now) for rail, some in changes.items()}


def _stretched(
    changes: list[tuple[datetime, str]], begin: datetime, now: datetime
) -> list[Stretch]:
    found = []
    ends = [at for at, _ in changes[1:]] + [now]
    for (at, state), end in zip(changes, ends, strict=True):
        if end > begin:
            found.append(Stretch(Health(state), max(at, begin), end))
    return found
