"""What comes of asking a company: booked, and the attempt moved on, in one transaction.

Locks are taken in one order everywhere: the books, the plan, the attempt.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from handpress.donations.actions.absorbing import absorb_snapshot
from handpress.donations.actions.following import follow_attempt
from handpress.donations.actions.pulses import note_failure, note_success
from handpress.donations.companies.contract import Begun, Snapshot, State
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    Declined,
    NeedsDonor,
    OutcomeUnknown,
)
from handpress.donations.models import SETTLED, Attempt, AttemptState, Plan, Purpose
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

LOOKS = (20, 60, 120, 300, 600, 900, 1800, 3600)
UNKNOWN_LOOKS = (15, 60, 180, 300, 600)
GIVEN_UP = timedelta(days=4)
"""When what nobody finishes is no longer asked about; what comes later is told by events."""

NEEDS_DONOR = "needs_donor"
MOVING = (
    "state remote_id url code again_on looks look_at leased_until sent_at ended_at asked"
).split()
"""The fields of an attempt that change, or may have been read wrongly."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of asking: the attempt as it is now, and whether the company was there."""

    attempt: Attempt
    is_reached: bool = True

    @property
    def url(self) -> str:
        """The company's page that waits for the donor, or "" where there is none."""
        is_open = self.attempt.state == AttemptState.ANSWERED
        return self.attempt.url if is_open else ""


def read_again(attempt: Attempt) -> Attempt:
    """Bring an attempt to what the database says, and keep what hangs on it."""
    return _bring(attempt, _MOVED)


def read_locked(attempt: Attempt) -> Attempt:
    """Bring an attempt to what the database says, and let nobody change it until the end of the
    transaction."""
    return _bring(attempt, _MOVED_LOCKED)


def _bring(attempt: Attempt, question: Prepared[tuple[Any, ...]]) -> Attempt:
    row = question.first(attempt.pk)
    if row is None:
        raise Attempt.DoesNotExist
    return note_changes(attempt, dict(zip(MOVING, row, strict=True)))


_MOVED = Prepared(lambda pk: Attempt.objects.filter(pk=pk).values_list(*MOVING))
_MOVED_LOCKED = Prepared(
    lambda pk: Attempt.objects.select_for_update().filter(pk=pk).values_list(*MOVING)
)


def note_changes(attempt: Attempt, changes: dict[str, Any]) -> Attempt:
    """Bring an attempt to what was just written of it, while nobody else could write."""
    for name, value in changes.items():
        setattr(attempt, name, value)
    return attempt


def take_answer(attempt: Attempt, answer: Begun | Snapshot, now: datetime) -> Outcome:
    """Take what a company answered to what it was asked."""
    note_success(attempt.rail, now)
    if isinstance(answer, Snapshot):
        return take_snapshot(attempt, answer, now)
    return _write_leased(
        attempt,
        state=AttemptState.ANSWERED,
        remote_id=answer.remote_id,
        url=answer.url,
        look_at=now + timedelta(seconds=LOOKS[0]),
        looks=0,
    )


def take_snapshot(attempt: Attempt, snapshot: Snapshot, now: datetime) -> Outcome:
    """Book what is true of an attempt now, and move it on.

    Nothing moves back: what is settled is only done after all where money has come.
    """
    with transaction.atomic():
        absorbed = absorb_snapshot(attempt.rail, snapshot, attempt.pledge, now=now)
        plan = locked_plan(attempt)
        read_locked(attempt)
        was = attempt.state
        is_done_after_all = bool(absorbed.new) and snapshot.state == State.DONE
        if was not in SETTLED or (is_done_after_all and was != AttemptState.DONE):
            _move_on(attempt, snapshot, now)
        elif was == AttemptState.DECLINED and snapshot.state == State.PENDING:
            # Somebody has the company try it once more, at its own desk: we do not beside it.
            Attempt.objects.filter(pk=attempt.pk).update(again_on=None)
        if plan is not None:
            is_news = was != attempt.state
            follow_attempt(
                attempt, plan, now, snapshot=snapshot, is_news=is_news, again=snapshot.again
            )
    return Outcome(attempt)


def locked_plan(attempt: Attempt) -> Plan | None:
    """Return the plan that an attempt is for, as it is, and as it stays until the transaction ends.

    Whoever changes a plan waits until then.
    """
    number = attempt.pledge.plan_id
    if number is None:
        return None
    return _LOCKED_PLAN.first(number)


_LOCKED_PLAN = Prepared(lambda number: Plan.objects.select_for_update().filter(pk=number))


def _move_on(attempt: Attempt, snapshot: Snapshot, now: datetime) -> None:
    is_page = attempt.purpose == Purpose.BEGIN
    failed = AttemptState.DEAD if is_page else AttemptState.DECLINED
    changes: dict[str, Any] = {"remote_id": attempt.remote_id or snapshot.remote_id}
    match snapshot.state:
        case State.OPEN if is_page and attempt.state != AttemptState.ANSWERED:
            # It is there; where it is, only the answer to whoever asks for it says.
            return
        case State.DONE:
            changes |= _ended(AttemptState.DONE, "", now)
        case State.FAILED:
            changes |= _ended(failed, snapshot.code or "failed", now)
        case State.OPEN if now - (attempt.sent_at or attempt.created_at) > GIVEN_UP:
            changes |= _ended(failed, "left" if is_page else NEEDS_DONOR, now)
        case _:
            wait = LOOKS[min(attempt.looks, len(LOOKS) - 1)]
            changes |= {
                "state": AttemptState.ANSWERED,
                "leased_until": None,
                "look_at": now + timedelta(seconds=wait),
                "looks": attempt.looks + 1,
            }
    Attempt.objects.filter(pk=attempt.pk).update(**changes)
    note_changes(attempt, changes)


def _ended(state: AttemptState, code: str, now: datetime) -> dict[str, Any]:
    return {
        "state": state,
        "code": code[:120],
        "leased_until": None,
        "look_at": None,
        "ended_at": now,
    }


def take_failure(
    attempt: Attempt, error: CompanyError, now: datetime, *, is_first: bool
) -> Outcome:
    """Take that asking failed. ``is_first`` says that it was never asked before.

    Of what was never sent nothing can have come; of what was once sent nobody knows, whatever
    became of sending it again.
    """
    match error:
        case OutcomeUnknown():
            note_failure(attempt.rail, now, str(error))
            return _unknown(attempt, now, code=str(error))
        case CompanyDown():
            note_failure(attempt.rail, now, str(error))
            return _unsent(attempt, "down", now, is_first=is_first)
        case CompanyRevoked():
            note_failure(attempt.rail, now, str(error), is_closed=True)
            return _unsent(attempt, "revoked", now, is_first=is_first)
        case NeedsDonor():
            return _decline(attempt, NEEDS_DONOR, now)
        case Declined():
            return _decline(attempt, error.code, now, again=error.again)
        case _:
            logger.error(
                "company_refused", extra={"rail": attempt.rail_id, "why": str(error)[:200]}
            )
            if not is_first and attempt.purpose != Purpose.BEGIN:
                return _unknown(attempt, now, code="refused")
            return end(attempt, AttemptState.DEAD, "refused", now)


def take_no_keys(attempt: Attempt, words: str, now: datetime) -> Outcome:
    """Take that a company could not be asked, since its keys are not there."""
    logger.error("rail_without_keys", extra={"rail": attempt.rail_id})
    note_failure(attempt.rail, now, words, is_closed=True)
    if attempt.purpose == Purpose.BEGIN and attempt.state == AttemptState.PREPARED:
        return end(attempt, AttemptState.DEAD, "no-keys", now)
    return look_later(attempt, now)


def _unsent(attempt: Attempt, code: str, now: datetime, *, is_first: bool) -> Outcome:
    if attempt.purpose == Purpose.BEGIN:
        # The donor is shown other ways, and was never sent to this page.
        return end(attempt, AttemptState.DEAD, code, now, is_reached=False)
    if not is_first:
        return _unknown(attempt, now, code=code)
    return _write_leased(
        attempt,
        state=AttemptState.PREPARED,
        sent_at=None,
        looks=attempt.looks + 1,
        look_at=now + _wait(attempt),
        code=code,
        is_reached=False,
    )


def _unknown(attempt: Attempt, now: datetime, *, code: str) -> Outcome:
    return _write_leased(
        attempt,
        state=AttemptState.UNKNOWN,
        looks=attempt.looks + 1,
        look_at=now + _wait(attempt),
        code=code[:120],
        is_reached=False,
    )


def look_later(attempt: Attempt, now: datetime) -> Outcome:
    """Leave an attempt as it is, and look at it a while later: the company did not answer.

    A page that nobody can look at is given up like one that nobody uses; a charge never.
    """
    if attempt.purpose == Purpose.BEGIN and now - attempt.created_at > GIVEN_UP:
        return end(attempt, AttemptState.DEAD, "left", now, is_reached=False)
    return _write_leased(
        attempt, looks=attempt.looks + 1, look_at=now + _wait(attempt), is_reached=False
    )


def _wait(attempt: Attempt) -> timedelta:
    return timedelta(seconds=UNKNOWN_LOOKS[min(attempt.looks, len(UNKNOWN_LOOKS) - 1)])


def postpone(attempt: Attempt, until: datetime) -> Outcome:
    """Let an attempt wait until a moment, as it is."""
    return _write_leased(attempt, look_at=until)


def end(
    attempt: Attempt, state: AttemptState, code: str, now: datetime, *, is_reached: bool = True
) -> Outcome:
    """End an attempt that comes to nothing."""
    return _write_leased(attempt, **_ended(state, code, now), is_reached=is_reached)


@transaction.atomic
def _decline(
    attempt: Attempt, code: str, now: datetime, *, again: timedelta | None = None
) -> Outcome:
    plan = locked_plan(attempt)
    outcome = end(attempt, AttemptState.DECLINED, code, now)
    if plan is not None and attempt.state == AttemptState.DECLINED:
        follow_attempt(attempt, plan, now, again=again)
    return outcome


def _write_leased(attempt: Attempt, *, is_reached: bool = True, **changes: Any) -> Outcome:
    """Write down what came of it, unless somebody else has taken over since: they know better."""
    changes = {"leased_until": None, **changes}
    rows = Attempt.objects.filter(pk=attempt.pk, leased_until=attempt.leased_until)
    is_ours = rows.exclude(state__in=SETTLED).update(**changes) and attempt.leased_until
    # What we had leased nobody else has changed.
    return Outcome(note_changes(attempt, changes) if is_ours else read_again(attempt), is_reached)
