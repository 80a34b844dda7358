"""The public accounts, where the outlet wants them: what came in by month, and what a month costs.

A page has no clock. The day up to which months are shown is a column of the outlet's row, which
moves on with the month (`Due`), so that the page is a function of rows like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

from handpress.donations.core.accounts import Chart, Group, chart_of, groups_of
from handpress.donations.funding import costs_of_month, funded_day
from handpress.donations.models import Campaign
from handpress.donations.queries.books import raised
from handpress.donations.queries.public import moved_by_month
from handpress.lib.html import SafeHtml
from handpress.lib.languages import direction_of
from handpress.lib.money import currency_name, format_money
from handpress.newsroom.cards import month_in_words, stated_date
from handpress.newsroom.core.addresses import DAY
from handpress.newsroom.models import Outlet
from handpress.newsroom.outlet import accounts_until
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import Due, Page, PageKind, Watch, registry
from handpress.press.site import site_facts, theme
from handpress.press.sql import fetch_for

ACCOUNTS = "accounts/index.html"
_OLD = "SELECT 1 FROM donations_movement WHERE id IN_IDS AND occurred_on < %s LIMIT 1"


def costs_of(row: Campaign) -> dict[str, Any] | None:
    """Return what a month costs, line by line as the desk has it, and all of it; None for none."""
    if not row.monthly_costs:
        return None
    return {
        "lines": [
            {"what": what, "sum": _said(minor, row.currency)} for what, minor in row.monthly_costs
        ],
        "sum": _said(costs_of_month(row), row.currency),
    }


def funded_words(row: Campaign) -> str:
    """Return until which day the months' costs are there; "" without goal, costs or any gift."""
    if not (row.goal_minor and row.monthly_costs and row.currency):
        return ""
    day = funded_day(row, raised(row))
    stated = stated_date(datetime.combine(day, time(12), UTC), DAY) if day else None
    return stated["text"] if stated else ""


def _said(minor: int, currency: str) -> str:
    return format_money(minor, currency, site_facts().language, hides_zeros=True)


def _exactly(minor: int, currency: str) -> str:
    """Write a sum of a table, where decimals stand below one another."""
    return format_money(minor, currency, site_facts().language)


def _accounts_keys() -> Iterator[tuple[str, int]]:
    if accounts_until():
        yield "", FIRST


def _accounts(keys: Sequence[str]) -> Iterator[Page]:
    until = accounts_until()
    if until is None:
        return
    campaign = Campaign.objects.filter(is_running=True).first()
    has_costs = campaign is not None and bool(campaign.monthly_costs)
    costs = {campaign.currency: costs_of_month(campaign)} if campaign and has_costs else {}
    tables = []
    for currency, months in sorted(moved_by_month(until).items()):
        if groups := groups_of(months, until):
            tables.append(_table(currency, groups, costs.get(currency)))
    context = {
        "accounts": {
            "tables": tables,
            "costs": costs_of(campaign) if campaign else None,
            "donate_url": SafeHtml("../donate/"),
        }
    }
    yield Page("", ACCOUNTS, context, title=theme().translate("Accounts"))


def _table(currency: str, groups: Sequence[Group], costs: int | None) -> dict[str, Any]:
    language = site_facts().language
    best = max(each.net // each.months for each in groups)
    return {
        "currency": currency_name(currency, language),
        "chart": _drawn(chart_of(list(groups), costs=costs, is_mirrored=_is_rtl(language))),
        "first": month_in_words(groups[0].first, language),
        "last": month_in_words(groups[-1].last, language),
        "best": _said(max(0, best), currency),
        "costs": _said(costs, currency) if costs else "",
        "rows": [
            {
                "months": _months(each, language),
                "gifts": _exactly(each.net, currency),
                "fees": _exactly(each.fees, currency),
                "left": _exactly(each.net - each.fees, currency),
            }
            for each in reversed(groups)
        ],
        "gifts": _exactly(sum(each.net for each in groups), currency),
        "fees": _exactly(sum(each.fees for each in groups), currency),
        "left": _exactly(sum(each.net - each.fees for each in groups), currency),
    }


def _months(group: Group, language: str) -> str:
    first, last = (month_in_words(day, language) for day in (group.first, group.last))
    return first if first == last else f"{first} – {last}"


def _drawn(chart: Chart) -> dict[str, Any]:
    return {
        "width": chart.width,
        "height": chart.height,
        "zero": chart.zero,
        "costs": chart.costs,
        "bars": [
            {"x": bar.x, "y": bar.y, "width": bar.width, "height": bar.height}
            for bar in chart.bars
            if bar.height
        ],
    }


def _is_rtl(language: str) -> bool:
    return direction_of(language) == "rtl"


def move_accounts_on(now: datetime) -> None:
    """Let the public accounts reach to the end of the last month in the newsroom's zone."""
    first = now.astimezone(site_facts().zone).date().replace(day=1)
    behind = Outlet.objects.filter(shows_accounts=True).exclude(accounts_until=first)
    if behind.exists():
        behind.update(accounts_until=first)


def _listed() -> list[str]:
    return [ACCOUNTS.removesuffix("index.html")] if accounts_until() else []


def _outlet_changed(ids: set[int], plan: Plan) -> None:
    plan.touch("accounts", "")
    plan.touch("donate", "")
    plan.touch("sitemap-shard", 0)


def _campaign_changed(ids: set[int], plan: Plan) -> None:
    plan.touch("accounts", "")
    plan.touch("donate", "")


def _money_came(ids: set[int], plan: Plan) -> None:
    """Only what is booked in months that are over changes the page."""
    until = accounts_until()
    if until and fetch_for(_OLD, ids, until):
        plan.touch("accounts", "")


def _campaign_money_came(ids: set[int], plan: Plan) -> None:
    rows = Campaign.objects.filter(pk__in=ids, is_running=True, goal_minor__isnull=False)
    if rows.exclude(monthly_costs=[]).exists():
        plan.touch("donate", "")


registry.add(
    Due("accounts", move_accounts_on),
    PageKind("accounts", "accounts.html", _accounts_keys, _accounts, listed=_listed),
    Watch("outlet", (("newsroom.Outlet", "id"),), _outlet_changed),
    Watch("campaign", (("donations.Campaign", "id"),), _campaign_changed),
    Watch("books", (("donations.Movement", "id"),), _money_came),
    Watch("campaign-money", (("donations.Movement", "campaign_id"),), _campaign_money_came),
)
