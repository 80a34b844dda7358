"""What Stripe keeps: things that began as the vendor's examples, and a balance of transactions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

_FIXTURES = Path(__file__).resolve().parents[4] / "shared/data/payments/stripe/fixtures3.json"
_PREFIX = {
    "checkout.session": "cs_test_",
    "payment_intent": "pi_",
    "charge": "ch_",
    "refund": "re_",
    "balance_transaction": "txn_",
    "dispute": "du_",
    "payout": "po_",
    "payment_method": "pm_",
    "customer": "cus_",
    "event": "evt_",
}


class StripeError(Exception):
    """What Stripe answers when it does not do something."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error)
        self.status = status
        self.error = {"type": "invalid_request_error"} | error


class Desk:
    """Things by name, newest last; `make` and `move` are all that changes them.

    ``tell`` gets a kind of event and the thing that it is about.
    """

    def __init__(self, now_s: Callable[[], int]) -> None:
        if not _FIXTURES.is_file():
            pytest.skip(f"{_FIXTURES} is not there")
        self._examples = json.loads(_FIXTURES.read_bytes())["resources"]
        self._now_s = now_s
        self.things: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.payouts_enabled = True
        self._count = 0

    def make(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Keep a new thing: the vendor's example, with these fields."""
        example = deepcopy(self._examples[kind])
        unknown = set(fields) - set(example) - {"failure_balance_transaction"}
        assert not unknown, f"a {kind} has no {unknown}"
        self._count += 1
        name = f"{_PREFIX[kind]}1Pgaf{self._count:019d}"
        thing: dict[str, Any] = {**example, "id": name, "created": self._now_s(), **fields}
        self.things[name] = thing
        return thing

    def tell(self, kind: str, thing: Mapping[str, Any]) -> None:
        """Remember that something happened, as the thing is now."""
        self.told.append((kind, deepcopy(dict(thing))))

    def account(self, name: str) -> dict[str, Any]:
        """Return our own account."""
        enabled = {"charges_enabled": True, "payouts_enabled": self.payouts_enabled}
        return {**deepcopy(self._examples["account"]), "id": name, **enabled}

    def of(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return all of a kind with these fields, newest first."""
        return [
            each
            for each in reversed(self.things.values())
            if each["object"] == kind and all(each[name] == value for name, value in wanted.items())
        ]

    # --- money ------------------------------------------------------------------------------

    def move(
        self, kind: str, thing: Mapping[str, Any], amount: int, *, fee: int = 0, category: str = ""
    ) -> dict[str, Any]:
        """Write a balance transaction; the balance is in euros, and so is the fee."""
        amount = _euros(amount, thing["currency"])
        return self.make(
            "balance_transaction",
            type=kind,
            reporting_category=category or kind,
            source=thing["id"],
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency="eur",
        )

    def take(self, intent: dict[str, Any], method: Mapping[str, Any]) -> None:
        """Let a payment succeed: a charge, and its money."""
        charge = self.charge_for(intent, method, status="succeeded")
        self.enter(charge)
        intent.update(status="succeeded", amount_received=intent["amount"])
        intent.update(latest_charge=charge["id"], last_payment_error=None)
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)

    def enter(self, charge: dict[str, Any], kind: str = "charge") -> None:
        """Write a charge's money into the balance."""
        amount = _euros(charge["amount"], charge["currency"])
        fee = min(amount * 29 // 1000 + 25, amount - 1)
        charge["balance_transaction"] = self.move(kind, charge, charge["amount"], fee=fee)["id"]

    def charge_for(
        self, intent: Mapping[str, Any], method: Mapping[str, Any], *, status: str
    ) -> dict[str, Any]:
        """Return a new charge of a payment, without money."""
        return self.make(
            "charge",
            amount=intent["amount"],
            amount_captured=intent["amount"] if status == "succeeded" else 0,
            captured=status == "succeeded",
            paid=status == "succeeded",
            status=status,
            currency=intent["currency"],
            customer=intent["customer"],
            payment_intent=intent["id"],
            payment_method=method["id"],
            metadata=dict(intent["metadata"]),
            balance_transaction=None,
            refunds=None,
            source=None,
        )

    def refund(self, name: str, amount: int | None) -> dict[str, Any]:
        """Give a charge back, or some of it; raises `StripeError`."""
        charge = self.things.get(name)
        if charge is None or charge["object"] != "charge":
            raise StripeError(404, code="resource_missing", param="charge")
        if charge["disputed"]:
            raise StripeError(400, code="charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if not left:
            raise StripeError(400, code="charge_already_refunded")
        if not 0 < amount <= left:
            raise StripeError(400, param="amount", message="greater than unrefunded amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        refund = self.make(
            "refund",
            amount=amount,
            charge=name,
            currency=charge["currency"],
            payment_intent=charge["payment_intent"],
            failure_balance_transaction=None,
        )
        refund["balance_transaction"] = self.move("refund", refund, -amount)["id"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    def fail_refund(self, name: str) -> None:
        """Let the donor's bank refuse what was given back."""
        refund = self.things[name]
        back = self.move("refund_failure", refund, refund["amount"])
        refund.update(status="failed", failure_balance_transaction=back["id"])
        self.things[refund["charge"]]["amount_refunded"] -= refund["amount"]
        self.tell("refund.failed", refund)

    def dispute(self, name: str) -> dict[str, Any]:
        """Let a donor's bank take a charge back."""
        charge = self.things[name]
        charge["disputed"] = True
        dispute = self.make(
            "dispute",
            amount=charge["amount"],
            currency=charge["currency"],
            charge=name,
            payment_intent=charge["payment_intent"],
            status="needs_response",
        )
        self._of_dispute(dispute, -charge["amount"], 1500)
        self.tell("charge.dispute.created", dispute)
        self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def win(self, name: str) -> None:
        """Decide the dispute about a charge for us."""
        (dispute,) = self.of("dispute", charge=name)
        dispute["status"] = "won"
        self._of_dispute(dispute, dispute["amount"], -1500)
        self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)

    def _of_dispute(self, dispute: dict[str, Any], amount: int, fee: int) -> None:
        category = "dispute" if amount < 0 else "dispute_reversal"
        moved = self.move("adjustment", dispute, amount, fee=fee, category=category)
        dispute["balance_transactions"] = [*dispute["balance_transactions"], deepcopy(moved)]

    def pay_out(self) -> dict[str, Any]:
        """Send all that lies there to the bank."""
        lies = sum(each["net"] for each in self.of("balance_transaction"))
        payout = self.make("payout", amount=lies, currency="eur", balance_transaction=None)
        payout["balance_transaction"] = self.move("payout", payout, -lies)["id"]
        self.tell("payout.created", payout)
        return payout

    def fail_payout(self, name: str) -> None:
        """Let the bank send a payout back."""
        payout = self.things[name]
        back = self.move("payout_failure", payout, payout["amount"])
        payout.update(status="failed", failure_code="account_closed")
        payout["failure_balance_transaction"] = back["id"]
        self.tell("payout.failed", payout)


def _euros(amount: int, currency: str) -> int:
    if currency == "eur":
        return amount
    return (amount * 3 // 7 + 50) if amount > 0 else -(-amount * 3 // 7 + 50)
