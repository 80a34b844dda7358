"""Standing orders at donors' own banks: to which account they go, and what became of lost ones.

A standing order is known by the one reference that every month's transfer bears. It goes where its
last gift came, else where it was promised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from handpress.donations.core.movements import Kind
from handpress.donations.models import (
    Collecting,
    Donor,
    Frequency,
    LostOrder,
    Movement,
    OrderAnswer,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RailKind,
    Sponsor,
    SponsorState,
)
from handpress.donations.queries.ways import fitting, offered_rails

_RUNS = timedelta(days=100)
"""For so long after a promise or a gift a standing order is taken to run, where no plan says so:
statements are often brought once in three months."""
_RUNNING = (PlanState.ACTIVE, PlanState.PAST_DUE, PlanState.PAUSED)


def is_order(pledge: Pledge) -> bool:
    """Say whether a promise is a standing order that its donor may have at their bank."""
    if pledge.frequency != Frequency.MONTHLY or pledge.rail.kind != RailKind.BANK:
        return False
    plan = pledge.plan
    return plan is None or (plan.collecting == Collecting.STANDING_ORDER and plan.state in _RUNNING)


def goes_to(pledge: Pledge) -> Rail:
    """Return the account that a standing order goes to, with its sponsor; one query."""
    last = _gifts(pledge=pledge).select_related("rail__sponsor").first()
    return last.rail if last else pledge.rail


def _gifts(**about: object) -> QuerySet[Movement]:
    """Return gifts by bank that stand, the newest first."""
    undone = Movement.objects.filter(of=OuterRef("pk"), kind=Kind.REVERSAL.value)
    rows = Movement.objects.filter(~Exists(undone), kind=Kind.BANK_IN.value, **about)
    return rows.order_by("-occurred_on", "-pk")


def orders_to(sponsor: Sponsor, at: datetime) -> QuerySet[Pledge]:
    """Return the standing orders that ran to a sponsor's accounts at a moment, of a plan one."""
    last = _gifts(pledge=OuterRef("pk"))
    later = Pledge.objects.filter(
        plan=OuterRef("plan"), rail__kind=RailKind.BANK, period__gt=OuterRef("period")
    )
    of_plan = Q(plan__collecting=Collecting.STANDING_ORDER, plan__state__in=_RUNNING)
    since = at - _RUNS
    rows = Pledge.objects.filter(frequency=Frequency.MONTHLY, rail__kind=RailKind.BANK)
    rows = rows.annotate(
        account=Coalesce(
            Subquery(last.values("rail")[:1]), F("rail"), output_field=BigIntegerField()
        ),
        last_gift_on=Subquery(last.values("occurred_on")[:1]),
    )
    is_recent = Q(created_at__gte=since) | Q(last_gift_on__gte=since.date())
    rows = rows.filter((Q(plan__isnull=True) & is_recent) | (of_plan & ~Exists(later)))
    accounts = Rail.objects.filter(sponsor=sponsor, kind=RailKind.BANK)
    return rows.filter(account__in=accounts.values("pk")).order_by("pk")


def plans_without_order(sponsor: Sponsor) -> QuerySet[Plan]:
    """Return standing orders to a sponsor's accounts whose reference nobody knows here.

    They came from another system.
    """
    named = Pledge.objects.filter(plan=OuterRef("pk"), rail__kind=RailKind.BANK)
    return Plan.objects.filter(
        ~Exists(named),
        rail__sponsor=sponsor,
        rail__kind=RailKind.BANK,
        collecting=Collecting.STANDING_ORDER,
        state__in=_RUNNING,
    ).order_by("pk")


def donors_of_orders(sponsor: Sponsor, at: datetime) -> set[int]:
    """Return whose standing orders ran to a sponsor's accounts at a moment; two queries."""
    named = orders_to(sponsor, at).filter(donor__erased_at__isnull=True, donor__isnull=False)
    others = plans_without_order(sponsor).filter(donor__erased_at__isnull=True)
    return {*named.values_list("donor", flat=True), *others.values_list("donor", flat=True)}


def accounts_now() -> list[Rail]:
    """Return the accounts that donors are offered now, in order; one query."""
    return [rail for rail in offered_rails() if rail.kind == RailKind.BANK]


def account_instead(lost: Sponsor, currency: str, accounts: Iterable[Rail]) -> Rail | None:
    """Return the account to which standing orders to a lost sponsor go from now on.

    That is one of whoever took over, however many hands it went through, else any that is offered.
    """
    there = fitting(accounts, currency, monthly=True)
    heirs: list[int] = []
    heir = lost.successor
    while heir is not None and heir.pk not in heirs:
        heirs.append(heir.pk)
        heir = heir.successor
    ranked = {pk: place for place, pk in enumerate(heirs)}
    there.sort(key=lambda rail: ranked.get(rail.sponsor_id, len(heirs)))
    return there[0] if there else None


def is_lost(account: Rail) -> bool:
    """Say whether what goes to an account is lost to us."""
    return account.sponsor.state == SponsorState.SUSPENDED


def open_orders() -> QuerySet[LostOrder]:
    """Return what donors may still be written to about: unanswered, and no gift came elsewhere."""
    return LostOrder.objects.filter(
        ~_came(),
        answer="",
        donor__erased_at__isnull=True,
        sponsor__state=SponsorState.SUSPENDED,
        sponsor__suspended_at=F("lost_at"),
    )


def _came() -> Exists:
    """Say whether a gift of a standing order that was lost has come to another account since."""
    there = Q(pledge__rail__sponsor=OuterRef("sponsor"))
    there |= Q(pledge__movements__rail__sponsor=OuterRef("sponsor"))
    gifts = _gifts(
        pledge__donor=OuterRef("donor"),
        pledge__frequency=Frequency.MONTHLY,
        entry__recorded_at__gt=OuterRef("lost_at"),
    )
    # What comes late to an account that was lost before is no answer.
    lost_before = Q(
        rail__sponsor__state=SponsorState.SUSPENDED,
        rail__sponsor__suspended_at__lte=OuterRef("lost_at"),
    )
    return Exists(gifts.filter(there).exclude(lost_before | Q(rail__sponsor=OuterRef("sponsor"))))


def lost_order_of(donor: Donor, sponsor: Sponsor) -> LostOrder | None:
    """Return what is kept of a donor and the hand-over by which a sponsor is lost now."""
    if sponsor.suspended_at is None:
        return None
    rows = LostOrder.objects.filter(donor=donor, sponsor=sponsor, lost_at=sponsor.suspended_at)
    return rows.first()


@dataclass(frozen=True, slots=True)
class OrderFunnel:
    """How far donors came whose standing orders went to an account that was lost."""

    lost: int
    written: int
    by_post: int
    posted: int
    changed: int
    ended: int
    came: int


ORDER_STEPS = (
    ("lost", "had to change a standing order"),
    ("written", "were written to"),
    ("by_post", "can be reached by post alone"),
    ("posted", "were written to by post"),
    ("changed", "say that it is changed"),
    ("ended", "ended it"),
    ("came", "have given by the new account"),
)
"""What an `OrderFunnel` counts, and how that is said."""


def order_funnel(now: datetime, days: int = 180) -> OrderFunnel:
    """Return how far donors came who had to change a standing order, of the last days; one query.

    ``came`` are those whose first gift came to another account; they may have answered too.
    """
    rows = LostOrder.objects.filter(lost_at__gte=now - timedelta(days=days))
    counts = rows.annotate(has_come=_came()).aggregate(
        lost=Count("pk"),
        written=Count("pk", filter=Q(written_at__isnull=False)),
        by_post=Count("pk", filter=Q(by_post=True)),
        posted=Count("pk", filter=Q(post_letter__isnull=False)),
        changed=Count("pk", filter=Q(answer=OrderAnswer.CHANGED)),
        ended=Count("pk", filter=Q(answer=OrderAnswer.ENDED)),
        came=Count("pk", filter=Q(has_come=True)),
    )
    return OrderFunnel(**counts)
