"""The demo newsroom's monthly gifts: by the practice company, for a sponsor that one can lose.

All donors are invented. What the practice company took is booked by looking it up there, as with
any company.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from handpress.donations import actions
from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.actions.collecting import local_day, pledge_for
from handpress.donations.actions.plans import start_plan
from handpress.donations.companies.practice import DEMO_FACT, Practice, practice_file
from handpress.donations.companies.practice_book import Payment, PracticeBook, new_payment_name
from handpress.donations.core.movements import Kind
from handpress.donations.core.schedule import day_in, period_of
from handpress.donations.models import (
    Campaign,
    Collecting,
    Mandate,
    Plan,
    PlanState,
    Rail,
    RailKind,
    Sponsor,
    SponsorState,
)
from handpress.press.site import site_facts
from handpress.press.state import remember

# Euros a month, the day of the month, and for how many months now.
_PLANS = (
    (5, 3, 11), (10, 12, 11), (25, 1, 10), (8, 28, 9), (15, 15, 9), (50, 5, 8), (10, 20, 7),
    (12, 9, 6), (5, 31, 5), (20, 17, 4), (30, 2, 3), (7, 24, 2), (18, 11, 1),
)  # fmt: skip


def add_plans(now: datetime) -> int:
    """Make the sponsor, the practice rail and the monthly gifts; return how many plans."""
    remember(DEMO_FACT, True)
    sponsor = Sponsor.objects.create(
        legal_name="Tidewater Commons Fund",
        kind="fiscal_sponsor",
        state=SponsorState.LIVE,
        tax_words="Tidewater Commons Fund receives this gift for us and sends receipts.",
    )
    campaign = Campaign.objects.filter(is_running=True).first()
    currency = campaign.currency if campaign and campaign.currency else "EUR"
    rail = Rail.objects.create(
        sponsor=sponsor,
        kind=RailKind.PRACTICE,
        name="Practice card",
        account_ref="practice",
        currency=currency,
        details={"fee_percent": "1.4", "fee_fixed": "0.25", "fee_fixed_minor": 25},
        exposure_limit_minor=200_000,
        position=5,
    )
    practice_file().unlink(missing_ok=True)
    book = PracticeBook(practice_file())
    try:
        plans = [_plan(rail, campaign, currency, number, now) for number in range(len(_PLANS))]
        for plan, (_, _, months) in zip(plans, _PLANS, strict=True):
            _pay_months(book, plan, months, now)
        _pay_out(book, currency, now)
        told = Practice(book).movements(now - timedelta(days=400), now + timedelta(days=1))
        absorb_told(rail, list(told))
    finally:
        book.close()
    return len(plans)


def _plan(rail: Rail, campaign: Campaign | None, currency: str, number: int, now: datetime) -> Plan:
    euros, day, months = _PLANS[number]
    donor = actions.keep_donor(
        {"name": f"Reader {number + 1}", "email": f"monthly{number + 1}@reader.example"}
    )
    plan = start_plan(
        donor=donor,
        rail=rail,
        amount=euros * 100,
        currency=currency,
        campaign=campaign,
        collecting=Collecting.MANDATE,
        now=now,
    )
    today = local_day(now)
    due = day_in(today.year, today.month, day)
    if due <= today:
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        due = day_in(following.year, following.month, day)
    Plan.objects.filter(pk=plan.pk).update(
        state=PlanState.ACTIVE,
        anchor_day=day,
        next_due=due,
        began_at=now - timedelta(days=30 * months),
    )
    plan.refresh_from_db()
    return plan


def _pay_months(book: PracticeBook, plan: Plan, months: int, now: datetime) -> None:
    today = local_day(now)
    mandate = ""
    first = today.replace(day=1)
    days = []
    for _ in range(months + 1):
        days.append(day_in(first.year, first.month, plan.anchor_day))
        first = (first - timedelta(days=1)).replace(day=1)
    for day in sorted(days):
        if day < today:
            mandate = _pay(book, plan, day, mandate)
    if mandate:
        Mandate.objects.create(
            plan=plan,
            rail=plan.rail,
            remote_id=mandate,
            words="practice card 4242",
            agreed_at=plan.began_at or now,
        )


def _pay(book: PracticeBook, plan: Plan, day: date, mandate: str) -> str:
    at = datetime.combine(day, time(8, 30), site_facts().zone)
    pledge, _ = pledge_for(plan, period_of(day))
    payment = book.open_payment(
        Payment(
            id=new_payment_name(),
            key=str(uuid4()),
            reference=pledge.reference,
            words="",
            minor=plan.amount_minor,
            currency=plan.currency,
            state="open",
            code="",
            is_monthly=not mandate,
            is_for_later=False,
            mandate=mandate,
            done_url="",
            left_url="",
            at=int(at.timestamp()),
        )
    )
    book.pay(payment.id, at)
    paid = book.payment(payment.id)
    return paid.mandate if paid else mandate


def _pay_out(book: PracticeBook, currency: str, now: datetime) -> None:
    """Let the company have paid out what came until a month ago."""
    until = int((now - timedelta(days=30)).timestamp())
    lying = sum(each.minor for each in book.movements(0, until, 0, 100_000))
    if lying > 0:
        book.move(Kind.PAYOUT, "", -lying, currency, now - timedelta(days=28))
