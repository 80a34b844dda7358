"""PayPal for tests: Orders v2, Payments v2, Transaction Search, Disputes and Webhooks.

Every request, and every answer of the double's own, is held against PayPal's OpenAPI
(`paypal_schema`). Answers start from its examples, where it has any; what it sends is signed as its
guide to webhooks says: RSA over the transmission's name and time, the webhook's ID, and the CRC of
the very bytes.
"""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from donations.companies import paypal_schema
from donations.companies.doubles import Answer, Asked, Handler
from donations.companies.paypal_books import PayPalBooks
from donations.companies.paypal_facts import (
    CLIENT_ID,
    CLIENT_SECRET,
    MERCHANT,
    TOKEN,
    minor_of,
    money,
    new_name,
)
from donations.companies.paypal_signs import event_bytes, forged, is_signed, signed

_EVENT_PART = b', "webhook_event": '
_LINE = "transaction_initiation_date"


class DOUBLE(PayPalBooks):
    """PayPal as it is asked."""

    lacks = {
        "refund_back": "a refund is told when it is completed, and not before",
        "find_begun": "PayPal lists what moved; an order without its answer has no name",
        "payouts_blocked": "its interface does not tell that it holds money back",
        "decline": "it takes no mandates",
        "decline_later": "it takes no mandates",
        "needs_donor": "it takes no mandates",
        "donor_ends_mandate": "it takes no mandates",
    }
    calls = {
        "begin": ("POST", "^/v2/checkout/orders$"),
        "look_up": ("GET", "^/v2/checkout/orders/"),
        "give_back": ("POST", "/refund$"),
        "find": ("GET", "^/v1/reporting/transactions$"),
        "movements": ("GET", "^/v1/reporting/transactions$"),
        "check": ("GET", "^/v1/reporting/balances$"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[tuple[str, str], tuple[bytes, Answer]] = {}
        self.forbidden: set[str] = set()
        self.most_listed = 10_000
        self.listed_until_s = 0
        self.tokens = 0

    def routes(self) -> list[tuple[str, str, Handler]]:
        asked: list[tuple[str, str, Handler]] = [
            ("POST", "/v2/checkout/orders", self._once(self._create)),
            ("GET", "/v2/checkout/orders/([^/]+)", self._show(self.orders)),
            ("POST", "/v2/checkout/orders/([^/]+)/capture", self._once(self._capture)),
            ("GET", "/v2/payments/captures/([^/]+)", self._show(self.captures)),
            ("POST", "/v2/payments/captures/([^/]+)/refund", self._once(self._refund)),
            ("GET", "/v2/payments/refunds/([^/]+)", self._show(self.refunds)),
            ("GET", "/v1/reporting/transactions", self._list),
            ("GET", "/v1/reporting/balances", self._balances),
            ("GET", "/v1/customer/disputes", self._list_disputes),
            ("POST", "/v1/notifications/verify-webhook-signature", self._verify),
        ]
        token: list[tuple[str, str, Handler]] = [("POST", "/v1/oauth2/token", self._token)]
        return token + [(method, path, self._asked(one)) for method, path, one in asked]

    # --- what every request goes through ---------------------------------------------------------

    def _token(self, asked: Asked, found: re.Match[str]) -> Answer:
        keys = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {keys}":
            return Answer(401, {"error": "invalid_client"})
        if asked.form != {"grant_type": ["client_credentials"]}:
            self.complain(f"token: {sorted(asked.form)}")
        self.tokens += 1
        return Answer(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 32400})

    def _asked(self, handler: Handler) -> Handler:
        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            if asked.headers.get("authorization") != f"Bearer {TOKEN}":
                return Answer(401, self.says(401, "AUTHENTICATION_FAILURE"))
            if asked.path in self.forbidden:
                return Answer(403, self.says(403, "NOT_AUTHORIZED"))
            for each in paypal_schema.faults_of_request(
                asked.method,
                asked.path,
                query=asked.query,
                headers=asked.headers,
                body=asked.body,
            ):
                self.complain(each)
            said = handler(asked, found)
            for each in paypal_schema.faults_of_answer(
                asked.method, asked.path, said.status, said.body
            ):
                self.complain(each)
            return said

        return answer

    def _once(self, handler: Handler) -> Handler:
        """Answer a key that was used as it was answered then, but for a 422."""

        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            key = (asked.path, asked.headers.get("paypal-request-id", ""))
            if not key[1]:
                self.complain(f"{asked.path}: no PayPal-Request-Id")
            if key in self.answered:
                body, before = self.answered[key]
                if body != asked.body:
                    self.complain(f"{asked.path}: one key for two requests")
                return Answer(200, copy.deepcopy(before.body))
            said = handler(asked, found)
            said.body = copy.deepcopy(said.body)
            self.answered[key] = (asked.body, said)
            return said

        return answer

    def _show(self, kept: Mapping[str, Any]) -> Handler:
        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            there = kept.get(found[1])
            if there is None:
                return Answer(404, self.says(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"))
            return Answer(200, _shown(there))

        return answer

    def says(self, status: int, name: str, issue: str = "") -> dict[str, Any]:
        """Return an error's body."""
        words = {
            401: "Authentication failed due to missing authorization header, or invalid"
            " authentication credentials.",
            404: "The specified resource does not exist.",
            422: "The requested action could not be performed, semantically incorrect, or failed"
            " business validation.",
        }
        body: dict[str, Any] = {"name": name, "message": words.get(status, name)}
        body["debug_id"] = "90957fca61718"
        if issue:
            body["details"] = [{"issue": issue}]
        return body

    def error_body(self) -> Any:
        told = f"{self.quoted()} {CLIENT_SECRET}"
        return {
            "name": "INTERNAL_SERVER_ERROR",
            "message": told,
            "debug_id": "90957fca61718",
            "details": [{"issue": f"FAILED {told}", "description": told}],
        }

    # --- orders, captures, refunds -------------------------------------------------------------

    def _create(self, asked: Asked, found: re.Match[str]) -> Answer:
        name = new_name()
        order = {
            "id": name,
            "intent": asked.json["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{"reference_id": "default", **asked.json["purchase_units"][0]}],
            "payment_source": {"paypal": {}},
            "create_time": self.stamp(),
            "links": [
                self.link("self", f"/v2/checkout/orders/{name}"),
                {"href": f"{self.base}/checkoutnow?token={name}", "rel": "payer-action"}
                | {"method": "GET"},
            ],
        }
        self.orders[name] = order
        return Answer(201, _shown(order))

    def _capture(self, asked: Asked, found: re.Match[str]) -> Answer:
        order = self.orders.get(found[1])
        if order is None:
            return Answer(404, self.says(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"))
        if self.declines:
            return self._no(self.declines.pop(0))
        if order["status"] == "COMPLETED":
            return self._no("ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            return self._no("ORDER_NOT_APPROVED")
        self.capture(order)
        return Answer(201, _shown(order))

    def _refund(self, asked: Asked, found: re.Match[str]) -> Answer:
        capture = self.captures.get(found[1])
        if capture is None:
            return Answer(404, self.says(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"))
        if asked.json["amount"]["currency_code"] != capture["amount"]["currency_code"]:
            return self._no("REFUND_CAPTURE_CURRENCY_MISMATCH")
        if minor_of(asked.json["amount"]) > self.left[capture["id"]]:
            return self._no("REFUND_AMOUNT_EXCEEDED")
        return Answer(201, _shown(self.refund(capture, asked.json["amount"]["value"])))

    def _no(self, issue: str) -> Answer:
        return Answer(422, self.says(422, "UNPROCESSABLE_ENTITY", issue))

    # --- the list, balances, disputes ----------------------------------------------------------

    def _list(self, asked: Asked, found: re.Match[str]) -> Answer:
        query = {name: value[0] for name, value in asked.query.items()}
        since = datetime.fromisoformat(query["start_date"])
        until = datetime.fromisoformat(query["end_date"])
        now = datetime.fromtimestamp(self.now_s(), since.tzinfo)
        if until - since > timedelta(days=31) or until < since:
            self.complain(f"list: {since} to {until}")
        if since < now - timedelta(days=3 * 366):
            self.complain(f"list: {since} is too long ago")
        lines = [e for e in self.listed if since <= datetime.fromisoformat(e[_LINE]) <= until]
        if self.listed_until_s and since.timestamp() > self.listed_until_s:
            body = self.says(400, "INVALID_REQUEST")
            return Answer(
                400, body | {"message": "Data for the given start date is not available."}
            )
        if len(lines) > self.most_listed:
            return Answer(400, self.says(400, "RESULTSET_TOO_LARGE"))
        if "transaction_id" in query:
            lines = [each for each in lines if each["transaction_id"] == query["transaction_id"]]
        size = min(self.page_size, int(query["page_size"]))
        page = lines[(int(query["page"]) - 1) * size :][:size]
        body = {
            "account_number": MERCHANT,
            "page": int(query["page"]),
            "total_items": len(lines),
            "total_pages": -(-len(lines) // size),
        }
        if page:
            body["transaction_details"] = [{"transaction_info": each} for each in page]
        return Answer(200, body)

    def _balances(self, asked: Asked, found: re.Match[str]) -> Answer:
        there = sum((Decimal(e["transaction_amount"]["value"]) for e in self.listed), Decimal(0))
        balance = {
            "currency": self.currency,
            "primary": True,
            "total_balance": money(there, self.currency),
            "available_balance": money(there, self.currency),
            "withheld_balance": money("0.00", self.currency),
        }
        return Answer(200, {"balances": [balance], "account_id": MERCHANT})

    def _list_disputes(self, asked: Asked, found: re.Match[str]) -> Answer:
        wanted = asked.query.get("disputed_transaction_id", [""])[0]
        items = [
            {name: each[name] for name in ("dispute_id", "create_time", "update_time", "status")}
            for each in self.disputes.values()
            if wanted in {"", each["disputed_transactions"][0]["seller_transaction_id"]}
        ]
        body: dict[str, Any] = {"links": [self.link("self", "/v1/customer/disputes")]}
        return Answer(200, body | ({"items": items} if items else {}))

    # --- what it sends ------------------------------------------------------------------------

    def send(self, kind: str, of: str, resource: Mapping[str, Any]) -> None:
        hidden = {"taken"} | ({"supplementary_data"} if of == "refund" else set())
        told = {name: value for name, value in resource.items() if name not in hidden}
        self.sent.append(
            {
                "id": f"WH-{new_name()}-{new_name()}",
                "event_version": "1.0",
                "create_time": self.stamp(),
                "resource_type": of,
                "event_type": kind,
                "summary": "What happened, in words: 10.00 € – “so”",
                "resource": copy.deepcopy(told),
                "links": [],
            }
        )

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        sent, self.sent = self.sent, []
        return [(signed(body), body) for body in map(event_bytes, sent)]

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        return forged(next(iter(self.captures)))

    def _verify(self, asked: Asked, found: re.Match[str]) -> Answer:
        raw = asked.body[asked.body.index(_EVENT_PART) + len(_EVENT_PART) : -1]
        status = "SUCCESS" if is_signed(asked.json, raw) else "FAILURE"
        return Answer(200, {"verification_status": status})


def _shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer shows of something; a capture names its order only by itself."""
    shown = copy.deepcopy(dict(kept))
    for unit in shown.get("purchase_units", ()):
        for capture in unit.get("payments", {}).get("captures", ()):
            del capture["supplementary_data"]
    return shown
