"""What is there at GoCardless now: one thing looked at, with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from gocardless_pro import errors, services

from handpress.donations.companies.contract import MandateTold, Snapshot, State, Told
from handpress.donations.companies.gocardless import telling
from handpress.donations.companies.gocardless.asking import Wire, asking
from handpress.lib import clock

Fees = Mapping[str, list[Told]]
PAGE_LASTS = timedelta(days=8)
"""A page for a donor is open for seven days."""
ITEMS_LAST = timedelta(days=175)
"""What a payout consists of is told for six months."""
_MANY = {"limit": 500}


class Looking:
    """Reads. Each service is the vendor's; it tries nothing twice."""

    def __init__(self, wire: Wire) -> None:
        def of(kind: Any) -> Any:
            return kind(wire, max_network_retries=1, raise_on_idempotency_conflict=True)

        self.requests = of(services.BillingRequestsService)
        self.flows = of(services.BillingRequestFlowsService)
        self.payments = of(services.PaymentsService)
        self.mandates = of(services.MandatesService)
        self.refunds = of(services.RefundsService)
        self.payouts = of(services.PayoutsService)
        self.items = of(services.PayoutItemsService)
        self.events = of(services.EventsService)
        self.creditors = of(services.CreditorsService)

    def get(self, service: Any, name: str) -> telling.Facts | None:
        """Return one thing; None where there is none of this name."""
        with asking(changes=False):
            try:
                found: telling.Facts = service.get(identity=name).attributes
            except errors.InvalidApiUsageError as error:
                if error.code == 404:
                    return None
                raise
            return found

    def all(self, service: Any, params: Mapping[str, Any]) -> Iterator[telling.Facts]:
        """Yield what a list holds, newest first, page by page."""
        records = iter(service.all(params={**_MANY, **params}))
        while True:
            with asking(changes=False):
                record = next(records, None)
            if record is None:
                return
            yield record.attributes

    def at_request(self, name: str) -> Snapshot | None:
        """Look at a billing request."""
        request = self.get(self.requests, name)
        return None if request is None else self.request(request)

    def at_page(self, name: str) -> Snapshot | None:
        """Look at what a page is for. Pages cannot be fetched, but opened anew."""
        with asking(changes=False):
            try:
                flow = self.flows.initialise(name, params={}).attributes
            except errors.InvalidApiUsageError as error:
                if error.code == 404:
                    return None
                raise
            request = telling.linked(flow, "billing_request")
        return self.at_request(request)

    def at_payment(self, name: str) -> Snapshot | None:
        """Look at a payment."""
        payment = self.get(self.payments, name)
        return None if payment is None else self.payment(payment)

    def at_refund(self, name: str) -> Snapshot | None:
        """Look at the payment that a refund is of."""
        refund = self.get(self.refunds, name)
        return None if refund is None else self.at_payment(telling.linked(refund, "payment"))

    def at_mandate(self, name: str) -> Snapshot | None:
        """Look at a mandate."""
        mandate = self.get(self.mandates, name)
        if mandate is None:
            return None
        with asking(changes=False):
            told = telling.mandate_told(mandate)
            return Snapshot(
                remote_id=name,
                state=State.DONE if told.is_active else State.FAILED,
                mandate=told,
                reference=telling.reference_in(mandate),
                code="" if told.is_active else str(mandate["status"]),
            )

    def at_payout(self, name: str) -> Snapshot | None:
        """Look at a payout; what was kept of it belongs to its payments."""
        payout = self.get(self.payouts, name)
        if payout is None:
            return None
        at = self._paid_at(payout)
        with asking(changes=False):
            told = telling.payout_told(payout, at)
            states = {"paid": State.DONE, "bounced": State.FAILED}
            state = states.get(payout["status"], State.PENDING)
            return Snapshot(remote_id=name, state=state, movements=frozenset(told))

    def request(self, request: telling.Facts) -> Snapshot:
        """Return what is true of a billing request, its payment and its mandate."""
        with asking(changes=False):
            name = str(request["id"])
            reference = telling.reference_in(request)
            payment = telling.linked(request, "payment_request_payment")
            told = (self.at_payment(payment) if payment else None) or _unpaid(request)
            return Snapshot(
                remote_id=name,
                state=told.state,
                movements=told.movements,
                mandate=self._mandate(request),
                reference=reference,
                code=told.code,
                again=told.again,
            )

    def _mandate(self, request: telling.Facts) -> MandateTold | None:
        name = telling.linked(request, "mandate_request_mandate")
        found = self.at_mandate(name) if name else None
        return found.mandate if found else None

    def payment(self, payment: telling.Facts, known: dict[str, Fees] | None = None) -> Snapshot:
        """Return what is true of a payment, its refunds, and its fees once it was paid out.

        ``known`` keeps the fees of payouts from one payment to the next.
        """
        with asking(changes=False):
            name = str(payment["id"])
            reference = telling.reference_in(payment)
            events = list(self.all(self.events, {"payment": name}))
            told = telling.payment_told(payment, events)
            movements = list(told.movements)
            if movements:
                for refund in self.all(self.refunds, {"payment": name}):
                    movements += self._refund(refund, reference)
            payouts = {telling.linked(each, "payout") for each in (payment, *events)} - {""}
            for payout in sorted(payouts):
                movements += self._fees(payout, {} if known is None else known).get(name, [])
            return Snapshot(
                remote_id=name,
                state=told.state,
                movements=frozenset(movements),
                reference=reference,
                code=told.code,
                again=told.again,
            )

    def _refund(self, refund: telling.Facts, reference: str) -> list[Told]:
        events: list[telling.Facts] = []
        if telling.comes_back(refund):
            events = list(self.all(self.events, {"refund": refund["id"]}))
        return telling.refund_told(refund, events, reference)

    def _fees(self, name: str, known: dict[str, Fees]) -> Fees:
        if name not in known:
            payout = self.get(self.payouts, name)
            known[name] = self._fees_in(payout) if payout else {}
        return known[name]

    def _fees_in(self, payout: telling.Facts) -> Fees:
        is_old = telling.moment(payout["created_at"]) < clock.now() - ITEMS_LAST
        if payout["status"] != "paid" or is_old:
            return {}
        items = self.all(self.items, {"payout": payout["id"]})
        return telling.fees_told(payout, items, self._paid_at(payout))

    def _paid_at(self, payout: telling.Facts) -> datetime:
        events = self.all(self.events, {"payout": payout["id"]})
        with asking(changes=False):
            return telling.paid_at(payout, events)


def _unpaid(request: telling.Facts) -> Snapshot:
    state, code = telling.request_state(request), ""
    if state == State.OPEN and telling.moment(request["created_at"]) < clock.now() - PAGE_LASTS:
        state, code = State.FAILED, "expired"
    elif state == State.FAILED:
        code = str(request["status"])
    return Snapshot(remote_id="", state=state, code=code)
