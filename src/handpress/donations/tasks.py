"""What donations do in the background: charge what is due, look at what was begun, hear companies.

Every step finds in the database what is to be done, and may be killed and done again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import DatabaseError, close_old_connections

from handpress.donations.actions.attempts import due_attempts, look_again
from handpress.donations.actions.collecting import (
    charge_lost_again,
    collect_due,
    mandates_to_end,
    try_declined_again,
)
from handpress.donations.actions.events import drop_bodies, due_events, understand
from handpress.donations.actions.plans import ask_again, tell_company
from handpress.donations.actions.pulses import check_rail, rails_to_check
from handpress.donations.models import Mandate
from handpress.donations.sealing import KeysUnusable
from handpress.lib import clock

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_DUE_EVERY_S = 60.0
_DAY_S = 86_400.0
_AFTER_TROUBLE_S = 5.0
_AFTER_FAULT = timedelta(minutes=5)


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
            if time.monotonic() >= next_tidying:
                drop_bodies(now)
                next_tidying = time.monotonic() + _DAY_S
        except (OSError, DatabaseError, RuntimeError):
            logger.exception("companies_failed")
            close_old_connections()
            pause = _AFTER_TROUBLE_S
        stop.wait(pause)
    close_old_connections()


def work_once(now: datetime, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Do what waits now: events, attempts, checks, mandates that ended; return how much it was.

    One thing's fault does not hinder another.
    """
    done = 0
    jobs: list[tuple[Callable[..., Any], Any]] = [
        *((understand, each) for each in due_events(now)),
        *((look_again, each) for each in due_attempts(now)),
    ]
    for job, each in jobs:
        if is_stopping():
            return done
        done += _safely(job, each, now=now)
    for rail in rails_to_check(now):
        done += _safely(check_rail, rail, now)
    for pk in mandates_to_end():
        mandate = Mandate.objects.select_related("rail").get(pk=pk)
        done += _safely(tell_company, mandate, now)
    return done


def work_due(now: datetime) -> int:
    """Write down what is due: monthly gifts, second tries, letters that ask to agree anew."""
    return collect_due(now) + try_declined_again(now) + charge_lost_again(now) + ask_again(now)


def _safely(job: Callable[..., Any], about: Any, *args: Any, **kwargs: Any) -> int:
    try:
        job(about, *args, **kwargs)
    except (DatabaseError, KeysUnusable):
        raise
    except Exception:
        # A fault in how one company's answer is read must not keep the others waiting.
        logger.exception("company_work_failed", extra={"job": job.__name__})
        if hasattr(about, "look_at"):
            later = clock.now() + _AFTER_FAULT
            type(about).objects.filter(pk=about.pk).update(look_at=later)
        return 0
    return 1
