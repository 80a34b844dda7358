"""What BTCPay Server's answers mean in our words (its Greenfield API, docs.btcpayserver.org).

What moved is told by the payments of an invoice and never by its state: one that expired may be
paid an hour later, by half or twice, and somebody at its desk may mark one settled that never was.
A payment counts when it is ``Settled``, that is, when the store takes it for sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from handpress.donations.companies.btcpay.valuing import Paid, valued
from handpress.donations.companies.contract import Snapshot, State, Told
from handpress.donations.companies.reading import form, number, rows, text
from handpress.donations.core.movements import Kind

Body = Mapping[str, Any]

INVOICE = re.compile("[1-9A-HJ-NP-Za-km-z]{10,60}")
_PAYMENT = re.compile("[!-~]{1,200}")
NAME = re.compile(f"({INVOICE.pattern})(?:/{_PAYMENT.pattern})?")
"""An invoice, or one of its payments as it is told: both are looked up as the invoice."""
_CURRENCY = re.compile("[A-Z]{3}")
_UNSURE = "Processing"


def snapshot_of(invoice: Body, methods: object) -> Snapshot:
    """Return what is true of an invoice, whose ways to pay list its payments."""
    name = form(invoice["id"], INVOICE)
    currency = form(invoice["currency"], _CURRENCY)
    reference = reference_of(invoice)
    payments = _payments(methods)
    told = [
        Told(
            kind=Kind.CAPTURE,
            remote_id=f"{name}/{each.payment}",
            minor=minor,
            currency=currency,
            at=each.at,
            reference=reference,
        )
        for each, minor in valued(payments, number(invoice["amount"]), currency)
        if each.is_settled and minor
    ]
    state = _state(text(invoice["status"]), payments, has_come=bool(told))
    return Snapshot(
        remote_id=name,
        state=state,
        movements=frozenset(told),
        reference=reference,
        code=_code(invoice) if state == State.FAILED else "",
    )


def reference_of(invoice: Body) -> str:
    """Return the pledge's reference that an invoice was made with, or ""."""
    return _from_metadata(invoice, "orderId")


def key_of(invoice: Body) -> str:
    """Return the key by which an invoice was made, or ""."""
    return _from_metadata(invoice, KEY)


KEY = "handpressKey"
"""Where the key stands in what BTCPay Server keeps beside an invoice."""


def furthest(told: Iterable[Snapshot]) -> Snapshot | None:
    """Return of several, newest first, the one that came furthest; of equals the newest."""
    rank = {State.DONE: 0, State.PENDING: 1, State.OPEN: 2, State.FAILED: 3}
    return min(told, key=lambda each: rank[each.state], default=None)


def _from_metadata(invoice: Body, name: str) -> str:
    metadata = invoice.get("metadata")
    found = metadata.get(name) if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def _payments(methods: object) -> list[Paid]:
    """Return all payments that are not void, by whatever way they came."""
    return [
        _paid(payment, method)
        for method in rows(methods)
        for payment in rows(method["payments"])
        if payment["status"] != "Invalid"
    ]


def _paid(payment: Body, method: Body) -> Paid:
    fee = payment.get("fee")
    value, rate = number(payment["value"]), number(method["rate"])
    if value < 0 or rate <= 0:
        raise ValueError
    return Paid(
        payment=form(payment["id"], _PAYMENT),
        at=_moment(payment["receivedDate"]),
        value=value,
        fee=number(fee) if fee is not None else Decimal(0),
        rate=rate,
        is_settled=payment["status"] == "Settled",
    )


def _moment(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return datetime.fromtimestamp(value, UTC)


def _state(status: str, payments: list[Paid], *, has_come: bool) -> State:
    if status == _UNSURE or not all(each.is_settled for each in payments):
        return State.PENDING
    if status == "New":
        return State.OPEN
    return State.DONE if has_come else State.FAILED


def _code(invoice: Body) -> str:
    """Return why nothing came; one that was marked settled was paid elsewhere, if at all."""
    additional = str(invoice.get("additionalStatus") or "")
    is_marked = additional == "Marked"
    return "marked" if is_marked else str(invoice["status"]).lower()[:40]
