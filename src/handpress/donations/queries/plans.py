"""Monthly gifts: by which ways they could come, and as the treasurer sees them.

Each is a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from handpress.donations.actions.pulses import working
from handpress.donations.models import (
    Answer,
    Collecting,
    Plan,
    PlanState,
    Pledge,
    Rail,
    Reconsent,
)
from handpress.donations.queries.ways import fitting, offered_rails, taking


def ways_now() -> list[Rail]:
    """Return the rails that are offered and work now; two queries."""
    return working(offered_rails())


def agreeable(plan: Plan, ways: Iterable[Rail] | None = None) -> list[Rail]:
    """Return the rails by which a plan's gifts could come from now on.

    ``ways`` are those of `ways_now`, for whoever asks about many plans.
    """
    there = ways_now() if ways is None else ways
    return taking(fitting(there, plan.currency, monthly=True), plan.amount_minor, plan.currency)


def has_way(plan: Plan) -> bool:
    """Say whether a letter about a plan can lead anywhere: its own rail is open, or another."""
    return bool(plan.rail.is_offered and working([plan.rail])) or bool(agreeable(plan))


def asked_in_vain(plan: Plan) -> bool:
    """Say whether a plan's donor was asked to agree anew and has not answered."""
    return Reconsent.objects.filter(plan=plan, wave=plan.wave, answer__in=UNANSWERED).exists()


def standing_order(plan: Plan) -> Pledge | None:
    """Return the pledge whose reference a plan's standing order bears; None where we know none."""
    if plan.collecting != Collecting.STANDING_ORDER:
        return None
    return plan.pledges.filter(rail=plan.rail).order_by("period").last()


UNANSWERED = ("", Answer.OPENED)
UNREACHED = "unreached"
"""What is noted beside letters that could not be mailed, since no address is known."""
GIVING = (PlanState.ACTIVE, PlanState.PAST_DUE)
AT_RISK = (PlanState.NEEDS_RECONSENT, PlanState.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Turn:
    """Monthly gifts that began and ended in a month, in minor units of one currency."""

    month: date
    won: int
    lost: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far donors came who had to agree anew, since a day."""

    asked: int
    opened: int
    agreed: int
    ended: int
    by_letter: int
    posted: int

    @property
    def waiting(self) -> int:
        """Whoever has not answered yet."""
        return max(0, self.asked - self.agreed - self.ended - self.by_letter)


FUNNEL_STEPS = (
    ("asked", "had to agree anew"),
    ("opened", "went on from the letter"),
    ("agreed", "agreed anew"),
    ("posted", "were written to by post"),
    ("by_letter", "are asked by a letter each month"),
    ("ended", "ended it"),
    ("waiting", "have not answered yet"),
)
"""What a `Funnel` counts, and how that is said."""


def giving_now() -> list[tuple[str, int, int]]:
    """Return currency, how many plans, and what they come to in a month; one query."""
    rows = Plan.objects.filter(state__in=GIVING).values_list("currency")
    return list(rows.annotate(n=Count("pk"), minor=Sum("amount_minor")).order_by("-minor"))


def at_risk() -> list[tuple[Rail, str, int, int]]:
    """Return rail, currency, how many plans wait for their donors, and their sum; two queries."""
    rows = Plan.objects.filter(state__in=AT_RISK).values_list("rail", "currency")
    sums = list(rows.annotate(n=Count("pk"), minor=Sum("amount_minor")).order_by("-minor"))
    rails = Rail.objects.select_related("sponsor").in_bulk([rail for rail, *_ in sums])
    return [(rails[rail], currency, count, minor) for rail, currency, count, minor in sums]


def turns(months: Sequence[date], currency: str) -> list[Turn]:
    """Return what began and ended in each of the months; two queries."""
    plans = Plan.objects.filter(currency=currency, began_at__isnull=False)
    won = _by_month(plans, "began_at")
    lost = _by_month(plans.filter(ended_at__isnull=False), "ended_at")
    return [Turn(month, *_pair(won.get(month), lost.get(month))) for month in months]


def _by_month(plans: QuerySet[Plan], column: str) -> dict[date, tuple[int, int]]:
    rows = plans.annotate(month=TruncMonth(column)).values_list("month")
    sums = rows.annotate(n=Count("pk"), minor=Sum("amount_minor")).order_by()
    return {month.date(): (minor, count) for month, count, minor in sums}


def _pair(won: tuple[int, int] | None, lost: tuple[int, int] | None) -> tuple[int, int, int, int]:
    gained, began = won or (0, 0)
    gone, ended = lost or (0, 0)
    return gained, gone, began, ended


def funnel(now: datetime, days: int = 180) -> Funnel:
    """Return how far donors came who had to agree anew in the last days; one query."""
    since = now - timedelta(days=days)
    counts = Reconsent.objects.filter(at__gte=since).aggregate(
        asked=Count("pk"),
        opened=Count("pk", filter=~Q(answer="")),
        agreed=Count("pk", filter=Q(answer=Answer.AGREED)),
        ended=Count("pk", filter=Q(answer=Answer.DECLINED)),
        posted=Count("pk", filter=Q(post_letter__isnull=False)),
        by_letter=Count(
            "pk",
            filter=Q(answer__in=UNANSWERED)
            & Q(plan__collecting=Collecting.REMINDER, plan__state=PlanState.ACTIVE),
        ),
    )
    return Funnel(**counts)
