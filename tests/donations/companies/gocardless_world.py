"""What there is at GoCardless in tests, and what people and banks do to it."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from donations.companies.doubles import Double
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account

FIXTURES = (
    Path(__file__).resolve().parents[4] / "shared" / "data" / "payments" / "gocardless" / "fixtures"
)
TOKEN, SECRET = "sandbox_k3y_of-this-double_9f2c", "hook_s3cret_of-this-double_77aa"
KINDS = (
    "billing_requests",
    "billing_request_flows",
    "payments",
    "mandates",
    "refunds",
    "payouts",
    "payout_items",
    "events",
    "creditors",
)
Thing = dict[str, Any]


class GoCardlessWorld(Double):
    """Keeps billing requests, payments, mandates, refunds, payouts, and an event for each turn.

    Names that begin with _ are what only this side has to remember; nobody is told.
    """

    kind = "gocardless"
    secrets = (TOKEN, SECRET)

    def __init__(self) -> None:
        if not FIXTURES.is_dir():
            pytest.skip("the vendor's examples are not in ../shared/data: GoCardless NOT TESTED")
        super().__init__()
        self.things: dict[str, dict[str, Thing]] = {name: {} for name in KINDS}
        self.keys: dict[tuple[str, str], str] = {}
        self.sent = 0
        self.number = 0
        self.declines = ""
        creditor = self.example("creditors", id="CR123", verification_status="successful")
        self.things["creditors"]["CR123"] = creditor

    def example(self, name: str, **facts: Any) -> Thing:
        """Return the vendor's own example of a thing, with facts of ours in it."""
        told = json.loads((FIXTURES / f"{name}.json").read_text())
        body = told.get("get") or told.get("create") or told["list"]
        found = body["body"][name]
        thing: Thing = copy.deepcopy(found[0] if isinstance(found, list) else found)
        return {**thing, "created_at": self.time(), **facts}

    def keep(self, name: str, prefix: str, **facts: Any) -> Thing:
        self.number += 1
        made = self.example(name, id=f"{prefix}{self.number:08d}", **facts)
        self.things[name][made["id"]] = made
        return made

    def time(self) -> str:
        """Return the time there, to the millisecond, each later than the one before."""
        self.number += 1
        at = datetime.fromtimestamp(self.now_s(), UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{self.number % 1000:03d}Z"

    def happened(self, kind: str, action: str, cause: str = "", **links: str) -> Thing:
        details = {"origin": "bank", "cause": cause or action, "description": "…"}
        return self.keep(
            "events", "EV", resource_type=kind, action=action, links=links, details=details
        )

    def new_payment(self, asked: Thing, links: dict[str, str], cause: str = "") -> Thing:
        made = self.keep(
            "payments",
            "PM",
            status="pending_submission",
            amount=asked["amount"],
            currency=asked["currency"],
            description=asked["description"],
            metadata=asked.get("metadata", {}),
            links={"creditor": "CR123", **links},
            amount_refunded=0,
            app_fee=None,
            reference=None,
        )
        made["_cause"] = cause
        self.happened("payments", "created", "payment_created", payment=made["id"])
        return made

    def new_refund(self, payment: Thing, asked: Thing) -> Thing:
        payment["amount_refunded"] += asked["amount"]
        made = self.keep(
            "refunds",
            "RF",
            amount=asked["amount"],
            currency=payment["currency"],
            status="created",
            metadata=asked.get("metadata", {}),
            links={"payment": payment["id"]},
        )
        self.happened("refunds", "created", "payment_refunded", refund=made["id"])
        return made

    def company(self, **details: Any) -> Company:
        secrets = {"access_token": TOKEN, "webhook_secret": SECRET}
        kind = company_kind("gocardless")
        kind.check_secrets("test", secrets)
        return kind.open(
            Account(
                mode="test",
                base=self.base,
                account_ref="gocardless",
                details=details,
                secrets=secrets,
            )
        )

    def error_body(self) -> Any:
        error = json.loads((FIXTURES / "gocardless_error.json").read_text())
        error["error"]["message"] = self.quoted()
        return error

    def asked_sum(self, remote_id: str) -> str:
        made = [each.json for each in self.asked if each.path == "/billing_requests" and each.body]
        place = list(self.things["billing_requests"]).index(remote_id)
        return str(made[place]["billing_requests"]["payment_request"]["amount"])

    def donor_pays(self, remote_id: str) -> None:
        with self.lock:
            request = self.things["billing_requests"][remote_id]
            assert request["status"] == "pending"
            request["status"] = "fulfilled"
            links = {}
            if request["mandate_request"]:
                kept = request["mandate_request"].get("metadata", {})
                mandate = self.keep("mandates", "MD", status="active", metadata=kept)
                links = {"mandate": mandate["id"]}
                request["links"] |= {"mandate_request_mandate": mandate["id"]}
                self.happened("mandates", "active", mandate=mandate["id"])
            if request["payment_request"]:
                payment = self.new_payment(request["payment_request"], links)
                request["links"] |= {"payment_request_payment": payment["id"]}
            self.happened("billing_requests", "fulfilled", billing_request=remote_id)

    def donor_leaves(self, remote_id: str) -> None:
        request = self.things["billing_requests"][remote_id]
        request["created_at"] = "2026-01-01T12:00:00.000Z"

    def settle(self, remote_id: str) -> None:
        request = self.things["billing_requests"].get(remote_id)
        name = request["links"].get("payment_request_payment") if request else remote_id
        with self.lock:
            for refund in self.things["refunds"].values():
                if refund["links"]["payment"] == name and refund["status"] == "created":
                    refund["status"] = "paid"
                    self.happened("refunds", "paid", refund=refund["id"])
            payment = self.things["payments"].get(str(name))
            if payment is None or payment["status"] != "pending_submission":
                return
            if payment["_cause"]:
                self.turn(payment["id"], "failed", "failed", payment["_cause"])
            else:
                self.turn(payment["id"], "confirmed", "confirmed")

    def turn(self, payment: str, status: str, action: str, cause: str = "") -> None:
        """Let something happen to a payment."""
        self.things["payments"][payment]["status"] = status
        self.happened("payments", action, cause, payment=payment)

    def refund_there(self, capture: str, minor: int) -> str:
        made = self.new_refund(self.things["payments"][capture], {"amount": minor})
        return str(made["id"])

    def dispute(self, capture: str) -> None:
        self.turn(capture, "charged_back", "charged_back", "refund_requested")

    def win_dispute(self, capture: str) -> None:
        self.turn(capture, "confirmed", "chargeback_cancelled")

    def decline_next(self, *, hard: bool) -> None:
        self.declines = "bank_account_closed" if hard else "insufficient_funds"

    def decline_later(self, *, hard: bool) -> None:
        self.decline_next(hard=hard)

    def return_refund(self, refund: str) -> None:
        self.things["refunds"][refund]["status"] = "bounced"
        self.happened("refunds", "bounced", refund=refund)

    def end_mandate_there(self, mandate: str) -> None:
        self.things["mandates"][mandate]["status"] = "cancelled"
        self.happened("mandates", "cancelled", mandate=mandate)

    def block_payouts(self) -> None:
        self.things["creditors"]["CR123"]["verification_status"] = "action_required"

    def pay_out(self) -> str:
        """Send what lies there; of each payment one per cent and 20 is kept, in parts of a cent."""
        with self.lock:
            payout = self.keep("payouts", "PO", status="paid", currency=self.currency)
            tenths = 0
            for name, payment in self.things["payments"].items():
                if payment["status"] != "confirmed" or payment["links"].get("payout"):
                    continue
                fee = payment["amount"] // 10 + 200
                tenths += fee
                self.item(payout, "payment_paid_out", 10 * payment["amount"], payment=name)
                self.item(payout, "gocardless_fee", -fee, payment=name)
                payment["links"]["payout"] = payout["id"]
                self.turn(name, "paid_out", "paid_out")
            fees = (tenths + 5) // 10
            sent = sum(self.moved().values()) - fees
            payout |= {"amount": sent, "deducted_fees": fees, "fx": None}
            payout["links"] = {"creditor": "CR123", "creditor_bank_account": "BA123"}
            self.happened("payouts", "paid", "payout_paid", payout=payout["id"])
        return str(payout["id"])

    def item(self, payout: Thing, kind: str, tenths: int, **links: str) -> None:
        sign, amount = "-" if tenths < 0 else "", f"{abs(tenths) // 10}.{abs(tenths) % 10}"
        self.number += 1
        item = self.example("payout_items", type=kind, amount=f"{sign}{amount}", links=links)
        self.things["payout_items"][f"I{self.number}"] = {**item, "_payout": payout["id"]}

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        told = list(self.things["events"].values())[self.sent :]
        self.sent += len(told)
        bodies = [told[start : start + 3] for start in range(0, len(told), 3)]
        return [self.signed(_written({"events": each})) for each in bodies]

    def signed(self, body: bytes, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
        """Sign as the vendor does: HMAC of SHA-256, in hexadecimal figures."""
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"webhook-signature": signature, "content-type": "application/json"}, body

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        body = _written({"events": [self.happened("payments", "confirmed", payment="PM1")]})
        headers, _ = self.signed(body)
        other = _written({"events": [self.happened("payments", "confirmed", payment="PM2")]})
        return [
            ("wrong signature", headers | {"webhook-signature": "0" * 64}, body),
            ("signature of letters", headers | {"webhook-signature": "é" * 64}, body),
            ("absent", {"content-type": "application/json"}, body),
            ("empty signature", headers | {"webhook-signature": ""}, body),
            ("other body", headers, other),
            ("another's secret", *self.signed(body, "somebody else's")),
            ("signed by an empty secret", *self.signed(body, "")),
        ]

    def moved(self) -> dict[str, int]:
        moved: dict[str, int] = {}
        for name, payment in self.things["payments"].items():
            actions = [
                each["action"]
                for each in self.things["events"].values()
                if each["links"].get("payment") == name
            ]
            if {"confirmed", "paid_out"} & set(actions):
                is_gone = payment["status"] in {"charged_back", "failed"}
                moved[name] = 0 if is_gone else payment["amount"] - self.given_back(name)
        for name, payout in self.things["payouts"].items():
            if payout["status"] == "paid" and "deducted_fees" in payout and payout["fx"] is None:
                moved[name] = -payout["amount"]
        return moved

    def given_back(self, payment: str) -> int:
        lost = {"cancelled", "failed", "bounced", "funds_returned"}
        return sum(
            each["amount"]
            for each in self.things["refunds"].values()
            if each["links"]["payment"] == payment and each["status"] not in lost
        )


def _written(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
