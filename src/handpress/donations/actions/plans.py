"""Monthly gifts as donors and the treasurer change them, and mandates that ended with them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from handpress.donations.actions.charging import let_go, takes_charges, usable_mandate
from handpress.donations.actions.following import TAKEN_BACK_WITHIN, end_mandates, strand
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
from handpress.donations.models import (
    COMPANY_KINDS,
    Answer,
    Campaign,
    Collecting,
    Donor,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Rail,
    Reconsent,
)
from handpress.donations.queries.ways import least_of
from handpress.lib import clock
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

_MOST_ENDED = 50
_TOLD_AFTER = TAKEN_BACK_WITHIN + timedelta(minutes=5)
"""When a company is told of a mandate that may be taken back, wherever clocks differ a little."""


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


class TooLittle(ValueError):
    """A sum does not come by a plan's way: it takes ``least`` minor units, or not the currency."""

    def __init__(self, least: int | None) -> None:
        super().__init__("The sum is less than the way takes.")
        self.least = least


@transaction.atomic
def change_plan(plan: Plan, *, amount: int) -> bool:
    """Change the sum of a plan from its next gift on; raises `TooLittle`."""
    least = least_of(plan.rail, plan.currency)
    if least is None or amount < least:
        raise TooLittle(least)
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
    if _has_lost_its_way(found):
        strand(found, now)
    else:
        found.state = PlanState.ACTIVE
        found.save(update_fields=["state", "next_due"])
    plan.refresh_from_db()
    return True


def _has_lost_its_way(plan: Plan) -> bool:
    if plan.collecting == Collecting.MANDATE:
        return usable_mandate(plan) is None
    return plan.collecting == Collecting.REMINDER and not takes_charges(plan.rail)


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


def mandates_to_end(now: datetime, besides: Collection[int] = ()) -> list[Mandate]:
    """Return mandates that ended here, and of which the company is to be told now.

    Not those of companies that do not answer now: they are told when they do. Nor, for an hour,
    those that ended because a sponsor was suspended: that can be taken back (`actions.stranding`).
    Nothing is taken by a mandate all the same, since only we ask for charges.
    """
    until = now - _TOLD_AFTER
    if not besides:
        return _TO_END.rows(until)
    return list(_to_end(until).exclude(pk__in=list(besides))[:_MOST_ENDED])


def _to_end(until: datetime) -> QuerySet[Mandate]:
    ended = Mandate.objects.filter(
        state=MandateState.ENDED, told_at__isnull=True, rail__kind__in=COMPANY_KINDS
    )
    is_final = ~Q(plan__state__in=[PlanState.NEEDS_RECONSENT, PlanState.PAUSED])
    is_well = Q(rail__health__isnull=True) | Q(rail__health__state__in=sorted(OFFERED))
    rows = ended.filter(is_final | Q(ended_at__lte=until)).filter(is_well)
    return rows.select_related("rail").order_by("ended_at", "pk")


_TO_END = Prepared(lambda until: _to_end(until)[:_MOST_ENDED])


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
