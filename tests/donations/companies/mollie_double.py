"""Mollie for tests: API v2, its answers begun with examples of its own.

They are those of its client for Python (shared/data/payments/mollie); what of an answer stands in
no example, such as what is embedded, follows the public reference. Requests are held against
`mollie_schema`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from donations.companies.doubles import Answer, Asked, Handler
from donations.companies.mollie_books import KEY, PROFILE, MollieBooks, example
from donations.companies.mollie_schema import faults_of_body, faults_of_query, is_uuid4

_NOT_AT_FIRST = """
    amountCaptured amountChargedBack captureBefore captureDelay captureMode customerId mandateId
    orderId routing settlementAmount settlementId subscriptionId
""".split()

_Page = Callable[[Asked], Iterable[dict[str, Any]]]


class DOUBLE(MollieBooks):
    """Mollie as it is asked."""

    def routes(self) -> list[tuple[str, str, Handler]]:
        lists: dict[str, tuple[str, _Page]] = {
            "/v2/payments": ("payments", lambda asked: self.payments.values()),
            "/v2/refunds": ("refunds", lambda asked: self._with_payment(self.refunds)),
            "/v2/chargebacks": ("chargebacks", lambda asked: self._with_payment(self.chargebacks)),
            "/v2/balances": ("balances", lambda asked: [example("balance_single")]),
            "/v2/balances/bal_[^/]+/transactions": (
                "balance_transactions",
                lambda asked: self.kept,
            ),
            "/v2/settlements": ("settlements", lambda asked: self.settlements.values()),
        }
        listing = [("GET", path, self._asked(self._list(*each))) for path, each in lists.items()]
        ones: list[tuple[str, str, Handler]] = [
            ("GET", "/v2/payments/([^/]+)", self._payment),
            ("GET", "/v2/settlements/([^/]+)", self._settlement),
            ("GET", "/v2/profiles/([^/]+)", self._profile),
            ("GET", "/v2/onboarding/me", lambda asked, found: Answer(200, self.onboarding)),
            ("GET", "/v2/customers/([^/]+)", self._customer),
            ("GET", "/v2/customers/([^/]+/mandates/[^/]+)", self._mandate),
            ("POST", "/v2/payments", self._made(self._make_payment)),
            ("POST", "/v2/customers", self._made(self._make_customer)),
            ("POST", "/v2/payments/([^/]+)/refunds", self._made(self._make_refund)),
            ("DELETE", "/v2/customers/([^/]+/mandates/[^/]+)", self._revoke),
        ]
        return [*listing, *((method, path, self._asked(one)) for method, path, one in ones)]

    # --- what every request goes through -------------------------------------------------------

    def _asked(self, handler: Handler) -> Handler:
        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            key = asked.headers.get("authorization", "").removeprefix("Bearer ")
            if key not in self.secrets:
                return Answer(401, example("error_unauthorized"))
            faults = (
                faults_of_query(asked.path, asked.query)
                if asked.method == "GET"
                else faults_of_body(asked.method, asked.path, asked.json)
            )
            for each in (*faults, *self._faults_of_key(key, asked)):
                self.complain(each)
            return handler(asked, found)

        return answer

    def _faults_of_key(self, key: str, asked: Asked) -> list[str]:
        """A token names profile and mode, a key neither."""
        body = asked.json if asked.body else {}
        said = {name: value[0] for name, value in asked.query.items()} | (body or {})
        if key == KEY:
            named = {"profileId", "testmode"} & said.keys()
            return [f"{asked.path}: {each} with a key" for each in named]
        makes_payment = asked.method == "POST" and asked.path == "/v2/payments"
        if makes_payment and said.get("profileId") != PROFILE:
            return [f"{asked.path}: no profile with a token"]
        return []

    def _made(self, maker: Handler) -> Handler:
        """Answer a key that was used as it was answered then."""

        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            key = asked.headers.get("idempotency-key", "")
            if not is_uuid4(key):
                self.complain(f"{asked.path}: a key must be a UUID of version 4, not {key!r}")
            if key in self.answered:
                body, before = self.answered[key]
                same = body == asked.body
                return copy.deepcopy(before) if same else Answer(400, example("bad_request"))
            made = maker(asked, found)
            if made.status == 201:
                self.answered[key] = (asked.body, copy.deepcopy(made))
            return made

        return answer

    def _list(self, name: str, of: _Page) -> Handler:
        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            newest = list(of(asked))[::-1]
            names = [each["id"] for each in newest]
            start = names.index(asked.query["from"][0]) if "from" in asked.query else 0
            size = min(self.page_size, int(asked.query.get("limit", ["50"])[0]))
            body = example("payments_list")
            body["_embedded"] = {name: newest[start : start + size]}
            body["count"] = len(body["_embedded"][name])
            rest = [self.circles_to] if self.circles_to else names[start + size :]
            href = f"https://api.mollie.com{asked.path}?from={rest[0]}&limit={size}" if rest else ""
            following = {"href": href, "type": "application/hal+json"}
            body["_links"]["next"] = following if rest else None
            return Answer(200, copy.deepcopy(body))

        return answer

    # --- what is asked for ---------------------------------------------------------------------

    def _payment(self, asked: Asked, found: re.Match[str]) -> Answer:
        payment = self.payments.get(found[1])
        if payment is None:
            return self._unknown()
        shown = copy.deepcopy(payment)
        wanted = asked.query.get("embed", [""])[0].split(",")
        there: dict[str, Mapping[str, dict[str, Any]]] = {
            "refunds": self.refunds,
            "chargebacks": self.chargebacks,
        }
        embedded = {name: self.of(there[name], found[1]) for name in wanted if name in there}
        return Answer(200, shown | ({"_embedded": copy.deepcopy(embedded)} if embedded else {}))

    def _with_payment(self, there: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            each | {"_embedded": {"payment": self.payments[each["paymentId"]]}}
            for each in there.values()
        ]

    def _settlement(self, asked: Asked, found: re.Match[str]) -> Answer:
        there = self.settlements.get(found[1])
        return Answer(200, there) if there else self._unknown()

    def _profile(self, asked: Asked, found: re.Match[str]) -> Answer:
        if found[1] not in {"me", self.profile["id"]}:
            return self._unknown()
        is_key = asked.headers["authorization"].endswith(KEY)
        if is_key != (found[1] == "me"):
            self.complain(f"{asked.path}: a key asks for me, a token for its profile")
        return Answer(200, self.profile)

    def _customer(self, asked: Asked, found: re.Match[str]) -> Answer:
        there = self.customers.get(found[1])
        return Answer(200, there) if there else self._unknown()

    def _mandate(self, asked: Asked, found: re.Match[str]) -> Answer:
        there = self.mandates.get(found[1].replace("/mandates/", "/"))
        return Answer(200, there) if there else self._gone()

    def _revoke(self, asked: Asked, found: re.Match[str]) -> Answer:
        there = self.mandates.pop(found[1].replace("/mandates/", "/"), None)
        return Answer(204) if there else self._gone()

    @staticmethod
    def _unknown() -> Answer:
        return Answer(404, example("customer_doesnotexist"))

    @staticmethod
    def _gone() -> Answer:
        body = example("customer_doesnotexist") | {"status": 410, "title": "Gone"}
        return Answer(410, body | {"detail": "The mandate is no longer available"})

    @staticmethod
    def _refused(detail: str, field: str) -> Answer:
        return Answer(422, example("payment_rejected") | {"detail": detail, "field": field})

    # --- what is made ---------------------------------------------------------------------------

    def _make_payment(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = asked.json
        made = example("payment_single")
        for name in _NOT_AT_FIRST:
            made.pop(name, None)
        sequence = body.get("sequenceType", "oneoff")
        if sequence != "oneoff" and body["customerId"] not in self.customers:
            return self._refused("The customer id is invalid", "customerId")
        if self.minor(body["amount"]) > 5_000_000:
            return Answer(422, example("payment_rejected"))
        made |= {"id": self.name("tr"), "createdAt": self.moment(), "status": "open"}
        made |= {"sequenceType": sequence, "profileId": PROFILE}
        made |= {name: body[name] for name in body if name != "testmode"}
        path = f"/payscreen/select-method/{made['id'].removeprefix('tr_')}"
        made["_links"]["checkout"]["href"] = f"https://www.mollie.com{path}"
        if sequence == "recurring":
            mandate = self.mandates.get(f"{body['customerId']}/{body['mandateId']}")
            if mandate is None or mandate["status"] != "valid":
                return self._refused("The mandate is invalid", "mandateId")
            del made["_links"]["checkout"]
            made |= {"redirectUrl": None, "method": "directdebit", "status": "pending"}
            if self.fails_with:
                details = {"failureReason": self.fails_with.pop(0)}
                made |= {"method": "creditcard", "status": "failed", "details": details}
            elif self.next_later:
                self.fails_later[made["id"]], self.next_later = self.next_later, ""
        self.payments[made["id"]] = made
        return Answer(201, copy.deepcopy(made))

    def _make_customer(self, asked: Asked, found: re.Match[str]) -> Answer:
        made = example("customer_new") | {"id": self.name("cst"), "name": None, "email": None}
        made |= {"createdAt": self.moment(), "metadata": asked.json.get("metadata")}
        self.customers[made["id"]] = made
        return Answer(201, made)

    def _make_refund(self, asked: Asked, found: re.Match[str]) -> Answer:
        payment, amount = self.payments.get(found[1]), asked.json["amount"]
        if payment is None:
            return self._unknown()
        equal = [each for each in self.of(self.refunds, found[1]) if each["amount"] == amount]
        if equal and self.refuses_twins:
            body = example("conflict_error") | {"detail": "A duplicate refund has been detected"}
            body["_links"]["documentation"]["href"] = "https://docs.mollie.com/reference/errors"
            return Answer(409, body)
        is_too_much = self.minor(amount) > self.left(found[1])
        if payment["status"] != "paid" or is_too_much:
            return self._refused("The amount is higher than the maximum", "amount")
        return Answer(201, copy.deepcopy(self.refund(found[1], amount)))
