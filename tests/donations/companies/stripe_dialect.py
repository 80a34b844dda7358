"""What Stripe answers, as far as donations ask it."""

from __future__ import annotations

import re
from abc import abstractmethod
from copy import deepcopy
from typing import Any

from donations.companies.doubles import Answer, Asked, Double, Handler
from donations.companies.stripe_desk import Desk, StripeError
from donations.companies.stripe_schema import complaint, read_form

VERSION = "2026-10-28.endive"
ACCOUNT = "acct_1PgafTB7WZ01zgkW"
KEY = "sk_test_51PgafTB7WZ01zgkWcanarykey"
SECRET = "whsec_9f86d081884c7d659a2feaa0c55ad015"
_NAME = "[A-Za-z0-9_]+"
_LISTS = {
    "checkout/sessions": ("checkout.session", "checkout._session_list_params.SessionListParams"),
    "payment_intents": ("payment_intent", "_payment_intent_list_params.PaymentIntentListParams"),
    "refunds": ("refund", "_refund_list_params.RefundListParams"),
    "disputes": ("dispute", "_dispute_list_params.DisputeListParams"),
    "balance_transactions": (
        "balance_transaction",
        "_balance_transaction_list_params.BalanceTransactionListParams",
    ),
}
_THINGS = {
    "checkout/sessions": "checkout._session_retrieve_params.SessionRetrieveParams",
    "payment_intents": "_payment_intent_retrieve_params.PaymentIntentRetrieveParams",
    "charges": "_charge_retrieve_params.ChargeRetrieveParams",
    "refunds": "_refund_retrieve_params.RefundRetrieveParams",
    "disputes": "_dispute_retrieve_params.DisputeRetrieveParams",
    "payouts": "_payout_retrieve_params.PayoutRetrieveParams",
    "payment_methods": "_payment_method_retrieve_params.PaymentMethodRetrieveParams",
}


class StripeDialect(Double):
    """A `Double` that is asked in Stripe's dialect, and keeps a `Desk`."""

    kind = "stripe"
    secrets = (KEY, SECRET)
    calls = {
        "begin": ("POST", r"^/v1/checkout/sessions$"),
        "charge": ("POST", r"^/v1/payment_intents$"),
        "give_back": ("POST", r"^/v1/refunds$"),
        "look_up": ("GET", r"^/v1/checkout/sessions/"),
        "find": ("GET", r"^/v1/checkout/sessions$"),
        "check": ("GET", r"^/v1/account$"),
        "movements": ("GET", r"^/v1/balance_transactions$"),
    }
    sums = (
        ("EUR", 1999, "1999"),
        ("JPY", 1234, "1234"),
        ("KRW", 50, "50"),
        ("KWD", 5120, "5120"),
        ("KWD", 5124, None),
        ("ISK", 500, "50000"),
        ("UGX", 2500, "250000"),
        ("MGA", 150000, "1500"),
        ("MGA", 150050, None),
        ("HUF", 123456, "123456"),
        ("TWD", 80045, "80045"),
        ("LYD", 1000, None),
        ("CLF", 10000, None),
        ("EUR", 0, None),
        ("EUR", -500, None),
    )

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.now_s)
        self.page_asked: dict[str, dict[str, Any]] = {}
        self.decline: dict[str, Any] | None = None
        """The error that the next payment without the donor ends in."""
        self._answers: dict[str, tuple[str, bytes, Answer]] = {}

    # --- what is answered -------------------------------------------------------------------

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return Stripe's paths."""
        return [
            ("GET", "/v1/account", self._once(lambda asked, found: self.desk.account(ACCOUNT))),
            ("POST", "/v1/checkout/sessions", self._once(self._new_page)),
            ("POST", "/v1/payment_intents", self._once(self._new_payment)),
            ("POST", "/v1/refunds", self._once(self._new_refund)),
            ("POST", f"/v1/payment_methods/({_NAME})/detach", self._once(self._detach)),
            *(("GET", f"/v1/{path}", self._once(self._list)) for path in _LISTS),
            *(("GET", f"/v1/{path}/({_NAME})", self._once(self._one)) for path in _THINGS),
        ]

    def _once(self, handler: Any) -> Handler:
        """Answer what was answered before by the same key; refuse the key for anything else."""

        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            self._check(asked)
            key = asked.headers.get("idempotency-key", "")
            if not key or asked.method != "POST":
                return self._answered(handler, asked, found)
            path, body, kept = self._answers.get(key, (asked.path, asked.body, None))
            if (path, body) != (asked.path, asked.body):
                return Answer(400, {"error": {"type": "idempotency_error", "message": "no"}})
            kept = kept or self._answered(handler, asked, found)
            self._answers[key] = (path, body, kept)
            return kept

        return answer

    def _answered(self, handler: Any, asked: Asked, found: re.Match[str]) -> Answer:
        try:
            return Answer(200, deepcopy(handler(asked, found)))
        except StripeError as error:
            quoted = f"{asked.body.decode()} {asked.headers['authorization']}"
            return Answer(error.status, {"error": {"message": quoted} | error.error})

    def _check(self, asked: Asked) -> None:
        headers = asked.headers
        if headers.get("authorization") != f"Bearer {KEY}":
            self.complain("asked with another key")
        if headers.get("stripe-version") != VERSION:
            self.complain("asked in another dialect")
        if any("client-telemetry" in name or "client-user-agent" in name for name in headers):
            self.complain("Stripe is told about this machine")

    def _params(self, asked: Asked, params: str) -> dict[str, Any]:
        if asked.method == "POST":
            fields = read_form(asked.body.decode())
        else:
            pairs = [(name, value) for name, all in asked.query.items() for value in all]
            fields = read_form("&".join(f"{name}={value}" for name, value in pairs))
        wrong = complaint(params, fields)
        if wrong:
            self.complain(wrong)
        return fields

    def _one(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        path = asked.path.removeprefix("/v1/").rpartition("/")[0]
        params = self._params(asked, _THINGS[path])
        thing = self.desk.things.get(found[1])
        if thing is None:
            raise StripeError(404, code="resource_missing", param="id")
        return self._expanded(thing, params.get("expand", []))

    def _list(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        path = asked.path.removeprefix("/v1/")
        kind, schema = _LISTS[path]
        params = self._params(asked, schema)
        wanted = {each: params[each] for each in ("charge", "payment_intent") if each in params}
        rows = [e for e in self.desk.of(kind, **wanted) if _is_within(e, params.get("created"))]
        names = [each["id"] for each in rows]
        start = names.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        most = min(self.page_size, int(params.get("limit", 10)))
        expand = [each.removeprefix("data.") for each in params.get("expand", [])]
        return {
            "object": "list",
            "url": asked.path,
            "has_more": len(rows) > start + most,
            "data": [self._expanded(each, expand) for each in rows[start : start + most]],
        }

    def _expanded(self, thing: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        thing = deepcopy(thing)
        for path in paths:
            there: Any = thing
            for part in path.split("."):
                if not isinstance(there, dict):
                    break
                if part not in there:
                    self.complain(f"{there['object']} has no {part} to expand")
                    break
                if isinstance(there[part], str):
                    there[part] = deepcopy(self.desk.things[there[part]])
                there = there[part]
        return thing

    def _new_page(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        params = self._params(asked, "checkout._session_create_params.SessionCreateParams")
        price = params["line_items"][0]["price_data"]
        session = self.desk.make(
            "checkout.session",
            amount_total=int(price["unit_amount"]),
            currency=price["currency"],
            client_reference_id=params["client_reference_id"],
            customer_details=None,
            customer_email=None,
            metadata=params["metadata"],
            payment_intent=None,
            payment_status="unpaid",
            status="open",
        )
        session["url"] = f"{self.base}/pay/{session['id']}#fid"
        self.page_asked[session["id"]] = params
        return session

    def _new_payment(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        params = self._params(asked, "_payment_intent_create_params.PaymentIntentCreateParams")
        method = self.desk.things.get(params["payment_method"])
        if method is None:
            raise StripeError(400, code="resource_missing", param="payment_method")
        if method["customer"] != params["customer"]:
            raise StripeError(400, param=None, code="payment_method_unexpected_state")
        intent = self.intent(params, params["customer"], method)
        if self.decline is not None:
            error = {"type": "card_error", "payment_method": deepcopy(method), **self.decline}
            self.decline = None
            intent.update(status="requires_payment_method", last_payment_error=error)
            self.desk.tell("payment_intent.payment_failed", intent)
            raise StripeError(402, **error, payment_intent=deepcopy(intent))
        self.take(intent, method)
        return self._expanded(intent, params.get("expand", []))

    def _new_refund(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        params = self._params(asked, "_refund_create_params.RefundCreateParams")
        return self.desk.refund(params["charge"], int(params["amount"]))

    def _detach(self, asked: Asked, found: re.Match[str]) -> dict[str, Any]:
        self._params(asked, "_payment_method_detach_params.PaymentMethodDetachParams")
        method = self.desk.things.get(found[1])
        if method is None:
            raise StripeError(404, code="resource_missing", param="payment_method")
        if method["customer"] is None:
            raise StripeError(400, message="is not attached to a customer")
        method["customer"] = None
        return method

    @abstractmethod
    def take(self, intent: dict[str, Any], method: dict[str, Any]) -> None:
        """Take the money of a payment."""

    def intent(
        self, asked: dict[str, Any], customer: str | None, method: dict[str, Any]
    ) -> dict[str, Any]:
        """Return a new payment by somebody's way to pay."""
        return self.desk.make(
            "payment_intent",
            amount=int(asked["amount"]),
            currency=asked["currency"],
            customer=customer,
            description=asked.get("description"),
            last_payment_error=None,
            metadata=asked["metadata"],
            payment_method=method["id"],
            processing=None,
            next_action=None,
            setup_future_usage=asked.get("setup_future_usage"),
            canceled_at=None,
        )


def _is_within(thing: dict[str, Any], created: Any) -> bool:
    limits = created or {}
    at = thing["created"]
    return bool(
        at >= int(limits.get("gte", 0))
        and at > int(limits.get("gt", -1))
        and at < int(limits.get("lt", at + 1))
        and at <= int(limits.get("lte", at))
    )
