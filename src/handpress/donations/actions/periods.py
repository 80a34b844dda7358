"""Days and periods of monthly gifts: there is one pledge for each (plan, period), ever."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid5

from django.db import IntegrityError

from handpress.donations.actions.pledges import write_pledge
from handpress.donations.models import Frequency, Plan, Pledge
from handpress.press.prepared import Prepared
from handpress.press.site import site_facts


def local_day(now: datetime) -> date:
    """Return the newsroom's day."""
    return now.astimezone(site_facts().zone).date()


def pledge_for(plan: Plan, period: str) -> tuple[Pledge, bool]:
    """Return the pledge of a plan for a period, and whether it is new; there is one, ever."""
    if known := _known(plan, period):
        return known, False
    try:
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
            cover=_cover_of(plan),
        )
    except IntegrityError:
        # Somebody else was faster, by another form.
        if faster := _known(plan, period):
            return faster, False
        raise


def _cover_of(plan: Plan) -> int:
    """Return what of a plan's sum is for a company's fee: as of the gift before, where that was of
    the same sum. Whoever chose another since said nothing of a fee."""
    last = _LAST.first(plan.pk)
    if last is None or last[0] != plan.amount_minor or not plan.rail.is_company:
        return 0
    return last[1]


_LAST = Prepared(
    lambda plan: (
        Pledge.objects.filter(plan=plan)
        .order_by("-period")
        .values_list("amount_minor", "cover_minor")[:1]
    )
)


def _known(plan: Plan, period: str) -> Pledge | None:
    known = _OF_PERIOD.first(plan.pk, period)
    if known is not None:
        known.plan = plan
    return known


_OF_PERIOD = Prepared(
    lambda plan, period: Pledge.objects.filter(plan=plan, period=period).select_related(
        "rail", "donor", "campaign"
    )
)
