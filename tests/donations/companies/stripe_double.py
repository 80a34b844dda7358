"""Stripe, with donors, banks and a desk of its own."""

from __future__ import annotations

import json
import time
from typing import Any

from stripe import WebhookSignature

from donations.companies.doubles import CANARY
from donations.companies.stripe_dialect import ACCOUNT, KEY, SECRET, StripeDialect
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.stripe import KIND


class StripeDouble(StripeDialect):
    """Cards, which are sure at once.

    With ``is_debit`` what is paid takes until `settle`; ``debit_fails`` says that it fails then,
    and ``is_early`` that its money is written into the balance before it is there.
    With ``is_late`` the money of a card stands in the balance only after `settle`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_debit = self.debit_fails = self.is_early = self.is_late = False
        self.debit_fails_by = "insufficient_funds"

    def company(self, **details: Any) -> Company:
        """Open an account in test mode."""
        return KIND.open(
            Account(
                mode="test",
                base=self.base,
                account_ref=ACCOUNT,
                details=details,
                secrets={"secret_key": KEY, "webhook_secret": SECRET},
            )
        )

    def error_body(self) -> Any:
        return {"error": {"type": "api_error", "message": f"Something broke: {self.quoted()}"}}

    # --- donors and banks ---------------------------------------------------------------------

    def donor_pays(self, remote_id: str) -> None:
        """Pay on a page, with a card or by debit."""
        session = self.desk.things[remote_id]
        assert session["status"] == "open"
        asked = self.page_asked[remote_id]
        is_kept = asked.get("customer_creation") == "always"
        customer = self.desk.make("customer")["id"] if is_kept else None
        data = asked["payment_intent_data"]
        method = self.desk.make("payment_method", customer=customer, metadata={})
        fields = {**data, "amount": session["amount_total"], "currency": session["currency"]}
        intent = self.intent(fields, customer, method)
        session.update(status="complete", payment_intent=intent["id"], customer=customer, url=None)
        session["customer_details"] = {"email": CANARY}
        self.take(intent, method)
        session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        self.desk.tell("checkout.session.completed", session)

    def take(self, intent: dict[str, Any], method: dict[str, Any]) -> None:
        """Take the money: now, or when it settles."""
        if self.is_debit:
            charge = self.desk.charge_for(intent, method, status="pending")
            intent.update(status="processing", latest_charge=charge["id"])
            if self.is_early:
                self.desk.enter(charge, "payment")
            self.desk.tell("payment_intent.processing", intent)
        elif self.is_late:
            charge = self.desk.charge_for(intent, method, status="succeeded")
            intent.update(status="succeeded", latest_charge=charge["id"])
            self.desk.tell("payment_intent.succeeded", intent)
        else:
            self.desk.take(intent, method)

    def return_refund(self, refund: str) -> None:
        self.desk.fail_refund(refund)

    def settle(self, remote_id: str) -> None:
        """Let a debit succeed or fail, and late money come."""
        thing = self.desk.things[remote_id]
        intent = self.desk.things.get(thing.get("payment_intent") or remote_id)
        assert intent is not None
        charge = self.desk.things.get(intent.get("latest_charge") or "")
        if charge is None or (charge["status"] != "pending" and charge["balance_transaction"]):
            return
        if self.debit_fails:
            error = {
                "type": "invalid_request_error",
                "code": "payment_intent_payment_attempt_failed",
            }
            intent.update(status="requires_payment_method", last_payment_error=error)
            charge.update(status="failed", failure_code=self.debit_fails_by)
            if self.is_early:
                self.desk.move("payment_failure_refund", charge, -charge["amount"])
            self.desk.tell("payment_intent.payment_failed", intent)
            return
        charge.update(status="succeeded", captured=True, paid=True)
        intent["status"] = "succeeded"
        if not charge["balance_transaction"]:
            self.desk.enter(charge)
        self.desk.tell("charge.updated", charge)

    def donor_leaves(self, remote_id: str) -> None:
        """Let a page expire."""
        session = self.desk.things[remote_id]
        session.update(status="expired", url=None)
        self.desk.tell("checkout.session.expired", session)

    def refund_there(self, capture: str, minor: int) -> str:
        """Give back at Stripe's dashboard."""
        return str(self.desk.refund(capture, minor)["id"])

    def dispute(self, capture: str) -> None:
        """Let the donor's bank take it back."""
        self.desk.dispute(capture)

    def win_dispute(self, capture: str) -> None:
        """Decide for us."""
        self.desk.win(capture)

    def pay_out(self) -> str:
        """Send all to the bank."""
        return str(self.desk.pay_out()["id"])

    def end_mandate_there(self, mandate: str) -> None:
        """Take the way to pay away at Stripe's dashboard."""
        method = self.desk.things[mandate.partition("/")[2]]
        method["customer"] = None
        self.desk.tell("payment_method.detached", method)

    def block_payouts(self) -> None:
        """Keep what comes."""
        self.desk.payouts_enabled = False

    def decline_next(self, *, hard: bool) -> None:
        """Let a bank say no."""
        code = "stolen_card" if hard else "insufficient_funds"
        self.decline = {"code": "card_declined", "decline_code": code}

    def decline_later(self, *, hard: bool) -> None:
        """Take the next gift by debit, and let the bank say no when it settles."""
        self.is_debit = self.debit_fails = True
        self.debit_fails_by = "bank_account_closed" if hard else "insufficient_funds"

    def need_donor_next(self) -> None:
        """Let a bank ask for a second factor."""
        code = "authentication_required"
        self.decline = {"code": code, "decline_code": code}

    def asked_sum(self, remote_id: str) -> str:
        """Return the amount of a page."""
        price = self.page_asked[remote_id]["line_items"][0]["price_data"]
        return str(price["unit_amount"])

    def moved(self) -> dict[str, int]:
        """Add up what the charges, refunds, disputes and payouts themselves say (in euros)."""
        things = self.desk.things.values()
        sums = {
            each["id"]: each["amount"] - each["amount_refunded"]
            for each in things
            if each["object"] == "charge" and each["status"] == "succeeded"
        }
        for each in things:
            if each["object"] == "dispute" and each["status"] != "won":
                sums[each["charge"]] -= each["amount"]
            if each["object"] == "payout":
                sums[each["id"]] = -each["amount"]
        return sums

    # --- events -----------------------------------------------------------------------------

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        """Return what happened, each signed by the vendor's code."""
        told, self.desk.told = self.desk.told, []
        return [self.signed(self.event(kind, thing)) for kind, thing in told]

    def event(self, kind: str, thing: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Return an event about a thing."""
        fields = {"type": kind, "data": {"object": thing}, "livemode": False} | changed
        return self.desk.make("event", **fields)

    def signed(
        self, event: Any, *, secret: str = SECRET, age_s: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """Return header fields and body of an event, as Stripe sends them."""
        body = json.dumps(event, indent=2)
        signature = WebhookSignature.generate_signature_header(
            body, secret, timestamp=int(time.time()) - age_s
        )
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "Stripe/1.0"}
        return headers | {"stripe-signature": signature}, body.encode()

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        """Return what nobody at Stripe sent, or not to us, or not now."""
        thing = self.desk.of("charge")[0]
        event = self.event("charge.updated", thing)
        headers, body = self.signed(event)
        given = headers["stripe-signature"]
        live = self.event("charge.updated", thing, livemode=True)
        other = self.event("charge.updated", {**thing, "id": "ch_another"})

        def with_signature(signature: str) -> dict[str, str]:
            return headers | {"stripe-signature": signature}

        without = {name: value for name, value in headers.items() if name != "stripe-signature"}
        return [
            ("bad signature", with_signature(given[:-4] + "0000"), body),
            ("signature of other signs", with_signature("t=1,v1=é"), body),
            ("signature without a time", with_signature(given.partition(",")[2]), body),
            ("signature of an old scheme", with_signature(given.replace("v1=", "v0=")), body),
            ("signature that is empty", with_signature(""), body),
            ("absent signature", without, body),
            ("empty secret", *self.signed(event, secret="")),
            ("another secret", *self.signed(event, secret="whsec_another")),
            ("other body", headers, self.signed(other)[1]),
            ("signature 301 s old", *self.signed(event, age_s=301)),
            ("signature of tomorrow", *self.signed(event, age_s=-86_400)),
            ("secret right, other mode", *self.signed(live)),
            ("secret right, no event", *self.signed([event])),
            ("other body, no UTF-8", headers, body[:-1] + b"\xff}"),
            ("other body, 2 MB", headers, body + b" " * 2_000_000),
            ("unknown type", *self.signed(self.event("invoice.paid", thing))),
            ("about nothing", *self.signed(self.event("charge.updated", {"id": None}))),
        ]


DOUBLE = StripeDouble
