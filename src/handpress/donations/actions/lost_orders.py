"""Standing orders to an account that is lost: their donors are asked to change them.

Only a donor can change what their bank sends. A letter asks for it, and two more as long as no
gift came to another account; none bears an account's number. The first waits until the hand-over
cannot be taken back any more: nobody is sent to their bank by a wrong button.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from handpress.donations.actions.following import TAKEN_BACK_WITHIN
from handpress.donations.actions.one_by_one import one_by_one
from handpress.donations.actions.periods import pledge_for
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.core.schedule import next_after, period_of
from handpress.donations.letters import address_to, write_change_order
from handpress.donations.models import (
    Donor,
    LostOrder,
    OrderAnswer,
    Plan,
    Pledge,
    Rail,
    Sponsor,
)
from handpress.donations.queries.orders import (
    account_instead,
    accounts_now,
    donors_of_orders,
    goes_to,
    lost_order_of,
    open_orders,
    orders_to,
    plans_without_order,
)
from handpress.press.prepared import Prepared

STEPS = (0, 7, 21)
"""Days after the first letter on which one is written."""
_STOPS_AFTER = timedelta(days=30)
_FIRST_AFTER = TAKEN_BACK_WITHIN + timedelta(minutes=5)
"""When the first is written, wherever clocks differ a little."""


def lose_orders(sponsor: Sponsor, now: datetime) -> int:
    """Note whose standing orders go to a sponsor that is suspended now; return how many donors.

    In the transaction that suspends it.
    """
    donors = sorted(donors_of_orders(sponsor, now))
    LostOrder.objects.bulk_create(
        LostOrder(donor_id=donor, sponsor=sponsor, lost_at=now) for donor in donors
    )
    return len(donors)


def take_back_orders(sponsor: Sponsor) -> int:
    """Forget of a hand-over whoever was not written to yet; return how many.

    In the transaction that offers the sponsor again: their standing orders go where they should.
    """
    if sponsor.suspended_at is None:
        return 0
    rows = LostOrder.objects.filter(sponsor=sponsor, lost_at=sponsor.suspended_at)
    count, _ = rows.filter(written_at__isnull=True, post_letter__isnull=True).delete()
    return count


def ask_to_change(now: datetime, most: int = 100) -> int:
    """Write the letters about lost standing orders that are due, some at a time; return how many.

    Each step's letter is written once, and none while there is no other account.
    """
    due = [(0, _FIRST.rows(now - _FIRST_AFTER))]
    ends = (*(timedelta(days=step) for step in STEPS[2:]), _STOPS_AFTER)
    for step, end in zip(STEPS[1:], ends, strict=True):
        # Whoever missed a step, since nothing ran, gets the one that is due now and no other.
        due.append((step, _LATER.rows(step, now - timedelta(days=step), now - end)))
    written = 0
    if any(rows for _, rows in due) and (accounts := accounts_now()):
        for step, rows in due:
            ask = partial(_ask, now=now, step=step, accounts=accounts)
            written += one_by_one(rows, ask, most - written)
    return written


def _first(until: datetime) -> QuerySet[LostOrder, int]:
    rows = open_orders().filter(written_at__isnull=True, by_post=False, lost_at__lte=until)
    return rows.order_by("pk").values_list("pk", flat=True)


def _later(step: int, until: datetime, after: datetime) -> QuerySet[LostOrder, int]:
    rows = open_orders().filter(
        step__lt=step, by_post=False, written_at__lte=until, written_at__gt=after
    )
    return rows.order_by("pk").values_list("pk", flat=True)


_FIRST = Prepared(_first)
_LATER = Prepared(_later)


@transaction.atomic
def _ask(pk: int, *, now: datetime, step: int, accounts: Sequence[Rail]) -> int:
    lost = LostOrder.objects.select_related("sponsor__successor", "donor").get(pk=pk)
    # Before the row, as whoever offers the sponsor again does: it is offered, or it is asked for.
    Sponsor.objects.select_for_update(no_key=True).get(pk=lost.sponsor_id)
    row = open_orders().select_for_update(of=("self",)).filter(pk=pk).first()
    is_first = step == 0
    if row is None or row.by_post or (row.written_at is None) != is_first:
        return 0
    if not is_first and row.step >= step:
        return 0
    orders = _orders_of(lost)
    if not orders and is_first:
        # They were ended, or go elsewhere by now: there was nothing to ask for.
        row.delete()
        return 0
    there = [one for one in orders if account_instead(lost.sponsor, one.currency, accounts)]
    if orders and not there:
        return 0
    row.step = step
    row.written_at = row.written_at or now
    to = address_to(lost.donor)
    if there and not to:
        row.by_post = True
        row.written_at = None if is_first else row.written_at
    row.save(update_fields=["step", "written_at", "by_post"])
    if there and to:
        write_change_order(lost, to, there, now, is_first=is_first)
    return int(bool(there and to))


def _orders_of(lost: LostOrder) -> list[Pledge]:
    """Return a donor's standing orders that still go to the lost account."""
    donor, sponsor = lost.donor, lost.sponsor
    found = list(orders_to(sponsor, lost.lost_at).filter(donor=donor))
    nameless = plans_without_order(sponsor).filter(donor=donor)
    return found + [_named(plan) for plan in nameless.select_related("rail", "donor", "campaign")]


def _named(plan: Plan) -> Pledge:
    """Give a standing order from another system its reference, which stays from then on."""
    due = plan.next_due
    while True:
        pledge, _ = pledge_for(plan, period_of(due))
        if pledge.rail_id == plan.rail_id:
            return pledge
        due = next_after(due, plan.anchor_day)


@transaction.atomic
def answer_order(pledge: Pledge, answer: OrderAnswer, now: datetime) -> bool:
    """Note what a donor says of a standing order that was lost; False where nobody asked.

    Whoever says that it is ended ends the monthly gift with it, where there is one.
    """
    lost = _asked_about(pledge)
    if lost is None or lost.answer == answer:
        return False
    LostOrder.objects.filter(pk=lost.pk).update(answer=answer, answered_at=now)
    if answer == OrderAnswer.ENDED and pledge.plan:
        cancel_plan(pledge.plan, now)
    return True


def _asked_about(pledge: Pledge) -> LostOrder | None:
    donor: Donor | None = pledge.donor
    return lost_order_of(donor, goes_to(pledge).sponsor) if donor else None
