"""What stands on the desk's pages about companies and monthly gifts, and links that donors have.

Called inside a newsroom's own process. No company is asked.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import get_user_model

from handpress.donations.actions import keep_donor
from handpress.donations.actions.plans import start_plan
from handpress.donations.companies.practice import DEMO_FACT
from handpress.donations.letters import again_link, plan_link
from handpress.donations.models import (
    Campaign,
    Collecting,
    CompanyEvent,
    EventState,
    HealthChange,
    Movement,
    Plan,
    PlanState,
    Rail,
    RailHealth,
    RailKind,
    Reconciliation,
    Reconsent,
    RefundAsked,
    Sponsor,
)
from handpress.lib import clock
from handpress.press.state import remember

_SIDE = {
    "kind": "capture",
    "remote_id": "pay_1",
    "minor": 2500,
    "currency": "EUR",
    "on": "2026-11-02",
    "of": "",
    "reference": "",
    "is_undone": False,
}


def fill_practice() -> None:
    """Let the practice company be a way to give, and two donors give by it every month."""
    remember(DEMO_FACT, True)
    rail = Rail.objects.filter(kind=RailKind.PRACTICE).first() or Rail.objects.create(
        sponsor=Sponsor.objects.order_by("pk")[0],
        kind=RailKind.PRACTICE,
        name="Practice card",
        account_ref="practice",
        currency="EUR",
        details={"fee_percent": "1.4", "fee_fixed": "0.25", "fee_fixed_minor": 25},
        position=90,
    )
    now = clock.now()
    plans = []
    for number in range(2):
        plan = start_plan(
            donor=keep_donor({"email": f"gate{number}@reader.example"}),
            rail=rail,
            amount=1500,
            currency="EUR",
            campaign=Campaign.objects.filter(is_running=True).first(),
            collecting=Collecting.MANDATE,
            now=now,
        )
        plan.state = PlanState.ACTIVE
        plan.began_at = now
        plan.save()
        plans.append(plan)
    waits = plans[-1]
    waits.state, waits.wave, waits.reconsent_at = PlanState.NEEDS_RECONSENT, 1, now
    waits.save()
    Reconsent.objects.create(plan=waits, wave=1, at=now)


def fill_companies() -> None:
    """Add health, events, a comparison that differs, and a refund that waits."""
    rail = Rail.objects.get(kind=RailKind.PRACTICE)
    now = clock.now()
    RailHealth.objects.update_or_create(
        rail=rail, defaults={"state": "down", "since": now, "words": "status 503"}
    )
    for days, state in ((29, "up"), (9, "down"), (8, "half_open"), (7, "up"), (0.1, "down")):
        HealthChange.objects.create(rail=rail, state=state, at=now - timedelta(days=days))
    for number, state in enumerate(EventState):
        CompanyEvent.objects.create(
            rail=rail,
            event_id=f"gate-{number}",
            remote_id=f"pay_{number}",
            kind="payment.done",
            state=state,
            error="status 503" if state == EventState.FAILED else "",
        )
    Reconciliation.objects.create(
        rail=rail,
        since=now - timedelta(days=4),
        until=now,
        ours=3,
        theirs=3,
        differences=[
            {"difference": "amount", "remote_id": "pay_1", "ours": _SIDE, "theirs": _SIDE},
            {"difference": "extra", "remote_id": "pay_2", "ours": _SIDE, "theirs": None},
        ],
    )
    gift = Movement.objects.filter(of=None, amount_minor__gt=0).latest("pk")
    for number in range(2):
        user = get_user_model().objects.order_by("pk")[0]
        RefundAsked.objects.create(
            movement=gift,
            amount_minor=100 + number,
            key=f"gate-{number}",
            on=now.date(),
            by=user.pk + number,
            by_name="Ines",
        )


def donor_links() -> dict[str, str]:
    """Return addresses below `/-/` that donors have from letters, by what they show."""
    now = clock.now()
    active = Plan.objects.filter(state=PlanState.ACTIVE).latest("pk")
    waits = Plan.objects.filter(state=PlanState.NEEDS_RECONSENT).latest("pk")
    return {
        "plan": f"-/plan/{plan_link(active, now)}",
        "plan, waits": f"-/plan/{plan_link(waits, now)}",
        "again": f"-/again/{again_link(waits, now)}",
    }
