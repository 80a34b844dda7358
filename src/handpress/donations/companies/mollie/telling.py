"""What Mollie's answers mean in our words.

Fields and states are those of its API v2 (docs.mollie.com/reference). Money has come when a payment
is ``paid``. A refund is told when it has reached the donor (``refunded``): until then it may be
called off or fail, and what is told once must stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from handpress.donations.companies.contract import MandateTold, Snapshot, State, Told
from handpress.donations.companies.mollie.declining import again_after
from handpress.donations.companies.reading import form, minor_of, moment, rows, text
from handpress.donations.core.movements import Kind

Body = Mapping[str, Any]

PAYMENT = re.compile(r"tr_[0-9A-Za-z]{4,60}")
SETTLEMENT = re.compile(r"stl_[0-9A-Za-z]{4,60}")
PROFILE = re.compile(r"pfl_[0-9A-Za-z]{4,60}")
CUSTOMER = re.compile(r"cst_[0-9A-Za-z]{4,60}")
MANDATE_ID = re.compile(r"mdt_[0-9A-Za-z]{4,60}")
MANDATE = re.compile(rf"({CUSTOMER.pattern})/({MANDATE_ID.pattern})")
"""A mandate, as it is kept: Mollie asks for its customer too."""
_REFUND = re.compile(r"re_[0-9A-Za-z]{4,60}")
_CHARGEBACK = re.compile(r"chb_[0-9A-Za-z]{4,60}")
_BALANCE = re.compile(r"bal_[0-9A-Za-z]{4,60}")
_CURRENCY = re.compile("[A-Z]{3}")
_CODE = re.compile("[a-z0-9_]{1,60}")

_STATES = {
    "open": State.OPEN,
    "pending": State.PENDING,
    "authorized": State.PENDING,
    "paid": State.DONE,
    "failed": State.FAILED,
    "canceled": State.FAILED,
    "expired": State.FAILED,
}
_PULLED_TOGETHER = frozenset(
    {"invoice-compensation", "invoice-rounding-compensation", "balance-correction"}
)
"""Movements of a balance that put right what was kept before."""


def snapshot_of(payment: Body, mandate: MandateTold | None = None) -> Snapshot:
    """Return what is true of a payment, read with its refunds and chargebacks embedded."""
    embedded = payment.get("_embedded") or {}
    reference = reference_of(payment)
    told: list[Told] = []
    if payment["status"] == "paid":
        told.append(capture_of(payment))
    told += refunds_of(embedded.get("refunds") or [], reference)
    told += disputes_of(embedded.get("chargebacks") or [], reference)
    state = state_of(payment)
    return Snapshot(
        remote_id=form(payment["id"], PAYMENT),
        state=state,
        movements=frozenset(told),
        mandate=mandate,
        reference=reference,
        code=code_of(payment) if state == State.FAILED else "",
        # What was called off, or ran out, no bank has declined.
        again=again_after(code_of(payment)) if payment["status"] == "failed" else None,
    )


def state_of(payment: Body) -> State:
    """Return how far a payment is; one in a state that is new to us may still move."""
    return _STATES.get(text(payment["status"]), State.PENDING)


def code_of(payment: Body) -> str:
    """Return why a payment failed, in Mollie's word for machines."""
    details = payment.get("details") or {}
    code = str(details.get("failureReason") or details.get("bankReasonCode") or "").lower()
    return code if _CODE.fullmatch(code) else text(payment["status"])


def reference_of(payment: Body) -> str:
    """Return the pledge's reference that a payment was made with, or ""."""
    metadata = payment.get("metadata")
    found = metadata.get("reference") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def capture_of(payment: Body) -> Told:
    """Return the capture that a paid payment is."""
    minor, currency = sum_of(payment["amount"])
    return Told(
        kind=Kind.CAPTURE,
        remote_id=form(payment["id"], PAYMENT),
        minor=minor,
        currency=currency,
        at=moment(payment.get("paidAt") or payment["createdAt"]),
        reference=reference_of(payment),
    )


def refunds_of(refunds: object, reference: str = "") -> list[Told]:
    """Return those of a list of refunds that have reached the donor."""
    return [
        _taken(Kind.REFUND, each, _REFUND, reference)
        for each in rows(refunds)
        if each["status"] == "refunded"
    ]


def disputes_of(chargebacks: object, reference: str = "") -> list[Told]:
    """Return what chargebacks took, and what came back where one was reversed."""
    found: list[Told] = []
    for each in rows(chargebacks):
        taken = _taken(Kind.DISPUTE, each, _CHARGEBACK, reference)
        found.append(taken)
        if each.get("reversedAt"):
            found.append(
                Told(
                    kind=Kind.DISPUTE_WON,
                    remote_id=taken.remote_id,
                    minor=-taken.minor,
                    currency=taken.currency,
                    at=moment(each["reversedAt"]),
                    of=taken.of,
                    reference=taken.reference,
                )
            )
    return found


def _taken(kind: Kind, body: Body, pattern: re.Pattern[str], reference: str) -> Told:
    minor, currency = sum_of(body["amount"])
    payment = (body.get("_embedded") or {}).get("payment")
    return Told(
        kind=kind,
        remote_id=form(body["id"], pattern),
        minor=-abs(minor),
        currency=currency,
        at=moment(body["createdAt"]),
        of=form(body["paymentId"], PAYMENT),
        reference=reference_of(payment) if payment else reference,
    )


def balance_name(balance: Body) -> str:
    """Return what a balance is called."""
    return form(balance["id"], _BALANCE)


def fee_of(transaction: Body) -> Told | None:
    """Return what was kept of one movement of a balance; None where nothing was.

    What Mollie holds back for a while (``reservations``) is still ours.
    """
    kept = _kept(transaction)
    if not kept:
        return None
    context = transaction.get("context") or {}
    payment = context.get("paymentId")
    return Told(
        kind=Kind.FEE,
        remote_id=text(transaction["id"]),
        minor=kept,
        currency=sum_of(transaction["resultAmount"])[1],
        at=moment(transaction["createdAt"]),
        of=form(payment, PAYMENT) if payment else "",
    )


def _kept(transaction: Body) -> int:
    if transaction["type"] in _PULLED_TOGETHER:
        return sum_of(transaction["resultAmount"])[0]
    details = transaction.get("deductionDetails") or {}
    held = details.get("reservations")
    kept = transaction.get("deductions")
    return (sum_of(kept)[0] if kept else 0) - (sum_of(held)[0] if held else 0)


def payout_of(settlement: Body) -> Told | None:
    """Return what a settlement sent to the bank; None as long as it has not."""
    if settlement.get("status", "paidout") != "paidout" or not settlement.get("settledAt"):
        return None
    minor, currency = sum_of(settlement["amount"])
    return Told(
        kind=Kind.PAYOUT,
        remote_id=form(settlement["id"], SETTLEMENT),
        minor=-minor,
        currency=currency,
        at=moment(settlement["settledAt"]),
    )


def mandate_of(customer: str, mandate: Body) -> MandateTold:
    """Return what a mandate says; what a donor knows it by is its last four signs."""
    details = mandate.get("details") or {}
    return MandateTold(
        remote_id=f"{customer}/{form(mandate['id'], MANDATE_ID)}",
        is_active=mandate["status"] == "valid",
        words=_known_by(details),
    )


def _known_by(details: Body) -> str:
    ends = str(details.get("cardNumber") or "")[-4:]
    if re.fullmatch("[0-9]{4}", ends):
        return f"card that ends in {ends}"
    account = str(details.get("consumerAccount") or "")
    if re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}", account):
        return f"account that ends in {account[-4:]}"
    return ""


def sum_of(amount: object) -> tuple[int, str]:
    """Return an amount of Mollie's in minor units, and its currency."""
    if not isinstance(amount, dict):
        raise TypeError
    currency = form(amount["currency"], _CURRENCY)
    return minor_of(amount["value"], currency), currency


def newest_best(payments: Iterable[Body]) -> Body | None:
    """Return of payments, newest first, the one that came furthest; of equals the newest."""
    rank = {State.DONE: 0, State.PENDING: 1, State.OPEN: 2, State.FAILED: 3}
    return min(payments, key=lambda each: rank[state_of(each)], default=None)
