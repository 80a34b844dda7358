"""Agreeing anew to a monthly gift: by a company that works now, or by a letter each month."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from handpress.donations.actions.beginning import begin_gift
from handpress.donations.actions.collecting import local_day, pledge_for
from handpress.donations.companies import company_kind
from handpress.donations.core.schedule import latest_due, period_of
from handpress.donations.letters import plan_link
from handpress.donations.models import (
    Answer,
    Collecting,
    Plan,
    PlanState,
    Pledge,
    Rail,
    Reconsent,
)
from handpress.donations.queries.ways import able, fitting, offered_rails
from handpress.press.answers import public_url


def agreeable(plan: Plan) -> list[Rail]:
    """Return the rails by which a plan's gifts could come from now on."""
    rails = fitting(offered_rails(), plan.currency, monthly=True)
    return able(rails, plan.amount_minor, plan.currency)


def cannot_take_alone(rail: Rail, plan: Plan, now: datetime) -> bool:
    """Say whether agreeing means to pay at once, before the plan's next day."""
    if not rail.is_company or plan.next_due <= local_day(now):
        return False
    caps = company_kind(rail.kind).caps(rail.details)
    return caps.takes_mandates and not caps.agrees_without_paying


def agree_again(plan: Plan, rail: Rail, now: datetime) -> str:
    """Begin agreeing to a plan by a rail; return where that leads, "" where nobody answers.

    By a bank's standing order or a letter each month it is agreed at once. By a company the plan
    waits as it is until the company says that the donor agreed; nothing is taken before the
    plan's next day, where the company can do that. Never inside a transaction.
    """
    if not rail.is_company:
        return _by_letter(plan, rail, now)
    caps = company_kind(rail.kind).caps(rail.details)
    if not caps.takes_mandates:
        return _by_letter(plan, rail, now)
    today = local_day(now)
    is_due = plan.next_due <= today
    due = latest_due(plan.next_due, plan.anchor_day, today) if is_due else plan.next_due
    with transaction.atomic():
        pledge = _pledge(plan, rail, period_of(due))
        Reconsent.objects.filter(plan=plan, wave=plan.wave).update(pledge=pledge)
    is_for_later = not is_due and caps.agrees_without_paying
    return begin_gift(pledge, now, network=None, is_for_later=is_for_later)


def _pledge(plan: Plan, rail: Rail, period: str) -> Pledge:
    """Return the pledge of a period, to come by this rail; what was paid stays as it is."""
    pledge, _ = pledge_for(plan, period)
    if pledge.rail_id != rail.pk and not pledge.movements.exists():
        pledge.rail = rail
        pledge.save(update_fields=["rail"])
    pledge.refresh_from_db()
    return pledge


@transaction.atomic
def _by_letter(plan: Plan, rail: Rail, now: datetime) -> str:
    rows = Plan.objects.filter(
        pk=plan.pk, state__in=[PlanState.NEEDS_RECONSENT, PlanState.PAST_DUE]
    )
    rows.update(
        state=PlanState.ACTIVE,
        collecting=Collecting.REMINDER,
        rail=rail,
        reconsent_at=None,
    )
    Reconsent.objects.filter(plan=plan, wave=plan.wave).update(answer=Answer.AGREED, at=now)
    return public_url(f"plan/{plan_link(plan, now)}")
