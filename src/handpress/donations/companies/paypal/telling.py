"""What PayPal's orders, captures and refunds mean in our words.

Fields and states are those of Orders v2 and Payments v2. What PayPal itself takes back from a
capture, for a donor or for the donor's bank, stands among the refunds of the order, with a note of
its own (webhook ``PAYMENT.CAPTURE.REVERSED``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from handpress.donations.companies.contract import State, Told
from handpress.donations.companies.paypal.sums import read
from handpress.donations.companies.reading import form, moment, rows
from handpress.donations.core.movements import Kind
from handpress.donations.core.references import ReferenceError, parse_reference

Body = Mapping[str, Any]

NAME = re.compile("[A-Z0-9]{1,36}")
"""The name of an order, a capture or a refund; which of them, it does not say."""
OPENS = timedelta(hours=72)
"""The longest that PayPal lets a page wait for a donor."""
APPROVED = "APPROVED"
_CODE = re.compile("[A-Z0-9_]{1,80}")
_OPEN = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED"})
_TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_TAKEN_ONCE = frozenset({"BUYER_COMPLAINT", "CHARGEBACK", "REFUNDED"})
"""Why a capture may be pending or denied after it was taken."""
_REVERSED = "payment reversed"


def inside(value: Any, *path: str) -> Any:
    """Return what stands deep in objects, None where it does not."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def code_of(value: Any) -> str:
    """Return a word for machines, "" for what is none."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def reference_in(*texts: Any) -> str:
    """Return the first of these that is a reference of ours: others sell by the account too."""
    for each in texts:
        try:
            return parse_reference(each)
        except (ReferenceError, TypeError):
            continue
    return ""


def linked(body: Body, rel: str, pattern: str) -> str:
    """Return the name at the end of a link, "" where there is no such link."""
    for link in body.get("links") or []:
        found = re.search(f"{pattern}/([A-Z0-9]{{1,36}})$", str(inside(link, "href") or ""))
        if found and link.get("rel") == rel:
            return found[1]
    return ""


def order_of(capture: Body) -> str:
    """Return the order that a capture is of, "" where it is of none."""
    named = inside(capture, "supplementary_data", "related_ids", "order_id")
    if isinstance(named, str) and NAME.fullmatch(named):
        return named
    return linked(capture, "up", "/v2/checkout/orders")


def reference_of(order: Body) -> str:
    """Return the pledge's reference."""
    units = rows(order.get("purchase_units") or [])
    found = [each.get(name) for each in (*units, *captures_of(order)) for name in _REFERENCES]
    return reference_in(*found)


_REFERENCES = ("custom_id", "invoice_id")


def captures_of(order: Body) -> list[dict[str, Any]]:
    """Return the captures of an order; there is one, or none yet."""
    return _payments(order, "captures")


def _payments(order: Body, kind: str) -> list[dict[str, Any]]:
    units = rows(order.get("purchase_units") or [])
    return [one for each in units for one in rows(inside(each, "payments", kind) or [])]


def was_taken(capture: Body) -> bool:
    """Return whether a capture brought money, whatever became of it."""
    reason = inside(capture, "status_details", "reason")
    return capture["status"] in _TAKEN or reason in _TAKEN_ONCE


def state_of(order: Body, now: datetime) -> tuple[State, str]:
    """Return how far an order is, and why; one that is approved waits for us."""
    status = form(order["status"], _CODE)
    if status in _OPEN:
        made = order.get("create_time")
        is_over = bool(made) and moment(made) < now - OPENS
        return (State.FAILED, "EXPIRED") if is_over else (State.OPEN, "")
    if status == "VOIDED":
        return State.FAILED, status
    if status != "COMPLETED":
        return State.PENDING, status
    return captured_state(captures_of(order))


def captured_state(captures: Iterable[Body]) -> tuple[State, str]:
    """Return what has become of what was captured; raises `LookupError` where nothing was."""
    states = [_captured(each) for each in captures]
    for wanted in (State.DONE, State.PENDING, State.FAILED):
        for state, code in states:
            if state == wanted:
                return state, code
    raise LookupError


def _captured(capture: Body) -> tuple[State, str]:
    if was_taken(capture):
        return State.DONE, ""
    reason = code_of(inside(capture, "status_details", "reason"))
    if capture["status"] == "PENDING":
        return State.PENDING, reason
    return State.FAILED, reason or form(capture["status"], _CODE)


def movements_of(order: Body) -> list[Told]:
    """Return what an order tells of money: captures, refunds, reversals, and their fees."""
    reference = reference_of(order)
    taken = [each for each in captures_of(order) if was_taken(each)]
    told = [one for each in taken for one in capture_told(each, reference)]
    only = taken[0]["id"] if len(taken) == 1 else ""
    for refund in _payments(order, "refunds"):
        of = linked(refund, "up", "/v2/payments/captures") or only
        told += refund_told(refund, of, reference)
    return told


def capture_told(capture: Body, reference: str) -> list[Told]:
    """Return a capture and what PayPal kept of it."""
    name, at = form(capture["id"], NAME), moment(capture["create_time"])
    minor, currency = read(capture["amount"])
    told = Told(
        kind=Kind.CAPTURE,
        remote_id=name,
        minor=minor,
        currency=currency,
        at=at,
        reference=reference,
    )
    kept = inside(capture, "seller_receivable_breakdown", "paypal_fee")
    return [told, *_fee(kept, -1, name, name, at, reference)]


def refund_told(refund: Body, of: str, reference: str) -> list[Told]:
    """Return a refund and the fee that came back with it; nothing before it is sure."""
    if refund.get("status") != "COMPLETED":
        return []
    name, at = form(refund["id"], NAME), moment(refund["create_time"])
    minor, currency = read(refund["amount"])
    note = str(refund.get("note_to_payer") or "").strip().lower()
    told = Told(
        kind=Kind.DISPUTE if note == _REVERSED else Kind.REFUND,
        remote_id=name,
        minor=-minor,
        currency=currency,
        at=at,
        of=of,
        reference=reference,
    )
    back = inside(refund, "seller_payable_breakdown", "paypal_fee")
    return [told, *_fee(back, 1, name, of, at, reference)]


def _fee(money: Any, sign: int, name: str, of: str, at: datetime, reference: str) -> Iterable[Told]:
    if money is None:
        return ()
    minor, currency = read(money)
    told = Told(
        kind=Kind.FEE,
        remote_id=name,
        minor=sign * minor,
        currency=currency,
        at=at,
        of=of,
        reference=reference,
    )
    return (told,) if minor else ()
