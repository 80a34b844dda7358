"""All that moved at Mollie in a window of time, from the lists that it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from handpress.donations.companies.contract import Told
from handpress.donations.companies.mollie import telling
from handpress.donations.companies.mollie.asking import Asking
from handpress.donations.companies.reading import moment, understood

_LATE = timedelta(days=60)
"""A payment may be paid so long after it was made: bank transfers wait for weeks."""
_VERY_LATE = timedelta(days=400)
"""A chargeback may be reversed so long after it came."""
_ON_ITS_WAY = timedelta(days=30)
"""A settlement is at the bank so long after it was made."""
_WITH_PAYMENT = {"embed": "payment"}


def moved(asking: Asking, since: datetime, until: datetime) -> Iterator[Told]:
    """Yield what moved in [since, until).

    A key tells gifts, refunds and disputes of its profile. A token tells fees and payouts too,
    which are the whole organisation's.
    """
    told = [_gifts, _refunds, _disputes]
    if asking.has_token and not asking.is_trial:
        told += [_fees, _payouts]
    for each in told:
        yield from (one for one in each(asking, since) if since <= one.at < until)


def _gifts(asking: Asking, since: datetime) -> Iterator[Told]:
    for each in asking.newest("/v2/payments", "payments", back_to=since - _LATE):
        with understood():
            told = [telling.capture_of(each)] if each["status"] == "paid" else []
        yield from told


def _refunds(asking: Asking, since: datetime) -> Iterator[Told]:
    listed = asking.newest("/v2/refunds", "refunds", back_to=since, params=_WITH_PAYMENT)
    for each in listed:
        with understood():
            told = telling.refunds_of([each])
        yield from told


def _disputes(asking: Asking, since: datetime) -> Iterator[Told]:
    listed = asking.newest(
        "/v2/chargebacks", "chargebacks", back_to=since - _VERY_LATE, params=_WITH_PAYMENT
    )
    for each in listed:
        with understood():
            told = telling.disputes_of([each])
        yield from told


def _fees(asking: Asking, since: datetime) -> Iterator[Told]:
    for balance in asking.pages("/v2/balances", "balances"):
        with understood():
            path = f"/v2/balances/{telling.balance_name(balance)}/transactions"
        for each in asking.newest(path, "balance_transactions", back_to=since, names_profile=False):
            with understood():
                fee = telling.fee_of(each)
            yield from _one(fee)


def _payouts(asking: Asking, since: datetime) -> Iterator[Told]:
    for each in asking.pages("/v2/settlements", "settlements"):
        with understood():
            made = each.get("createdAt")
            is_older = bool(made) and moment(made) < since - _ON_ITS_WAY
            payout = telling.payout_of(each)
        if is_older:
            return
        yield from _one(payout)


def _one(told: Told | None) -> Iterable[Told]:
    return () if told is None else (told,)
