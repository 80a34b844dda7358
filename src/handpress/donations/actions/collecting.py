"""Monthly gifts that are due: asked for once each, whatever runs twice or was away for a while."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from handpress.donations.actions.attempts import order_of, prepare
from handpress.donations.actions.charging import (
    LET_GO,
    NEVER_ARRIVED,
    has_come,
    last_charged,
    let_go,
    takes_charges,
    usable_mandate,
)
from handpress.donations.actions.following import is_for_later, strand
from handpress.donations.actions.one_by_one import one_by_one
from handpress.donations.actions.outcomes import GIVEN_UP, locked_plan
from handpress.donations.actions.periods import local_day, pledge_for
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.core.schedule import (
    latest_due,
    may_charge_on,
    next_after,
    period_of,
)
from handpress.donations.letters import write_reminder
from handpress.donations.models import (
    COMPANY_KINDS,
    SETTLED,
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    Plan,
    PlanState,
    Pledge,
    Purpose,
)
from handpress.donations.queries.plans import asked_in_vain, has_way
from handpress.press.prepared import Prepared
from handpress.press.site import site_facts

__all__ = ["charge_lost_again", "collect_due", "local_day", "pledge_for", "try_declined_again"]

_LOST_AGAIN = timedelta(days=3)


def collect_due(now: datetime, most: int = 200) -> int:
    """Write down what is due today: a pledge for each (plan, period), and how it is to come.

    Returns how many pledges were written. Nothing is sent from here. Of months that were missed
    only the last is asked for; a gift that would come too close to the one before waits.
    """
    today = local_day(now)
    return one_by_one(_DUE.rows(today), lambda pk: _collect(pk, today, now), most)


def _due(today: date) -> QuerySet[Plan, int]:
    due = Plan.objects.filter(state=PlanState.ACTIVE, next_due__lte=today)
    by_us = ~Q(collecting=Collecting.STANDING_ORDER) & (
        # What our own bank collects goes out as a file.
        ~Q(collecting=Collecting.MANDATE) | Q(rail__kind__in=COMPANY_KINDS)
    )
    return due.filter(by_us).order_by("next_due", "pk").values_list("pk", flat=True)


_DUE = Prepared(_due)


@transaction.atomic
def _collect(pk: int, today: date, now: datetime) -> bool:
    plan = _PLAN.first(pk)
    if plan is None or plan.state != PlanState.ACTIVE or plan.next_due > today:
        return False
    if plan.donor.erased_at is not None:
        cancel_plan(plan, now)
        return False
    mandate = None
    if plan.collecting == Collecting.MANDATE:
        mandate = usable_mandate(plan)
        if mandate is None:
            strand(plan, now)
            return False
    elif not _may_remind(plan, now):
        return False
    if _is_in_doubt(plan, now):
        return False
    last = last_charged(plan)
    if last and not may_charge_on(today, last):
        return False
    let_go(plan, now)
    due = latest_due(plan.next_due, plan.anchor_day, today)
    Plan.objects.filter(pk=pk).update(next_due=next_after(due, plan.anchor_day))
    pledge, is_new = pledge_for(plan, period_of(due))
    if not is_new and _is_asked_for(pledge):
        return False
    if mandate is not None:
        prepare_charge(pledge, mandate, now)
    else:
        write_reminder(plan, pledge, now)
    return True


_PLAN = Prepared(
    lambda pk: (
        Plan.objects.select_for_update(of=("self",))
        .filter(pk=pk)
        .select_related("rail__sponsor", "donor", "campaign")
    )
)


def _may_remind(plan: Plan, now: datetime) -> bool:
    """Say whether a letter can ask for a plan's gift now.

    One whose company is lost must be agreed to anew first, unless its donor was asked that in vain.
    Where no way works, a letter would lead nowhere: it waits, and of what was missed meanwhile only
    the last is asked for.
    """
    if plan.rail.is_company and not takes_charges(plan.rail) and not asked_in_vain(plan):
        strand(plan, now)
        return False
    return has_way(plan)


def _is_in_doubt(plan: Plan, now: datetime) -> bool:
    """Say whether it is not known yet if a gift of a plan comes: nothing else is asked for then.

    That is while a charge may have been taken, and while a page to pay at once is open, of whatever
    company. A charge of which a company that the plan has left never told holds up nothing.
    """
    rows = Attempt.objects.filter(pledge__plan=plan).exclude(state__in=SETTLED)
    charges = rows.filter(
        purpose=Purpose.CHARGE,
        rail=plan.rail,
        state__in=[AttemptState.SENT, AttemptState.UNKNOWN],
    )
    pages = rows.filter(purpose=Purpose.BEGIN, created_at__gt=now - GIVEN_UP)
    return charges.exists() or any(not is_for_later(page) for page in pages)


def _is_asked_for(pledge: Pledge) -> bool:
    """Say whether a pledge of a period has been paid, or its charge was written down before."""
    charges = pledge.attempts.filter(purpose=Purpose.CHARGE)
    return has_come(pledge) or charges.exclude(code=LET_GO).exists()


def prepare_charge(pledge: Pledge, mandate: Mandate, now: datetime) -> Attempt:
    """Write down that a pledge is to be charged; the key is this try's."""
    site = site_facts()
    order = order_of(pledge, words=site.name[:100], is_monthly=True, language=site.language)
    asked = {"mandate": mandate.remote_id, "order": order}
    return prepare(pledge, Purpose.CHARGE, asked, now=now, rail=mandate.rail)


def try_declined_again(now: datetime, most: int = 200) -> int:
    """Write down new tries of charges whose day for that has come; return how many."""
    rows = _DECLINED.rows(local_day(now))
    return one_by_one(rows, lambda pk: _charge_again(pk, now), most)


_DECLINED = Prepared(
    lambda today: Attempt.objects.filter(
        purpose=Purpose.CHARGE,
        state=AttemptState.DECLINED,
        again_on__lte=today,
        pledge__plan__state=PlanState.ACTIVE,
    ).values_list("pk", flat=True)
)


def charge_lost_again(now: datetime, most: int = 200) -> int:
    """Write down new tries of charges that never arrived, as a look at the company has shown."""
    rows = _LOST.rows(now - _LOST_AGAIN)
    return one_by_one(rows, lambda pk: _charge_again(pk, now), most)


_LOST = Prepared(
    lambda since: Attempt.objects.filter(
        purpose=Purpose.CHARGE,
        state=AttemptState.DEAD,
        code=NEVER_ARRIVED,
        ended_at__gte=since,
        pledge__plan__state=PlanState.ACTIVE,
    ).values_list("pk", flat=True)
)


@transaction.atomic
def _charge_again(pk: int, now: datetime) -> bool:
    """Try a charge once more that came to nothing, unless something else came of it since."""
    attempt = Attempt.objects.select_related("pledge", "rail").get(pk=pk)
    pledge = attempt.pledge
    plan = locked_plan(attempt)
    if plan is None:
        return False
    taken = Attempt.objects.filter(
        Q(again_on__isnull=False) | Q(state=AttemptState.DEAD), pk=pk
    ).update(again_on=None)
    mandate = usable_mandate(plan)
    is_old = plan.pledges.filter(period__gt=pledge.period).exists()
    has_newer = pledge.attempts.filter(purpose=Purpose.CHARGE, pk__gt=pk).exists()
    if not taken or plan.state != PlanState.ACTIVE or mandate is None:
        return False
    if is_old or has_newer or has_come(pledge) or mandate.rail_id != attempt.rail_id:
        return False
    prepare_charge(pledge, mandate, now)
    return True
