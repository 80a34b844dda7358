"""What PayPal's double keeps: orders, captures, refunds, disputes, the list of all that moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from donations.companies.doubles import CANARY, Double
from donations.companies.paypal_facts import (
    ACCOUNT_ZONE,
    CLIENT_ID,
    CLIENT_SECRET,
    MERCHANT,
    TOKEN,
    WEBHOOK_ID,
    WHOLE,
    minor_of,
    money,
    new_name,
    stamp,
    value_of,
)
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account


class PayPalBooks(Double):
    """The money at PayPal, and what its own people and donors do with it."""

    kind = "paypal"
    secrets = (CLIENT_ID, CLIENT_SECRET, TOKEN)
    sums = (
        ("EUR", 2501, "25.01"),
        ("USD", 100, "1.00"),
        ("JPY", 1500, "1500"),
        ("HUF", 150000, "1500"),
        ("TWD", 5000, "50"),
        ("HUF", 150050, None),
        ("KRW", 50000, None),
        ("EUR", 0, None),
    )

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.captures: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.listed: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.left: dict[str, int] = {}
        self.declines: list[str] = []
        """Why the next captures come to nothing."""
        self.pends_for = ""
        """Why money is not sure when it is captured."""
        self.returns_fees = False

    def company(self, **details: Any) -> Company:
        told = {"webhook_id": WEBHOOK_ID, "merchant_id": MERCHANT}
        account = Account(
            mode="test",
            base=self.base,
            account_ref=MERCHANT,
            details=told | details,
            secrets={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        )
        return company_kind("paypal").open(account)

    def stamp(self) -> str:
        return stamp(self.now_s())

    # --- what donors do ----------------------------------------------------------------------

    def donor_pays(self, remote_id: str) -> None:
        """Approve it: the money moves when we capture it."""
        order = self.orders[remote_id]
        order["status"] = "APPROVED"
        order["update_time"] = self.stamp()
        order["payer"] = {"payer_id": "QYR5Z8XDVJNXQ", "email_address": CANARY}
        self.send("CHECKOUT.ORDER.APPROVED", "checkout-order", order)

    def donor_leaves(self, remote_id: str) -> None:
        self.orders[remote_id]["create_time"] = stamp(self.now_s() - 4 * 86400)

    def asked_sum(self, remote_id: str) -> str:
        return str(self.orders[remote_id]["purchase_units"][0]["amount"]["value"])

    # --- what PayPal does ---------------------------------------------------------------------

    def settle(self, remote_id: str) -> None:
        order = self.orders.get(remote_id) or self.orders[self.order_of(remote_id)]
        payments = order["purchase_units"][0].get("payments", {})
        for capture in payments.get("captures", ()):
            if capture["status"] == "PENDING":
                self._complete(capture)
        for refund in payments.get("refunds", ()):
            if refund["status"] == "PENDING":
                self._complete_refund(refund, self._up(refund))

    def order_of(self, capture: str) -> str:
        found = self.captures[capture]["supplementary_data"]["related_ids"]["order_id"]
        return str(found)

    def capture(self, order: dict[str, Any]) -> None:
        """Take what was approved."""
        unit = order["purchase_units"][0]
        name = new_name()
        capture = {
            "id": name,
            "status": "PENDING",
            "status_details": {"reason": self.pends_for or "OTHER"},
            "amount": dict(unit["amount"]),
            "final_capture": True,
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "create_time": self.stamp(),
            "update_time": self.stamp(),
            "links": [
                self.link("self", f"/v2/payments/captures/{name}"),
                self.link("up", f"/v2/checkout/orders/{order['id']}"),
            ],
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        }
        self.captures[name] = capture
        unit["payments"] = {"captures": [capture]}
        order["status"] = "COMPLETED"
        order["update_time"] = self.stamp()
        if self.pends_for:
            self.send("PAYMENT.CAPTURE.PENDING", "capture", capture)
        else:
            self._complete(capture)

    def _complete(self, capture: dict[str, Any]) -> None:
        gross, currency = Decimal(capture["amount"]["value"]), capture["amount"]["currency_code"]
        smallest = Decimal(1) if currency in WHOLE else Decimal("0.01")
        fee = (gross * Decimal("0.0299") + 35 * smallest).quantize(smallest, rounding=ROUND_UP)
        capture["status"] = "COMPLETED"
        capture.pop("status_details", None)
        capture["seller_receivable_breakdown"] = {
            "gross_amount": money(gross, currency),
            "paypal_fee": money(fee, currency),
            "net_amount": money(gross - fee, currency),
        }
        self.left[capture["id"]] = minor_of(capture["amount"])
        self.write("T0006", capture["id"], gross, currency, capture, fee=-fee)
        self.send("PAYMENT.CAPTURE.COMPLETED", "capture", capture)

    def refund(self, capture: dict[str, Any], value: str, *, note: str = "") -> dict[str, Any]:
        """Give some of it back; return the refund."""
        name, currency = new_name(), capture["amount"]["currency_code"]
        back = Decimal("0.10") if self.returns_fees else Decimal("0.00")
        gross = Decimal(value)
        refund: dict[str, Any] = {
            "id": name,
            "status": "PENDING",
            "amount": money(value, currency),
            "custom_id": capture["custom_id"],
            "invoice_id": capture["invoice_id"],
            "seller_payable_breakdown": {
                "gross_amount": money(value, currency),
                "paypal_fee": money(back, currency),
                "net_amount": money(gross - back, currency),
            },
            "create_time": self.stamp(),
            "update_time": self.stamp(),
            "links": [
                self.link("self", f"/v2/payments/refunds/{name}"),
                self.link("up", f"/v2/payments/captures/{capture['id']}"),
            ],
        }
        if note:
            refund["note_to_payer"] = note
        self.refunds[name] = refund
        payments = self.orders[self.order_of(capture["id"])]["purchase_units"][0]["payments"]
        payments.setdefault("refunds", []).append(refund)
        if not self.pends_for:
            self._complete_refund(refund, capture)
        return refund

    def _up(self, refund: Mapping[str, Any]) -> dict[str, Any]:
        return self.captures[refund["links"][1]["href"].rsplit("/", 1)[1]]

    def _complete_refund(self, refund: dict[str, Any], capture: dict[str, Any]) -> None:
        is_ours = "note_to_payer" not in refund or "reversed" not in refund["note_to_payer"]
        refund["status"] = "COMPLETED"
        self.left[capture["id"]] -= minor_of(refund["amount"])
        is_all = self.left[capture["id"]] == 0
        capture["status"] = "REFUNDED" if is_all else "PARTIALLY_REFUNDED"
        gross = Decimal(refund["amount"]["value"])
        fee = Decimal(refund["seller_payable_breakdown"]["paypal_fee"]["value"])
        code, kind = ("T1107", "REFUNDED") if is_ours else ("T1106", "REVERSED")
        currency = refund["amount"]["currency_code"]
        self.write(code, refund["id"], -gross, currency, capture, fee=fee, of=capture["id"])
        self.send(f"PAYMENT.CAPTURE.{kind}", "refund", refund)

    def refund_there(self, capture: str, minor: int) -> str:
        there = self.captures[capture]
        value = value_of(minor, there["amount"]["currency_code"])
        return str(self.refund(there, value, note="With our thanks")["id"])

    def reverse(self, capture: str) -> str:
        """Take it back at PayPal, for a donor who complained there."""
        there = self.captures[capture]
        value = value_of(self.left[capture], there["amount"]["currency_code"])
        return str(self.refund(there, value, note="Payment reversed")["id"])

    def dispute(self, capture: str) -> None:
        """Let the donor's bank take all of it back, and PayPal charge for that."""
        there = self.captures[capture]
        currency = there["amount"]["currency_code"]
        value = Decimal(value_of(self.left[capture], currency))
        name, taken = f"PP-D-{27000 + len(self.disputes)}", new_name()
        self.write("T1201", taken, -value, currency, {}, of=capture)
        self.write("T0106", new_name(), Decimal(-20), currency, {}, of=capture)
        self.left[capture] = 0
        self.disputes[name] = {
            "dispute_id": name,
            "create_time": self.stamp(),
            "update_time": self.stamp(),
            "reason": "UNAUTHORISED",
            "status": "UNDER_REVIEW",
            "dispute_amount": money(value, currency),
            "disputed_transactions": [
                {"seller_transaction_id": capture, "seller": {"merchant_id": MERCHANT}}
            ],
            "taken": taken,
        }
        self.send("CUSTOMER.DISPUTE.CREATED", "dispute", self.disputes[name])

    def win_dispute(self, capture: str) -> None:
        """Give it back to us; the line is about the line before it, not about the capture."""
        for dispute in self.disputes.values():
            if dispute["disputed_transactions"][0]["seller_transaction_id"] == capture:
                won = dispute["dispute_amount"]
                value = Decimal(won["value"])
                self.write(
                    "T1202", new_name(), value, won["currency_code"], {}, of=dispute["taken"]
                )
                self.left[capture] = minor_of(won)
                dispute |= {"status": "RESOLVED", "update_time": self.stamp()}
                self.send("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute)

    def pay_out(self) -> str:
        name = new_name()
        there = sum(
            (
                Decimal(each["transaction_amount"]["value"])
                + Decimal(each.get("fee_amount", {"value": "0"})["value"])
                for each in self.listed
            ),
            Decimal(0),
        )
        self.write("T0400", name, -there, self.currency, {})
        self.left[name] = -minor_of(money(there, self.currency))
        return name

    def end_mandate_there(self, mandate: str) -> None:
        raise NotImplementedError

    def moved(self) -> dict[str, int]:
        return dict(self.left)

    # --- writing it down ----------------------------------------------------------------------

    def write(
        self,
        code: str,
        name: str,
        amount: Decimal,
        currency: str,
        about: Mapping[str, Any],
        *,
        fee: Decimal = Decimal(0),
        of: str = "",
        status: str = "S",
    ) -> dict[str, Any]:
        """Write a line into the list."""
        at = datetime.fromtimestamp(self.now_s(), ACCOUNT_ZONE).isoformat()
        line: dict[str, Any] = {
            "transaction_id": name,
            "transaction_event_code": code,
            "transaction_initiation_date": at,
            "transaction_updated_date": at,
            "transaction_amount": money(amount, currency),
            "transaction_status": status,
            "protection_eligibility": "01",
        }
        if fee:
            line["fee_amount"] = money(fee, currency)
        if of:
            line |= {"paypal_reference_id": of, "paypal_reference_id_type": "TXN"}
        if about:
            line |= {"custom_field": about["custom_id"], "invoice_id": about["invoice_id"]}
        self.listed.append(line)
        return line

    def link(self, rel: str, path: str, method: str = "GET") -> dict[str, str]:
        return {"href": f"{self.base}{path}", "rel": rel, "method": method}

    def send(self, kind: str, of: str, resource: Mapping[str, Any]) -> None:
        """Write down what will be sent, as it is now."""
        raise NotImplementedError
