"""Invented giving: what the page on how to give gets, as values."""

from __future__ import annotations

from typing import Any

from handpress.lib.html import SafeHtml

Context = dict[str, Any]


def no_giving() -> Context:
    """The page of an outlet that has named no way yet."""
    empty = dict.fromkeys(("contact_email", "progress_url", "funded_until", "accounts_url"), "")
    return {"ask": None, "costs": None, **empty}


def _ask(root: str) -> Context:
    once = [{"value": "once EUR 1000", "text": "€10", "is_chosen": False}]
    monthly = [{"value": "monthly EUR 500", "text": "€5", "is_chosen": True}]
    return {
        "action": SafeHtml(f"{root}-/donate"),
        "groups": [{"monthly": False, "choices": once}, {"monthly": True, "choices": monthly}],
        "takes_monthly": True,
        "other": "other",
        "is_other": False,
        "amount": "",
        "frequency": "once",
        "currencies": [
            {"code": "EUR", "name": "Euro", "is_chosen": True},
            {"code": "USD", "name": "US Dollar", "is_chosen": False},
        ],
        "error": "",
    }


def giving(root: str) -> Context:
    """The page of an outlet with costs, accounts and a campaign."""
    return {
        "contact_email": "gifts@example.org",
        "ask": _ask(root),
        "costs": {"lines": [{"what": "Rent", "sum": "€1,450"}], "sum": "€1,450"},
        "progress_url": SafeHtml(f"{root}appeal/progress.svg"),
        "funded_until": "15 December 2026",
        "accounts_url": SafeHtml(f"{root}accounts/"),
    }


def accounts(root: str) -> Context:
    """Public accounts in two currencies, one of them with more given back than came."""
    bars = [
        {"x": 2, "y": 40, "width": 44, "height": 100},
        {"x": 50, "y": 0, "width": 20, "height": 140},
    ]
    row = {"gifts": "€2,860", "fees": "€12.40", "left": "€2,847.60"}
    euros = {
        **row,
        "currency": "Euro",
        "chart": {"width": 72, "height": 160, "zero": 140, "costs": 60, "bars": bars},
        "first": "September 2026",
        "last": "November 2026",
        "best": "€2,860",
        "costs": "€1,450",
        "rows": [
            {**row, "months": "November 2026"},
            {**row, "months": "September 2026 – October 2026"},
        ],
    }
    others = {**euros, "currency": "US Dollar", "costs": ""}
    others["chart"] = {"width": 72, "height": 160, "zero": 160, "costs": None, "bars": []}
    return {
        "accounts": {
            "tables": [euros, others],
            "costs": {"lines": [{"what": "Rent", "sum": "€1,450"}], "sum": "€1,450"},
            "donate_url": SafeHtml(f"{root}donate/"),
        }
    }
