"""What the public accounts hold: sums of months, with nobody's name, way or company."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Count, Exists, OuterRef, Sum
from django.db.models.functions import TruncMonth

from handpress.donations.core.accounts import Moved
from handpress.donations.core.movements import GIFTS, RAISED, Kind, Role
from handpress.donations.models import Movement, Posting

Months = dict[date, Moved]

_RAISED = [role.value for role in RAISED]


def moved_by_month(until: date) -> dict[str, Months]:
    """Return what moved in each month before a day, by currency; two queries.

    All months of the books: what is shown of the last ones depends on those before them
    (`core.accounts`).
    """
    found: dict[str, Months] = defaultdict(dict)
    for currency, month, count in _gifts(until):
        found[currency][month] = Moved(gifts=count)
    for currency, month, role, minor in _sums(until):
        is_fee = role == Role.FEES
        moved = Moved(fees=minor) if is_fee else Moved(net=-minor)
        found[currency][month] = found[currency].get(month, Moved()) + moved
    return dict(found)


def _gifts(until: date) -> list[tuple[str, date, int]]:
    """Return how many gifts came, those apart that were undone as mistakes."""
    undone = Movement.objects.filter(of=OuterRef("pk"), kind=Kind.REVERSAL.value)
    rows = Movement.objects.filter(
        ~Exists(undone), kind__in=[kind.value for kind in GIFTS], occurred_on__lt=until
    )
    months = rows.values_list("currency", TruncMonth("occurred_on")).order_by()
    return list(months.annotate(count=Count("pk")))


def _sums(until: date) -> list[tuple[str, date, str, int]]:
    rows = Posting.objects.filter(
        entry__booked_on__lt=until, account__role__in=[*_RAISED, Role.FEES.value]
    )
    months = rows.values_list("currency", TruncMonth("entry__booked_on"), "account__role")
    return list(months.order_by().annotate(minor=Sum("amount_minor")))
