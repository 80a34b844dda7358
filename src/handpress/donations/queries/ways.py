"""Ways to give: which are open now, and for which gifts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from stdnum import iban

from handpress.donations.actions.pulses import working
from handpress.donations.companies import caps_of
from handpress.donations.core.naming import NAMES, NAMES_THAT_ARE_WORDS
from handpress.donations.models import Rail, RailKind, RailMode, RailState, Sponsor, SponsorState
from handpress.donations.rails import rail_kind
from handpress.lib.money import currencies, currency_of, exponent_of
from handpress.press.prepared import Prepared

USUAL_LEAST = {0: 300, 2: 300, 3: 1000}
"""The smallest gift by a company, in minor units, by the currency's decimals."""

_BY_HAND = ("bank", "cheque", "link")
_NEVER_NAMED = (RailKind.BANK, RailKind.DEBIT, RailKind.LINK)


def known_rails() -> list[Rail]:
    """Return the rails that are in use, also of sponsors who receive nothing just now; one query.

    What is printed asks for gifts by these: it stays as it is when a sponsor is lost.
    """
    return list(Rail.objects.filter(state=RailState.ENABLED, mode=RailMode.LIVE))


def offered_rails() -> list[Rail]:
    """Return the rails that donors are offered now, in order, with their sponsors; one query."""
    return _OFFERED.rows()


_OFFERED = Prepared(
    lambda: Rail.objects.filter(
        state=RailState.ENABLED, mode=RailMode.LIVE, sponsor__state=SponsorState.LIVE
    ).select_related("sponsor")
)


def accounts_of_rails() -> list[str]:
    """Return the accounts, and addresses of pages, of every rail there ever was; two queries."""
    rows = Rail.objects.filter(kind__in=_NEVER_NAMED).exclude(account_ref="")
    servers = Rail.objects.filter(kind=RailKind.BTCPAY).values_list("details__base", flat=True)
    return [*rows.values_list("account_ref", flat=True), *filter(None, servers)]


def companies_named() -> list[re.Pattern[str]]:
    """Return how companies that take gifts are named; one query.

    Those whose name is a word or a person's as well only where a rail of theirs was ever here.
    """
    kinds = set(Rail.objects.filter(kind__in=NAMES_THAT_ARE_WORDS).values_list("kind", flat=True))
    ours = [NAMES_THAT_ARE_WORDS[kind] for kind in sorted(kinds)]
    return [*NAMES, *ours]


def askable(rails: Iterable[Rail]) -> list[Rail]:
    """Return those of the rails that strangers can be offered: not those of which nothing shows."""
    return [each for each in rails if each.kind in _BY_HAND or each.is_company]


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
    caps = caps_of(rail)
    if caps.currencies and currency not in caps.currencies:
        return None
    return max(caps.least.get(currency, 1), USUAL_LEAST.get(exponent_of(currency), 1))


def able(rails: Iterable[Rail], minor: int, currency: str) -> list[Rail]:
    """Return the rails that take this sum and work now; one query at most."""
    return working(taking(rails, minor, currency))


def taking(rails: Iterable[Rail], minor: int, currency: str) -> list[Rail]:
    """Return the rails that take this sum, whether they work now or not."""
    return [
        each for each in rails if (least := least_of(each, currency)) is not None and minor >= least
    ]


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


def kinds_offered() -> list[str]:
    """Return the kinds of the rails that strangers are offered now, each once, in order.

    As long as nobody made a sponsor, they are what `[giving]` in the settings says.
    """
    kinds = list(dict.fromkeys(each.kind for each in askable(offered_rails())))
    if kinds or Sponsor.objects.exists():
        return kinds
    giving = settings.HANDPRESS.giving
    return [kind for kind, there in (("bank", giving.bank), ("cheque", giving.cheque)) if there]
