"""Holding the books against what companies list: what is missing is booked, what differs is told.

Each night for each company, over the last days; the same again changes nothing. What only the
comparison found is as true as what an event told: many never come.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Company, Told
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import Kind
from handpress.donations.core.reconciling import Found, Line, compare
from handpress.donations.models import COMPANY_KINDS, Movement, Rail, RailState, Reconciliation
from handpress.press.site import site_facts

logger = logging.getLogger(__name__)

WINDOW = timedelta(days=4)
_MOST_KEPT = 500


def reconcile(
    rail: Rail, since: datetime, until: datetime, *, now: datetime, company: Company | None = None
) -> Reconciliation:
    """Compare a company's list of [since, until) with the books, and book what is missing there.

    Returns the written result; its ``error`` says why where the company could not be asked, and
    then nothing was compared.
    """
    run = Reconciliation(rail=rail, since=since, until=until, ran_at=now)
    try:
        told = list((company or open_company(rail)).movements(since, until))
    except (CompanyError, SecretsUnusable) as error:
        run.error = str(error)[:300] or type(error).__name__
        run.save()
        logger.error("reconciliation_failed", extra={"rail": rail.pk, "why": run.error})
        return run
    absorbed = absorb_told(rail, told)
    ours = _ours(rail, since, until, told)
    found = compare(
        ours,
        [_theirs(each) for each in told],
        payouts_come=_payouts_come(rail),
        now=now,
        known=_known_gifts(rail, told),
    )
    run.ours, run.theirs, run.booked = len(ours), len(told), len(absorbed.new)
    run.differences = [_as_json(each) for each in found[:_MOST_KEPT]]
    run.save()
    if found:
        logger.error("reconciliation_differs", extra={"rail": rail.pk, "differences": len(found)})
    return run


def reconcile_nightly(now: datetime) -> int:
    """Compare every company's last days that were not compared today; return how many."""
    today = now.astimezone(site_facts().zone).date()
    rails = Rail.objects.filter(kind__in=COMPANY_KINDS).exclude(state=RailState.RETIRED)
    count = 0
    for rail in rails.select_related("sponsor"):
        runs = Reconciliation.objects.filter(rail=rail, error="")
        if runs.filter(ran_at__gte=midnight(today)).exists():
            continue
        failed = Reconciliation.objects.filter(rail=rail, ran_at__gt=now - timedelta(minutes=30))
        if failed.exists():
            continue
        reconcile(rail, _since(rail, now), now, now=now)
        count += 1
    return count


def _since(rail: Rail, now: datetime) -> datetime:
    """Return where the last comparison that went well left off, some days before."""
    last = Reconciliation.objects.filter(rail=rail, error="").order_by("-until").first()
    return min(last.until if last else rail.created_at, now) - WINDOW


def midnight(day: date) -> datetime:
    """Return when a day begins in the newsroom's zone."""
    return datetime.combine(day, time(0), site_facts().zone)


def _ours(rail: Rail, since: datetime, until: datetime, told: list[Told]) -> list[Line]:
    zone = site_facts().zone
    rows = Movement.objects.filter(rail=rail).exclude(kind=Kind.REVERSAL.value)
    inside = rows.filter(
        # Days of the edges belong to the window in part: what is told decides there.
        occurred_on__gt=since.astimezone(zone).date(),
        occurred_on__lt=until.astimezone(zone).date(),
    )
    names = {each.remote_id for each in told}
    some = {row.pk: row for row in inside.select_related("of", "pledge")}
    for batch in _batches(sorted(names)):
        for row in rows.filter(remote_id__in=batch).select_related("of", "pledge"):
            some[row.pk] = row
    undone = set(
        Movement.objects.filter(rail=rail, kind=Kind.REVERSAL.value).values_list("of", flat=True)
    )
    return [_line(row, row.pk in undone) for row in some.values()]


def _batches(names: list[str], size: int = 500) -> list[list[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _line(row: Movement, is_undone: bool) -> Line:
    return Line(
        kind=Kind(row.kind),
        remote_id=row.remote_id,
        minor=row.amount_minor,
        currency=row.currency,
        at=datetime.combine(row.occurred_on, time(12), site_facts().zone).astimezone(UTC),
        of=row.of.remote_id if row.of else "",
        reference=row.pledge.reference if row.pledge else "",
        is_undone=is_undone,
    )


def _theirs(told: Told) -> Line:
    codes = references_in(told.reference)
    return Line(
        kind=told.kind,
        remote_id=told.remote_id,
        minor=told.minor,
        currency=told.currency,
        at=told.at,
        of=told.of,
        reference=codes.pop() if len(codes) == 1 else "",
    )


def _payouts_come(rail: Rail) -> frozenset[str]:
    rows = Movement.objects.filter(kind=Kind.PAYOUT_IN.value, of__rail=rail)
    return frozenset(rows.values_list("of__remote_id", flat=True))


def _known_gifts(rail: Rail, told: list[Told]) -> frozenset[str]:
    names = sorted({each.of for each in told if each.of})
    found: set[str] = set()
    for batch in _batches(names):
        rows = Movement.objects.filter(rail=rail, kind=Kind.CAPTURE.value, remote_id__in=batch)
        found |= set(rows.values_list("remote_id", flat=True))
    return frozenset(found)


def _as_json(found: Found) -> dict[str, Any]:
    def side(line: Line | None) -> dict[str, Any] | None:
        if line is None:
            return None
        return {**asdict(line), "at": line.at.isoformat(), "kind": str(line.kind)}

    return {
        "difference": str(found.difference),
        "remote_id": found.remote_id,
        "ours": side(found.ours),
        "theirs": side(found.theirs),
    }
