"""What is true of one thing at Stripe now. What was paid on a page is told of the page.

All this happens inside `wire.asking`, which turns what goes wrong into our words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import stripe

from handpress.donations.companies.contract import Snapshot, State, Told
from handpress.donations.companies.stripe import telling
from handpress.donations.companies.stripe.telling import Thing
from handpress.donations.companies.stripe.wire import again_after

if TYPE_CHECKING:
    from stripe._v1_services import V1Services

PAYMENT = ("latest_charge.balance_transaction", "payment_method")
_ON_PAGE = [f"payment_intent.{each}" for each in PAYMENT]
_BOTH = ["balance_transaction", "failure_balance_transaction"]
_OF_LIST = [f"data.{each}" for each in _BOTH]
_NAME = re.compile(r"(cs|pi|ch|py|re|pyr|dp|du|po)_[A-Za-z0-9_]{1,250}", re.ASCII)
_PAYOUT_STATES = {"paid": State.DONE, "failed": State.FAILED, "canceled": State.FAILED}
_MOST = 100


class Looks:
    """Looks with one client; what the account does not know is None."""

    def __init__(self, api: V1Services) -> None:
        self._api = api
        self._by_prefix: dict[str, Callable[[str], Snapshot | None]] = {
            "cs": self._page,
            "pi": self._payment,
            "ch": self._charge,
            "py": self._charge,
            "re": self._refund,
            "pyr": self._refund,
            "dp": self._dispute,
            "du": self._dispute,
            "po": self._payout,
        }

    def look_up(self, name: str) -> Snapshot | None:
        """Return what is true of something of this name; anything else is not asked for."""
        found = _NAME.fullmatch(name)
        return self._by_prefix[found[1]](name) if found else None

    def charge(self, name: str) -> dict[str, Any] | None:
        """Return a charge with its balance transaction."""
        if not name.startswith(("ch_", "py_")) or not _NAME.fullmatch(name):
            return None
        return self.got(self._api.charges.retrieve, name, {"expand": ["balance_transaction"]})

    def got(self, retrieve: Callable[..., Any], name: str, params: Any = None) -> Any:
        """Return something as a dict; None where there is no such thing."""
        try:
            return retrieve(name, params or {}).to_dict()
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                return None
            raise

    def rows(self, lists: Callable[..., Any], params: Any) -> Iterator[dict[str, Any]]:
        """Go through a list, page by page."""
        for each in lists(params).auto_paging_iter():
            yield each.to_dict()

    def _page(self, name: str) -> Snapshot | None:
        session = self.got(self._api.checkout.sessions.retrieve, name, {"expand": _ON_PAGE})
        return None if session is None else self._of_page(session)

    def _payment(self, name: str) -> Snapshot | None:
        intent = self.got(self._api.payment_intents.retrieve, name, {"expand": list(PAYMENT)})
        return None if intent is None else self._of_payment(intent)

    def _charge(self, name: str) -> Snapshot | None:
        charge = self.charge(name)
        if charge is None:
            return None
        if charge.get("payment_intent"):
            return self._payment(charge["payment_intent"])
        # Somebody took it by other means than ours.
        told = self._with_what_followed(charge, telling.of_charge(charge))
        state = {"succeeded": State.DONE, "failed": State.FAILED}.get(charge["status"])
        return Snapshot(
            remote_id=name,
            state=state or State.PENDING,
            movements=frozenset(told),
            reference=telling.reference_of(charge),
        )

    def _refund(self, name: str) -> Snapshot | None:
        return self._by_charge(self.got(self._api.refunds.retrieve, name))

    def _dispute(self, name: str) -> Snapshot | None:
        return self._by_charge(self.got(self._api.disputes.retrieve, name))

    def _by_charge(self, thing: Thing | None) -> Snapshot | None:
        return self._charge(thing["charge"]) if thing and thing.get("charge") else None

    def _payout(self, name: str) -> Snapshot | None:
        payout = self.got(self._api.payouts.retrieve, name, {"expand": _BOTH})
        if payout is None:
            return None
        return Snapshot(
            remote_id=name,
            state=_PAYOUT_STATES.get(payout["status"], State.PENDING),
            movements=frozenset(telling.of_payout(payout)),
            code=str(payout.get("failure_code") or "")[:120],
        )

    def _of_page(self, session: Thing) -> Snapshot:
        intent = session.get("payment_intent")
        of_payment = payment_snapshot(intent, self._moved(intent)) if intent else None
        state = telling.page_state(session, of_payment.state if of_payment else None)
        code = of_payment.code if of_payment and of_payment.code else str(session["status"])
        return Snapshot(
            remote_id=session["id"],
            state=state,
            movements=of_payment.movements if of_payment else frozenset(),
            mandate=of_payment.mandate if of_payment else None,
            reference=telling.reference_of(session),
            code=code if state == State.FAILED else "",
            again=of_payment.again if of_payment and state == State.FAILED else None,
        )

    def _of_payment(self, intent: Thing) -> Snapshot:
        if telling.is_of_page(intent):
            params = {"payment_intent": intent["id"], "limit": 1, "expand": ["data.payment_intent"]}
            for session in self.rows(self._api.checkout.sessions.list, params):
                return self._of_page({**session, "payment_intent": intent})
        return payment_snapshot(intent, self._moved(intent))

    def _moved(self, intent: Thing) -> list[Told]:
        told = telling.of_latest_charge(intent)
        return self._with_what_followed(intent["latest_charge"], told) if told else []

    def _with_what_followed(self, charge: Thing, told: list[Told]) -> list[Told]:
        of = {"charge": charge["id"], "limit": _MOST}
        refunds = self.rows(self._api.refunds.list, {**of, "expand": _OF_LIST})
        disputes = self.rows(self._api.disputes.list, of)
        return [
            *told,
            *chain.from_iterable(telling.of_refund(each) for each in refunds),
            *chain.from_iterable(telling.of_dispute(each) for each in disputes),
        ]


def payment_snapshot(intent: Thing, told: list[Told]) -> Snapshot:
    """Return what is true of a payment and of what it moved."""
    state = telling.state_of(intent, is_told=bool(told))
    return Snapshot(
        remote_id=intent["id"],
        state=state,
        movements=frozenset(told),
        mandate=telling.mandate_of(intent),
        reference=telling.reference_of(intent),
        code=telling.code_of(intent) if state == State.FAILED else "",
        again=again_after(telling.failure_of(intent)) if state == State.FAILED else None,
    )
