"""What BTCPay Server's double remembers, what donors and time do there, and what it sends.

What is due is counted as the server counts: rounded up to the smallest part of a coin.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from donations.companies import btcpay_schema
from donations.companies.doubles import Double
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account

KEY = "5ee5f4a1c0de5ee5f4a1c0de5ee5f4a1c0de5ee5"
SECRET = "2Gd8xN4mPvR7sT1wYz6bKq"
STORE = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
CHAIN, LIGHTNING = "BTC-CHAIN", "BTC-LN"
PART = Decimal("0.00000001")
_BASE_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_NO_COMPANY = "the server is the outlet's own; nobody stands in between"
_NO_MANDATES = "coins are sent, not taken"


class BTCPayBooks(Double):
    """A server with one store, which takes bitcoin in two ways."""

    kind = "btcpay"
    lacks: Mapping[str, str] = {
        "fee": _NO_COMPANY,
        "dispute": _NO_COMPANY,
        "dispute_won": _NO_COMPANY,
        "payout": _NO_COMPANY,
        "payouts_blocked": _NO_COMPANY,
        "refund": "the donor claims coins back on the server's page",
        "desk_refund": "the donor claims coins back on the server's page",
        "refund_back": "the donor claims coins back on the server's page",
        "decline": _NO_MANDATES,
        "decline_later": _NO_MANDATES,
        "needs_donor": _NO_MANDATES,
        "donor_ends_mandate": _NO_MANDATES,
    }
    calls: Mapping[str, tuple[str, str]] = {
        "begin": ("POST", "/invoices$"),
        "look_up": ("GET", "/invoices/[^/]+$"),
        "find": ("GET", "/invoices$"),
        "check": ("GET", "/invoices$"),
        "movements": ("GET", "/invoices$"),
    }
    sums = (
        ("EUR", 2500, "25.00"),
        ("EUR", 7, "0.07"),
        ("JPY", 2500, "2500"),
        ("KRW", 10001, "10001"),
        ("KWD", 2500, "2.500"),
        ("EUR", 0, None),
        ("EUR", -5, None),
    )
    secrets = (KEY, SECRET)
    rates: Mapping[str, str] = {
        "EUR": "64392.23",
        "JPY": "10450123.5",
        "KRW": "143777001.1",
        "KWD": "20333.117",
    }

    def __init__(self) -> None:
        super().__init__()
        btcpay_schema.require()
        self.invoices: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, list[dict[str, Any]]] = {}
        self.worth: dict[str, int] = {}
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.is_old = False
        self.rounds_to: str = ""
        self._numbers = 0

    def company(self, *, server: str | None = None, **details: Any) -> Company:
        kind = company_kind("btcpay")
        kept_for = self.base if server is None else server
        secrets = {"api_key": KEY, "webhook_secret": SECRET, "server": kept_for}
        kind.check_secrets("live", secrets)
        account = Account(
            mode="live",
            base=self.base,
            account_ref="",
            details={"base": self.base, "store_id": STORE} | details,
            secrets=secrets,
        )
        return kind.open(account)

    def error_body(self) -> Any:
        return {"code": "invalid-request", "message": self.quoted()}

    # --- what donors do, and time ---------------------------------------------------------------

    def donor_pays(self, remote_id: str) -> None:
        """Pay what is due on the chain."""
        name = self.pay(remote_id, self.due(remote_id))
        invoice = self.invoices[remote_id]
        self.worth[name] = int(str(invoice["amount"]).replace(".", ""))

    def donor_leaves(self, remote_id: str) -> None:
        self.expire(remote_id)

    def expire(self, remote_id: str) -> None:
        """Let the time for an invoice be over."""
        invoice = self.invoices[remote_id]
        if invoice["status"] == "New":
            invoice["status"] = "Expired"
            is_part = bool(self.payments[remote_id])
            invoice["additionalStatus"] = "PaidPartial" if is_part else "None"
            self._tell(remote_id, "InvoiceExpired", {"partiallyPaid": is_part})

    def settle(self, remote_id: str) -> None:
        for each in self.payments[remote_id]:
            if each["status"] == "Processing":
                self.confirm(remote_id, each["id"])

    def pay(self, remote_id: str, value: Decimal, *, method: str = CHAIN, fee: str = "0.0") -> str:
        """Let coins come in; return the payment's name as we tell it. Lightning is sure at once."""
        self._numbers += 1
        digest = hashlib.sha256(str(self._numbers).encode()).hexdigest()
        payment = {
            "id": f"{digest}-{self._numbers}" if method == CHAIN else digest,
            "receivedDate": self.now_s(),
            "value": f"{value:f}",
            "fee": fee,
            "status": "Processing" if method == CHAIN else "Settled",
            "destination": f"bc1q{digest[:38]}",
            "method": method,
        }
        self.payments[remote_id].append(payment)
        self._tell_payment(remote_id, "InvoiceReceivedPayment", payment)
        self._renew(remote_id)
        if method != CHAIN:
            self._tell_payment(remote_id, "InvoicePaymentSettled", payment)
        return f"{remote_id}/{payment['id']}"

    def confirm(self, remote_id: str, payment: str) -> None:
        """Let a payment be sure."""
        (found,) = (each for each in self.payments[remote_id] if each["id"] == payment)
        found["status"] = "Settled"
        self._tell_payment(remote_id, "InvoicePaymentSettled", found)
        self._renew(remote_id)

    def spend_twice(self, remote_id: str, payment: str) -> None:
        """Let a payment be void: its coins went elsewhere."""
        (found,) = (each for each in self.payments[remote_id] if each["id"] == payment)
        found["status"] = "Invalid"
        self._renew(remote_id)

    def mark(self, remote_id: str, status: str) -> None:
        """Let somebody at the server's desk say that an invoice is settled, or invalid."""
        self.invoices[remote_id] |= {"status": status, "additionalStatus": "Marked"}
        self._tell(remote_id, f"Invoice{status}", {"manuallyMarked": True})

    def due(self, remote_id: str) -> Decimal:
        """Return what is asked for now, in coins, rounded up."""
        invoice = self.invoices[remote_id]
        rate = Decimal(self.rates[invoice["currency"]])
        left = Decimal(invoice["amount"]) - self.paid(remote_id) * rate
        return (left / rate).quantize(PART, rounding=ROUND_CEILING)

    def paid(self, remote_id: str) -> Decimal:
        """Return what came in coins, less what was for the network."""
        return sum(
            (
                Decimal(each["value"]) - Decimal(each["fee"])
                for each in self.payments[remote_id]
                if each["status"] != "Invalid"
            ),
            Decimal(0),
        )

    def _renew(self, remote_id: str) -> None:
        """Let the invoice's state follow its payments, as far as the server lets it."""
        invoice = self.invoices[remote_id]
        there = [each for each in self.payments[remote_id] if each["status"] != "Invalid"]
        is_full = self.due(remote_id) <= 0
        if invoice["status"] == "Expired":
            invoice["additionalStatus"] = "PaidLate" if is_full else "PaidPartial"
            return
        if not is_full:
            invoice["additionalStatus"] = "PaidPartial" if there else "None"
            return
        is_sure = all(each["status"] == "Settled" for each in there)
        invoice["status"] = "Settled" if is_sure else "Processing"
        invoice["additionalStatus"] = "PaidOver" if self.due(remote_id) < 0 else "None"
        self._tell(remote_id, f"Invoice{invoice['status']}", {"overPaid": False})

    def moved(self) -> dict[str, int]:
        settled = {
            f"{invoice}/{each['id']}"
            for invoice, payments in self.payments.items()
            for each in payments
            if each["status"] == "Settled"
        }
        return {name: minor for name, minor in self.worth.items() if name in settled}

    def asked_sum(self, remote_id: str) -> str:
        return str(self.invoices[remote_id]["amount"])

    # Nobody gives back, disputes, pays out or ends a mandate here (`lacks`).

    def refund_there(self, capture: str, minor: int) -> str:
        raise NotImplementedError

    def dispute(self, capture: str) -> None:
        raise NotImplementedError

    def pay_out(self) -> str:
        raise NotImplementedError

    def end_mandate_there(self, mandate: str) -> None:
        raise NotImplementedError

    # --- what it sends ---------------------------------------------------------------------------

    def _tell_payment(self, invoice: str, kind: str, payment: Mapping[str, Any]) -> None:
        is_late = self.invoices[invoice]["status"] == "Expired"
        shown = {name: value for name, value in payment.items() if name != "method"}
        more = {"afterExpiration": is_late, "paymentMethodId": payment["method"], "payment": shown}
        self._tell(invoice, kind, more)

    def _tell(self, invoice: str, kind: str, more: Mapping[str, Any]) -> None:
        delivery = self.new_name()
        event = {
            "deliveryId": delivery,
            "webhookId": "MUpgxL7Ebzt",
            "originalDeliveryId": delivery,
            "isRedelivery": False,
            "type": kind,
            "timestamp": self.now_s(),
            "storeId": STORE,
            "invoiceId": invoice,
            "metadata": self.invoices[invoice]["metadata"],
            **more,
        }
        self.hold(f"Webhook{kind}Event", event)
        self.told.append(self.signed(event))

    @staticmethod
    def signed(event: Any, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
        """Return an event as it is sent."""
        body = json.dumps(event, indent=2).encode()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "btcpay-sig": f"sha256={digest}"}, body

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        told, self.told = self.told, []
        return told

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        name = next(iter(self.invoices))
        event = {"deliveryId": "x1", "type": "InvoiceSettled", "invoiceId": name, "storeId": STORE}
        headers, body = self.signed(event)
        right = headers["btcpay-sig"]

        def sig(value: str) -> dict[str, str]:
            return headers | {"btcpay-sig": value}

        return [
            ("signature of zeros", sig("sha256=" + "0" * 64), body),
            ("signature cut short", sig(right[:-1]), body),
            ("signature alone", sig(right.removeprefix("sha256=")), body),
            ("signature of another kind", sig(right.replace("sha256", "sha1")), body),
            ("signature that is no hex", sig("sha256=\u0436\u00df"), body),
            ("empty signature", sig(""), body),
            ("absent", {"content-type": "application/json"}, body),
            ("other body", headers, body.replace(b"InvoiceSettled", b"InvoiceExpired")),
            ("another secret", *self.signed(event, "another secret of theirs")),
            ("the empty secret", *self.signed(event, "")),
            ("of another store", *self.signed(event | {"storeId": STORE[::-1]})),
            ("of a kind that nobody asked for", *self.signed(event | {"type": "PayoutCreated"})),
            ("of an invoice that cannot be", *self.signed(event | {"invoiceId": "../stores"})),
        ]

    # --- for both ---------------------------------------------------------------------------

    def hold(self, name: str, value: Any) -> None:
        """Hold a value against what the description calls so."""
        for each in btcpay_schema.faults_of(name, value):
            self.complain(each)

    def new_name(self) -> str:
        """Return a name that nothing has had."""
        self._numbers += 1
        digest = hashlib.sha256(f"name {self._numbers}".encode()).digest()
        return "".join(_BASE_58[each % 58] for each in digest[:22])
