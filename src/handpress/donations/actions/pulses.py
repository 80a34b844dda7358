"""How companies' rails are, kept in the database: every process sees the same, at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from random import random

from django.db import transaction
from django.db.models import Q, QuerySet

from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Company, Standing
from handpress.donations.companies.errors import CompanyError, CompanyRevoked
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.core import pulse as rules
from handpress.donations.core.pulse import Beat, Pulse
from handpress.donations.models import (
    COMPANY_KINDS,
    Health,
    HealthChange,
    Rail,
    RailHealth,
    RailState,
)
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

ALARMS = frozenset({Beat.REVOKED, Beat.PAYOUTS_BLOCKED})


def note_failure(rail: Rail, now: datetime, words: str, *, is_closed: bool = False) -> None:
    """Note that a company failed a request; ``is_closed`` that it refuses our key."""
    if is_closed:
        _change(rail, now, lambda p: rules.after_bad_check(p, Beat.REVOKED, now, words[:300]))
    else:
        _change(rail, now, lambda p: rules.after_failure(p, now, words[:300]))


def note_success(rail: Rail, now: datetime) -> None:
    """Note that a company answered a request."""
    _change(rail, now, lambda p: rules.after_success(p, now))


def check_rail(rail: Rail, now: datetime, company: Company | None = None) -> Health:
    """Ask a company how our account is, and note it; return how the rail is now."""
    try:
        with understood():
            found = (company or open_company(rail)).check()
    except (SecretsUnusable, CompanyRevoked) as error:
        words = str(error)[:300]
        return _change(
            rail, now, lambda p: rules.after_bad_check(p, Beat.REVOKED, now, words), checked=True
        )
    except CompanyError as error:
        words = str(error)[:300]
        return _change(rail, now, lambda p: rules.after_failed_check(p, now, words), checked=True)
    match found.standing:
        case Standing.UP:
            return _change(rail, now, lambda p: rules.after_good_check(p, now), checked=True)
        case Standing.REVOKED:
            beat = Beat.REVOKED
        case _:
            beat = Beat.PAYOUTS_BLOCKED
    return _change(
        rail, now, lambda p: rules.after_bad_check(p, beat, now, found.words[:300]), checked=True
    )


def check_soon(rail: Rail, now: datetime) -> None:
    """Have a company asked how our account is within seconds."""
    RailHealth.objects.filter(rail=rail).update(check_at=now)


def rails_to_check(now: datetime) -> list[Rail]:
    """Return companies' rails whose check is due; paused ones too, since money lies there."""
    return _DUE.rows(now)


def _due(now: datetime) -> QuerySet[Rail]:
    rows = Rail.objects.filter(kind__in=COMPANY_KINDS).exclude(state=RailState.RETIRED)
    due = Q(health__isnull=True) | Q(health__check_at__isnull=True) | Q(health__check_at__lte=now)
    return rows.filter(due).select_related("sponsor")


_DUE = Prepared(_due)


def working(rails: Iterable[Rail]) -> list[Rail]:
    """Return the rails that donors can be offered: bank and cheque always, companies that work."""
    some = list(rails)
    ids = [rail.pk for rail in some if rail.is_company]
    off = (
        set(
            RailHealth.objects.filter(rail__in=ids)
            .exclude(state__in=rules.OFFERED)
            .values_list("rail_id", flat=True)
        )
        if ids
        else set()
    )
    return [rail for rail in some if rail.pk not in off]


@transaction.atomic
def _change(
    rail: Rail, now: datetime, change: Callable[[Pulse], Pulse], *, checked: bool = False
) -> Health:
    row = _HEALTH.first(rail.pk)
    if row is None:
        RailHealth.objects.get_or_create(rail=rail)
        row = RailHealth.objects.select_for_update().get(rail=rail)
    before = _pulse(row)
    after = change(before)
    if after == before and not checked:
        return Health(row.state)
    for name, value in asdict(after).items():
        if name != "beat":
            setattr(row, name, value)
    row.check_at = _jittered(after.check_at, now)
    if checked:
        row.checked_at = now
    if after.beat != before.beat:
        row.state, row.since = Health(after.beat), now
        HealthChange.objects.create(rail=rail, state=row.state, at=now)
        tell = logger.error if after.beat in ALARMS else logger.warning
        tell("rail_health", extra={"rail": rail.pk, "state": str(after.beat), "why": after.words})
    row.save()
    return Health(row.state)


_HEALTH = Prepared(lambda rail: RailHealth.objects.select_for_update().filter(rail=rail))


def _pulse(row: RailHealth) -> Pulse:
    return Pulse(
        beat=Beat(row.state),
        failures=row.failures,
        failed_at=row.failed_at,
        opened=row.opened,
        good_checks=row.good_checks,
        check_at=row.check_at,
        words=row.words,
    )


def _jittered(at: datetime | None, now: datetime) -> datetime | None:
    """Spread checks a little, so that many newsrooms do not ask at the same second."""
    if at is None:
        return None
    wait = (at - now).total_seconds()
    return at + timedelta(seconds=wait * 0.1 * random()) if wait > 60 else at  # noqa: S311
