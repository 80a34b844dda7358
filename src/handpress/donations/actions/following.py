"""What follows from what became of an attempt: mandates, plans, letters; in its transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from handpress.donations.actions.periods import local_day
from handpress.donations.actions.writing import write_if_possible
from handpress.donations.companies.contract import MandateTold, Snapshot, State
from handpress.donations.core.schedule import next_after, period_of, try_again_on
from handpress.donations.letters import write_declined
from handpress.donations.models import (
    Answer,
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Purpose,
    Reconsent,
    SponsorState,
)

TAKEN_BACK_WITHIN = timedelta(hours=1)
"""For so long the suspension of a sponsor can be taken back, with all that followed from it."""
_AGREED = frozenset({State.DONE, State.PENDING})
_MAY_BEGIN = (
    PlanState.STARTING,
    PlanState.NEEDS_RECONSENT,
    PlanState.PAST_DUE,
    PlanState.ACTIVE,
)
_MAY_DECLINE = (PlanState.ACTIVE, PlanState.NEEDS_RECONSENT)


def follow_attempt(
    attempt: Attempt,
    plan: Plan,
    now: datetime,
    *,
    snapshot: Snapshot | None = None,
    is_news: bool = True,
    again: timedelta | None = None,
) -> None:
    """Bring a plan to where an attempt of it has come; doing it twice changes nothing.

    ``plan`` is locked. ``is_news`` says whether the attempt has moved, ``again`` when the company
    advises to try once more.
    """
    mandate = snapshot.mandate if snapshot else None
    if mandate and not mandate.is_active:
        end_mandates(plan, now, remote_id=mandate.remote_id)
    elif mandate and snapshot and attempt.purpose == Purpose.BEGIN and snapshot.state in _AGREED:
        _agree(plan, attempt, mandate, now)
    if attempt.state == AttemptState.DECLINED and is_news:
        _decline(plan, attempt, now, again)


def _agree(plan: Plan, attempt: Attempt, told: MandateTold, now: datetime) -> None:
    """Let later gifts of a plan be taken by what the donor just agreed to.

    What is told late, of a plan that was ended since or by a sponsor that is gone, is not used:
    the mandate is written down as ended, so that the company is told.
    """
    known = Mandate.objects.filter(rail=attempt.rail, remote_id=told.remote_id).first()
    if known and not _is_agreed_anew(known, plan, attempt):
        return
    is_late = attempt.rail.sponsor.state != SponsorState.LIVE
    is_of_use = plan.state != PlanState.CANCELLED and not is_late
    if is_of_use:
        end_mandates(plan, now)
    _write_mandate(plan, attempt, told, known, now, is_of_use=is_of_use)
    if is_of_use:
        _begin(plan, attempt, now)
    elif plan.state == PlanState.STARTING:
        strand(plan, now)


def _is_agreed_anew(known: Mandate, plan: Plan, attempt: Attempt) -> bool:
    """Say whether a donor has agreed once more to what ended before."""
    if known.plan_id != plan.pk or known.state != MandateState.ENDED or known.ended_at is None:
        return False
    return attempt.created_at > known.ended_at


def _write_mandate(
    plan: Plan,
    attempt: Attempt,
    told: MandateTold,
    known: Mandate | None,
    now: datetime,
    *,
    is_of_use: bool,
) -> None:
    mandate = known or Mandate(plan=plan, rail=attempt.rail, remote_id=told.remote_id)
    # Of somebody who was erased nothing is kept, not even the end of a card's number.
    mandate.words = "" if plan.donor.erased_at else told.words[:120]
    mandate.consent = attempt.asked.get("consent", "")
    mandate.agreed_at = now
    mandate.state = MandateState.ACTIVE if is_of_use else MandateState.ENDED
    mandate.ended_at = None if is_of_use else now
    mandate.told_at = None
    mandate.save()


def _begin(plan: Plan, attempt: Attempt, now: datetime) -> None:
    due = plan.next_due
    if not is_for_later(attempt):
        # What was paid now is the gift of its period.
        while period_of(due) <= attempt.pledge.period:
            due = next_after(due, plan.anchor_day)
    plan.collecting = Collecting.MANDATE
    plan.rail = attempt.rail
    plan.next_due = due
    plan.began_at = plan.began_at or now
    if plan.state in _MAY_BEGIN:
        # One that is paused stays so until the donor goes on.
        plan.state, plan.reconsent_at = PlanState.ACTIVE, None
    plan.save()
    Reconsent.objects.filter(plan=plan, wave=plan.wave).update(answer=Answer.AGREED, at=now)


def is_for_later(attempt: Attempt) -> bool:
    """Say whether a page lets a donor agree without paying at once."""
    return bool(attempt.asked.get("order", {}).get("is_for_later"))


def end_mandates(plan: Plan, now: datetime, *, remote_id: str = "") -> int:
    """Take nothing more by a plan's mandates, or by one of them; companies are told later."""
    rows = Mandate.objects.filter(plan=plan).exclude(state=MandateState.ENDED)
    if remote_id:
        rows = rows.filter(remote_id=remote_id)
    return rows.update(state=MandateState.ENDED, ended_at=now)


def strand(plan: Plan, now: datetime) -> None:
    """Let a plan whose way is gone wait until its donor agrees anew; letters ask for that.

    ``plan`` is locked. A new wave begins, so that letters of an old one count no more.
    """
    end_mandates(plan, now)
    plan.state = PlanState.NEEDS_RECONSENT
    plan.wave += 1
    plan.reconsent_at = now
    plan.save()
    Reconsent.objects.create(plan=plan, wave=plan.wave, at=now)


def _decline(plan: Plan, attempt: Attempt, now: datetime, again: timedelta | None) -> None:
    if attempt.purpose != Purpose.CHARGE or plan.state not in _MAY_DECLINE:
        return
    tries = attempt.pledge.attempts.filter(purpose=Purpose.CHARGE).count()
    on = try_again_on(local_day(now), tries, again)
    Attempt.objects.filter(pk=attempt.pk).update(again_on=on)
    attempt.again_on = on
    # While its sponsor is lost nothing is tried again, and its donor is asked to agree anew; both
    # follow where that is taken back.
    if plan.state == PlanState.ACTIVE:
        tell_declined(plan, attempt, now)


def tell_declined(plan: Plan, attempt: Attempt, now: datetime) -> None:
    """Tell a donor that a gift was declined, and let the plan rest where it is not tried again.

    ``plan`` is locked and gives.
    """
    is_last = attempt.again_on is None
    if is_last:
        plan.state = PlanState.PAST_DUE
        plan.save(update_fields=["state"])
    write_if_possible(write_declined, plan, attempt.pledge, now, is_last=is_last)
