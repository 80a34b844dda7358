"""Monthly gifts that are due: asked for once each, whatever runs twice or was away for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid5

from django.db import transaction
from django.db.models import Max

from handpress.donations.actions.attempts import order_of, prepare
from handpress.donations.actions.following import is_for_later
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.core.schedule import (
    AT_LEAST,
    latest_due,
    may_charge_on,
    next_after,
    period_of,
)
from handpress.donations.letters import write_reminder
from handpress.donations.models import (
    COMPANY_KINDS,
    Attempt,
    AttemptState,
    Collecting,
    Frequency,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    RailState,
)
from handpress.press.site import site_facts


def local_day(now: datetime) -> date:
    """Return the newsroom's day."""
    return now.astimezone(site_facts().zone).date()


def collect_due(now: datetime, most: int = 200) -> int:
    """Write down what is due today: a pledge for each (plan, period), and how it is to come.

    Returns how many pledges were written. Nothing is sent from here.
    """
    today = local_day(now)
    due = Plan.objects.filter(state=PlanState.ACTIVE, next_due__lte=today)
    ids = due.exclude(collecting=Collecting.STANDING_ORDER).values_list("pk", flat=True)
    return sum(_collect(pk, today, now) for pk in list(ids.order_by("next_due", "pk")[:most]))


@transaction.atomic
def _collect(pk: int, today: date, now: datetime) -> bool:
    rows = Plan.objects.select_for_update(of=("self",)).select_related("rail", "donor", "campaign")
    plan = rows.get(pk=pk)
    if plan.state != PlanState.ACTIVE or plan.next_due > today:
        return False
    by_mandate = plan.collecting == Collecting.MANDATE
    if by_mandate and plan.rail.kind not in COMPANY_KINDS:
        # What our own bank collects goes out as a file.
        return False
    mandate = _usable(plan)
    if by_mandate and (mandate is None or plan.rail.state == RailState.REVOKED):
        Plan.objects.filter(pk=pk).update(state=PlanState.NEEDS_RECONSENT)
        return False
    due = latest_due(plan.next_due, plan.anchor_day, today)
    last = last_asked(plan)
    if last and not may_charge_on(today, last):
        Plan.objects.filter(pk=pk).update(next_due=last + AT_LEAST)
        return False
    Plan.objects.filter(pk=pk).update(next_due=next_after(due, plan.anchor_day))
    pledge, is_new = pledge_for(plan, period_of(due))
    if not is_new and _is_asked_for(pledge):
        return False
    if mandate is not None and by_mandate:
        prepare_charge(pledge, mandate.remote_id, now)
    else:
        write_reminder(plan, pledge, now)
    return True


def pledge_for(plan: Plan, period: str) -> tuple[Pledge, bool]:
    """Return the pledge of a plan for a period, and whether it is new; there is one, ever."""
    known = Pledge.objects.filter(plan=plan, period=period).first()
    if known:
        return known, False
    return write_pledge(
        rail=plan.rail,
        amount=plan.amount_minor,
        currency=plan.currency,
        frequency=Frequency.MONTHLY,
        nonce=uuid5(plan.uuid, period),
        campaign=plan.campaign,
        donor=plan.donor,
        plan=plan,
        period=period,
    )


def _is_asked_for(pledge: Pledge) -> bool:
    """Say whether a pledge of a period has been paid or asked for, in whatever way."""
    if pledge.movements.exists():
        return True
    return any(not is_for_later(attempt) for attempt in pledge.attempts.all())


def last_asked(plan: Plan) -> date | None:
    """Return the newsroom's day on which a plan's donor was last charged, or paid."""
    came = plan.pledges.aggregate(on=Max("movements__occurred_on"))["on"]
    charges = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE)
    asked = charges.aggregate(at=Max("created_at"))["at"]
    days = [day for day in (came, asked and local_day(asked)) if day]
    return max(days, default=None)


def prepare_charge(pledge: Pledge, mandate: str, now: datetime) -> Attempt:
    """Write down that a pledge is to be charged; the key is this try's."""
    site = site_facts()
    order = order_of(pledge, words=site.name[:100], is_monthly=True, language=site.language)
    return prepare(pledge, Purpose.CHARGE, {"mandate": mandate, "order": order}, now=now)


def _usable(plan: Plan | None) -> Mandate | None:
    """Return the mandate by which a plan's gifts are taken now."""
    if plan is None:
        return None
    return plan.mandates.filter(state=MandateState.ACTIVE, rail=plan.rail).first()


def try_declined_again(now: datetime, most: int = 200) -> int:
    """Write down new tries of charges whose day for that has come; return how many."""
    rows = Attempt.objects.filter(
        purpose=Purpose.CHARGE,
        state=AttemptState.DECLINED,
        again_on__lte=local_day(now),
        pledge__plan__state=PlanState.ACTIVE,
    )
    return sum(_try_again(pk, now) for pk in list(rows.values_list("pk", flat=True)[:most]))


@transaction.atomic
def _try_again(pk: int, now: datetime) -> bool:
    taken = Attempt.objects.filter(pk=pk, again_on__isnull=False).update(again_on=None)
    if not taken:
        return False
    attempt = Attempt.objects.select_related("pledge__plan", "pledge__rail").get(pk=pk)
    plan = attempt.pledge.plan
    mandate = _usable(plan)
    if mandate is None or attempt.rail_id != mandate.rail_id:
        return False
    prepare_charge(attempt.pledge, mandate.remote_id, now)
    return True


def charge_lost_again(now: datetime) -> int:
    """Write down new tries of charges that never arrived, as a look at the company has shown."""
    rows = Attempt.objects.filter(
        purpose=Purpose.CHARGE,
        state=AttemptState.DEAD,
        code="never-arrived",
        ended_at__gte=now - timedelta(days=3),
        pledge__plan__state=PlanState.ACTIVE,
    ).select_related("pledge__plan", "pledge__rail")
    return sum(_charge_lost(attempt, now) for attempt in rows)


@transaction.atomic
def _charge_lost(attempt: Attempt, now: datetime) -> bool:
    later = attempt.pledge.attempts.filter(purpose=Purpose.CHARGE, pk__gt=attempt.pk)
    has_come = attempt.pledge.movements.exists()
    plan = attempt.pledge.plan
    mandate = _usable(plan)
    if later.exists() or has_come or mandate is None:
        return False
    prepare_charge(attempt.pledge, mandate.remote_id, now)
    return True


def mandates_to_end() -> Iterator[int]:
    """Yield mandates that ended here, and of which the company was not told."""
    rows = Mandate.objects.filter(state=MandateState.ENDED, told_at__isnull=True)
    yield from rows.filter(rail__kind__in=COMPANY_KINDS).values_list("pk", flat=True)[:50]
