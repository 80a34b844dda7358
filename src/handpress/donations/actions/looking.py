"""Looking again at what was asked: until it is known what became of it, and no longer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from handpress.donations.actions.absorbing import absorb_snapshot
from handpress.donations.actions.attempts import LEASE, is_remembered, send
from handpress.donations.actions.charging import NEVER_ARRIVED
from handpress.donations.actions.outcomes import (
    Outcome,
    end,
    look_later,
    read_again,
    take_no_keys,
    take_snapshot,
)
from handpress.donations.actions.pulses import check_soon, note_failure
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Company, Snapshot, State
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    OutcomeUnknown,
)
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.models import SETTLED, Attempt, AttemptState, Purpose
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

_SKEW = timedelta(minutes=5)
"""By how much a company's clock may be behind ours."""
_MOST = 50
_NEWS = (State.DONE, State.PENDING, State.FAILED)


def due_attempts(now: datetime) -> list[Attempt]:
    """Return attempts that are to be looked at now, the longest waiting first."""
    return _DUE.rows(now)


def _due(now: datetime) -> QuerySet[Attempt]:
    rows = Attempt.objects.filter(look_at__lte=now).exclude(state__in=SETTLED)
    free = rows.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
    return free.select_related("rail__sponsor", "pledge__plan").order_by("look_at")[:_MOST]


_DUE = Prepared(_due)


def look_again(attempt: Attempt, *, now: datetime, company: Company | None = None) -> Outcome:
    """Do what an attempt waits for: send it, look at it, or look for it. Two do it once."""
    if attempt.state == AttemptState.PREPARED:
        if attempt.purpose == Purpose.BEGIN:
            # The donor has long gone; a page that nobody was sent to is not made.
            return end(attempt, AttemptState.DEAD, "left", now)
        return send(attempt, now=now, company=company, waits=False)
    if not _take_lease(attempt, now):
        return Outcome(attempt)
    try:
        company = company or open_company(attempt.rail)
        with understood():
            snapshot = _ask(attempt, company, now)
    except SecretsUnusable as error:
        return take_no_keys(attempt, str(error), now)
    except CompanyRevoked:
        # A list may be closed to us where gifts are not: the next check tells.
        check_soon(attempt.rail, now)
        return look_later(attempt, now)
    except (CompanyDown, OutcomeUnknown) as error:
        note_failure(attempt.rail, now, str(error))
        return look_later(attempt, now)
    except CompanyError as error:
        logger.error("look_refused", extra={"attempt": attempt.pk, "why": str(error)[:200]})
        return look_later(attempt, now)
    return _judge(attempt, snapshot, company, now)


def _take_lease(attempt: Attempt, now: datetime) -> bool:
    """Keep everybody else away for a while; False where somebody else was here since."""
    rows = Attempt.objects.filter(pk=attempt.pk, state=attempt.state, look_at=attempt.look_at)
    free = rows.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
    if not free.update(leased_until=now + LEASE):
        read_again(attempt)
        return False
    attempt.leased_until = now + LEASE
    return True


def _ask(attempt: Attempt, company: Company, now: datetime) -> Snapshot | None:
    if attempt.state == AttemptState.ANSWERED:
        return company.look_up(attempt.remote_id)
    if attempt.purpose != Purpose.REFUND:
        since = (attempt.sent_at or attempt.created_at) - _SKEW
        found = company.find(attempt.pledge.reference, since=since)
        return found if found and _is_about(attempt, found) else None
    if is_remembered(attempt, now, company.key_lasts):
        return None
    return company.look_up(attempt.asked["capture"])


def _is_about(attempt: Attempt, found: Snapshot) -> bool:
    """Say whether what was found is this attempt's: a pledge may have had others before it."""
    others = Attempt.objects.filter(rail=attempt.rail, remote_id=found.remote_id)
    return not others.exclude(pk=attempt.pk).exclude(remote_id="").exists()


def _judge(attempt: Attempt, snapshot: Snapshot | None, company: Company, now: datetime) -> Outcome:
    """Decide what was found about an attempt that we hold."""
    if attempt.state == AttemptState.ANSWERED:
        if snapshot is None:
            return end(attempt, AttemptState.DEAD, "unknown-there", now)
        return take_snapshot(attempt, snapshot, now)
    if attempt.purpose == Purpose.REFUND:
        return _judge_refund(attempt, snapshot, company, now)
    if snapshot is not None and snapshot.state in _NEWS:
        return take_snapshot(attempt, snapshot, now)
    if attempt.purpose == Purpose.BEGIN:
        # Nobody was sent to it, so nobody pays by it.
        return end(attempt, AttemptState.DEAD, "left", now)
    if is_remembered(attempt, now, company.key_lasts):
        return _send_again(attempt, company, now)
    if snapshot is not None:
        return take_snapshot(attempt, snapshot, now)
    return end(attempt, AttemptState.DEAD, NEVER_ARRIVED, now)


def _judge_refund(
    attempt: Attempt, snapshot: Snapshot | None, company: Company, now: datetime
) -> Outcome:
    if is_remembered(attempt, now, company.key_lasts):
        return _send_again(attempt, company, now)
    if snapshot is not None:
        absorb_snapshot(attempt.rail, snapshot, now=now)
    # Whether one of the refunds there is this one, only a person can tell.
    logger.error("refund_outcome_unknown", extra={"attempt": attempt.pk})
    return end(attempt, AttemptState.DEAD, "outcome-unknown", now)


def _send_again(attempt: Attempt, company: Company, now: datetime) -> Outcome:
    return send(attempt, now=now, company=company, held=attempt.leased_until, waits=False)
