"""Holding the books against what companies list: what is missing is booked, what differs is told.

Each night for each company, over the last days; the same again changes nothing. What only the
comparison found is as true as what an event told: many never come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Max, Q, QuerySet

from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.actions.periods import local_day
from handpress.donations.companies import caps_of, open_company
from handpress.donations.companies.contract import Company, Told
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import Kind
from handpress.donations.core.reconciling import PAYOUT_WITHIN, Found, Line, compare
from handpress.donations.models import (
    COMPANY_KINDS,
    BankLine,
    Movement,
    Pledge,
    Rail,
    RailState,
    Reconciliation,
)
from handpress.press.prepared import Prepared
from handpress.press.site import site_facts

logger = logging.getLogger(__name__)

WINDOW = timedelta(days=4)
"""So far back the nights overlap: what a company lists late is seen by the next one."""
PAYOUTS_FOR = timedelta(days=90)
"""So long it is told that a payout has not come; what is on its way, the books show for ever."""
_DAY = timedelta(days=1)
_FROM_HOUR = 3
_AGAIN, _AGAIN_LATER, _AT_FIRST = timedelta(minutes=30), timedelta(hours=3), 4
"""When a company that could not be asked is asked again, and how often as soon as that."""
_MOST_KEPT = 500
_AT_ONCE = 500


def reconcile(
    rail: Rail,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    company: Company | None = None,
    dry_run: bool = False,
) -> Reconciliation:
    """Compare a company's list of [since, until) with the books, and book what is missing there.

    ``until`` is brought forward to what the company lists by now. Returns the written result; its
    ``error`` says why where the company could not be asked, and then nothing was compared. With
    ``dry_run`` nothing is booked, and nothing written: what would be booked is told as missing.
    """
    run = Reconciliation(rail=rail, since=since, until=until, ran_at=now)
    try:
        company = company or open_company(rail)
        run.until = max(since, min(until, now - company.caps.listed_after))
        with understood():
            told = list(company.movements(since, run.until)) if since < run.until else []
    except (CompanyError, SecretsUnusable) as error:
        run.error = str(error)[:300] or type(error).__name__
        logger.error("reconciliation_failed", extra={"rail": rail.pk, "why": run.error})
        return run if dry_run else _saved(run)
    if not dry_run:
        run.booked = len(absorb_told(rail, told, now=now).new)
    found = _compare(run, told)
    run.differences = [_as_json(each) for each in found[:_MOST_KEPT]]
    if dry_run:
        return run
    if found:
        logger.error("reconciliation_differs", extra={"rail": rail.pk, "differences": len(found)})
    return _saved(run)


def _saved(run: Reconciliation) -> Reconciliation:
    run.save()
    return run


def reconcile_nightly(now: datetime, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Compare every company's last days that were not compared today; return how many.

    From three o'clock on. One that cannot be asked is asked again later, and hinders no other.
    """
    count = 0
    for rail in rails_to_reconcile(now):
        if is_stopping():
            break
        try:
            reconcile(rail, since_last(rail, now), now, now=now)
        except DatabaseError:
            raise
        except Exception as error:
            # Written down, so that it is not tried every minute. Its words may be a donor's.
            name = type(error).__name__
            logger.error("reconciliation_failed", extra={"rail": rail.pk, "why": name})
            Reconciliation.objects.create(rail=rail, since=now, until=now, ran_at=now, error=name)
        count += 1
    return count


def rails_to_reconcile(now: datetime) -> list[Rail]:
    """Return companies' rails whose turn it is now; a query, and one for each rail."""
    if now.astimezone(site_facts().zone).hour < _FROM_HOUR:
        return []
    rows = companies_rails().exclude(state=RailState.RETIRED)
    return [rail for rail in rows if _is_due(rail, now)]


def companies_rails() -> QuerySet[Rail]:
    """Return all rails that a company can be asked about."""
    return Rail.objects.filter(kind__in=COMPANY_KINDS).select_related("sponsor")


def _is_due(rail: Rail, now: datetime) -> bool:
    begin = _midnight(local_day(now))
    runs = Reconciliation.objects.filter(rail=rail, ran_at__gte=begin)
    failed = []
    for ran_at, since, error in runs.values_list("ran_at", "since", "error"):
        if error:
            failed.append(ran_at)
        elif since <= begin - (WINDOW - _DAY):
            return False
    wait = _AGAIN if len(failed) < _AT_FIRST else _AGAIN_LATER
    return not failed or now - max(failed) >= wait


def since_last(rail: Rail, now: datetime) -> datetime:
    """Return from when on a rail is to be compared: some days before all is compared without a gap.

    A comparison of a few days by hand closes no gap before them.
    """
    compared = rail.created_at
    runs = Reconciliation.objects.filter(rail=rail, error="", until__gt=compared)
    for since, until in runs.order_by("since").values_list("since", "until"):
        if since > compared:
            break
        compared = max(compared, until)
    return min(compared, now) - WINDOW


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), site_facts().zone)


def _compare(run: Reconciliation, told: Sequence[Told]) -> list[Found]:
    rail = run.rail
    theirs = _theirs(told)
    ours, around = _ours(run, theirs)
    run.ours = len(ours)
    run.theirs = len({(each.kind, each.remote_id) for each in theirs})
    day = local_day(run.ran_at)
    return compare(
        ours,
        theirs,
        around=around,
        payouts=_payouts(rail, day - PAYOUTS_FOR),
        bank_until=_bank_until(day - PAYOUTS_FOR),
    )


def _ours(run: Reconciliation, theirs: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return what is to be compared, and what else is known of gifts that are listed.

    Nothing within a day of the edges has to be listed: their clock may be another. What is listed
    there is compared all the same.
    """
    rows = _rows(run.rail)
    # What was given back there and written down by hand, no list of theirs holds.
    is_listed = caps_of(run.rail).gives_back
    if not is_listed:
        rows = rows.exclude(kind=Kind.REFUND.value)
    inside = _INSIDE.rows(run.rail.pk, local_day(run.since) + _DAY, local_day(run.until) - _DAY)
    some = {row.pk: row for row in inside if is_listed or row.kind != Kind.REFUND}
    for batch in _batches({each.remote_id for each in theirs}):
        some |= {row.pk: row for row in rows.filter(remote_id__in=batch)}
    around = {}
    for batch in _batches({each.of for each in theirs if each.of}):
        gifts = Q(kind=Kind.CAPTURE.value, remote_id__in=batch)
        steps = Q(of__kind=Kind.CAPTURE.value, of__remote_id__in=batch)
        around |= {row.pk: row for row in rows.filter(gifts | steps) if row.pk not in some}
    undone = _undone(run.rail)
    return (
        [_line(row, row.pk in undone) for row in some.values()],
        [_line(row, row.pk in undone) for row in around.values()],
    )


_INSIDE = Prepared(
    lambda rail, after, before: _rows(rail).filter(occurred_on__gt=after, occurred_on__lt=before)
)


def _rows(rail: Rail | int) -> QuerySet[Movement]:
    rows = Movement.objects.filter(rail=rail).exclude(kind=Kind.REVERSAL.value)
    return rows.select_related("of", "pledge")


def _undone(rail: Rail) -> set[int]:
    rows = Movement.objects.filter(rail=rail, kind=Kind.REVERSAL.value, of__isnull=False)
    return {of for of in rows.values_list("of", flat=True) if of}


def _batches(names: Iterable[str]) -> list[list[str]]:
    some = sorted(names)
    return [some[start : start + _AT_ONCE] for start in range(0, len(some), _AT_ONCE)]


def _line(row: Movement, is_undone: bool) -> Line:
    return Line(
        kind=Kind(row.kind),
        remote_id=row.remote_id,
        minor=row.amount_minor,
        currency=row.currency,
        on=row.occurred_on,
        of=row.of.remote_id if row.of else "",
        reference=row.pledge.reference if row.pledge else "",
        is_undone=is_undone,
    )


def _theirs(told: Sequence[Told]) -> list[Line]:
    named = {each.reference: references_in(each.reference) for each in told if each.reference}
    single = {text: codes.pop() for text, codes in named.items() if len(codes) == 1}
    # Whoever else takes gifts by the same account has references like ours.
    known: set[str] = set()
    for batch in _batches(set(single.values())):
        rows = Pledge.objects.filter(reference__in=batch)
        known |= set(rows.values_list("reference", flat=True))
    return [
        Line(
            kind=each.kind,
            remote_id=each.remote_id,
            minor=each.minor,
            currency=each.currency,
            on=local_day(each.at),
            of=each.of,
            reference=code if (code := single.get(each.reference, "")) in known else "",
        )
        for each in told
    ]


def _payouts(rail: Rail, since: date) -> list[Line]:
    """Return payouts since a day that did not come to the bank, and what came back of some."""
    return [_line(row, is_undone=False) for row in _PAYOUTS.rows(rail.pk, since)]


_PAYOUTS = Prepared(
    lambda rail, since: _rows(rail).filter(
        kind=Kind.PAYOUT.value, occurred_on__gte=since, steps__isnull=True
    )
)


def _bank_until(since: date) -> dict[str, date]:
    rows = BankLine.objects.filter(on__gte=since + PAYOUT_WITHIN)
    return dict(rows.values_list("currency").annotate(last=Max("on")).order_by())


def _as_json(found: Found) -> dict[str, Any]:
    def side(line: Line | None) -> dict[str, Any] | None:
        if line is None:
            return None
        return {**asdict(line), "on": line.on.isoformat(), "kind": str(line.kind)}

    return {
        "difference": str(found.difference),
        "remote_id": found.remote_id,
        "ours": side(found.ours),
        "theirs": side(found.theirs),
    }
