"""Looking at one thing at PayPal: an order and all that was done with it since."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from handpress.donations.companies.contract import Snapshot, State, Told
from handpress.donations.companies.errors import Refused
from handpress.donations.companies.paypal import listing, telling
from handpress.donations.companies.paypal.api import Api, issue_of, refusal
from handpress.donations.companies.reading import form, moment, rows, text, understood
from handpress.donations.core.movements import Kind
from handpress.lib import clock

logger = logging.getLogger(__name__)

ORDERS, CAPTURES = "/v2/checkout/orders", "/v2/payments/captures"
DISPUTES = "/v1/customer/disputes"
_MARGIN = timedelta(days=1)
_LONG = timedelta(days=180)
"""How long after a gift, or after another step, it may be disputed."""
_DEEP = 4
_ASK_AGAIN = frozenset(
    {
        "INSTRUMENT_DECLINED",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
    }
)
"""Why nothing was captured though the donor may still pay, by another card or the same."""


def look(api: Api, name: str) -> Snapshot | None:
    """Return what is true of an order, a capture, a refund or a payout of the last 31 days.

    An order that was approved is captured first. None where PayPal knows no such thing.
    """
    if not telling.NAME.fullmatch(name):
        return None
    order = api.get(f"{ORDERS}/{name}")
    if order is not None:
        return _of_order(api, order)
    return by_capture(api, name) or _by_line(api, name)


def by_capture(api: Api, name: str) -> Snapshot | None:
    """Return what is true of a capture's order; of one without an order, of itself alone."""
    if not telling.NAME.fullmatch(name):
        return None
    capture = api.get(f"{CAPTURES}/{name}")
    if capture is None:
        return None
    with understood():
        of = telling.order_of(capture)
    order = api.get(f"{ORDERS}/{of}") if of else None
    if order is not None:
        return _of_order(api, order)
    with understood():
        reference = telling.reference_in(capture.get("custom_id"), capture.get("invoice_id"))
        state, code = telling.captured_state([capture])
        movements = telling.capture_told(capture, reference) if state == State.DONE else []
    return _snapshot(api, name, state, code, movements, reference)


def _of_order(api: Api, order: Any) -> Snapshot:
    with understood():
        status = text(order["status"])
        name = form(order["id"], telling.NAME)
        reference = telling.reference_of(order)
    if status == telling.APPROVED and not reference:
        # Whoever else sells by the same keys completes what was approved for them.
        return Snapshot(remote_id=name, state=State.OPEN, code="NOT_OURS")
    if status == telling.APPROVED:
        captured = _capture(api, order, name)
        if isinstance(captured, tuple):
            state, code = captured
            return Snapshot(remote_id=name, state=state, reference=reference, code=code)
        order = captured
    with understood():
        reference = telling.reference_of(order) or reference
        state, code = telling.state_of(order, clock.now())
        movements = telling.movements_of(order)
    return _snapshot(api, name, state, code, movements, reference)


def _snapshot(
    api: Api, name: str, state: State, code: str, movements: list[Told], reference: str
) -> Snapshot:
    return Snapshot(
        remote_id=name,
        state=state,
        movements=frozenset([*movements, *_disputed(api, movements, reference)]),
        reference=reference,
        code=code,
    )


def _capture(api: Api, order: Any, name: str) -> Any:
    """Take what the donor approved; return the order, or how far it is without money.

    The key is that of the order as it was approved: one that is approved anew, with another card,
    is another thing to ask. PayPal captures an order once in any case.
    """
    stamp = re.sub("[^0-9]", "", str(order.get("update_time") or ""))[:24]
    answer = api.post(f"{ORDERS}/{name}/capture", {}, key=f"capture-{name}-{stamp}")
    if answer.status < 300:
        with understood(changes=True):
            text(answer.body["status"])
            rows(answer.body["purchase_units"])
        return answer.body
    issue = issue_of(answer)
    if issue == "ORDER_ALREADY_CAPTURED":
        again = api.get(f"{ORDERS}/{name}")
        if telling.inside(again, "status") != telling.APPROVED:
            return again
    error = refusal(answer)
    if not isinstance(error, Refused) or answer.status not in {404, 422}:
        raise error
    return (State.OPEN if issue in _ASK_AGAIN else State.FAILED), issue


def _disputed(api: Api, movements: Iterable[Told], reference: str) -> list[Told]:
    """Return what was taken back, and given to us again, of captures that are disputed.

    That there is a dispute, PayPal tells at once; what moved for it stands in its list, where it
    does not stand among the refunds.
    """
    known = {each.remote_id for each in movements}
    told: list[Told] = []
    for capture in [each.remote_id for each in movements if each.kind == Kind.CAPTURE]:
        since = _disputed_since(api, capture)
        if since is None:
            continue
        found = list(listing.lines(api, since - _MARGIN, listing.soon()))
        links = links_of(found)
        for line in found:
            if line.name not in known and first_of(line.name, links) == capture:
                told += listing.told_of(line, of=capture, reference=reference)
    return told


def _disputed_since(api: Api, capture: str) -> datetime | None:
    asked = {"disputed_transaction_id": capture, "page_size": "50"}
    answer = api.ask("GET", DISPUTES, params=asked, passes=(403, 404))
    if answer.status == 403:
        logger.warning("disputes_not_permitted", extra={"company": "paypal"})
    if answer.status >= 400:
        return None
    with understood():
        begun = [moment(each["create_time"]) for each in rows(answer.body.get("items") or [])]
    return min(begun, default=None)


def links_of(lines: Iterable[listing.Line]) -> dict[str, str]:
    """Return, by the name of each line that is about another, the name of that."""
    return {each.name: each.of for each in lines if each.is_about_a_gift}


def first_of(name: str, links: Mapping[str, str]) -> str:
    """Return what a line is about in the end: what is won back is about what was taken back."""
    passed: set[str] = set()
    while name in links and name not in passed:
        passed.add(name)
        name = links[name]
    return name


def about(api: Api, line: listing.Line, links: Mapping[str, str]) -> tuple[str, Snapshot | None]:
    """Return which capture a line is about, and what is true of it.

    A line that is about one of months ago, which is about the capture, is followed through the
    list; where PayPal shows no such capture, what the line names stands for it.
    """
    name = first_of(line.name, links)
    for _ in range(_DEEP):
        found = by_capture(api, name)
        if found is not None:
            return name, found
        before = _line_named(api, name, line.at - _LONG, line.at + _MARGIN)
        if before is None or not before.of:
            break
        name = before.of
    return name, None


def _line_named(api: Api, name: str, since: datetime, until: datetime) -> listing.Line | None:
    if not listing.NAMED.fullmatch(name):
        return None
    found = listing.lines(api, since, until, name=name)
    return next((each for each in found if each.name == name and each.kind), None)


def _by_line(api: Api, name: str) -> Snapshot | None:
    """Return what is true of something that only the list knows."""
    until = listing.soon()
    line = _line_named(api, name, until - listing.LONGEST, until)
    if line is None:
        return None
    if line.is_about_a_gift:
        return about(api, line, links_of([line]))[1]
    return Snapshot(
        remote_id=name,
        state=State.DONE,
        movements=frozenset(listing.told_of(line)),
        reference=line.reference,
    )
