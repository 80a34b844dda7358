"""One account with Mollie, asked by its API v2 (docs.mollie.com/reference)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from handpress.donations.companies.contract import (
    Begun,
    Caps,
    Checked,
    EventTold,
    MandateTold,
    Order,
    Snapshot,
    Standing,
    State,
    Told,
    Urls,
)
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    Declined,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.mollie import telling
from handpress.donations.companies.mollie.asking import Asking
from handpress.donations.companies.mollie.declining import declined
from handpress.donations.companies.mollie.events import read_hint
from handpress.donations.companies.mollie.facts import CAPS, decimals_of, locale_of
from handpress.donations.companies.mollie.listing import moved
from handpress.donations.companies.reading import decimal_of, form, page, text, understood
from handpress.lib import clock


class Mollie:
    """Payments and mandates. What is kept and paid out, only a token of an organisation tells."""

    kind = "mollie"
    key_lasts = timedelta(hours=1)
    """Mollie does not say how long it remembers a key; an hour is little enough."""

    def __init__(self, account: Account) -> None:
        self._asking = Asking(account)
        self._mode = account.mode

    @property
    def caps(self) -> Caps:
        """What it can do."""
        return CAPS

    def check(self) -> Checked:
        """Ask for our profile; with a token, also whether payouts are let through."""
        asking = self._asking
        name = asking.profile if asking.has_token else "me"
        try:
            answer = asking.get(f"/v2/profiles/{name}", passes=(404, 410))
        except CompanyRevoked as error:
            return Checked(Standing.REVOKED, f"Mollie refuses the key ({error}).")
        if answer.status != 200:
            return Checked(Standing.REVOKED, "Mollie does not know the profile any more.")
        with understood():
            found = form(answer.body["id"], telling.PROFILE)
            status = text(answer.body["status"])
        if asking.profile and found != asking.profile:
            return Checked(Standing.REVOKED, f"The key belongs to another profile, {found}.")
        if status == "blocked" or (status != "verified" and self._mode == "live"):
            return Checked(Standing.REVOKED, f"Mollie says that the profile is {status[:40]}.")
        return self._check_payouts() if asking.has_token else Checked(Standing.UP)

    def _check_payouts(self) -> Checked:
        try:
            answer = self._asking.get("/v2/onboarding/me")
        except CompanyRevoked:
            # The token may not ask that.
            return Checked(Standing.UP)
        with understood():
            takes, hands_on = (
                bool(answer.body[name]) for name in ("canReceivePayments", "canReceiveSettlements")
            )
        if not takes:
            return Checked(Standing.REVOKED, "Mollie lets this organisation take no payments.")
        if not hands_on:
            return Checked(Standing.PAYOUTS_BLOCKED, "Mollie holds this organisation's payouts.")
        return Checked(Standing.UP)

    # --- taking ----------------------------------------------------------------------------------

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Have a payment made. A monthly one is the first of a customer made for it.

        Of the donor nothing is told: they write themselves what the way to pay needs.
        """
        if order.is_for_later:
            raise Unsupported("Mollie takes a mandate with a payment only.")
        body = self._payment(order) | {
            "redirectUrl": urls.done,
            "cancelUrl": urls.left,
            "webhookUrl": urls.events,
        }
        if locale := locale_of(order.language):
            body["locale"] = locale
        if order.is_monthly:
            body |= {"sequenceType": "first", "customerId": self._customer(order, urls, key)}
        answer = self._asking.make("/v2/payments", body, key=key, names_profile=True)
        with understood(changes=True):
            made = form(answer.body["id"], telling.PAYMENT)
            href = answer.body["_links"]["checkout"]["href"]
            return Begun(made, page(href, self._asking.base))

    def _payment(self, order: Order) -> dict[str, Any]:
        value = decimal_of(order.minor, order.currency, decimals_of(order.currency))
        return {
            "amount": {"currency": order.currency, "value": value},
            "description": order.words[:255],
            "metadata": {"reference": order.reference},
        }

    def _customer(self, order: Order, urls: Urls, key: str) -> str:
        """Have a customer made: a name for mandates, and where events about them go."""
        metadata = {"reference": order.reference, "events": urls.events}
        answer = self._asking.make("/v2/customers", {"metadata": metadata}, key=f"{key} customer")
        with understood(changes=True):
            return form(answer.body["id"], telling.CUSTOMER)

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Have a payment made by a mandate; a direct debit is pending for some days."""
        parts = telling.MANDATE.fullmatch(mandate)
        if not parts:
            raise Refused("That is no mandate of Mollie's.")
        body = self._payment(order) | {
            "sequenceType": "recurring",
            "customerId": parts[1],
            "mandateId": parts[2],
        }
        if events := self._events_of(parts[1]):
            body["webhookUrl"] = events
        answer = self._asking.make(
            "/v2/payments", body, key=key, names_profile=True, passes=(404, 410, 422)
        )
        if answer.status >= 400:
            raise self._refused(mandate, answer.status)
        with understood(changes=True):
            told = telling.snapshot_of(answer.body)
        if told.state == State.FAILED:
            raise declined(told.code)
        return told

    def _events_of(self, customer: str) -> str:
        """Return where events go, as it was said when the customer was made, or ""."""
        answer = self._asking.get(f"/v2/customers/{customer}", passes=(404, 410))
        if answer.status != 200:
            raise Declined("customer_gone")
        with understood():
            metadata = answer.body["metadata"]
            form(answer.body["id"], telling.CUSTOMER)
        found = metadata.get("events") if isinstance(metadata, dict) else None
        return found if isinstance(found, str) and found.startswith("http") else ""

    def _refused(self, mandate: str, status: int) -> Exception:
        """Return why a charge was turned away: the mandate has ended, or we asked for nonsense."""
        told = self._mandate(mandate)
        if told is None or not told.is_active:
            return Declined("mandate_invalid")
        return Refused(f"status {status}")

    # --- looking ---------------------------------------------------------------------------------

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of a payment, of a mandate, or of a settlement."""
        if telling.PAYMENT.fullmatch(remote_id):
            return self._look_up_payment(remote_id)
        if telling.MANDATE.fullmatch(remote_id):
            return self._look_up_mandate(remote_id)
        if telling.SETTLEMENT.fullmatch(remote_id) and self._asking.has_token:
            return self._look_up_settlement(remote_id)
        return None

    def _look_up_payment(self, remote_id: str) -> Snapshot | None:
        answer = self._asking.get(
            f"/v2/payments/{remote_id}", {"embed": "refunds,chargebacks"}, passes=(404, 410)
        )
        if answer.status != 200:
            return None
        with understood():
            payment = answer.body
            mandate = payment.get("mandateId")
            name = f"{payment.get('customerId')}/{mandate}"
            told = telling.snapshot_of(payment)
        if not mandate or told.state not in {State.PENDING, State.DONE}:
            return told
        agreed = self._mandate(name)
        with understood():
            return telling.snapshot_of(payment, agreed)

    def _mandate(self, name: str) -> MandateTold | None:
        """Return how a mandate is: not active where it was revoked, None for none."""
        parts = telling.MANDATE.fullmatch(name)
        if not parts:
            return None
        path = f"/v2/customers/{parts[1]}/mandates/{parts[2]}"
        answer = self._asking.get(path, passes=(404, 410))
        if answer.status != 200:
            return MandateTold(remote_id=name, is_active=False)
        with understood():
            return telling.mandate_of(parts[1], answer.body)

    def _look_up_mandate(self, remote_id: str) -> Snapshot | None:
        told = self._mandate(remote_id)
        if told is None:
            return None
        state = State.DONE if told.is_active else State.FAILED
        return Snapshot(remote_id=remote_id, state=state, mandate=told)

    def _look_up_settlement(self, remote_id: str) -> Snapshot | None:
        answer = self._asking.get(f"/v2/settlements/{remote_id}", passes=(404, 410))
        if answer.status != 200:
            return None
        with understood():
            payout = telling.payout_of(answer.body)
        if payout is None:
            return Snapshot(remote_id=remote_id, state=State.PENDING)
        return Snapshot(remote_id=remote_id, state=State.DONE, movements=frozenset({payout}))

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Look through the payments made since: of several, the one that came furthest."""
        listed = self._asking.newest("/v2/payments", "payments", back_to=since)
        with understood():
            best = telling.newest_best(
                each for each in listed if telling.reference_of(each) == reference
            )
            name = form(best["id"], telling.PAYMENT) if best else ""
        return self.look_up(name)

    # --- afterwards ------------------------------------------------------------------------------

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Have a refund made. It is told once it has reached the donor, a day or two later."""
        if not telling.PAYMENT.fullmatch(capture):
            raise Refused("That is no payment of Mollie's.")
        value = decimal_of(minor, currency, decimals_of(currency))
        body = {"amount": {"currency": currency, "value": value}}
        answer = self._asking.make(f"/v2/payments/{capture}/refunds", body, key=key)
        with understood(changes=True):
            telling.refunds_of([answer.body])
            text(answer.body["id"])
        try:
            told = self._look_up_payment(capture)
        except (CompanyDown, CompanyRevoked) as error:
            raise OutcomeUnknown(f"asked for; then {error}") from None
        if told is None:
            raise OutcomeUnknown("asked for; then not found")
        return told

    def end_mandate(self, remote_id: str) -> None:
        """Revoke a mandate."""
        parts = telling.MANDATE.fullmatch(remote_id)
        if parts:
            self._asking.remove(f"/v2/customers/{parts[1]}/mandates/{parts[2]}")

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Read a hint; raises `Forged` for what is none."""
        return [read_hint(body, clock.now())]

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield gifts, refunds and disputes; with a token also fees and payouts (`listing`)."""
        yield from moved(self._asking, since, until)
