"""Ways to give, as `/donate/` prints them now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from stdnum import iban

from handpress.conf import GivingSettings
from handpress.donations.actions.pulses import working
from handpress.donations.companies import company_kind
from handpress.donations.models import Rail, RailMode, RailState, Sponsor, SponsorState
from handpress.donations.rails import rail_kind
from handpress.lib.money import currencies, currency_of, exponent_of

USUAL_LEAST = {0: 300, 2: 300, 3: 1000}
"""The smallest gift by a company, in minor units, by the currency's decimals."""

_SHOWN_AS = {"bank": "banks", "cheque": "cheques", "link": "links"}
Rails = Sequence[Rail]
Ways = dict[str, list[dict[str, Any]]]


def offered_rails() -> list[Rail]:
    """Return the rails that donors are offered now, in order, with their sponsors; one query."""
    rows = Rail.objects.filter(
        state=RailState.ENABLED, mode=RailMode.LIVE, sponsor__state=SponsorState.LIVE
    )
    return list(rows.select_related("sponsor"))


def askable(rails: Iterable[Rail]) -> list[Rail]:
    """Return those of the rails that strangers can be offered: not those of which nothing shows."""
    return [each for each in rails if each.kind in _SHOWN_AS or each.is_company]


def fitting(rails: Iterable[Rail], currency: str, *, monthly: bool) -> list[Rail]:
    """Return the rails by which a gift in this currency can come, once or every month."""
    return [
        each
        for each in askable(rails)
        if each.currency in {"", currency} and (rail_kind(each.kind).takes_monthly or not monthly)
    ]


def least_of(rail: Rail, currency: str) -> int | None:
    """Return the smallest gift that can come by a rail; None where it does not take the currency.

    Companies take no pennies, and their fees would eat them.
    """
    if not rail.is_company:
        return 1
    caps = company_kind(rail.kind).caps(rail.details)
    if caps.currencies and currency not in caps.currencies:
        return None
    return max(caps.least.get(currency, 1), USUAL_LEAST.get(exponent_of(currency), 1))


def able(rails: Iterable[Rail], minor: int, currency: str) -> list[Rail]:
    """Return the rails that take this sum and work now."""
    able = [
        each for each in rails if (least := least_of(each, currency)) is not None and minor >= least
    ]
    return working(able)


def takes(rails: Iterable[Rail], currency: str) -> bool:
    """Say whether a gift in this currency can come by any of the rails."""
    return currency in currencies() and bool(fitting(rails, currency, monthly=False))


def asked_in(rails: Iterable[Rail], own: str) -> list[str]:
    """Return the currencies in which gifts can be asked for, the campaign's ``own`` first.

    Where a rail takes any currency and the campaign names none, it is that of the country in
    which an account is; where there is no account either, any can be asked for.
    """
    there = askable(rails)
    takes_any = any(not each.currency for each in there)
    named = sorted({each.currency for each in there} - {""})
    first = own or next(filter(None, map(_home_currency, there)), "")
    if first and (takes_any or first in named):
        return [first, *(code for code in named if code != first)]
    if named or not takes_any:
        return named
    return list(currencies())


def _home_currency(rail: Rail) -> str:
    is_account = rail.kind == "bank" and not rail.currency and iban.is_valid(rail.account_ref)
    return currency_of(rail.account_ref[:2]) if is_account else ""


def ways_to_give(rails: Rails | None = None) -> Ways:
    """Return ``banks``, ``cheques`` and ``links`` of rails as a template gets them; two queries.

    Without ``rails`` those that are offered now.

    As long as nobody made a sponsor, they are what `[giving]` in the settings says.
    """
    ways: Ways = {name: [] for name in _SHOWN_AS.values()}
    rails = offered_rails() if rails is None else rails
    if not rails and not Sponsor.objects.exists():
        return ways | _of_settings(settings.HANDPRESS.giving)
    for rail in rails:
        shown = rail_kind(rail.kind).shown(rail.sponsor.legal_name, rail.account_ref, rail.details)
        if shown:
            ways[_SHOWN_AS[rail.kind]].append({**shown, "tax_words": rail.sponsor.tax_words})
    return ways


def _of_settings(giving: GivingSettings) -> Ways:
    ways: Ways = {}
    if bank := giving.bank:
        details = {"bic": bank.bic, "bank_name": bank.bank_name, "reference": bank.reference}
        shown = rail_kind("bank").shown(bank.account_holder, bank.iban, details)
        ways["banks"] = [{**shown, "tax_words": ""}]
    if cheque := giving.cheque:
        details_of = {"address": list(cheque.address), "memo": cheque.memo}
        shown = rail_kind("cheque").shown(cheque.payable_to, "", details_of)
        ways["cheques"] = [{**shown, "tax_words": ""}]
    return ways
