"""What donations do in the background: charge what is due, look at what was begun, hear companies,
hold the books against their lists at night, and set receipts.

Every step finds in the database what is to be done, and may be killed and done again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
)

from handpress.donations.actions.asking_anew import ask_again
from handpress.donations.actions.collecting import (
    charge_lost_again,
    collect_due,
    try_declined_again,
)
from handpress.donations.actions.events import drop_bodies, due_events, understand
from handpress.donations.actions.looking import due_attempts, look_again
from handpress.donations.actions.lost_orders import ask_to_change
from handpress.donations.actions.plans import mandates_to_end, tell_company
from handpress.donations.actions.pulses import check_rail, rails_to_check
from handpress.donations.actions.reconciling import reconcile_nightly
from handpress.donations.models import Attempt, CompanyEvent, EventState, Mandate, Rail
from handpress.donations.receipt_tasks import make_waiting_pdfs
from handpress.lib import clock
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_DUE_EVERY_S = 60.0
_DAY_S = 86_400.0
_PDFS_AT_ONCE = 20
_AFTER_TROUBLE_S = 5.0
_AFTER_FAULT = timedelta(minutes=5)
_TELL_EVERY = timedelta(minutes=5)
_tell_again: dict[int, datetime] = {}
"""When companies that did not answer are told once more that a mandate ended; lost with the
process, and then they are told at once."""


class Stop(Protocol):
    """What ends the work: an event of threads or processes."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def companies_forever(stop: Stop) -> None:
    """Do all that companies have to do with, until ``stop`` is set."""
    next_due = next_tidying = time.monotonic()
    while not stop.is_set():
        pause = _LOOK_EVERY_S
        try:
            now = clock.now()
            work_once(now, is_stopping=stop.is_set)
            if time.monotonic() >= next_due:
                work_due(now)
                next_due = time.monotonic() + _DUE_EVERY_S
                reconcile_nightly(now, is_stopping=stop.is_set)
            make_waiting_pdfs(_PDFS_AT_ONCE)
            if time.monotonic() >= next_tidying:
                drop_bodies(now)
                next_tidying = time.monotonic() + _DAY_S
        except (OSError, DatabaseError, RuntimeError):
            logger.exception("companies_failed")
            close_old_connections()
            pause = _AFTER_TROUBLE_S
        except Exception as error:
            # Whatever it is, gifts must be heard of; its words may hold what a donor told.
            logger.error("companies_failed", extra={"error": type(error).__name__})
            pause = _AFTER_TROUBLE_S
        stop.wait(pause)
    close_old_connections()


Job = Callable[[datetime], bool]
"""Does one thing at a moment; False where the company was not there."""


def work_once(now: datetime, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Do what waits now: events, attempts, checks, mandates that ended; return how much it was.

    One thing's fault does not hinder another. A company that does not answer is asked for one
    thing and not for all the others of this round: whoever waits for it must not keep waiting
    those who wait for another.
    """
    done = 0
    began = time.monotonic()
    silent: set[int] = set()
    for rail, about, job in _jobs(now):
        if is_stopping():
            return done
        if rail in silent:
            continue
        # What goes on for a while must not act as if it were still the moment it began.
        moment = now + timedelta(seconds=time.monotonic() - began)
        is_reached = _safely(job, about, moment)
        if is_reached is False:
            silent.add(rail)
        done += is_reached is not None
    return done


def _jobs(now: datetime) -> Iterator[tuple[int, Attempt | CompanyEvent | None, Job]]:
    """Yield what waits: whose company it is, what it is about, and how it is done."""
    for event in due_events(now) if _EVENTS.finds(now) else ():
        yield event.rail_id, event, partial(_understand, event)
    for attempt in due_attempts(now):
        yield attempt.rail_id, attempt, partial(_look_again, attempt)
    for rail in rails_to_check(now):
        yield -rail.pk, None, partial(_check, rail)
    waiting = [pk for pk, until in _tell_again.items() if now < until <= now + _TELL_EVERY]
    for mandate in mandates_to_end(now, waiting):
        yield mandate.rail_id, None, partial(_tell, mandate)


_EVENTS = Prepared(
    lambda now: CompanyEvent.objects.filter(state=EventState.NEW, look_at__lte=now).values_list(
        "pk"
    )[:1]
)


def _understand(event: CompanyEvent, now: datetime) -> bool:
    return understand(event, now=now) != EventState.NEW


def _look_again(attempt: Attempt, now: datetime) -> bool:
    return look_again(attempt, now=now).is_reached


def _tell(mandate: Mandate, now: datetime) -> bool:
    is_told = tell_company(mandate, now)
    if is_told:
        _tell_again.pop(mandate.pk, None)
    else:
        _tell_again[mandate.pk] = now + _TELL_EVERY
    return is_told


def _check(rail: Rail, now: datetime) -> bool:
    check_rail(rail, now)
    return True


def _safely(job: Job, about: Attempt | CompanyEvent | None, now: datetime) -> bool | None:
    """Do something; return what it says, None where a fault of ours hindered it."""
    try:
        return job(now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Its words may hold what a donor told.
        logger.error(
            "company_work_failed",
            extra={"about": str(about), "error": type(error).__name__},
        )
        if about is not None:
            type(about).objects.filter(pk=about.pk).update(look_at=now + _AFTER_FAULT)
        return None


def work_due(now: datetime) -> int:
    """Write down what is due: monthly gifts, second tries, letters that ask to agree anew or to
    change a standing order."""
    done = collect_due(now) + try_declined_again(now) + charge_lost_again(now)
    return done + ask_again(now) + ask_to_change(now)
