"""Direct debits: what is due, and which files were made of what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum

from handpress.donations.models import (
    Attempt,
    AttemptState,
    Collecting,
    Plan,
    PlanState,
    Purpose,
    Rail,
    RailKind,
)

_SHOWN = 24
_SOON = timedelta(days=14)
"""Donors are to know up to so long ahead."""


@dataclass(frozen=True, slots=True)
class FileMade:
    """A file for the bank: its name, its day, what it collects, and what came of it so far.

    ``erased`` are its debits of donors who were erased since: without them it is made again.
    """

    name: str
    on: date
    count: int
    minor: int
    came: int
    returned: int
    erased: int


def due_debits(rail: Rail, on: date) -> tuple[int, int]:
    """Return how many monthly gifts are due until a day, and their sum in cents; one query."""
    found = _due(on).filter(rail=rail).aggregate(count=Count("pk"), minor=Sum("amount_minor"))
    return found["count"], found["minor"] or 0


@dataclass(frozen=True, slots=True)
class DebitsDue:
    """What a rail's next file would collect: how many monthly gifts, and their sum in cents."""

    rail: int
    name: str
    count: int
    minor: int
    currency: str


def debits_due(today: date) -> list[DebitsDue]:
    """Return what is due within two weeks, by rail; one query."""
    rows = (
        _due(today + _SOON)
        .filter(rail__kind=RailKind.DEBIT)
        .values("rail", "rail__name", "currency")
        .annotate(count=Count("pk"), minor=Sum("amount_minor"))
        .order_by("rail", "currency")
    )
    return [
        DebitsDue(each["rail"], each["rail__name"], each["count"], each["minor"], each["currency"])
        for each in rows
    ]


def _due(on: date) -> QuerySet[Plan]:
    return Plan.objects.filter(
        state=PlanState.ACTIVE, collecting=Collecting.MANDATE, next_due__lte=on
    )


def files_made(rail: Rail) -> list[FileMade]:
    """Return the last files, newest first; one query."""
    rows = (
        Attempt.objects.filter(rail=rail, purpose=Purpose.CHARGE, asked__file__isnull=False)
        .values("asked__file", "asked__on")
        .annotate(
            last=Max("pk"),
            count=Count("pk"),
            minor=Sum("pledge__amount_minor"),
            came=Count("pk", filter=Q(state=AttemptState.DONE)),
            returned=Count("pk", filter=Q(state=AttemptState.DECLINED)),
            erased=Count("pk", filter=Q(pledge__donor__erased_at__isnull=False)),
        )
        .order_by("-last")[:_SHOWN]
    )
    return [
        FileMade(
            name=each["asked__file"],
            on=date.fromisoformat(each["asked__on"]),
            count=each["count"],
            minor=each["minor"],
            came=each["came"],
            returned=each["returned"],
            erased=each["erased"],
        )
        for each in rows
    ]
