"""A design that anybody might write first; it must fail, or the test of ours proves nothing."""

from __future__ import annotations

import json
from datetime import datetime
from unittest import mock
from uuid import uuid4

from donations.charging.playing import Player, Schedule
from handpress.donations import sealing, tasks
from handpress.donations.actions.absorbing import absorb_snapshot, absorb_told
from handpress.donations.actions.periods import local_day, pledge_for
from handpress.donations.companies.contract import Order, Told
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.understanding import understood
from handpress.donations.core.movements import Kind
from handpress.donations.core.schedule import next_after, period_of
from handpress.donations.models import (
    Attempt,
    AttemptState,
    CompanyEvent,
    EventState,
    Plan,
    PlanState,
    Purpose,
)


class Naive(Player):
    """Charges whatever is due with no word of it before, and believes what events say."""

    def play(self, schedule: Schedule) -> None:
        with (
            mock.patch.object(tasks, "collect_due", self.charge_at_once),
            mock.patch.object(tasks, "understand", believe),
        ):
            super().play(schedule)

    def charge_at_once(self, now: datetime, most: int = 200) -> int:
        """Take what is due, and write it down afterwards."""
        today = local_day(now)
        for plan in Plan.objects.filter(state=PlanState.ACTIVE, next_due__lte=today):
            try:
                self.charge(plan, now)
            except CompanyError:
                continue
            Plan.objects.filter(pk=plan.pk).update(
                next_due=next_after(plan.next_due, plan.anchor_day)
            )
        return 0

    def charge(self, plan: Plan, now: datetime) -> None:
        pledge, _ = pledge_for(plan, period_of(plan.next_due))
        order = Order(reference=pledge.reference, minor=plan.amount_minor, currency="EUR", words="")
        mandate = plan.mandates.get().remote_id
        attempt = Attempt.objects.create(
            rail=plan.rail,
            pledge=pledge,
            purpose=Purpose.CHARGE,
            key=str(uuid4()),
            state=AttemptState.DONE,
            asked={"mandate": mandate},
        )
        with understood():
            told = self.world.company.charge(mandate, order, key=attempt.key)
        absorb_snapshot(plan.rail, told, pledge, now=now)


def believe(event: CompanyEvent, *, now: datetime) -> EventState:
    """Book what an event says has moved."""
    said = json.loads(json.loads(sealing.unseal_text(event.sealed))["body"])
    told = Told(
        kind=Kind.CAPTURE,
        remote_id=f"cap_{said['about']}",
        minor=said["minor"],
        currency="EUR",
        at=now,
    )
    absorb_told(event.rail, [told], now=now)
    CompanyEvent.objects.filter(pk=event.pk).update(state=EventState.DONE, look_at=None)
    return EventState.DONE
