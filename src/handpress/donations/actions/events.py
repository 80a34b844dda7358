"""What companies send: kept and acknowledged first, understood afterwards.

An event is never believed. It names something, and what is true of that is asked for; a
company that signs is believed in so far as to be asked at all.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from handpress.accounts.counting import count_use
from handpress.donations import sealing
from handpress.donations.actions.absorbing import absorb_snapshot, pledge_of
from handpress.donations.actions.donors import have_key
from handpress.donations.actions.outcomes import take_snapshot
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Company, Events, EventTold, Snapshot, State
from handpress.donations.companies.errors import (
    CannotVerify,
    CompanyError,
    Forged,
)
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.core.limits import EVENTS_NETWORK
from handpress.donations.models import Attempt, CompanyEvent, EventState, Purpose, Rail

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
KEPT = timedelta(days=90)
TRIED_FOR = timedelta(days=30)
"""For so long an event is asked about that cannot be; then the nightly comparison must do."""
_CERTAIN = (State.DONE, State.PENDING)
_KEPT_HEADERS = ("paypal-", "stripe-", "webhook-", "btcpay-", "content-type")


def keep_event(
    rail: Rail, headers: Mapping[str, str], body: bytes, now: datetime, *, network: str = ""
) -> int:
    """Keep what a company sent; return how many events are new.

    Raises `Forged` for what the company did not sign, and `SecretsUnusable` where its keys
    are not there. What only the company itself can check is kept, and checked later; of such
    things so many are taken from one ``network``, then `LimitReached` is raised.

    What is signed costs one commit: who sends it waits, and on SQLite one writes at a time.
    """
    company = open_company(rail)
    have_key()
    if company.caps.events is Events.SIGNED:
        return _keep(rail, company.read_events(headers, body), headers, body, now)
    # Checked in the background, since that may ask the company; equal ones within a minute are one.
    digest = hashlib.sha256(body + now.strftime("%Y%m%d%H%M").encode()).hexdigest()
    with transaction.atomic():
        count_use(EVENTS_NETWORK, network, now)
        return _keep(rail, [EventTold(f"raw-{digest}", "", "")], headers, body, now)


def _keep(
    rail: Rail,
    events: list[EventTold],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> int:
    kept = {name: value for name, value in headers.items() if name.startswith(_KEPT_HEADERS)}
    sealed = ""
    new = 0
    for event in events:
        if not sealed:
            text = json.dumps({"headers": kept, "body": body.decode("utf-8", "replace")})
            sealed = sealing.seal_text(text)
        try:
            with transaction.atomic():
                CompanyEvent.objects.create(
                    rail=rail,
                    event_id=event.event_id[:200],
                    remote_id=event.remote_id[:300],
                    kind=event.kind[:120],
                    sealed=sealed,
                    look_at=now,
                    came_at=now,
                )
        except IntegrityError:
            # Sent once more. What says nothing but a name may be about something new.
            if event.event_id.startswith("raw-"):
                rows = CompanyEvent.objects.filter(rail=rail, event_id=event.event_id)
                rows.update(state=EventState.NEW, look_at=now)
            continue
        new += 1
    return new


def due_events(now: datetime, most: int = 100) -> list[CompanyEvent]:
    """Return events that wait to be understood, the oldest first."""
    rows = CompanyEvent.objects.filter(state=EventState.NEW, look_at__lte=now)
    return list(rows.select_related("rail__sponsor").order_by("look_at", "pk")[:most])


def understand(event: CompanyEvent, *, now: datetime, company: Company | None = None) -> EventState:
    """Ask what is true of what an event names, and book it; return what became of the event."""
    try:
        company = company or open_company(event.rail)
        if event.event_id.startswith("raw-"):
            return _understand_raw(event, company, now)
        found = look_up(event.rail, event.remote_id, company, now)
    except Forged as error:
        return _note(event, EventState.REJECTED, str(error), sealed="")
    except (CannotVerify, CompanyError, SecretsUnusable) as error:
        return _try_later(event, str(error), now)
    return _note(event, EventState.DONE if found else EventState.IGNORED)


def look_up(rail: Rail, remote_id: str, company: Company, now: datetime) -> bool:
    """Ask a company about one thing and book what is true; False where it knows no such thing."""
    if not remote_id:
        return False
    with understood():
        snapshot = company.look_up(remote_id)
    if snapshot is None:
        return False
    names = {remote_id, snapshot.remote_id} - {""}
    attempt = _attempt_of(rail, names, snapshot)
    if attempt is not None:
        take_snapshot(attempt, snapshot, now)
    else:
        absorb_snapshot(rail, snapshot, now=now, names=names)
    return True


def _attempt_of(rail: Rail, names: set[str], snapshot: Snapshot) -> Attempt | None:
    """Return the attempt that something is about: by its name, or as what else came of its pledge.

    A pledge may have had several: what one of them came to says nothing of the others, unless
    money has come.
    """
    rows = Attempt.objects.filter(rail=rail).exclude(purpose=Purpose.REFUND)
    rows = rows.select_related("rail__sponsor", "pledge__plan__donor", "pledge__donor")
    if named := rows.filter(remote_id__in=names).order_by("pk").last():
        return named
    pledge = pledge_of(snapshot.reference)
    if pledge is None or snapshot.state not in _CERTAIN:
        return None
    others = list(rows.filter(pledge=pledge).order_by("pk"))
    nameless = [each for each in others if not each.remote_id]
    return others[0] if len(others) == 1 else (nameless[-1] if nameless else None)


def _understand_raw(event: CompanyEvent, company: Company, now: datetime) -> EventState:
    if not event.sealed:
        return _note(event, EventState.IGNORED)
    kept = json.loads(sealing.unseal_text(event.sealed))
    with understood():
        told = company.read_events(kept["headers"], kept["body"].encode())
    found = False
    for each in told:
        found = look_up(event.rail, each.remote_id, company, now) or found
    if told:
        CompanyEvent.objects.filter(pk=event.pk).update(
            remote_id=told[0].remote_id[:300], kind=told[0].kind[:120]
        )
    return _note(event, EventState.DONE if found else EventState.IGNORED)


def _try_later(event: CompanyEvent, words: str, now: datetime) -> EventState:
    age = now - event.came_at
    if age > TRIED_FOR:
        logger.error("event_failed", extra={"rail": event.rail_id, "event": event.pk})
        return _note(event, EventState.FAILED, words)
    longest = 600 if age < timedelta(days=1) else 6 * 3600
    wait = timedelta(seconds=min(15 * 2 ** min(event.tries, 12), longest))
    CompanyEvent.objects.filter(pk=event.pk).update(
        tries=F("tries") + 1, look_at=now + wait, error=words[:300]
    )
    event.refresh_from_db()
    return EventState.NEW


def _note(event: CompanyEvent, state: EventState, words: str = "", **changes: str) -> EventState:
    # What was sent once more meanwhile may be about something newer.
    rows = CompanyEvent.objects.filter(pk=event.pk, look_at=event.look_at)
    rows.update(state=state, error=words[:300], look_at=None, **changes)
    event.refresh_from_db()
    return state


def replay(event: CompanyEvent, now: datetime) -> None:
    """Have an event understood once more; what is known already changes nothing."""
    CompanyEvent.objects.filter(pk=event.pk).exclude(state=EventState.REJECTED).update(
        state=EventState.NEW, tries=0, look_at=now, error=""
    )


def drop_bodies(now: datetime) -> int:
    """Forget what old events said; that they came stays known."""
    rows = CompanyEvent.objects.filter(came_at__lt=now - KEPT).exclude(sealed="")
    return rows.update(sealed="")
