"""Choosing a way for a monthly gift: a company that works now, a standing order, or a letter each
month."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from handpress.donations.actions.beginning import begin_gift, takes_mandates
from handpress.donations.actions.charging import let_go
from handpress.donations.actions.collecting import local_day, pledge_for
from handpress.donations.actions.following import end_mandates
from handpress.donations.companies import caps_of
from handpress.donations.core.schedule import latest_due, period_of
from handpress.donations.letters import gift_link, plan_link
from handpress.donations.models import (
    Answer,
    Collecting,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RailKind,
    Reconsent,
)
from handpress.press.answers import public_url


def cannot_take_alone(rail: Rail, plan: Plan, now: datetime) -> bool:
    """Say whether agreeing means to pay at once, before the plan's next day."""
    if not rail.is_company or plan.next_due <= local_day(now):
        return False
    caps = caps_of(rail)
    return caps.takes_mandates and not caps.agrees_without_paying


def agree_again(plan: Plan, rail: Rail, now: datetime) -> str:
    """Begin agreeing to a plan by a rail; return where that leads, "" where nobody answers.

    By a standing order or a letter each month it is agreed at once. By a company the plan
    waits as it is until the company says that the donor agreed; nothing is taken before the
    plan's next day, where the company can do that. Raises `beginning.TooMany`. Never inside a
    transaction.
    """
    today = local_day(now)
    is_due = plan.next_due <= today
    due = latest_due(plan.next_due, plan.anchor_day, today) if is_due else plan.next_due
    if not takes_mandates(rail):
        return _by_hand(plan, rail, now, period=period_of(due))
    with transaction.atomic():
        pledge = _pledge(plan, rail, period_of(due))
        Reconsent.objects.filter(plan=plan, wave=plan.wave).update(pledge=pledge)
    is_for_later = not is_due and caps_of(rail).agrees_without_paying
    return begin_gift(pledge, now, network=None, is_for_later=is_for_later, is_agreeing=True)


def is_taken(plan: Plan, rail: Rail) -> bool:
    """Say whether whoever gives a plan's gift by a rail agrees that later ones are taken there.

    Not where each is asked for by a letter: that says that nothing is taken by itself.
    """
    return takes_mandates(rail) and plan.collecting != Collecting.REMINDER


def give_by(pledge: Pledge, plan: Plan, rail: Rail, now: datetime) -> str:
    """Let the gift of a month come by another rail, and a plan's later ones; return where it leads.

    "" where nobody answers. Where later gifts are taken (`is_taken`), the plan follows when the
    company says that its donor agreed. Raises `beginning.TooMany`. Never inside a transaction.
    """
    if is_taken(plan, rail):
        _move(pledge, rail)
        return begin_gift(pledge, now, network=None, is_agreeing=True)
    with transaction.atomic():
        _move(pledge, rail)
        _go_on_by(plan, rail, now)
    if rail.is_company:
        return begin_gift(pledge, now, network=None)
    return public_url(f"gift/{gift_link(pledge, now)}")


def _pledge(plan: Plan, rail: Rail, period: str) -> Pledge:
    """Return the pledge of a period, to come by this rail; what was paid stays as it is."""
    pledge, _ = pledge_for(plan, period)
    _move(pledge, rail)
    return pledge


def _move(pledge: Pledge, rail: Rail) -> None:
    if pledge.rail_id != rail.pk and not pledge.movements.exists():
        pledge.rail = rail
        if not rail.is_company:
            pledge.cover_minor = 0
        pledge.save(update_fields=["rail", "cover_minor"])


@transaction.atomic
def _by_hand(plan: Plan, rail: Rail, now: datetime, *, period: str) -> str:
    _go_on_by(plan, rail, now)
    if rail.kind != RailKind.BANK:
        return public_url(f"plan/{plan_link(plan, now)}")
    # There the account stands, and the one reference that each transfer bears.
    return public_url(f"gift/{gift_link(_pledge(plan, rail, period), now)}")


def _go_on_by(plan: Plan, rail: Rail, now: datetime) -> None:
    """Let a plan's gifts come from now on without being taken: nothing is, by whatever was before.

    One that is paused stays so; one that only begins, by a company's page, does when money comes.
    """
    found = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if found.state == PlanState.CANCELLED:
        return
    let_go(found, now)
    end_mandates(found, now)
    is_bank = rail.kind == RailKind.BANK
    found.collecting = Collecting.STANDING_ORDER if is_bank else Collecting.REMINDER
    found.rail, found.reconsent_at = rail, None
    waits = found.state == PlanState.STARTING and rail.is_company
    if found.state != PlanState.PAUSED and not waits:
        found.state, found.began_at = PlanState.ACTIVE, found.began_at or now
    found.save()
    Reconsent.objects.filter(plan=found, wave=found.wave).update(answer=Answer.AGREED, at=now)
    plan.refresh_from_db()
