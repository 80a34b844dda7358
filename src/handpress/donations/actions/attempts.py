"""Asking companies: written down and committed before a byte goes out, and never twice.

An attempt has one key for its whole life. Whoever is killed between two lines leaves a row from
which the next one goes on (`actions.looking`): what was never sent is sent, what may have been sent
is looked for, and sent again under the same key only as long as the company knows the key.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from handpress.donations.actions import charging
from handpress.donations.actions.outcomes import (
    Outcome,
    end,
    note_changes,
    read_again,
    read_locked,
    take_answer,
    take_failure,
    take_no_keys,
)
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Begun, Company, Order, Snapshot, Urls
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Movement,
    Pledge,
    Purpose,
    Rail,
)
from handpress.press.prepared import Prepared

LEASE = timedelta(seconds=90)
"""Longer than a company is waited for."""
MARGIN = timedelta(minutes=10)
"""How long before its end a company's memory for keys is no longer trusted."""
_WAITS_S = 8.0
_TO_SEND = (AttemptState.PREPARED, AttemptState.UNKNOWN, AttemptState.SENT)


def prepare(
    pledge: Pledge,
    purpose: Purpose,
    asked: dict[str, Any],
    *,
    now: datetime,
    refund_of: Movement | None = None,
    key: str = "",
    rail: Rail | None = None,
) -> Attempt:
    """Write down what is to be asked, in the caller's transaction; nothing is sent yet.

    A page or a charge that is under way for the pledge already is returned instead; a page of
    another company's is left for the new one. A refund needs a ``key`` of its own and
    ``refund_of``, whose rail it goes by; anything else goes by ``rail``, or the pledge's.
    """
    if purpose == Purpose.REFUND:
        if refund_of is None or not key:
            raise ValueError("a refund says of what, and has a key of its own")
        rail = refund_of.rail
    else:
        rail = rail or pledge.rail
        there = _open_attempt(pledge, purpose)
        if there and not _is_left(there, rail, now):
            return there
        number = pledge.attempts.filter(purpose=purpose).count() + 1
        key = f"hp-{pledge.reference}-{purpose}-{number}"
    values = {
        "rail": rail,
        "pledge": pledge,
        "purpose": purpose,
        "asked": asked,
        "refund_of": refund_of,
        "created_at": now,
        # A page is sent by whoever prepares it; if not, nobody waits for it any more.
        "look_at": now + LEASE if purpose == Purpose.BEGIN else now,
    }
    try:
        with transaction.atomic():
            return Attempt.objects.get_or_create(key=key, defaults=values)[0]
    except IntegrityError:
        # Somebody else was faster, between our look and our count.
        faster = _open_attempt(pledge, purpose)
        if faster is None or purpose == Purpose.REFUND:
            raise
        return faster


def _open_attempt(pledge: Pledge, purpose: Purpose) -> Attempt | None:
    found = _OPEN.first(pledge.pk, purpose.value)
    if found is not None:
        found.pledge = pledge
    return found


_OPEN = Prepared(
    lambda pledge, purpose: (
        Attempt.objects.filter(pledge=pledge, purpose=purpose)
        .exclude(state__in=SETTLED)
        .select_related("rail__sponsor")
        .order_by("-pk")
    )
)


def _is_left(there: Attempt, rail: Rail, now: datetime) -> bool:
    """Leave a page for one at another company, where its donor has chosen that."""
    if there.purpose != Purpose.BEGIN or there.rail_id == rail.pk:
        return False
    return end(there, AttemptState.DEAD, "left", now).attempt.state == AttemptState.DEAD


def send(
    attempt: Attempt,
    *,
    now: datetime,
    company: Company | None = None,
    held: datetime | None = None,
    waits: bool = True,
) -> Outcome:
    """Ask the company, once; return what became of it. Never inside a transaction.

    Whoever comes second while it is being asked waits for the first one's answer, if ``waits``.
    ``held`` is the lease of somebody who has looked for it, and found nothing.
    """
    try:
        company = company or open_company(attempt.rail)
    except SecretsUnusable as error:
        return take_no_keys(attempt, str(error), now)
    claimed = claim(attempt, now, company.key_lasts, held)
    if claimed is None:
        return Outcome(_wait_for(attempt) if waits else read_again(attempt))
    try:
        with understood():
            answer = _ASKS[Purpose(attempt.purpose)](company, attempt)
    except CompanyError as error:
        return take_failure(attempt, error, now, is_first=claimed.is_first)
    return take_answer(attempt, answer, now)


@dataclass(frozen=True, slots=True)
class Claim:
    """That an attempt is ours to send; ``is_first``: it was never sent before."""

    is_first: bool


@transaction.atomic
def claim(attempt: Attempt, now: datetime, lasts: timedelta, held: datetime | None) -> Claim | None:
    """Make an attempt ours to send; committed before anything goes out.

    None where somebody else sends it, it was sent, the company has forgotten its key (``lasts``
    is how long it is known), or a charge is not wanted any more.
    """
    if attempt.purpose == Purpose.CHARGE and not charging.is_wanted(attempt, now, held):
        return None
    read_locked(attempt)
    lease, first = attempt.leased_until, attempt.sent_at
    is_free = lease is None or lease < now or lease == held
    if attempt.state not in _TO_SEND or not is_free or not is_remembered(attempt, now, lasts):
        return None
    changes = {
        "state": AttemptState.SENT,
        "sent_at": first or now,
        "leased_until": now + LEASE,
        "look_at": now + LEASE,
    }
    Attempt.objects.filter(pk=attempt.pk).update(**changes)
    note_changes(attempt, changes)
    return Claim(is_first=first is None)


def is_remembered(attempt: Attempt, now: datetime, lasts: timedelta) -> bool:
    """Say whether an attempt may be sent (once more): its key is new, or surely known there."""
    return attempt.sent_at is None or now - attempt.sent_at < lasts - MARGIN


def _wait_for(attempt: Attempt) -> Attempt:
    ends = time.monotonic() + _WAITS_S
    while read_again(attempt).state == AttemptState.SENT and time.monotonic() < ends:
        time.sleep(0.05)
    return attempt


# --- what is asked ---------------------------------------------------------------------------


def _begin(company: Company, attempt: Attempt) -> Begun:
    asked = attempt.asked
    return company.begin(_order(asked), Urls(**asked["urls"]), key=attempt.key)


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
