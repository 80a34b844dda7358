"""Asking companies: written down and committed before a byte goes out, and never twice.

An attempt has one key for its whole life. Whoever is killed between two lines leaves a row from
which the next one goes on: what was never sent is sent, what may have been sent is looked for, and
sent again under the same key only as long as the company knows the key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from handpress.donations.actions.absorbing import absorb_snapshot
from handpress.donations.actions.following import follow_attempt
from handpress.donations.actions.pulses import note_failure, note_success
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Begun, Company, Order, Snapshot, State, Urls
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    Declined,
    NeedsDonor,
    OutcomeUnknown,
)
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Movement,
    Pledge,
    Purpose,
)
from handpress.lib import clock

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than a company is waited for."""
_MARGIN = timedelta(minutes=10)
"""How long before its end a company's memory for keys is no longer trusted."""
_SKEW = timedelta(minutes=5)
_LOOKS = (20, 60, 120, 300, 600, 900, 1800, 3600)
_UNKNOWN_LOOKS = (15, 60, 180, 300, 600)
_GIVEN_UP = timedelta(days=4)
"""When a page that nobody used is no longer asked about; what comes later is told by events."""

NEEDS_DONOR = "needs_donor"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of sending: the attempt as it is now."""

    attempt: Attempt

    @property
    def url(self) -> str:
        """The company's page that waits for the donor, or "" where there is none."""
        is_open = self.attempt.state == AttemptState.ANSWERED
        return self.attempt.url if is_open else ""


def prepare(
    pledge: Pledge,
    purpose: Purpose,
    asked: dict[str, Any],
    *,
    now: datetime,
    refund_of: Movement | None = None,
    key: str = "",
) -> Attempt:
    """Write down what is to be asked, in the caller's transaction; nothing is sent yet.

    A page or a charge that is under way for the pledge already is returned instead.
    """
    if purpose != Purpose.REFUND:
        there = _open_attempt(pledge, purpose)
        if there:
            return there
        number = pledge.attempts.filter(purpose=purpose).count() + 1
        key = f"hp-{pledge.reference}-{purpose}-{number}"
    attempt, _ = Attempt.objects.get_or_create(
        key=key,
        defaults={
            "rail": pledge.rail if refund_of is None else refund_of.rail,
            "pledge": pledge,
            "purpose": purpose,
            "asked": asked,
            "refund_of": refund_of,
            "look_at": now + (LEASE if purpose == Purpose.BEGIN else timedelta()),
        },
    )
    return attempt


def _open_attempt(pledge: Pledge, purpose: Purpose) -> Attempt | None:
    rows = pledge.attempts.filter(purpose=purpose).exclude(state__in=SETTLED)
    return rows.order_by("pk").last()


def send(attempt: Attempt, *, now: datetime, company: Company | None = None) -> Outcome:
    """Ask the company, once; return what became of it. Never inside a transaction.

    Whoever comes second while it is being asked waits for the first one's answer.
    """
    if not _claim(attempt, now):
        return Outcome(_wait_for(attempt))
    try:
        company = company or open_company(attempt.rail)
    except SecretsUnusable as error:
        logger.error("rail_without_keys", extra={"rail": attempt.rail_id})
        note_failure(attempt.rail, now, str(error), is_closed=True)
        return _end(attempt, AttemptState.DEAD, "no-keys")
    try:
        return _settle(attempt, _ASKS[Purpose(attempt.purpose)](company, attempt), now)
    except CompanyError as error:
        return _failed(attempt, error, now)


def _claim(attempt: Attempt, now: datetime) -> bool:
    """Make it ours to send; committed before anything goes out."""
    rows = Attempt.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=now),
        pk=attempt.pk,
        state__in=[AttemptState.PREPARED, AttemptState.UNKNOWN, AttemptState.SENT],
    )
    first = Attempt.objects.filter(pk=attempt.pk).values_list("sent_at", flat=True).first()
    done = rows.update(
        state=AttemptState.SENT,
        sent_at=first or now,
        leased_until=now + LEASE,
        look_at=now + LEASE,
    )
    attempt.refresh_from_db()
    return bool(done)


def _wait_for(attempt: Attempt, seconds: float = 8.0) -> Attempt:
    end = time.monotonic() + seconds
    while attempt.state == AttemptState.SENT and time.monotonic() < end:
        time.sleep(0.05)
        attempt.refresh_from_db()
    return attempt


# --- what is asked ---------------------------------------------------------------------------


def _begin(company: Company, attempt: Attempt) -> Begun:
    asked = attempt.asked
    urls = Urls(**asked["urls"])
    return company.begin(_order(asked), urls, key=attempt.key)


def _charge(company: Company, attempt: Attempt) -> Snapshot:
    return company.charge(attempt.asked["mandate"], _order(attempt.asked), key=attempt.key)


def _give_back(company: Company, attempt: Attempt) -> Snapshot:
    asked = attempt.asked
    return company.give_back(asked["capture"], asked["minor"], asked["currency"], key=attempt.key)


_ASKS: dict[Purpose, Callable[[Company, Attempt], Begun | Snapshot]] = {
    Purpose.BEGIN: _begin,
    Purpose.CHARGE: _charge,
    Purpose.REFUND: _give_back,
}


def order_of(pledge: Pledge, *, words: str, is_monthly: bool, language: str) -> dict[str, Any]:
    """Return what an order says, as it is kept: no donor's data is in it."""
    return {
        "reference": pledge.reference,
        "minor": pledge.amount_minor,
        "currency": pledge.currency,
        "words": words,
        "is_monthly": is_monthly,
        "language": language,
    }


def _order(asked: dict[str, Any]) -> Order:
    return Order(**asked["order"])


# --- what comes of it --------------------------------------------------------------------------


def _settle(attempt: Attempt, answer: Begun | Snapshot, now: datetime) -> Outcome:
    note_success(attempt.rail, now)
    if isinstance(answer, Snapshot):
        return take_snapshot(attempt, answer, now)
    _write(
        attempt,
        state=AttemptState.ANSWERED,
        remote_id=answer.remote_id,
        url=answer.url,
        look_at=now + timedelta(seconds=_LOOKS[0]),
        leased_until=None,
        looks=0,
    )
    return Outcome(attempt)


def take_snapshot(attempt: Attempt, snapshot: Snapshot, now: datetime) -> Outcome:
    """Book what is true of an attempt now, and move it on, in one transaction."""
    with transaction.atomic():
        absorbed = absorb_snapshot(attempt.rail, snapshot, attempt.pledge)
        attempt.refresh_from_db()
        was = attempt.state
        if was not in SETTLED or (absorbed.new and was != AttemptState.DONE):
            _move_on(attempt, snapshot, now)
        follow_attempt(
            attempt, now, snapshot=snapshot, new=absorbed.new, is_news=was != attempt.state
        )
    return Outcome(attempt)


def _move_on(attempt: Attempt, snapshot: Snapshot, now: datetime) -> None:
    changes: dict[str, Any] = {
        "remote_id": attempt.remote_id or snapshot.remote_id,
        "leased_until": None,
    }
    match snapshot.state:
        case State.DONE:
            changes |= {"state": AttemptState.DONE, "look_at": None, "ended_at": now, "code": ""}
        case State.FAILED:
            is_page = attempt.purpose == Purpose.BEGIN
            changes |= {
                "state": AttemptState.DEAD if is_page else AttemptState.DECLINED,
                "code": snapshot.code[:120] or "failed",
                "look_at": None,
                "ended_at": now,
            }
        case _:
            wait = _LOOKS[min(attempt.looks, len(_LOOKS) - 1)]
            is_over = (
                snapshot.state == State.OPEN
                and attempt.purpose == Purpose.BEGIN
                and now - attempt.created_at > _GIVEN_UP
            )
            changes |= {
                "state": AttemptState.DEAD if is_over else AttemptState.ANSWERED,
                "look_at": None if is_over else now + timedelta(seconds=wait),
                "looks": attempt.looks + 1,
            }
    _write(attempt, **changes)


def _failed(attempt: Attempt, error: CompanyError, now: datetime) -> Outcome:
    is_page = attempt.purpose == Purpose.BEGIN
    match error:
        case OutcomeUnknown():
            note_failure(attempt.rail, now, str(error))
            return _write(
                attempt,
                state=AttemptState.UNKNOWN,
                leased_until=None,
                look_at=now + timedelta(seconds=_UNKNOWN_LOOKS[0]),
                code=str(error)[:120],
            )
        case CompanyDown():
            note_failure(attempt.rail, now, str(error))
            if is_page:
                return _end(attempt, AttemptState.DEAD, "down")
            # Nothing was done there: the same is asked again, a little later.
            wait = _UNKNOWN_LOOKS[min(attempt.looks, len(_UNKNOWN_LOOKS) - 1)]
            return _write(
                attempt,
                state=AttemptState.PREPARED,
                leased_until=None,
                looks=attempt.looks + 1,
                look_at=now + timedelta(seconds=wait),
                code="down",
            )
        case CompanyRevoked():
            note_failure(attempt.rail, now, str(error), is_closed=True)
            return _end(attempt, AttemptState.DEAD, "revoked")
        case NeedsDonor():
            return _decline(attempt, NEEDS_DONOR, now)
        case Declined():
            return _decline(attempt, error.code, now, again=error.again)
        case _:
            logger.error(
                "company_refused", extra={"rail": attempt.rail_id, "why": str(error)[:200]}
            )
            return _end(attempt, AttemptState.DEAD, "refused")


def _end(attempt: Attempt, state: AttemptState, code: str) -> Outcome:
    return _write(
        attempt,
        state=state,
        code=code[:120],
        leased_until=None,
        look_at=None,
        ended_at=clock.now(),
    )


@transaction.atomic
def _decline(
    attempt: Attempt, code: str, now: datetime, *, again: timedelta | None = None
) -> Outcome:
    outcome = _end(attempt, AttemptState.DECLINED, code)
    follow_attempt(attempt, now, again=again)
    return outcome


def _write(attempt: Attempt, **changes: Any) -> Outcome:
    Attempt.objects.filter(pk=attempt.pk).update(**changes)
    attempt.refresh_from_db()
    return Outcome(attempt)


# --- looking again --------------------------------------------------------------------------


def due_attempts(now: datetime, most: int = 50) -> list[Attempt]:
    """Return attempts that are to be looked at now, the longest waiting first."""
    rows = Attempt.objects.filter(look_at__lte=now).exclude(state__in=SETTLED)
    free = rows.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
    return list(free.select_related("rail__sponsor", "pledge__plan").order_by("look_at")[:most])


def look_again(attempt: Attempt, *, now: datetime, company: Company | None = None) -> Outcome:
    """Do what an attempt waits for: send it, look at it, or look for it."""
    if attempt.state == AttemptState.PREPARED:
        if attempt.purpose == Purpose.BEGIN:
            # The donor has long gone; a page that nobody was sent to is not made.
            return _end(attempt, AttemptState.DEAD, "left")
        return send(attempt, now=now, company=company)
    try:
        company = company or open_company(attempt.rail)
        if attempt.state == AttemptState.ANSWERED:
            return _look_at(attempt, company, now)
        return _look_for(attempt, company, now)
    except SecretsUnusable as error:
        note_failure(attempt.rail, now, str(error), is_closed=True)
        return _later(attempt, now)
    except CompanyError as error:
        note_failure(attempt.rail, now, str(error), is_closed=isinstance(error, CompanyRevoked))
        return _later(attempt, now)


def _later(attempt: Attempt, now: datetime) -> Outcome:
    wait = _UNKNOWN_LOOKS[min(attempt.looks, len(_UNKNOWN_LOOKS) - 1)]
    return _write(
        attempt,
        looks=F("looks") + 1,
        look_at=now + timedelta(seconds=wait),
    )


def _look_at(attempt: Attempt, company: Company, now: datetime) -> Outcome:
    snapshot = company.look_up(attempt.remote_id)
    if snapshot is None:
        return _end(attempt, AttemptState.DEAD, "unknown-there")
    return take_snapshot(attempt, snapshot, now)


def _look_for(attempt: Attempt, company: Company, now: datetime) -> Outcome:
    """Find out what became of something that may have been sent."""
    sent_at = attempt.sent_at or attempt.created_at
    is_remembered = now - sent_at < company.key_lasts - _MARGIN
    if attempt.purpose == Purpose.REFUND:
        if is_remembered:
            return send(attempt, now=now, company=company)
        snapshot = company.look_up(attempt.asked["capture"])
        if snapshot is not None:
            absorb_snapshot(attempt.rail, snapshot)
        # Whether one of the refunds there is this one, only a person can tell.
        return _end(attempt, AttemptState.DEAD, "outcome-unknown")
    snapshot = company.find(attempt.pledge.reference, since=sent_at - _SKEW)
    is_page = attempt.purpose == Purpose.BEGIN
    if snapshot is not None and not (is_page and snapshot.state == State.OPEN):
        return take_snapshot(attempt, snapshot, now)
    if is_page:
        # Nobody was sent to it, so nobody pays by it.
        return _end(attempt, AttemptState.DEAD, "left")
    if is_remembered:
        return send(attempt, now=now, company=company)
    return _end(attempt, AttemptState.DEAD, "never-arrived")
