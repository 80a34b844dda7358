"""GoCardless on this machine: its answers begin with the vendor's own examples."""

from __future__ import annotations

import json
import re
from typing import Any

from donations.companies.doubles import Answer, Asked
from donations.companies.gocardless_world import FIXTURES, TOKEN, GoCardlessWorld, Thing

_HEADERS = {
    "authorization": f"Bearer {TOKEN}",
    "gocardless-version": "2015-07-06",
    "accept": "application/json",
    "content-type": "application/json",
}
# What may be asked, as the vendor's reference names it.
_REQUEST = {
    "payment_request": {"description", "currency", "amount", "metadata"},
    "mandate_request": {"description", "currency", "metadata"},
    "metadata": None,
    "fallback_enabled": None,
    "links": {"creditor", "customer"},
}
_FLOW = {
    "redirect_uri": None,
    "exit_uri": None,
    "language": None,
    "lock_currency": None,
    "skip_success_screen": None,
    "links": {"billing_request"},
}
_PAYMENT = {
    "amount": None,
    "currency": None,
    "description": None,
    "metadata": None,
    "retry_if_possible": None,
    "links": {"mandate"},
}
_REFUND = {
    "amount": None,
    "total_amount_confirmation": None,
    "metadata": None,
    "links": {"payment"},
}
_FILTERS = {
    "billing_requests": {"customer", "status"},
    "payments": {"mandate", "status", "currency"},
    "refunds": {"payment", "mandate"},
    "payouts": {"currency", "status"},
    "payout_items": {"payout"},
    "events": {"payment", "mandate", "refund", "payout", "billing_request", "resource_type"},
    "creditors": set(),
}
_TIMES = {f"created_at[{each}]" for each in ("gt", "gte", "lt", "lte")}


class GoCardlessDouble(GoCardlessWorld):
    """Answers as the vendor does, and complains of what its reference does not have."""

    lacks = {
        "fee": "what it keeps is told when a payment is paid out; test_gocardless_money does that",
        "needs_donor": "a direct debit asks the donor for nothing",
    }
    calls = {
        "begin": ("POST", "^/billing_requests$"),
        "charge": ("POST", "^/payments$"),
        "give_back": ("POST", "^/refunds$"),
        "look_up": ("GET", "^/billing_requests/"),
        "find": ("GET", "^/billing_requests$"),
        "check": ("GET", "^/creditors$"),
        "movements": ("GET", "^/events$"),
    }
    sums = (
        ("EUR", 2501, "2501"),
        ("GBP", 1999, "1999"),
        ("USD", 2501, None),
        ("JPY", 2501, None),
    )

    def routes(self) -> list[Any]:
        one = "([A-Z]{2,3}[0-9A-Z]+)"
        lists = [("GET", f"/({name})", self.listed) for name in _FILTERS]
        return [
            *lists,
            ("GET", f"/(billing_requests|payments|mandates|refunds|payouts)/{one}", self.got),
            ("POST", "/billing_requests", self.make_request),
            ("POST", "/billing_request_flows", self.make_flow),
            ("POST", f"/billing_request_flows/{one}/actions/initialise", self.initialise),
            ("POST", "/payments", self.make_payment),
            ("POST", "/refunds", self.make_refund),
            ("POST", f"/mandates/{one}/actions/cancel", self.cancel),
        ]

    def check(self, asked: Asked) -> None:
        wrong = [name for name, value in _HEADERS.items() if asked.headers.get(name) != value]
        key = asked.headers.get("idempotency-key", "")
        if asked.method == "POST" and not 0 < len(key) <= 128:
            wrong.append("idempotency-key")
        if wrong:
            self.complain(f"{asked.method} {asked.path}: wrong {', '.join(wrong)}")

    def body_of(self, asked: Asked, name: str, shape: dict[str, set[str] | None]) -> Thing:
        """Return what is asked for; complain of what the vendor's reference does not have."""
        self.check(asked)
        body: Thing = asked.json[name]
        extra = {f"{asked.path} {each}" for each in set(body) - set(shape)}
        for each, names in shape.items():
            part = body.get(each)
            if names is not None and part is not None:
                extra |= {f"{asked.path} {each}.{one}" for one in set(part) - names}
        for part in (body, *(each for each in body.values() if isinstance(each, dict))):
            kept = part.get("metadata") or {}
            if len(kept) > 3 or any(
                len(k) > 50 or not isinstance(v, str) or len(v) > 500 for k, v in kept.items()
            ):
                extra.add(f"{asked.path} metadata")
            if "amount" in part and type(part["amount"]) is not int:
                extra.add(f"{asked.path} amount")
        for each in extra:
            self.complain(f"{each}: not as the reference says")
        return body

    def refuse(self, status: int, kind: str, **error: Any) -> Answer:
        said = {"message": f"{error} in {self.asked[-1].body!r} by {TOKEN}", **error}
        return Answer(
            status,
            {"error": {"type": kind, "code": status, "message": said["message"], "errors": [said]}},
        )

    def by_key(self, asked: Asked, name: str) -> Answer | None:
        """Answer as the vendor does to a key that was used before."""
        known = self.keys.get((name, asked.headers.get("idempotency-key", "")))
        if known is None:
            return None
        conflict = json.loads((FIXTURES / "idempotent_creation_conflict_error.json").read_text())
        conflict["error"]["errors"][0]["links"]["conflicting_resource_id"] = known
        return Answer(409, conflict)

    def made(self, asked: Asked, name: str, thing: Thing) -> Answer:
        self.keys[name, asked.headers["idempotency-key"]] = thing["id"]
        return Answer(201, {name: _told(thing)})

    def listed(self, asked: Asked, found: re.Match[str]) -> Answer:
        self.check(asked)
        name, query = found[1], {key: values[0] for key, values in asked.query.items()}
        known = _FILTERS[name] | {"after", "before", "limit"}
        if name != "payout_items":
            known |= _TIMES
        for each in set(query) - known:
            self.complain(f"{asked.path}: there is no filter {each}")
        there = [each for each in self.things[name].values() if _fits(each, query)]
        if name != "payout_items":
            there.sort(key=lambda each: (each["created_at"], each["id"]), reverse=True)
        start = int(query.get("after", "c0")[1:])
        page = there[start : start + self.page_size]
        more = f"c{start + self.page_size}" if start + self.page_size < len(there) else None
        cursors = {"before": None, "after": more}
        return Answer(
            200,
            {
                name: [_told(each) for each in page],
                "meta": {"cursors": cursors, "limit": int(query.get("limit", 50))},
            },
        )

    def got(self, asked: Asked, found: re.Match[str]) -> Answer:
        self.check(asked)
        thing = self.things[found[1]].get(found[2])
        if thing is None:
            return self.refuse(404, "invalid_api_usage", reason="resource_not_found")
        return Answer(200, {found[1]: _told(thing)})

    def make_request(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = self.body_of(asked, "billing_requests", _REQUEST)
        if known := self.by_key(asked, "billing_requests"):
            return known
        payment, mandate = body.get("payment_request"), body.get("mandate_request")
        if (payment or mandate or {}).get("currency") not in {"EUR", "GBP"}:
            return self.refuse(422, "validation_failed", field="currency", request_pointer="/")
        made = self.keep(
            "billing_requests",
            "BRQ",
            status="pending",
            payment_request={**payment, "links": {}} if payment else None,
            mandate_request={**mandate, "links": {}} if mandate else None,
            subscription_request=None,
            instalment_schedule_request=None,
            metadata=body.get("metadata", {}),
            fallback_enabled=body.get("fallback_enabled", False),
            links={"creditor": "CR123", "customer": "CU123"},
        )
        self.happened("billing_requests", "created", billing_request=made["id"])
        return self.made(asked, "billing_requests", made)

    def make_flow(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = self.body_of(asked, "billing_request_flows", _FLOW)
        if known := self.by_key(asked, "billing_request_flows"):
            return known
        request = self.things["billing_requests"].get(body["links"]["billing_request"])
        if request is None or request["status"] != "pending":
            return self.refuse(422, "invalid_state", reason="billing_request_not_pending")
        made = self.keep("billing_request_flows", "BRF", links=body["links"])
        made["authorisation_url"] = f"https://pay.gocardless.com/flow/static/{made['id']}"
        return self.made(asked, "billing_request_flows", made)

    def initialise(self, asked: Asked, found: re.Match[str]) -> Answer:
        self.check(asked)
        flow = self.things["billing_request_flows"].get(found[1])
        if flow is None:
            return self.refuse(404, "invalid_api_usage", reason="resource_not_found")
        return Answer(200, {"billing_request_flows": flow})

    def make_payment(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = self.body_of(asked, "payments", _PAYMENT)
        if known := self.by_key(asked, "payments"):
            return known
        mandate = self.things["mandates"].get(body["links"]["mandate"])
        if mandate is None:
            return self.refuse(422, "validation_failed", field="links.mandate", request_pointer="")
        if mandate["status"] == "cancelled":
            return self.refuse(422, "invalid_state", reason="mandate_is_inactive")
        cause, self.declines = self.declines, ""
        return self.made(asked, "payments", self.new_payment(body, body["links"], cause))

    def make_refund(self, asked: Asked, found: re.Match[str]) -> Answer:
        body = self.body_of(asked, "refunds", _REFUND)
        payment = self.things["payments"].get(body["links"]["payment"])
        if payment is None or payment["status"] not in {"confirmed", "paid_out"}:
            return self.refuse(422, "invalid_state", reason="refund_payment_invalid_state")
        # The sum is looked at before the key: whoever asks twice has the sum wrong.
        if body["total_amount_confirmation"] != payment["amount_refunded"] + body["amount"]:
            return self.refuse(422, "invalid_state", reason="total_amount_confirmation_invalid")
        if known := self.by_key(asked, "refunds"):
            return known
        if body["total_amount_confirmation"] > payment["amount"]:
            return self.refuse(422, "validation_failed", field="amount", request_pointer="/")
        return self.made(asked, "refunds", self.new_refund(payment, body))

    def cancel(self, asked: Asked, found: re.Match[str]) -> Answer:
        self.check(asked)
        mandate = self.things["mandates"].get(found[1])
        if mandate is None:
            return self.refuse(404, "invalid_api_usage", reason="resource_not_found")
        if mandate["status"] == "cancelled":
            return self.refuse(422, "invalid_state", reason="cancellation_failed")
        self.end_mandate_there(found[1])
        return Answer(200, {"mandates": mandate})


def _fits(thing: Thing, query: dict[str, str]) -> bool:
    for key, value in query.items():
        if key in {"after", "before", "limit"}:
            continue
        if key.startswith("created_at["):
            made, bound = thing["created_at"], value
            way = key[11:-1]
            if not {"gt": made > bound, "gte": made >= bound, "lt": made < bound}.get(
                way, made <= bound
            ):
                return False
        elif key == "payout" and "_payout" in thing:
            if thing["_payout"] != value:
                return False
        elif thing.get(key, (thing.get("links") or {}).get(key)) != value:
            return False
    return True


def _told(thing: Thing) -> Thing:
    """Return what is told of a thing: not what only the double has to remember."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


DOUBLE = GoCardlessDouble
