"""Days and periods of monthly gifts: there is one pledge for each (plan, period), ever."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid5

from django.db import IntegrityError

from handpress.donations.actions.pledges import write_pledge
from handpress.donations.models import Frequency, Plan, Pledge
from handpress.press.site import site_facts


def local_day(now: datetime) -> date:
    """Return the newsroom's day."""
    return now.astimezone(site_facts().zone).date()


def pledge_for(plan: Plan, period: str) -> tuple[Pledge, bool]:
    """Return the pledge of a plan for a period, and whether it is new; there is one, ever."""
    rows = Pledge.objects.filter(plan=plan, period=period)
    if known := rows.first():
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
        )
    except IntegrityError:
        # Somebody else was faster, by another form.
        if faster := rows.first():
            return faster, False
        raise
