"""Gifts that a company goes on taking by itself: subscriptions from before, which only it knows.

What it takes is the gift of its month, so that nothing is asked for twice. Where nobody wants it
any more, that is kept beside the gift for the overview (`queries.gifts.taken_in_vain`), and the
donor, who alone can end it, is told once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from handpress.donations.actions.periods import local_day, pledge_for
from handpress.donations.actions.writing import write_if_possible
from handpress.donations.core.schedule import period_of
from handpress.donations.letters import write_still_taken
from handpress.donations.models import (
    Collecting,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RemoteName,
)
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

TAKEN = "taken"
"""The kind of a `RemoteName` that is a gift, taken by a company though nobody wanted it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose gift a capture is; ``name`` where a company took it by itself."""

    pledge: Pledge | None
    name: RemoteName | None = None

    @property
    def is_thanked(self) -> bool:
        """Whether we write to its donor: not for what another system still looks after."""
        plan = self.name.plan if self.name else None
        return self.pledge is not None and not (plan and is_untouched(plan))


def owner_elsewhere(rail: Rail, names: Collection[str], at: datetime) -> Owner:
    """Return whose gift it is that a company took by itself at a moment, known by these names.

    That of a plan is the one of the month it was taken in, which may be paid for already: two
    gifts of a month stay one month's.
    """
    numbers = RemoteName.objects.filter(rail=rail, remote_id__in=names).order_by("pk")
    number = numbers.values_list("pk", flat=True).first()
    found = _NAMED.first(number) if number else None
    if found is None:
        return Owner(None)
    if found.plan is None:
        return Owner(found.pledge, found)
    pledge, _ = pledge_for(found.plan, period_of(local_day(at)))
    return Owner(pledge, found)


_NAMED = Prepared(
    lambda number: RemoteName.objects.filter(pk=number).select_related(
        "pledge__plan", "plan__rail", "plan__donor"
    )
)


def tell_still_taken(name: RemoteName, movement: Movement, now: datetime) -> None:
    """Note a gift that was taken and that nobody wants, and tell the donor once.

    In the caller's transaction, in which the gift is booked.
    """
    plan = name.plan
    if plan is None or is_expected(plan):
        return
    RemoteName.objects.get_or_create(
        rail=movement.rail, kind=TAKEN, remote_id=movement.remote_id, defaults={"plan": plan}
    )
    logger.error(
        "still_taken_elsewhere",
        extra={"rail": name.rail_id, "plan": plan.pk, "movement": movement.pk},
    )
    write_if_possible(write_still_taken, plan, movement.rail, now, name=str(name.pk))


def is_expected(plan: Plan) -> bool:
    """Say whether a plan's gifts come by a company without being asked for by us.

    Not those of a standing order at a bank: its donor would give by both.
    """
    is_order = plan.state == PlanState.ACTIVE and plan.collecting == Collecting.STANDING_ORDER
    return (is_order and plan.rail.is_company) or is_untouched(plan)


def is_untouched(plan: Plan) -> bool:
    """Say whether a plan waits to be taken over, as a list brought it; its gifts go on."""
    waits = plan.state in {PlanState.PAUSED, PlanState.NEEDS_RECONSENT}
    is_new = plan.wave == 0 and plan.reconsent_at is None and plan.began_at is None
    return bool(plan.source) and waits and is_new
