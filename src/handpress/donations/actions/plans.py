"""Monthly gifts as donors and the treasurer change them, and as they are agreed to anew."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from handpress.donations.actions.charging import let_go, usable_mandate
from handpress.donations.actions.following import end_mandates, strand
from handpress.donations.actions.one_by_one import one_by_one
from handpress.donations.actions.periods import local_day
from handpress.donations.companies import open_company
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    OutcomeUnknown,
)
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.understanding import understood
from handpress.donations.core.pulse import OFFERED
from handpress.donations.core.schedule import day_in, next_after
from handpress.donations.letters import write_again
from handpress.donations.models import (
    COMPANY_KINDS,
    Answer,
    Campaign,
    Collecting,
    Donor,
    Mandate,
    MandateState,
    Plan,
    PlanLetter,
    PlanState,
    Rail,
    Reconsent,
    Sponsor,
)
from handpress.lib import clock
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

STEPS = (0, 7, 21)
"""Days after which a letter asks to agree anew."""
FALLS_AFTER = timedelta(days=30)
"""After so long without an answer a plan is asked for by a letter each month."""
_MOST_ENDED = 50


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


@transaction.atomic
def pause_plan(plan: Plan, now: datetime | None = None) -> bool:
    """Ask for nothing until somebody goes on; False where it does not give now."""
    rows = Plan.objects.filter(pk=plan.pk, state__in=[PlanState.ACTIVE, PlanState.PAST_DUE])
    done = rows.update(state=PlanState.PAUSED)
    if done:
        let_go(plan, now or clock.now())
    plan.refresh_from_db()
    return bool(done)


@transaction.atomic
def resume_plan(plan: Plan, now: datetime) -> bool:
    """Go on with a paused plan, from its next day on: what was paused is not asked for.

    Where its way has gone meanwhile, its donor is asked to agree anew.
    """
    found = Plan.objects.select_for_update(of=("self",)).select_related("rail").get(pk=plan.pk)
    if found.state != PlanState.PAUSED:
        plan.refresh_from_db()
        return False
    today = local_day(now)
    due = day_in(today.year, today.month, found.anchor_day)
    found.next_due = due if due > today else next_after(today, found.anchor_day)
    if found.collecting == Collecting.MANDATE and usable_mandate(found) is None:
        strand(found, now)
    else:
        found.state = PlanState.ACTIVE
        found.save(update_fields=["state", "next_due"])
    plan.refresh_from_db()
    return True


@transaction.atomic
def cancel_plan(plan: Plan, now: datetime) -> bool:
    """End a plan for good, and what may be taken by it; False where it was ended before."""
    rows = Plan.objects.filter(pk=plan.pk).exclude(state=PlanState.CANCELLED)
    done = rows.update(state=PlanState.CANCELLED, ended_at=now)
    if done:
        end_mandates(plan, now)
        let_go(plan, now)
        asked = Reconsent.objects.filter(plan=plan, answer__in=["", Answer.OPENED])
        asked.update(answer=Answer.DECLINED, at=now)
    plan.refresh_from_db()
    return bool(done)


def mandates_to_end(besides: Collection[int] = ()) -> list[Mandate]:
    """Return mandates that ended here, and of which the company was not told.

    Not those of companies that do not answer now: they are told when they do. Nothing is taken by
    a mandate all the same, since only we ask for charges.
    """
    if not besides:
        return _TO_END.rows()
    return list(_to_end().exclude(pk__in=list(besides))[:_MOST_ENDED])


def _to_end() -> QuerySet[Mandate]:
    ended = Mandate.objects.filter(
        state=MandateState.ENDED, told_at__isnull=True, rail__kind__in=COMPANY_KINDS
    )
    is_well = Q(rail__health__isnull=True) | Q(rail__health__state__in=sorted(OFFERED))
    return ended.filter(is_well).select_related("rail").order_by("ended_at", "pk")


_TO_END = Prepared(lambda: _to_end()[:_MOST_ENDED])


def tell_company(mandate: Mandate, now: datetime) -> bool:
    """Tell a company that a mandate ended; False where it did not answer: it is told later."""
    try:
        with understood():
            open_company(mandate.rail).end_mandate(mandate.remote_id)
    except (CompanyDown, CompanyRevoked, OutcomeUnknown, SecretsUnusable):
        return False
    except CompanyError as error:
        # It knows no such mandate, or cannot end one.
        logger.warning(
            "mandate_not_ended", extra={"mandate": mandate.pk, "why": type(error).__name__}
        )
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
        state__in=[PlanState.ACTIVE, PlanState.PAST_DUE, PlanState.PAUSED],
    )
    count = 0
    for plan in rows.select_for_update(of=("self",)):
        let_go(plan, now)
        if plan.state == PlanState.PAUSED:
            # Whoever goes on with it is asked to agree anew.
            end_mandates(plan, now)
            continue
        strand(plan, now)
        count += 1
    # Whoever is at a company's page may still pay there: see what follows from that.
    waiting = Plan.objects.filter(rail__sponsor=sponsor, state=PlanState.STARTING)
    waiting.exclude(collecting=Collecting.MANDATE).update(state=PlanState.CANCELLED, ended_at=now)
    return count


def not_asked() -> QuerySet[Plan]:
    """Return plans that must be agreed to anew and whose donors nobody has written to: those that
    came from another system."""
    return Plan.objects.filter(state=PlanState.NEEDS_RECONSENT, reconsent_at__isnull=True)


@transaction.atomic
def ask_imported(now: datetime) -> int:
    """Begin to write to the donors of `not_asked`, as if their way were lost now; return how many.

    The letters go out some at a time, by `ask_again`.
    """
    count = 0
    for plan in not_asked().select_for_update(of=("self",)):
        strand(plan, now)
        count += 1
    return count


def ask_again(now: datetime, most: int = 100) -> int:
    """Write the letters that ask to agree anew and are due, some at a time; return how many.

    Each step's letter is written once. After thirty days without an answer a plan is asked for by
    a letter each month.
    """
    written = 0
    for step, following in zip(STEPS, (*STEPS[1:], FALLS_AFTER.days), strict=True):
        # Whoever missed a step, since nothing ran, gets the one that is due now and no other.
        due = _NOT_WRITTEN.rows(
            f"again-{step}", now - timedelta(days=step), now - timedelta(days=following)
        )
        written += one_by_one(due, partial(_ask, now=now, step=step), most - written)
    if _UNANSWERED.finds(now - FALLS_AFTER):
        _fall_to_reminder(now)
    return written


def _not_written(about: str, until: datetime, after: datetime) -> QuerySet[Plan, int]:
    """Return plans to be agreed to anew, asked in a while of days, that have no such letter."""
    letters = PlanLetter.objects.filter(plan=OuterRef("pk"), wave=OuterRef("wave"), about=about)
    rows = Plan.objects.filter(
        ~Exists(letters),
        state=PlanState.NEEDS_RECONSENT,
        reconsent_at__lte=until,
        reconsent_at__gt=after,
    )
    return rows.order_by("pk").values_list("pk", flat=True)


def _unanswered(since: datetime) -> QuerySet[Plan]:
    return Plan.objects.filter(state=PlanState.NEEDS_RECONSENT, reconsent_at__lte=since)


_NOT_WRITTEN = Prepared(_not_written)
_UNANSWERED = Prepared(lambda since: _unanswered(since).values_list("pk")[:1])


@transaction.atomic
def _ask(pk: int, *, now: datetime, step: int) -> int:
    plan = _LOCKED.first(pk)
    if plan is None or plan.state != PlanState.NEEDS_RECONSENT:
        return 0
    return int(write_again(plan, now, step=step))


_LOCKED = Prepared(
    lambda pk: Plan.objects.select_for_update(of=("self",)).filter(pk=pk).select_related("donor")
)


def _fall_to_reminder(now: datetime) -> None:
    _unanswered(now - FALLS_AFTER).update(
        state=PlanState.ACTIVE, collecting=Collecting.REMINDER, reconsent_at=None
    )


def note_opened(plan: Plan, now: datetime) -> None:
    """Note that a donor went on from the letter's page (by a button, not by opening it)."""
    Reconsent.objects.filter(plan=plan, wave=plan.wave, answer="").update(
        answer=Answer.OPENED, at=now
    )
