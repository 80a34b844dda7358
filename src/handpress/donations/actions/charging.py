"""Whether a charge is still wanted at the moment it is sent, and what is let go.

Between the day a gift is due and the moment its company answers, a donor may have paused, ended, or
paid by another way. What is said here is said while the plan is locked: once a donor's change is
committed, nothing more goes out.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Max, Q

from handpress.donations.actions.outcomes import end, locked_plan, postpone
from handpress.donations.actions.periods import local_day
from handpress.donations.core.movements import GIFTS
from handpress.donations.core.pulse import CHECK_CLOSED_EVERY
from handpress.donations.core.schedule import AT_LEAST, may_charge_on
from handpress.donations.models import (
    Attempt,
    AttemptState,
    Health,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    Rail,
    RailHealth,
    RailState,
    SponsorState,
)
from handpress.press.prepared import Prepared
from handpress.press.site import site_facts

LET_GO, PAID, NEVER_ARRIVED = "let-go", "paid", "never-arrived"
_CHARGES = (RailState.ENABLED, RailState.PAUSED)


def is_wanted(attempt: Attempt, now: datetime, held: datetime | None) -> bool:
    """Say whether a charge may go out now, in the transaction that claims it.

    One that is not wanted any more ends here; one too close to the gift before waits, as does one
    whose company takes money and hands none on. What was sent before goes out again only for
    somebody who has looked for it first (``held``).
    """
    plan = locked_plan(attempt)
    sent_at = _SENT_AT.rows(attempt.pk)[0]
    if plan is None or (sent_at is not None and held is None):
        return False
    if why := _hindrance(plan, attempt):
        end(attempt, AttemptState.DEAD, why, now)
        return False
    if sent_at is None and _KEEPS_IT.finds(attempt.rail_id):
        # What it takes now may never come out of there.
        postpone(attempt, now + CHECK_CLOSED_EVERY)
        return False
    last = last_charged(plan, besides=attempt.pledge)
    if sent_at is None and last and not may_charge_on(local_day(now), last):
        morning = datetime.combine(last + AT_LEAST, time(), site_facts().zone)
        postpone(attempt, morning)
        return False
    return True


_KEEPS_IT = Prepared(
    lambda rail: RailHealth.objects.filter(
        rail=rail, state=Health.PAYOUTS_BLOCKED.value
    ).values_list("pk")
)
_SENT_AT = Prepared(lambda pk: Attempt.objects.filter(pk=pk).values_list("sent_at", flat=True))


def _hindrance(plan: Plan, attempt: Attempt) -> str:
    is_agreed = _AGREED.finds(plan.pk, attempt.rail_id, attempt.asked["mandate"])
    if plan.state != PlanState.ACTIVE or not is_agreed or not takes_charges(attempt.rail):
        return LET_GO
    return PAID if has_come(attempt.pledge) else ""


_AGREED = Prepared(
    lambda plan, rail, name: Mandate.objects.filter(
        plan=plan, rail=rail, remote_id=name, state=MandateState.ACTIVE
    ).values_list("pk")
)


def takes_charges(rail: Rail) -> bool:
    """Say whether gifts are taken by mandates on a rail: also where new donors are not sent to."""
    return _TAKES_CHARGES.finds(rail.pk)


_TAKES_CHARGES = Prepared(
    lambda rail: Rail.objects.filter(
        pk=rail, sponsor__state=SponsorState.LIVE, state__in=_CHARGES
    ).values_list("pk")
)


def has_come(pledge: Pledge) -> bool:
    """Say whether a gift has come for a pledge, whatever was done to it afterwards."""
    return _HAS_COME.finds(pledge.pk)


_GIFTS = [kind.value for kind in GIFTS]
_HAS_COME = Prepared(
    lambda pledge: Movement.objects.filter(pledge=pledge, kind__in=_GIFTS).values_list("pk")[:1]
)


def last_charged(plan: Plan, *, besides: Pledge | None = None) -> date | None:
    """Return the newsroom's day on which a plan's donor was last charged, or paid.

    A charge counts from the day it was sent, whatever became of it, unless it was declined; one of
    which it is known that it never arrived does not.
    """
    gifts = Movement.objects.filter(pledge__plan=plan, kind__in=_GIFTS)
    charges = Attempt.objects.filter(
        pledge__plan=plan, purpose=Purpose.CHARGE, sent_at__isnull=False
    ).exclude(state__in=[AttemptState.DECLINED, AttemptState.DEAD])
    if besides is not None:
        gifts, charges = gifts.exclude(pledge=besides), charges.exclude(pledge=besides)
    came = gifts.aggregate(on=Max("occurred_on"))["on"]
    asked = charges.aggregate(at=Max("sent_at"))["at"]
    return max((day for day in (came, asked and local_day(asked)) if day), default=None)


def usable_mandate(plan: Plan) -> Mandate | None:
    """Return the mandate by which a plan's gifts are taken now."""
    found = _IN_USE.first(plan.pk, plan.rail_id)
    return found if found and takes_charges(found.rail) else None


_IN_USE = Prepared(
    lambda plan, rail: (
        Mandate.objects.filter(plan=plan, rail=rail, state=MandateState.ACTIVE)
        .select_related("rail__sponsor")
        .order_by("pk")
    )
)


def let_go(plan: Plan, now: datetime) -> None:
    """Ask no more for what was to be taken for a plan and was not asked for yet.

    In the transaction that changes the plan; what was sent already is looked for all the same.
    """
    numbers = _TO_LET_GO.rows(plan.pk)
    if not numbers:
        return
    charges = Attempt.objects.filter(pk__in=numbers)
    charges.filter(state=AttemptState.PREPARED).update(
        state=AttemptState.DEAD, code=LET_GO, look_at=None, leased_until=None, ended_at=now
    )
    charges.filter(state=AttemptState.DEAD, code=NEVER_ARRIVED).update(code=LET_GO)
    charges.filter(again_on__isnull=False).update(again_on=None)


_TO_LET_GO = Prepared(
    lambda plan: Attempt.objects.filter(
        Q(state=AttemptState.PREPARED)
        | Q(state=AttemptState.DEAD, code=NEVER_ARRIVED)
        | Q(again_on__isnull=False),
        pledge__plan=plan,
        purpose=Purpose.CHARGE,
    ).values_list("pk", flat=True)
)
