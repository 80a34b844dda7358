"""One account with Stripe: pages by Checkout, later gifts by saved ways to pay."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from handpress.donations.companies.contract import (
    Begun,
    Caps,
    Checked,
    EventTold,
    Order,
    Snapshot,
    Standing,
    State,
    Told,
    Urls,
)
from handpress.donations.companies.errors import (
    CompanyError,
    NeedsDonor,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.reading import form, page
from handpress.donations.companies.stripe import telling
from handpress.donations.companies.stripe.events import read_event
from handpress.donations.companies.stripe.looking import PAYMENT, Looks, payment_snapshot
from handpress.donations.companies.stripe.ordering import intent_params, session_params
from handpress.donations.companies.stripe.sums import stripe_units
from handpress.donations.companies.stripe.wire import asking, client_for, declined

_MANDATE = re.compile(r"(cus_[A-Za-z0-9_]{1,120})/([a-z]{2,4}_[A-Za-z0-9_]{1,120})", re.ASCII)
_SESSION = re.compile(r"cs_[A-Za-z0-9_]{1,250}", re.ASCII)
_MOST = 100
"""How many a page of a list holds at most."""
_SKEW = timedelta(minutes=10)
"""How far Stripe's clock may be from ours."""
_BEST = (State.DONE, State.PENDING, State.OPEN, State.FAILED)


class Stripe:
    """A `contract.Company`. What is told of a payment is told of its page, where it has one."""

    kind = "stripe"
    key_lasts = timedelta(hours=24)

    def __init__(self, account: Account, caps: Caps) -> None:
        self.caps = caps
        self._account = account
        self._api = client_for(account.base, account.secrets["secret_key"]).v1
        self._looks = Looks(self._api)

    def check(self) -> Checked:
        """Ask for our own account."""
        with asking():
            told = self._api.accounts.retrieve_current().to_dict()
            takes, hands_on = told["charges_enabled"] is True, told["payouts_enabled"] is True
            reason = str((told.get("requirements") or {}).get("disabled_reason") or "")[:80]
            if told["id"] != self._account.account_ref:
                return Checked(Standing.REVOKED, "The key is another account's.")
        why = f" ({reason})" if reason else ""
        if not takes:
            return Checked(Standing.REVOKED, f"Stripe takes no payments for the account{why}.")
        if not hands_on:
            return Checked(Standing.PAYOUTS_BLOCKED, f"Stripe sends no money to the bank{why}.")
        return Checked(Standing.UP)

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Have a page of Stripe's made; a way to pay is saved with a payment only."""
        if order.is_for_later:
            raise Unsupported("Stripe is asked for a mandate with a payment only.")
        params = session_params(order, urls)
        with asking(changes=True):
            told = self._api.checkout.sessions.create(params, {"idempotency_key": key})
            session = told.to_dict()
            return Begun(form(session["id"], _SESSION), page(session["url"], self._account.base))

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Take a gift by a way to pay that was saved."""
        found = _MANDATE.fullmatch(mandate)
        if found is None:
            raise Refused("no mandate of Stripe's")
        params = intent_params(order, found[1], found[2])
        params["expand"] = list(PAYMENT)
        with asking(changes=True):
            told = self._api.payment_intents.create(params, {"idempotency_key": key})
            intent = told.to_dict()
            if intent["status"] == "requires_action":
                raise NeedsDonor("authentication_required")
            if intent["status"] == "requires_payment_method":
                raise declined(intent.get("last_payment_error") or {})
            # It is new: nothing can have been given back or taken back of it.
            return payment_snapshot(intent, telling.of_latest_charge(intent))

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of a page, a payment, a charge, a refund, a dispute or a payout."""
        with asking():
            return self._looks.look_up(remote_id)

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Go through the pages and payments since then; Stripe's search lags behind."""
        params: Any = {"created": {"gte": _second(since - _SKEW)}, "limit": _MOST}
        with asking():
            names = [
                each["id"]
                for each in self._begun_since(params)
                if telling.reference_of(each) == reference
            ]
            found = [self._looks.look_up(name) for name in names]
        there = [each for each in found if each is not None]
        return min(there, key=lambda each: _BEST.index(each.state), default=None)

    def _begun_since(self, params: Any) -> Iterator[telling.Thing]:
        yield from self._looks.rows(self._api.checkout.sessions.list, params)
        for each in self._looks.rows(self._api.payment_intents.list, params):
            if not telling.is_of_page(each):
                yield each

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Give some of a charge back."""
        units = stripe_units(minor, currency)
        with asking():
            charge = self._looks.charge(capture)
            if charge is None or str(charge["currency"]).upper() != currency:
                raise Refused("no such charge in this currency")
        with asking(changes=True):
            self._api.refunds.create(
                {"charge": capture, "amount": units, "reason": "requested_by_customer"},
                {"idempotency_key": key},
            )
        try:
            told = self.look_up(capture)
        except CompanyError as error:
            # What was done is done, whatever hinders us from seeing it.
            raise OutcomeUnknown(f"given back, but {error}") from None
        if told is None:
            raise OutcomeUnknown("given back, but the charge is not there")
        return told

    def end_mandate(self, remote_id: str) -> None:
        """Take the saved way to pay away."""
        found = _MANDATE.fullmatch(remote_id)
        if found is None:
            raise Refused("no mandate of Stripe's")
        with asking(changes=True):
            method = self._looks.got(self._api.payment_methods.retrieve, found[2])
            if method is not None and method.get("customer"):
                self._api.payment_methods.detach(found[2])

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Check who sent it, and return what it is about."""
        secret, is_live = self._account.secrets["webhook_secret"], self._account.mode == "live"
        return read_event(headers, body, secret=secret, is_live=is_live)

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Go through the balance, newest first."""
        params: Any = {
            # Stripe's moments are whole seconds.
            "created": {"gte": _second(since), "lt": _second(until)},
            "expand": ["data.source"],
            "limit": _MOST,
        }
        with asking():
            for each in self._looks.rows(self._api.balance_transactions.list, params):
                yield from telling.of_transaction(each)


def _second(at: datetime) -> int:
    """Return the first whole second that is not before a moment."""
    return math.ceil(at.timestamp())
