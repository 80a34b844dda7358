"""PayPal's list of all that moved in an account (Transaction Search), and what its lines mean.

A line has a code: T and two figures for its group, two for what it is in the group
(developer.paypal.com/docs/transaction-search/transaction-event-codes). What only holds money back,
or lets it go again, moves nothing. What is neither a gift nor about one left the account, or came
to it, from outside: it is told as a payout, below or above zero, so that our balance is PayPal's.

The list is up to three hours late, goes back three years, and is asked for 31 days at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from handpress.donations.companies.contract import Told
from handpress.donations.companies.errors import CompanyDown
from handpress.donations.companies.paypal.api import Api, refusal
from handpress.donations.companies.paypal.sums import read
from handpress.donations.companies.paypal.telling import reference_in
from handpress.donations.companies.reading import form, moment, rows, understood
from handpress.donations.core.movements import Kind
from handpress.lib import clock

LATE = timedelta(hours=3)
"""How late the list may be."""
LONGEST = timedelta(days=31)
_KEPT = timedelta(days=3 * 365)
_AHEAD = timedelta(days=1)
_FRESH = timedelta(days=1)
_SHORTEST = timedelta(minutes=1)
_PATH = "/v1/reporting/transactions"
_PAGE = 500
NAMED = re.compile("[A-Za-z0-9]{17,19}")
"""The names that can be asked for."""
_NAME = re.compile("[A-Za-z0-9]{1,24}")
_CODE = re.compile("[A-Za-z0-9]{1,5}")
_NOT_HAPPENED = frozenset({"P", "D"})
"""Pending and denied; all other states are of what has happened, undone or not."""

_HOLDS = re.compile("T13..|T15..|T21..|T1105|T1110|T1111")
_FEES = re.compile("T01..|T1108|T1109")
_REFUNDS = re.compile("T1107")
_DISPUTES = re.compile("T1106|T1116|T1118|T1201|T1202|T1205|T1207|T1208")


class NotListedYet(CompanyDown):
    """The list does not reach so far yet."""


class _TooMany(Exception):
    """The list has more for this time than PayPal tells at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the list. Sums are seen from the account, as is ``fee``, which is below zero where
    it was kept; ``of`` is what the line is about."""

    name: str
    code: str
    minor: int
    currency: str
    at: datetime
    fee: tuple[int, str] | None
    of: str
    reference: str

    @property
    def kind(self) -> Kind | None:
        """What it is; None where nothing moved."""
        if _HOLDS.fullmatch(self.code) or not self.minor:
            return None
        if self.code.startswith("T00") and self.minor > 0:
            return Kind.CAPTURE
        if _FEES.fullmatch(self.code):
            return Kind.FEE
        if _REFUNDS.fullmatch(self.code) and self.minor < 0:
            return Kind.REFUND
        if _DISPUTES.fullmatch(self.code):
            return Kind.DISPUTE if self.minor < 0 else Kind.DISPUTE_WON
        return Kind.PAYOUT

    @property
    def is_about_a_gift(self) -> bool:
        """Whether it may be about something that was given before."""
        later = {Kind.REFUND, Kind.DISPUTE, Kind.DISPUTE_WON, Kind.FEE}
        return bool(self.of) and self.kind in later


def told_of(line: Line, *, of: str = "", reference: str = "") -> list[Told]:
    """Return what a line tells, and the fee that stands in it; ``of`` is the capture."""
    if line.kind is None:
        return []
    reference = reference or line.reference

    def told(kind: Kind, minor: int, currency: str, of: str) -> Told:
        return Told(
            kind=kind,
            remote_id=line.name,
            minor=minor,
            currency=currency,
            at=line.at,
            of=of,
            reference=reference,
        )

    found = [told(line.kind, line.minor, line.currency, of)]
    if line.fee and line.fee[0] and line.kind != Kind.FEE:
        about = line.name if line.kind == Kind.CAPTURE else of
        found.append(told(Kind.FEE, *line.fee, about))
    return found


def lines(api: Api, since: datetime, until: datetime, *, name: str = "") -> Iterator[Line]:
    """Yield what is listed of [since, until) and has happened, from all pages.

    Raises `NotListedYet` where the list does not begin to reach that time.
    """
    now = clock.now()
    begin = max(_whole(since), now.replace(microsecond=0) - _KEPT)
    end = min(until, now + _AHEAD)
    if begin >= end:
        return
    parts = -((begin - end) // LONGEST)
    for number in range(parts):
        start = _whole(begin + (end - begin) * number / parts)
        stop = end if number == parts - 1 else _whole(begin + (end - begin) * (number + 1) / parts)
        yield from _window(api, start, stop, name)


def soon() -> datetime:
    """Return when all that is listed now has happened, whatever their clock says."""
    return clock.now() + _AHEAD


def _whole(at: datetime) -> datetime:
    """Return the first whole second from then on, since lines have no parts of a second."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)


def _window(api: Api, since: datetime, until: datetime, name: str) -> Iterator[Line]:
    try:
        first, pages = _page(api, since, until, name, 1)
    except _TooMany:
        if until - since <= _SHORTEST:
            raise CompanyDown("more in a minute than PayPal lists") from None
        half = _whole(since + (until - since) / 2)
        yield from _window(api, since, half, name)
        yield from _window(api, half, until, name)
        return
    yield from first
    for number in range(2, pages + 1):
        found, _ = _page(api, since, until, name, number)
        yield from found


def _page(
    api: Api, since: datetime, until: datetime, name: str, number: int
) -> tuple[list[Line], int]:
    asked = {
        "start_date": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "end_date": f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "fields": "transaction_info",
        "page_size": str(_PAGE),
        "page": str(number),
    }
    if name:
        asked["transaction_id"] = name
    answer = api.ask("GET", _PATH, params=asked, passes=(400,))
    if answer.status == 400:
        if isinstance(answer.body, dict) and answer.body.get("name") == "RESULTSET_TOO_LARGE":
            raise _TooMany
        if since > clock.now() - _FRESH:
            raise NotListedYet("PayPal does not list that time yet")
        raise refusal(answer)
    with understood():
        pages = int(answer.body["total_pages"])
        listed = rows(answer.body.get("transaction_details") or [])
        read_lines = [_line(each["transaction_info"]) for each in listed if _happened(each)]
    # What is listed of the last second belongs to what comes after.
    return [each for each in read_lines if each.at < until], pages


def _happened(detail: dict[str, Any]) -> bool:
    return detail["transaction_info"].get("transaction_status") not in _NOT_HAPPENED


def _line(info: dict[str, Any]) -> Line:
    minor, currency = read(info["transaction_amount"])
    fee = info.get("fee_amount")
    return Line(
        name=form(info["transaction_id"], _NAME),
        code=form(info["transaction_event_code"], _CODE),
        minor=minor,
        currency=currency,
        at=moment(info["transaction_initiation_date"]),
        fee=read(fee) if fee else None,
        of=form(info["paypal_reference_id"], _NAME) if _is_about(info) else "",
        reference=reference_in(info.get("custom_field"), info.get("invoice_id")),
    )


def _is_about(info: dict[str, Any]) -> bool:
    return info.get("paypal_reference_id_type") == "TXN" and bool(info.get("paypal_reference_id"))
