"""What stands on the desk's pages about direct debits: mandates, a file, and what is due next.

Called inside a newsroom's own process. No bank is asked.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from handpress.donations.actions.debits import make_debit_file
from handpress.donations.actions.mandates import enter_mandate
from handpress.donations.models import Plan, Rail, RailKind, Sponsor, SponsorState
from handpress.lib import clock


def fill_debits() -> None:
    """Collect from two donors in one file, and leave a third due."""
    rail = Rail.objects.create(
        sponsor=Sponsor.objects.filter(state=SponsorState.LIVE).order_by("pk")[0],
        kind=RailKind.DEBIT,
        name="Debits by our bank",
        account_ref="DE89370400440532013000",
        currency="EUR",
        details={"creditor_id": "DE98ZZZ09999999999", "days_before": 14},
        position=95,
    )
    now = clock.now()
    for number in range(3):
        plan, _ = enter_mandate(
            rail,
            facts={"name": f"Reader {number}", "iban": "FR1420041010050500013M02606"},
            amount=1250,
            day=1,
            signed_on=now.date() - timedelta(days=40),
            nonce=uuid4(),
            now=now,
        )
        Plan.objects.filter(pk=plan.pk).update(next_due=now.date())
        if number == 1:
            make_debit_file(rail, now=now)


def examples() -> dict[str, str]:
    """Return what the gaps of the desk's addresses about debits are filled with, by name."""
    rail = Rail.objects.filter(kind=RailKind.DEBIT).first()
    return {"debit": str(rail.pk if rail else 0)}
