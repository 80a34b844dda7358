"""What Stripe's objects say, in our words; what is missing raises (see `reading.understood`).

Money has moved where Stripe's balance says so: a movement is told once there is a balance
transaction for it, and its moment is that transaction's. So a look at one payment and the list of
all transactions tell the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handpress.donations.companies.contract import MandateTold, State, Told
from handpress.donations.companies.reading import text
from handpress.donations.companies.stripe.sums import minor_units
from handpress.donations.core.movements import Kind

Thing = Mapping[str, Any]

REFERENCE = "reference"
"""The name under which a pledge's reference is kept with a payment."""
BY, PAGE = "by", "page"
"""How what was paid on a page is marked."""
_PAYOUTS = frozenset({"payout", "payout_cancel", "payout_failure", "topup", "topup_reversal"})
_HELD = frozenset(
    """
    connect_reserved_funds payment_network_reserve_hold payment_network_reserve_release
    payout_minimum_balance_hold payout_minimum_balance_release reserve_hold reserve_release
    reserve_transaction reserved_funds risk_reserved_funds
    """.split()
)
"""Kinds of transactions that only set money of ours aside."""


def of_charge(charge: Thing) -> list[Told]:
    """Return capture and fee of a charge whose balance transaction is told with it."""
    transaction = charge["balance_transaction"]
    if charge["status"] != "succeeded" or not isinstance(transaction, Mapping):
        return []
    return _of_charge(charge, transaction)


def of_latest_charge(intent: Thing) -> list[Told]:
    """Return capture and fee of the charge that a payment came by, told with it."""
    charge = intent.get("latest_charge")
    return of_charge(charge) if isinstance(charge, Mapping) else []


def of_refund(refund: Thing) -> list[Told]:
    """Return what a refund moved, and what came back of one that failed."""
    both = (refund.get("balance_transaction"), refund.get("failure_balance_transaction"))
    return [told for each in both if isinstance(each, Mapping) for told in _of_refund(refund, each)]


def of_dispute(dispute: Thing) -> list[Told]:
    """Return what a dispute moved: taken back, perhaps given again, and what it cost."""
    return [told for each in dispute["balance_transactions"] for told in _of_dispute(dispute, each)]


def of_payout(payout: Thing) -> list[Told]:
    """Return what a payout moved, and what came back of one that failed."""
    both = (payout.get("balance_transaction"), payout.get("failure_balance_transaction"))
    return [told for each in both if isinstance(each, Mapping) for told in _of_payout(payout, each)]


def of_transaction(transaction: Thing) -> list[Told]:
    """Return what a balance transaction moved; ``source`` is told with it.

    What Stripe keeps or gives for itself, whatever it calls it, is a fee; so all that is told adds
    up to the balance.
    """
    source = transaction["source"]
    kind = source["object"] if isinstance(source, Mapping) else ""
    if transaction["type"] in _HELD:
        return []
    if kind == "charge":
        return _of_charge(source, transaction) if source["status"] == "succeeded" else []
    if kind == "refund":
        return _of_refund(source, transaction)
    if kind == "dispute":
        return _of_dispute(source, transaction)
    if transaction["type"] in _PAYOUTS:
        return _of_payout(source, transaction)
    net = transaction["amount"] - transaction["fee"]
    return [_told(Kind.FEE, transaction["id"], net, transaction)] if net else []


def _of_charge(charge: Thing, transaction: Thing) -> list[Told]:
    reference = reference_of(charge)
    if transaction["amount"] < 0:
        # Part of what was reserved and not taken.
        kind, name, of = Kind.REFUND, text(transaction["id"]), text(charge["id"])
        return [_told(kind, name, transaction["amount"], transaction, of=of)]
    capture = _told(
        Kind.CAPTURE,
        text(charge["id"]),
        charge["amount"],
        transaction,
        currency=charge["currency"],
        reference=reference,
    )
    return [capture, *_fee(transaction, of=capture.remote_id, reference=reference)]


def _of_refund(refund: Thing, transaction: Thing) -> list[Told]:
    of = text(refund["charge"])
    is_back = transaction["amount"] > 0
    told = _told(
        Kind.REFUND_BACK if is_back else Kind.REFUND,
        text(transaction["id"] if is_back else refund["id"]),
        refund["amount"] if is_back else -refund["amount"],
        transaction,
        currency=refund["currency"],
        of=of,
    )
    return [told, *_fee(transaction, of=of)]


def _of_dispute(dispute: Thing, transaction: Thing) -> list[Told]:
    of, amount = text(dispute["charge"]), transaction["amount"]
    fees = _fee(transaction, of=of)
    if not amount:
        return fees
    is_won = amount > 0
    if transaction["currency"] != dispute["currency"]:
        amount = dispute["amount"] if is_won else -dispute["amount"]
    told = _told(
        Kind.DISPUTE_WON if is_won else Kind.DISPUTE,
        text(transaction["id"]),
        amount,
        transaction,
        currency=dispute["currency"],
        of=of,
    )
    return [told, *fees]


def _of_payout(payout: Thing | str | None, transaction: Thing) -> list[Told]:
    is_out = transaction["amount"] < 0 and isinstance(payout, Mapping)
    name = text(payout["id"] if is_out and isinstance(payout, Mapping) else transaction["id"])
    told = _told(Kind.PAYOUT, name, transaction["amount"], transaction)
    return [told, *_fee(transaction)]


def _fee(transaction: Thing, *, of: str = "", reference: str = "") -> list[Told]:
    if not transaction["fee"]:
        return []
    name, units = text(transaction["id"]), -transaction["fee"]
    return [_told(Kind.FEE, name, units, transaction, of=of, reference=reference)]


def _told(
    kind: Kind,
    remote_id: str,
    units: int,
    transaction: Thing,
    *,
    currency: str = "",
    of: str = "",
    reference: str = "",
) -> Told:
    code = text(currency or transaction["currency"]).upper()
    return Told(
        kind=kind,
        remote_id=remote_id,
        minor=minor_units(units, code),
        currency=code,
        at=datetime.fromtimestamp(transaction["created"], UTC),
        of=of,
        reference=reference,
    )


def reference_of(thing: Thing) -> str:
    """Return the pledge's reference of a session, a payment or a charge; "" where it has none."""
    found = (thing.get("metadata") or {}).get(REFERENCE) or thing.get("client_reference_id")
    return found if isinstance(found, str) else ""


def is_of_page(thing: Thing) -> bool:
    """Say whether something was paid on a page of Checkout's that we asked for."""
    return (thing.get("metadata") or {}).get(BY) == PAGE


def state_of(intent: Thing, *, is_told: bool) -> State:
    """Return how far a payment is; ``is_told`` is whether its money stands in the balance."""
    match intent["status"]:
        case "succeeded":
            return State.DONE if is_told else State.PENDING
        case "processing" | "requires_capture":
            return State.PENDING
        case "canceled":
            return State.FAILED
        case "requires_payment_method" if intent.get("last_payment_error"):
            return State.FAILED
        case _:
            return State.OPEN


def page_state(session: Thing, payment: State | None) -> State:
    """Return how far a page is; ``payment`` is how far what was paid on it is."""
    if session["status"] == "open":
        return State.OPEN
    if session["status"] == "expired":
        return State.FAILED
    # The donor is through with the page: what is open now is up to a bank.
    return payment if payment in {State.DONE, State.FAILED} else State.PENDING


def code_of(intent: Thing | None) -> str:
    """Return why a payment failed, as Stripe names it."""
    error = failure_of(intent or {})
    return str(error.get("decline_code") or error.get("code") or "failed")[:120]


def failure_of(intent: Thing) -> Thing:
    """Return the error that a payment ended with, {} for one that no bank declined.

    Of a debit only its charge says why, in the same words.
    """
    error = intent.get("last_payment_error")
    if intent.get("status") == "canceled" or not isinstance(error, Mapping):
        return {}
    charge = intent.get("latest_charge")
    why = charge.get("failure_code") if isinstance(charge, Mapping) else None
    return {**error, "decline_code": error.get("decline_code") or why}


def mandate_of(intent: Thing) -> MandateTold | None:
    """Return what later gifts can be taken by, where the donor agreed to them with this one."""
    if intent.get("setup_future_usage") != "off_session":
        return None
    if intent["status"] not in {"succeeded", "processing"}:
        return None
    customer, method = intent.get("customer"), intent.get("payment_method")
    if not isinstance(customer, str) or not isinstance(method, Mapping):
        return None
    return MandateTold(
        remote_id=f"{customer}/{text(method['id'])}",
        is_active=method.get("customer") == customer,
        words=_words(method),
    )


def _words(method: Thing) -> str:
    kind = str(method["type"])
    inner = method.get(kind) or {}
    last = str(inner.get("last4") or "")
    what = "card" if kind == "card" else "account"
    brand = f"{str(inner.get('brand') or '').capitalize()} " if kind == "card" else ""
    return f"{brand}{what} that ends in {last}" if last else kind.replace("_", " ")
