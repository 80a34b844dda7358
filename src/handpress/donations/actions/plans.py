"""Monthly gifts as donors and the treasurer change them, and as they are agreed to anew."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from handpress.donations.actions.collecting import local_day
from handpress.donations.actions.following import end_mandates
from handpress.donations.companies import open_company
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.core.schedule import day_in, next_after
from handpress.donations.letters import write_again
from handpress.donations.models import (
    Answer,
    Campaign,
    Collecting,
    Donor,
    Mandate,
    Plan,
    PlanLetter,
    PlanState,
    Rail,
    Reconsent,
    Sponsor,
)

STEPS = (0, 7, 21)
"""Days after which a letter asks to agree anew."""
FALLS_AFTER = timedelta(days=30)
"""After so long without an answer a plan is asked for by a letter each month."""


def start_plan(
    *,
    donor: Donor,
    rail: Rail,
    amount: int,
    currency: str,
    campaign: Campaign | None,
    collecting: Collecting,
    now: datetime,
) -> Plan:
    """Write a monthly gift down, in the caller's transaction; the first one is due today."""
    today = local_day(now)
    return Plan.objects.create(
        donor=donor,
        rail=rail,
        amount_minor=amount,
        currency=currency,
        campaign=campaign,
        anchor_day=today.day,
        next_due=next_after(today, today.day),
        collecting=collecting,
        state=PlanState.STARTING,
    )


@transaction.atomic
def change_plan(plan: Plan, *, amount: int) -> bool:
    """Change the sum of a plan from its next gift on; raises `ValueError` for no sum."""
    if amount <= 0:
        raise ValueError("A gift is more than nothing.")
    rows = Plan.objects.filter(pk=plan.pk).exclude(state=PlanState.CANCELLED)
    done = rows.update(amount_minor=amount)
    plan.refresh_from_db()
    return bool(done)


def pause_plan(plan: Plan) -> bool:
    """Ask for nothing until somebody goes on; False where it does not give now."""
    rows = Plan.objects.filter(pk=plan.pk, state__in=[PlanState.ACTIVE, PlanState.PAST_DUE])
    done = rows.update(state=PlanState.PAUSED)
    plan.refresh_from_db()
    return bool(done)


@transaction.atomic
def resume_plan(plan: Plan, now: datetime) -> bool:
    """Go on with a paused plan, from its next day on: what was paused is not asked for."""
    today = local_day(now)
    due = day_in(today.year, today.month, plan.anchor_day)
    if due <= today:
        due = next_after(today, plan.anchor_day)
    state = PlanState.ACTIVE
    if plan.collecting == Collecting.MANDATE and not _has_mandate(plan):
        state = PlanState.NEEDS_RECONSENT
    rows = Plan.objects.filter(pk=plan.pk, state=PlanState.PAUSED)
    done = rows.update(state=state, next_due=due)
    plan.refresh_from_db()
    return bool(done)


@transaction.atomic
def cancel_plan(plan: Plan, now: datetime) -> bool:
    """End a plan for good, and what may be taken by it; False where it was ended before."""
    rows = Plan.objects.filter(pk=plan.pk).exclude(state=PlanState.CANCELLED)
    done = rows.update(state=PlanState.CANCELLED, ended_at=now)
    if done:
        end_mandates(plan, now)
        Reconsent.objects.filter(plan=plan, wave=plan.wave, answer__in=["", Answer.OPENED]).update(
            answer=Answer.DECLINED, at=now
        )
    plan.refresh_from_db()
    return bool(done)


def _has_mandate(plan: Plan) -> bool:
    return plan.mandates.filter(state="active", rail=plan.rail).exists()


def tell_company(mandate: Mandate, now: datetime) -> bool:
    """Tell a company that a mandate ended; what fails is tried again later."""
    try:
        open_company(mandate.rail).end_mandate(mandate.remote_id)
    except (CompanyError, SecretsUnusable):
        # Nothing is taken by it all the same: only we ask for charges.
        if mandate.ended_at and now - mandate.ended_at < timedelta(days=3):
            return False
    Mandate.objects.filter(pk=mandate.pk).update(told_at=now)
    return True


def consent_of(words: str) -> str:
    """Return what is kept of the words that a donor agreed to: their SHA-256."""
    return hashlib.sha256(words.encode()).hexdigest()


# --- agreeing anew ----------------------------------------------------------------------------


def strand_plans(sponsor: Sponsor, now: datetime) -> int:
    """Let every plan that a sponsor's companies take wait to be agreed to anew.

    In the transaction that suspends the sponsor. Mandates stay known and are not used: refunds and
    late money still come by their rails. Returns how many there are.
    """
    rows = Plan.objects.filter(
        rail__sponsor=sponsor,
        collecting=Collecting.MANDATE,
        state__in=[PlanState.ACTIVE, PlanState.PAST_DUE],
    )
    count = 0
    for plan in rows.select_for_update(of=("self",)):
        end_mandates(plan, now)
        plan.state = PlanState.NEEDS_RECONSENT
        plan.wave += 1
        plan.reconsent_at = now
        plan.save()
        Reconsent.objects.create(plan=plan, wave=plan.wave, at=now)
        count += 1
    Plan.objects.filter(rail__sponsor=sponsor, state=PlanState.STARTING).update(
        state=PlanState.CANCELLED, ended_at=now
    )
    return count


def ask_again(now: datetime, most: int = 100) -> int:
    """Write the letters that ask to agree anew and are due, some at a time; return how many.

    Each step's letter is written once. After thirty days without an answer a plan is asked for by
    a letter each month.
    """
    rows = Plan.objects.filter(state=PlanState.NEEDS_RECONSENT, reconsent_at__isnull=False)
    written = 0
    for step, following in zip(STEPS, (*STEPS[1:], FALLS_AFTER.days), strict=True):
        # Whoever missed a step, since nothing ran, gets the one that is due now and no other.
        due = rows.filter(
            ~Exists(_letters(step)),
            reconsent_at__lte=now - timedelta(days=step),
            reconsent_at__gt=now - timedelta(days=following),
        )
        for plan in due.select_related("donor").order_by("pk")[: most - written]:
            written += _ask(plan, now, step)
    _fall_to_reminder(now)
    return written


def _letters(step: int) -> QuerySet[PlanLetter]:
    return PlanLetter.objects.filter(
        plan=OuterRef("pk"), wave=OuterRef("wave"), about=f"again-{step}"
    )


@transaction.atomic
def _ask(plan: Plan, now: datetime, step: int) -> int:
    return int(write_again(plan, now, step=step))


def _fall_to_reminder(now: datetime) -> None:
    Plan.objects.filter(
        state=PlanState.NEEDS_RECONSENT, reconsent_at__lte=now - FALLS_AFTER
    ).update(state=PlanState.ACTIVE, collecting=Collecting.REMINDER, reconsent_at=None)


def note_opened(plan: Plan, now: datetime) -> None:
    """Note that a donor went on from the letter's page (by a button, not by opening it)."""
    Reconsent.objects.filter(plan=plan, wave=plan.wave, answer="").update(
        answer=Answer.OPENED, at=now
    )
