"""BTCPay Server for tests: its Greenfield API, as a store of it is asked.

What is asked and what is answered are both held against its own description (`btcpay_schema`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from donations.companies import btcpay_schema
from donations.companies.btcpay_books import CHAIN, KEY, LIGHTNING, STORE, BTCPayBooks
from donations.companies.doubles import Answer, Asked, Handler


class DOUBLE(BTCPayBooks):
    """The server as it is asked."""

    def routes(self) -> list[tuple[str, str, Handler]]:
        invoices = f"/api/v1/stores/{STORE}/invoices"
        return [
            ("GET", invoices, self._asked(self._list)),
            ("POST", invoices, self._asked(self._create)),
            ("GET", f"{invoices}/([^/]+)", self._asked(self._one)),
            ("GET", f"{invoices}/([^/]+)/payment-methods", self._asked(self._ways)),
        ]

    def _asked(self, handler: Handler) -> Handler:
        def answer(asked: Asked, found: re.Match[str]) -> Answer:
            if asked.headers.get("authorization") != f"token {KEY}":
                message = "Authentication is required for accessing this endpoint"
                return Answer(401, {"code": "unauthenticated", "message": message})
            if asked.method == "GET":
                for each in btcpay_schema.faults_of_query(asked.path, asked.query):
                    self.complain(each)
            return handler(asked, found)

        return answer

    def _create(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = asked.json
        self.hold("CreateInvoiceRequest", body)
        name = self.new_name()
        made = {
            "id": name,
            "storeId": STORE,
            "amount": self.rounds_to or body["amount"],
            "paidAmount": "0",
            "currency": body["currency"],
            "type": "Standard",
            "checkoutLink": f"{self.base}/i/{name}",
            "createdTime": self.now_s(),
            "expirationTime": self.now_s() + 60 * body["checkout"]["expirationMinutes"],
            "monitoringExpiration": self.now_s() + 60 * body["checkout"]["monitoringMinutes"],
            "status": "New",
            "additionalStatus": "None",
            "availableStatusesForManualMarking": ["Settled", "Invalid"],
            "archived": False,
            "metadata": body["metadata"],
            "checkout": body["checkout"],
            "receipt": {"enabled": None, "showQR": None, "showPayments": None},
        }
        self.invoices[name], self.payments[name] = made, []
        return self._held("InvoiceData", made)

    def _one(self, asked: Asked, found: re.Match[str]) -> Answer:
        if found[1] not in self.invoices:
            return self._unknown()
        shown = self._shown(found[1], asked)
        if "paymentMethods" in shown:
            self.hold("InvoiceDataList", [shown])
            return Answer(200, shown)
        return self._held("InvoiceData", shown)

    def _ways(self, asked: Asked, found: re.Match[str]) -> Answer:
        return (
            Answer(200, self._methods(found[1])) if found[1] in self.invoices else self._unknown()
        )

    def _list(self, asked: Asked, found: re.Match[str]) -> Answer:
        query = {name: values[0] for name, values in asked.query.items()}
        start, end = (int(query.get(each, -1)) for each in ("startDate", "endDate"))
        fit = [
            name
            for name, each in reversed(self.invoices.items())
            if query.get("orderId") in {None, each["metadata"].get("orderId")}
            and start <= each["createdTime"]
            and (end < 0 or each["createdTime"] <= end)
            and (not each["archived"] or query.get("includeArchived") == "true")
        ]
        skip = int(query.get("skip", "0"))
        size = min(self.page_size, int(query.get("take", "50")))
        shown = [self._shown(name, asked) for name in fit[skip : skip + size]]
        self.hold("InvoiceDataList", shown)
        return Answer(200, shown)

    def _shown(self, name: str, asked: Asked) -> dict[str, Any]:
        wants_methods = asked.query.get("includePaymentMethods") == ["true"] and not self.is_old
        methods = {"paymentMethods": self._methods(name)} if wants_methods else {}
        return {**self.invoices[name], **methods}

    def _methods(self, name: str) -> list[dict[str, Any]]:
        return list(self._each_method(name))

    def _each_method(self, name: str) -> Iterator[dict[str, Any]]:
        invoice = self.invoices[name]
        rate = self.rates[invoice["currency"]]
        for method in (CHAIN, LIGHTNING):
            there = [
                {key: value for key, value in each.items() if key != "method"}
                for each in self.payments[name]
                if each["method"] == method and each["status"] != "Invalid"
            ]
            made = {
                "paymentMethodId": method,
                "currency": "BTC",
                "destination": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
                "paymentLink": "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
                "rate": rate,
                "paymentMethodPaid": "0.0",
                "totalPaid": f"{self.paid(name):f}",
                "due": f"{self.due(name):f}",
                "amount": f"{Decimal(invoice['amount']) / Decimal(rate):.8f}",
                "paymentMethodFee": "0.0",
                "payments": there,
                "activated": True,
                "additionalData": {},
            }
            self.hold("InvoicePaymentMethodDataModel", made)
            yield made

    @staticmethod
    def _unknown() -> Answer:
        message = "The invoice was not found"
        return Answer(404, {"code": "invoice-not-found", "message": message})

    def _held(self, name: str, body: Any) -> Answer:
        self.hold(name, body)
        return Answer(200, body)
