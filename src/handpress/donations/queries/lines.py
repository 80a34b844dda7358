"""Lines of bank statements: which promises one may be for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from handpress.donations.core.movements import Kind
from handpress.donations.models import BankLine, LineState, Movement, Pledge

_WITHIN = timedelta(days=90)
_PAYOUT = timedelta(days=30)
_MOST = 3


def waiting_lines() -> int:
    """Return how many lines wait for a person; one query, by an index that holds only those."""
    return BankLine.objects.filter(state=LineState.OPEN).count()


def waiting_promises(now: datetime) -> list[tuple[str, str, int, int]]:
    """Return promises of late for which nothing came, as (currency, frequency, how many, sum).

    One query. A promise is waited for as long as `likely_promises` looks back.
    """
    rows = Pledge.objects.filter(created_at__gte=now - _WITHIN, movements__isnull=True)
    sums = rows.values_list("currency", "frequency").order_by("currency", "-frequency")
    return list(sums.annotate(Count("pk"), Sum("amount_minor")))


def likely_promises(lines: Sequence[BankLine]) -> dict[int, list[Pledge]]:
    """Return promises for which nothing came yet, of the same sum as a line, made before it.

    The newest first, three at most for each line. One query. They are for a person to look at: a
    sum alone books nothing.
    """
    if not lines:
        return {}
    sums = {(line.currency, line.amount_minor) for line in lines}
    wanted = Q()
    for currency, minor in sums:
        wanted |= Q(currency=currency, amount_minor=minor)
    first = min(line.on for line in lines) - _WITHIN
    rows = Pledge.objects.filter(wanted, created_at__date__gte=first, movements__isnull=True)
    there = list(rows.order_by("-created_at"))
    return {line.pk: [each for each in there if _fits(each, line)][:_MOST] for line in lines}


def likely_payouts(lines: Sequence[BankLine]) -> dict[int, list[Movement]]:
    """Return payouts of companies that have not come yet, of the same sum as a line; one query."""
    sums = {(line.currency, -line.amount_minor) for line in lines}
    wanted = Q(pk__in=[])
    for currency, minor in sums:
        wanted |= Q(currency=currency, amount_minor=minor)
    rows = Movement.objects.filter(wanted, kind=Kind.PAYOUT.value, steps__isnull=True)
    there = list(rows.select_related("rail").order_by("-occurred_on", "-pk")) if sums else []
    return {
        line.pk: [
            each
            for each in there
            if (each.currency, -each.amount_minor) == (line.currency, line.amount_minor)
            and each.occurred_on - timedelta(days=1) <= line.on <= each.occurred_on + _PAYOUT
        ][:_MOST]
        for line in lines
    }


def _fits(pledge: Pledge, line: BankLine) -> bool:
    made = pledge.created_at.date()
    is_equal = (pledge.currency, pledge.amount_minor) == (line.currency, line.amount_minor)
    # A day's grace: the bank's day may be behind ours.
    return is_equal and made - timedelta(days=1) <= line.on <= made + _WITHIN
