"""The demo newsroom's books: gifts by the ways that its settings name, and what became of some.

All are invented. What they come to is taken off what the campaign counted elsewhere, so that it
stands where the demo says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from handpress.desk.demo_plans import add_plans
from handpress.donations import actions
from handpress.donations.actions.statements import bring_statement
from handpress.donations.core.references import grouped
from handpress.donations.models import Campaign, Movement, Rail, RailKind, Sponsor, SponsorState
from handpress.donations.queries.books import raised

# What came on one day of each of the last months: euros, and by which way. The large ones are the
# envelopes of a week, taken to the bank together.
_GIFTS = (
    (25, "bank"), (3200, "cheque"), (415, "cash"), (1250, "bank"), (2860, "cheque"), (4300, "bank"),
    (110, "cash"), (500, "bank"), (3475, "cheque"), (2200, "bank"), (935, "bank"), (2940, "cheque"),
)  # fmt: skip
_MONTHS = 11
_PER_MONTH = 9


def add_gifts(now: datetime) -> int:
    """Take the sponsor over from the settings and book invented gifts; return how many."""
    if actions.adopt_settings() is None:
        return 0
    sponsor = Sponsor.objects.order_by("pk")[0]
    Rail.objects.create(sponsor=sponsor, kind=RailKind.CASH, name="Cash box", position=30)
    Sponsor.objects.create(
        legal_name="Northern Commons Foundation",
        kind="fiscal_sponsor",
        state=SponsorState.SUSPENDED,
        suspended_at=now - timedelta(days=200),
        successor=sponsor,
    )
    campaign = Campaign.objects.filter(is_running=True).first()
    currency = campaign.currency if campaign and campaign.currency else "EUR"
    made = _book(now, campaign, currency)
    _what_became(made, now)
    _bring_statement(now, campaign, currency)
    add_plans(now)
    if campaign:
        _keep_sum(campaign)
    return len(made)


def _book(now: datetime, campaign: Campaign | None, currency: str) -> list[Movement]:
    rails = {rail.kind: rail for rail in Rail.objects.all()}
    made = []
    for number in range(_MONTHS * _PER_MONTH):
        euros, way = _GIFTS[(number * 5 + number // 12) % len(_GIFTS)]
        rail = rails.get(RailKind(way)) or rails[RailKind.CASH]
        on = (now - timedelta(days=1 + 30 * number // _PER_MONTH)).date()
        gift = actions.Gift(
            rail=rail,
            key=f"demo-{number}",
            amount=euros * 100 + 40 * (number // 4),
            currency=currency,
            on=on,
            campaign=campaign if campaign and on >= campaign.starts_at.date() else None,
        )
        made.append(actions.record_gift(gift)[0])
    return made


def _bring_statement(now: datetime, campaign: Campaign | None, currency: str) -> None:
    """Let some have promised gifts by the form, and the bank say what came of it."""
    rails = {rail.kind: rail for rail in Rail.objects.all()}
    bank = rails.get(RailKind.BANK)
    if bank is None:
        return
    sums = ((4000, "once"), (1500, "monthly"), (6000, "once"), (2500, "monthly"))
    promised = [
        actions.promise_gift(
            rail=bank,
            amount=minor,
            currency=currency,
            nonce=uuid4(),
            now=now,
            frequency=frequency,
            campaign=campaign,
            donor=actions.keep_donor({"email": f"donor{number}@reader.example"}),
        )[0]
        for number, (minor, frequency) in enumerate(sums, 1)
    ]
    on = now.date().isoformat()
    lines = [
        "Date;Name;Description;Amount;Currency",
        f"{on};Tilda Marrow;{grouped(promised[0].reference)} for the desks;40.00;{currency}",
        f"{on};B. Ashgrove;STANDING ORDER {promised[1].reference};15.00;{currency}",
        f"{on};Odo Fenwright;Gift, I forgot the number;60.00;{currency}",
        f"{on};Class 4b;From our bake sale;31.70;{currency}",
        f"{on};Quay Holdings;Rent;-1450.00;{currency}",
    ]
    bring_statement(bank, "\n".join(lines).encode(), file_name="statement.csv")


def _what_became(made: list[Movement], now: datetime) -> None:
    cheque = min((g for g in made if g.kind == "cheque_in"), key=_size, default=None)
    if cheque:
        actions.bounce_cheque(cheque, key="demo-bounce", on=now.date(), fee=500)
    actions.refund_gift(made[9], amount=made[9].amount_minor // 4, key="demo-refund", on=now.date())
    actions.undo(made[12], on=now.date())


def _size(gift: Movement) -> int:
    return gift.amount_minor


def _keep_sum(campaign: Campaign) -> None:
    booked = raised(campaign) - campaign.raised_minor
    campaign.raised_minor = max(0, campaign.raised_minor - booked)
    campaign.save()
