"""How the money stands: this month against its costs, the campaign, income by way, balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.views.generic import TemplateView
from wagtail.admin.widgets.button import HeaderButton

from handpress.donations.core.asking import MONTHLY
from handpress.donations.core.charts import WIDTH, covered, months_until, stacked
from handpress.donations.days import today
from handpress.donations.funding import funded_day
from handpress.donations.models import Campaign, Health, Rail, RailKind, RefundAsked, RefundState
from handpress.donations.nightly import verified
from handpress.donations.queries import books
from handpress.donations.queries.books import Balance, Income
from handpress.donations.queries.companies import companies_now
from handpress.donations.queries.debits import debits_due
from handpress.donations.queries.gifts import given_back_in_vain, line_of, taken_in_vain
from handpress.donations.queries.lines import waiting_lines, waiting_promises
from handpress.donations.queries.plans import at_risk, giving_now
from handpress.donations.views.pages import MoneyPage, shown
from handpress.lib import clock

_MONTHS = 12
_BAD = frozenset(each.value for each in (Health.DOWN, Health.REVOKED, Health.PAYOUTS_BLOCKED))


class OverviewView(MoneyPage, TemplateView):
    """All of it from the books; a fixed number of queries, whatever they hold."""

    template_name = "donations/overview.html"
    page_title = "Donations"
    header_icon = "view"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer to record a gift."""
        return self.buttons_to_record()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the charts and the trial balance."""
        now = today()
        months = months_until(now, _MONTHS)
        income = books.income(months[0], now)
        campaign = Campaign.objects.filter(is_running=True).first()
        currency = _main_currency(campaign, income)
        mine = [each for each in income if each.currency == currency]
        kinds = _kinds_of(income)
        seal = books.last_seal()
        return super().get_context_data(**kwargs) | {
            "month": _month(now, mine, currency, campaign),
            "campaign": _campaign(campaign) if campaign else None,
            "by_month": _by_month(months, mine, currency, kinds),
            "kinds": _kinds(mine, currency, kinds),
            "others": sorted({each.currency for each in income} - {currency}),
            "balances": _balances(books.trial_balance()),
            "seal": seal,
            "companies": _companies() if self.may("view_rail") else [],
            "monthly": [(shown(minor, code), count) for code, count, minor in giving_now()],
            "at_risk": sum(count for _, _, count, _ in at_risk()),
            "refunds": RefundAsked.objects.filter(state=RefundState.ASKED).count(),
            "in_vain": [
                {"gift": each, "sum": shown(each.amount_minor, each.currency)}
                for each in given_back_in_vain()
            ],
            "still_taken": [
                {"gift": each, "sum": shown(line_of(each).left, each.currency)}
                for each in taken_in_vain(now)
            ],
            "may_see_plans": self.may("view_plan"),
            "width": WIDTH,
            "currency": currency,
            "faults": verified().get("faults", []),
            "debits": [
                {"due": each, "sum": shown(each.minor, each.currency)}
                for each in (debits_due(now) if self.may("view_rail") else [])
            ],
            "lines": waiting_lines() if self.may("view_bankline") else 0,
            "promises": [
                {"count": count, "sum": shown(minor, code), "is_monthly": frequency == MONTHLY}
                for code, frequency, count, minor in waiting_promises(clock.now())
            ],
        }


def _companies() -> list[dict[str, Any]]:
    """Return how each company is, and what lies there: what it holds, it can keep."""
    rows = companies_now()
    most = max([1, *(max([0, *each.lies.values()]) for each in rows)])
    return [
        {
            "rail": each.rail,
            "state": each.health.get_state_display() if each.health else "not asked yet",
            "is_bad": each.health is not None and each.health.state in _BAD,
            "lies": ", ".join(shown(minor, code) for code, minor in sorted(each.lies.items())),
            "is_too_much": each.is_too_much,
            "width": max([0, *each.lies.values()]) * WIDTH // most,
        }
        for each in rows
    ]


def _main_currency(campaign: Campaign | None, income: Sequence[Income]) -> str:
    """Return the campaign's currency, or that in which most entries are."""
    if campaign and campaign.currency:
        return campaign.currency
    codes = [each.currency for each in income]
    return max(sorted(set(codes)), key=codes.count) if codes else ""


def _month(
    now: date, income: Sequence[Income], currency: str, campaign: Campaign | None
) -> dict[str, Any]:
    net = sum(each.net for each in income if each.month == now.replace(day=1))
    costs = [(str(what), int(cost)) for what, cost in campaign.monthly_costs] if campaign else []
    need = sum(cost for _, cost in costs)
    missing = max(0, need - net)
    return {
        "first": now,
        "income": shown(net, currency) if currency else "",
        "need": shown(need, currency) if need else "",
        "missing": shown(missing, currency) if missing else "",
        "percent": max(0, net) * 100 // need if need else 0,
        "items": [
            {"item": item, "cost": shown(item.cost, currency), "paid": shown(item.paid, currency)}
            for item in covered(costs, net)
        ],
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    raised, goal = books.raised(campaign), campaign.goal_minor or 0
    currency = campaign.currency
    counted = campaign.raised_minor
    return {
        "campaign": campaign,
        "raised": shown(raised, currency) if currency else "",
        "goal": shown(goal, currency) if goal else "",
        "percent": max(0, raised) * 100 // goal if goal else 0,
        "bar": min(WIDTH, max(0, raised) * WIDTH // goal) if goal else 0,
        "counted": shown(counted, currency) if currency and counted else "",
        "booked": shown(raised - counted, currency) if currency else "",
        "funded_until": funded_day(campaign, raised),
        "has_costs": bool(campaign.monthly_costs),
    }


def _kinds_of(income: Sequence[Income]) -> list[RailKind]:
    """Return the kinds of ways that there are, in order: what cannot come is not drawn."""
    there = {each.kind for each in income}
    there |= set(Rail.objects.values_list("kind", flat=True).distinct())
    return [kind for kind in RailKind if kind.value in there]


def _by_month(
    months: Sequence[date], income: Sequence[Income], currency: str, kinds: Sequence[RailKind]
) -> list[Any]:
    """Return a bar for each month, in pieces by kind of way; the largest month fills its room."""
    sums = {
        month: [
            sum(each.net for each in income if (each.month, each.kind) == (month, kind))
            for kind in kinds
        ]
        for month in months
    }
    most = max([1, *(sum(max(0, part) for part in parts) for parts in sums.values())])
    rows = []
    for month, parts in sums.items():
        whole = sum(max(0, part) for part in parts)
        pieces = stacked(parts, WIDTH * whole // most)
        rows.append(
            {
                "month": month,
                "sum": shown(sum(parts), currency) if currency else "",
                "pieces": list(zip([kind.value for kind in kinds], pieces, strict=True)),
                "parts": [shown(part, currency) if part else "–" for part in parts]
                if currency
                else ["–"] * len(parts),
            }
        )
    return rows


def _kinds(
    income: Sequence[Income], currency: str, kinds: Sequence[RailKind]
) -> list[dict[str, str]]:
    rows = []
    for kind in kinds:
        some = [each for each in income if each.kind == kind]
        total = sum(each.net for each in some)
        rows.append(
            {
                "kind": kind.value,
                "label": kind.label,
                "sum": shown(total, currency) if some else "–",
            }
        )
    return rows


def _balances(balances: Sequence[Balance]) -> list[dict[str, Any]]:
    """Return the trial balance, a table for each currency, left and right summed."""
    tables = []
    for currency in sorted({each.currency for each in balances}):
        some = [each for each in balances if each.currency == currency and each.minor]
        left = sum(each.minor for each in some if each.minor > 0)
        right = -sum(each.minor for each in some if each.minor < 0)
        tables.append(
            {
                "currency": currency,
                "rows": [
                    {
                        "balance": each,
                        "left": shown(each.minor, currency) if each.minor > 0 else "",
                        "right": shown(-each.minor, currency) if each.minor < 0 else "",
                    }
                    for each in some
                ],
                "left": shown(left, currency),
                "right": shown(right, currency),
                "is_even": left == right,
            }
        )
    return tables
