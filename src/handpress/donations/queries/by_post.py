"""Letters to donors whom no mail reaches: which have to be posted, and which were.

A letter is known by a key: ``order-7`` is what is kept of a donor's standing orders to a lost
account, ``plan-7`` of a monthly gift to be agreed to anew, ``nobody-7`` a standing order of nobody
known, by its promise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from handpress.donations.models import (
    BankLine,
    Donor,
    LostOrder,
    Plan,
    PlanLetter,
    PlanState,
    Pledge,
    PostLetter,
    Reconsent,
    Sponsor,
    SponsorState,
)
from handpress.donations.queries.orders import open_orders, orders_to
from handpress.donations.queries.plans import UNANSWERED, UNREACHED

ORDER, PLAN, NOBODY = "order", "plan", "nobody"


@dataclass(frozen=True, slots=True)
class ByPost:
    """Somebody whom a letter reaches by post alone, and what it is about.

    That are standing orders to a lost account, or a ``plan`` to be agreed to anew. ``donor`` is
    None where nobody told who they are; then ``orders`` is one.
    """

    key: str
    donor: Donor | None
    orders: tuple[Pledge, ...] = ()
    plan: Plan | None = None


def waiting_for_post() -> dict[str, datetime]:
    """Return the keys of letters that have to be posted, in order, and when their way was lost.

    A fixed number of queries, and one for each lost sponsor.
    """
    orders = open_orders().filter(by_post=True, post_letter__isnull=True).order_by("pk")
    found = {f"{ORDER}-{pk}": at for pk, at in orders.values_list("pk", "lost_at")}
    plans = _unreached().filter(post_letter__isnull=True).order_by("pk")
    found |= {f"{PLAN}-{pk}": at for pk, at in plans.values_list("pk", "at")}
    for sponsor in Sponsor.objects.filter(state=SponsorState.SUSPENDED, suspended_at__isnull=False):
        lost_at = sponsor.suspended_at
        assert lost_at is not None
        posted = PostLetter.objects.filter(pledge=OuterRef("pk"), lost_at=lost_at)
        nobodys = orders_to(sponsor, lost_at).filter(
            ~Exists(posted), donor__isnull=True, movements__isnull=False
        )
        numbers = nobodys.values_list("pk", flat=True).distinct()
        found |= {f"{NOBODY}-{pk}": lost_at for pk in numbers}
    return found


def _unreached() -> QuerySet[Reconsent]:
    """Return monthly gifts to be agreed to anew whose donors were written to in vain."""
    noted = PlanLetter.objects.filter(plan=OuterRef("plan"), wave=OuterRef("wave"), about=UNREACHED)
    return Reconsent.objects.filter(
        Exists(noted),
        wave=F("plan__wave"),
        answer__in=UNANSWERED,
        plan__state=PlanState.NEEDS_RECONSENT,
        plan__donor__erased_at__isnull=True,
    )


def posted_letters(now: datetime, days: int = 180) -> QuerySet[PostLetter]:
    """Return the letters that were noted as posted in the last days, the newest first."""
    rows = PostLetter.objects.filter(at__gte=now - timedelta(days=days))
    return rows.select_related("by").order_by("-posted_on", "-pk")


def key_of(letter: PostLetter) -> str:
    """Return the key of a letter that was posted."""
    if letter.order_id:
        return f"{ORDER}-{letter.order_id}"
    if letter.reconsent_id:
        return f"{PLAN}-{letter.reconsent_id}"
    return f"{NOBODY}-{letter.pledge_id}"


def by_post(keys: Iterable[str]) -> dict[str, ByPost]:
    """Return to whom letters go, in order; three queries, and one for each hand-over."""
    numbers: dict[str, list[int]] = defaultdict(list)
    some = list(keys)
    for key in some:
        kind, _, number = key.partition("-")
        numbers[kind].append(int(number))
    known = LostOrder.objects.select_related("sponsor", "donor").in_bulk(numbers[ORDER])
    orders = _orders_of(known.values())
    rows = Reconsent.objects.select_related("plan__donor", "plan__rail")
    agreeing = rows.in_bulk(numbers[PLAN])
    nobodys = Pledge.objects.in_bulk(numbers[NOBODY])
    found = {}
    for key in some:
        kind, _, number = key.partition("-")
        pk = int(number)
        if row := known.get(pk) if kind == ORDER else None:
            theirs = tuple(orders[row.sponsor_id, row.donor_id])
            found[key] = ByPost(key, row.donor, theirs)
        elif asked := agreeing.get(pk) if kind == PLAN else None:
            found[key] = ByPost(key, asked.plan.donor, plan=asked.plan)
        elif order := nobodys.get(pk) if kind == NOBODY else None:
            found[key] = ByPost(key, None, (order,))
    return found


def _orders_of(rows: Iterable[LostOrder]) -> dict[tuple[int, int | None], list[Pledge]]:
    orders: dict[tuple[int, int | None], list[Pledge]] = defaultdict(list)
    some = list(rows)
    for sponsor, at in {(row.sponsor, row.lost_at) for row in some}:
        donors = [row.donor_id for row in some if row.sponsor_id == sponsor.pk]
        for order in orders_to(sponsor, at).filter(donor__in=donors):
            orders[sponsor.pk, order.donor_id].append(order)
    return orders


def payers_of(pledges: Iterable[Pledge]) -> dict[int | None, BankLine]:
    """Return the last line of a bank by which each of the promises was paid; one query."""
    rows = BankLine.objects.filter(movement__pledge__in=list(pledges)).select_related("movement")
    return {row.movement.pledge_id: row for row in rows.order_by("on", "pk") if row.movement}
