"""What follows from what became of an attempt: mandates, plans, letters; in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handpress.donations.companies.contract import MandateTold, Snapshot, State
from handpress.donations.core.movements import Kind
from handpress.donations.core.schedule import next_after, period_of, try_again_on
from handpress.donations.letters import write_declined, write_thanks
from handpress.donations.models import (
    Answer,
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Purpose,
    Reconsent,
)
from handpress.press.site import site_facts

_AGREED = frozenset({State.DONE, State.PENDING})
_MAY_BEGIN = (
    PlanState.STARTING,
    PlanState.NEEDS_RECONSENT,
    PlanState.PAST_DUE,
    PlanState.ACTIVE,
    PlanState.PAUSED,
)


def follow_attempt(
    attempt: Attempt,
    now: datetime,
    *,
    snapshot: Snapshot | None = None,
    new: Sequence[Movement] = (),
    is_news: bool = True,
    again: timedelta | None = None,
) -> None:
    """Bring a plan to where an attempt of it has come; doing it twice changes nothing.

    ``new`` are movements that were booked just now, ``is_news`` says whether the attempt has
    moved, ``again`` when the company advises to try once more.
    """
    plan = attempt.pledge.plan
    if any(each.kind == Kind.CAPTURE for each in new) and attempt.pledge.donor:
        write_thanks(attempt.pledge, now)
    if plan is None:
        return
    mandate = snapshot.mandate if snapshot else None
    if mandate and not mandate.is_active:
        end_mandates(plan, now, remote_id=mandate.remote_id)
    elif mandate and snapshot and attempt.purpose == Purpose.BEGIN and snapshot.state in _AGREED:
        _agree(plan, attempt, mandate, now)
    if attempt.state == AttemptState.DECLINED and is_news:
        _decline(plan, attempt, now, again)
    if any(each.kind == Kind.CAPTURE for each in new) and plan.state == PlanState.PAST_DUE:
        Plan.objects.filter(pk=plan.pk, state=PlanState.PAST_DUE).update(state=PlanState.ACTIVE)


def _agree(plan: Plan, attempt: Attempt, told: MandateTold, now: datetime) -> None:
    """Let later gifts of a plan be taken by what the donor just agreed to."""
    if Mandate.objects.filter(rail=attempt.rail, remote_id=told.remote_id).exists():
        return
    end_mandates(plan, now)
    Mandate.objects.create(
        plan=plan,
        rail=attempt.rail,
        remote_id=told.remote_id,
        words=told.words[:120],
        consent=attempt.asked.get("consent", ""),
        agreed_at=now,
    )
    due = plan.next_due
    if not is_for_later(attempt):
        # What was paid now is the gift of its period.
        while period_of(due) <= attempt.pledge.period:
            due = next_after(due, plan.anchor_day)
    Plan.objects.filter(pk=plan.pk, state__in=_MAY_BEGIN).update(
        state=PlanState.ACTIVE,
        collecting=Collecting.MANDATE,
        rail=attempt.rail,
        next_due=due,
        began_at=plan.began_at or now,
        reconsent_at=None,
    )
    Reconsent.objects.filter(plan=plan, wave=plan.wave).update(answer=Answer.AGREED, at=now)
    plan.refresh_from_db()


def is_for_later(attempt: Attempt) -> bool:
    """Say whether a page lets a donor agree without paying at once."""
    return bool(attempt.asked.get("order", {}).get("is_for_later"))


def end_mandates(plan: Plan, now: datetime, *, remote_id: str = "") -> int:
    """Take nothing more by a plan's mandates, or by one of them; companies are told later."""
    rows = Mandate.objects.filter(plan=plan).exclude(state=MandateState.ENDED)
    if remote_id:
        rows = rows.filter(remote_id=remote_id)
    return rows.update(state=MandateState.ENDED, ended_at=now)


def _decline(plan: Plan, attempt: Attempt, now: datetime, again: timedelta | None) -> None:
    if attempt.purpose != Purpose.CHARGE:
        return
    today = now.astimezone(site_facts().zone).date()
    tries = attempt.pledge.attempts.filter(purpose=Purpose.CHARGE).count()
    on = try_again_on(today, tries, again)
    Attempt.objects.filter(pk=attempt.pk).update(again_on=on)
    attempt.again_on = on
    if on is None:
        Plan.objects.filter(pk=plan.pk, state=PlanState.ACTIVE).update(state=PlanState.PAST_DUE)
    write_declined(plan, attempt.pledge, now, is_last=on is None)
