"""Direct debits: what is due, and which files were made of what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, Sum

from handpress.donations.models import (
    Attempt,
    AttemptState,
    Collecting,
    Plan,
    PlanState,
    Purpose,
    Rail,
)

_SHOWN = 24


@dataclass(frozen=True, slots=True)
class FileMade:
    """A file for the bank: its name, its day, what it collects, and what came of it so far."""

    name: str
    on: date
    count: int
    minor: int
    came: int
    returned: int


def due_debits(rail: Rail, on: date) -> tuple[int, int]:
    """Return how many monthly gifts are due until a day, and their sum in cents; one query."""
    rows = Plan.objects.filter(
        rail=rail, state=PlanState.ACTIVE, collecting=Collecting.MANDATE, next_due__lte=on
    )
    found = rows.aggregate(count=Count("pk"), minor=Sum("amount_minor"))
    return found["count"], found["minor"] or 0


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
        )
        for each in rows
    ]
