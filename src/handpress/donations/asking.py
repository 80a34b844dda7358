"""The form on how to give, as templates get it: on the pressed page, and answered with errors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from handpress.donations.core.asking import FREQUENCIES, MONTHLY, ONCE, Wish, suggested
from handpress.donations.forms_giving import OTHER, GiftForm
from handpress.donations.models import Campaign, Rail
from handpress.donations.queries.ways import askable, asked_in, takes
from handpress.donations.rails import rail_kind
from handpress.donations.wording import sum_said
from handpress.lib.money import currency_name
from handpress.press.site import site_facts


def gift_form(data: Any, rails: Iterable[Rail], campaign: Campaign | None) -> GiftForm:
    """Return the form with what was sent; ``rails`` are those that are offered."""
    return GiftForm(
        data,
        currencies=asked_in(rails, campaign.currency if campaign else ""),
        takes=partial(takes, list(rails)),
    )


def takes_monthly(rails: Iterable[Rail]) -> bool:
    """Say whether any of the rails takes gifts every month."""
    return any(rail_kind(each.kind).takes_monthly for each in rails)


def ask_context(
    rails: Iterable[Rail], campaign: Campaign | None, action: str, form: GiftForm | None = None
) -> dict[str, Any] | None:
    """Return what the template of the form gets; None where nothing can be asked for."""
    there = askable(rails)
    currencies = asked_in(there, campaign.currency if campaign else "")
    if not currencies:
        return None
    monthly = takes_monthly(there)
    chosen, typed, currency, frequency = _sent(form, currencies)
    groups = suggested(campaign.suggested_amounts if campaign else [], currencies, monthly=monthly)
    return {
        "action": action,
        "groups": [
            {
                "monthly": group[0].frequency == MONTHLY,
                "choices": [_choice(wish, chosen) for wish in group],
            }
            for group in groups
        ],
        "takes_monthly": monthly,
        "other": OTHER,
        "is_other": chosen == OTHER,
        "amount": typed,
        "frequency": frequency,
        "currencies": [
            {
                "code": code,
                "name": currency_name(code, site_facts().language),
                "is_chosen": code == currency,
            }
            for code in currencies
        ],
        "error": form.non_field_errors()[0] if form and form.non_field_errors() else "",
    }


def _sent(form: GiftForm | None, currencies: list[str]) -> tuple[str, str, str, str]:
    if form is None:
        return "", "", currencies[0], ONCE
    currency, frequency = form.typed("currency"), form.typed("frequency")
    return (
        form.typed("choice"),
        form.typed("amount"),
        currency if currency in currencies else currencies[0],
        frequency if frequency in FREQUENCIES else ONCE,
    )


def _choice(wish: Wish, chosen: str) -> dict[str, Any]:
    return {
        "value": str(wish),
        # How often is said by the group that it stands in.
        "text": sum_said(wish.minor, wish.currency, ONCE),
        "is_chosen": str(wish) == chosen,
    }
