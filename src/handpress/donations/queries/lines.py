"""Lines of bank statements: what they say, and what one may be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from handpress.donations import sealing
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import GIFTS, Kind
from handpress.donations.models import BankLine, LineState, Movement, Pledge

_WITHIN = timedelta(days=90)
_PAYOUT = timedelta(days=30)
_MOST = 3
_AT_ONCE = 500
RECORDED_WITHIN = timedelta(days=6)
"""So far the day that somebody wrote down may be from the bank's."""


def waiting_lines() -> int:
    """Return how many lines wait for a person; one query, by an index that holds only those."""
    return BankLine.objects.filter(state=LineState.OPEN).count()


def waiting_promises(now: datetime) -> list[tuple[str, str, int, int]]:
    """Return promises of late for which nothing came, as (currency, frequency, how many, sum).

    One query. A promise is waited for as long as `likely_promises` looks back.
    """
    rows = _open_promises().filter(created_at__gte=now - _WITHIN)
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
    rows = _open_promises().filter(wanted, created_at__date__gte=first)
    there = list(rows.order_by("-created_at"))
    return {line.pk: [each for each in there if _fits(each, line)][:_MOST] for line in lines}


def _open_promises() -> QuerySet[Pledge]:
    """Return promises for which nothing came; what was undone never did."""
    came = Movement.objects.filter(pledge=OuterRef("pk"), kind__in=[kind.value for kind in GIFTS])
    return Pledge.objects.filter(~Exists(_standing(came)))


def _standing(rows: QuerySet[Movement]) -> QuerySet[Movement]:
    undone = Movement.objects.filter(of=OuterRef("pk"), kind=Kind.REVERSAL.value)
    return rows.filter(~Exists(undone))


def by_hand() -> QuerySet[Movement]:
    """Return gifts to bank accounts that were written down by hand and are on no statement yet."""
    rows = Movement.objects.filter(kind=Kind.BANK_IN.value, bank_line__isnull=True)
    return _standing(rows.exclude(remote_id__startswith="bank-")).select_related("pledge")


def came_as(line: BankLine) -> Q:
    """Return what is true of gifts of a line's account and sum; a bank may take its fee off."""
    whole = Q(amount_minor=line.amount_minor)
    less = Q(amount_minor=line.amount_minor + F("fee_minor"))
    return Q(rail=line.rail_id, currency=line.currency) & (whole | less)


def told_as(line: BankLine) -> Q:
    """Return what is true of lines that may be this one, told by another file, of any account."""
    days = (line.on - RECORDED_WITHIN, line.on + RECORDED_WITHIN)
    return Q(currency=line.currency, amount_minor=line.amount_minor, on__range=days)


def perhaps_known(lines: Sequence[BankLine]) -> dict[int, BankLine]:
    """Return for lines the one of another file that each may be, where there is one; one query.

    Files of one form agree on days.
    """
    wanted = Q(pk__in=[])
    for line in lines:
        wanted |= told_as(line) & Q(rail=line.rail_id)
    there = list(BankLine.objects.filter(wanted).select_related("statement")) if lines else []
    found = {
        line.pk: next((each for each in there if _may_be_told_by(each, line)), None)
        for line in lines
    }
    return {pk: other for pk, other in found.items() if other}


def _may_be_told_by(other: BankLine, line: BankLine) -> bool:
    one, two = (
        (each.rail_id, each.currency, each.amount_minor, each.is_reversal) for each in (other, line)
    )
    if one != two or other.statement_id == line.statement_id:
        return False
    apart = abs(other.on - line.on)
    is_of_one_form = other.statement.format == line.statement.format
    return apart <= (timedelta(0) if is_of_one_form else RECORDED_WITHIN)


def likely_gifts(lines: Sequence[BankLine]) -> dict[int, list[Movement]]:
    """Return gifts written down by hand that a line may be, three at most for each; one query."""
    wanted = Q(pk__in=[])
    for line in lines:
        wanted |= came_as(line)
    there = list(by_hand().filter(wanted).order_by("-occurred_on", "-pk")) if lines else []
    return {
        line.pk: [
            each
            for each in there
            if (each.rail_id, each.currency) == (line.rail_id, line.currency)
            and line.amount_minor in {each.amount_minor, each.amount_minor - each.fee_minor}
            and abs(each.occurred_on - line.on) <= RECORDED_WITHIN
        ][:_MOST]
        for line in lines
    }


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


def lines_naming(references: Collection[str]) -> list[BankLine]:
    """Return lines that name one of these promises and were not booked, oldest first.

    Every line that was not is unsealed for it. Raises `sealing.KeysUnusable`.
    """
    wanted = set(references)
    rows = BankLine.objects.filter(movement=None).exclude(wrapped_key="").order_by("pk")
    return [
        row
        for row in (rows.iterator(chunk_size=_AT_ONCE) if wanted else ())
        if wanted & references_in(" ".join(words_of(row).values()))
    ]


def words_of(line: BankLine) -> dict[str, str]:
    """Return who paid and what they wrote; nothing once the donor was erased."""
    try:
        return sealing.unseal(line.sealed, line.wrapped_key)
    except sealing.Forgotten:
        return {}


def recorded_gifts(line: BankLine) -> QuerySet[Movement]:
    """Return gifts written down by hand that a line may be: of its account, sum and days."""
    return by_hand().filter(
        came_as(line),
        occurred_on__range=(line.on - RECORDED_WITHIN, line.on + RECORDED_WITHIN),
    )
