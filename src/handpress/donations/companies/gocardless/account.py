"""One account with GoCardless, asked by the vendor's own client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gocardless_pro import errors

from handpress.donations.companies.contract import (
    Begun,
    Caps,
    Checked,
    Events,
    EventTold,
    Order,
    Snapshot,
    Standing,
    Told,
    Urls,
)
from handpress.donations.companies.errors import CompanyRevoked, Declined, Refused
from handpress.donations.companies.gocardless import events, telling
from handpress.donations.companies.gocardless.asking import (
    Wire,
    after_it_was_done,
    asking,
    reasons,
)
from handpress.donations.companies.gocardless.looking import Fees, Looking
from handpress.donations.companies.kinds import Account

CAPS = Caps(
    host="pay.gocardless.com",
    takes_mandates=True,
    gives_back=True,
    gives_back_parts=True,
    events=Events.SIGNED,
    needs_script=True,
    learns=("name", "email", "address", "account"),
    currencies=frozenset({"EUR", "GBP"}),
    least={"EUR": 100, "GBP": 100},
    agrees_without_paying=True,
)
_NAME = re.compile(r"[A-Z]{2,3}[0-9A-Z]{1,40}")
_LANGUAGES = frozenset("en fr de pt es it nl da nb sl sv".split())
_ENDED = {"mandate_is_inactive", "mandate_replaced", "bank_account_disabled"}
_SKEW = timedelta(minutes=5)
_TICK = timedelta(milliseconds=1)


class GoCardless:
    """Gifts come by billing requests, later ones by payments on the mandate.

    Every request that makes something has our key. To a key that was used before the vendor
    answers with the name of what was made, which is fetched.
    """

    kind = "gocardless"
    key_lasts = timedelta(days=1)

    def __init__(self, account: Account) -> None:
        self._creditor = str(account.details.get("creditor") or "")
        self._secret = account.secrets["webhook_secret"]
        self._at = Looking(Wire(account.base, account.secrets["access_token"]))

    @property
    def caps(self) -> Caps:
        """What it can do."""
        return CAPS

    def check(self) -> Checked:
        """Ask for our creditor: whoever is not verified is not paid out."""
        try:
            there = list(self._at.all(self._at.creditors, {}))
        except CompanyRevoked as refusal:
            return Checked(Standing.REVOKED, str(refusal))
        own = [each for each in there if self._creditor in {"", each.get("id")}]
        if not own:
            return Checked(Standing.REVOKED, "the key belongs to another creditor")
        status = str(own[0].get("verification_status"))
        if status != "successful":
            return Checked(Standing.PAYOUTS_BLOCKED, f"verification: {status}")
        links = own[0].get("links") or {}
        if not any("payout_account" in name and value for name, value in links.items()):
            return Checked(Standing.PAYOUTS_BLOCKED, "no bank account for payouts")
        return Checked(Standing.UP)

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Make a billing request, and a page for it."""
        _check_order(order)
        request = self._made(self._at.requests, self._asked(order), key)
        with asking(changes=True):
            flow = self._page(telling.name_of(request), order, urls, key)
            url = str(flow["authorisation_url"])
            if not url.startswith("https://"):
                raise ValueError("no address")
        return Begun(telling.name_of(request), url)

    def _asked(self, order: Order) -> dict[str, Any]:
        kept = {"reference": order.reference}
        common = {"description": _words(order), "currency": order.currency, "metadata": kept}
        asked: dict[str, Any] = {"metadata": kept}
        if not order.is_for_later:
            # A donor whose bank cannot pay at once gives by direct debit.
            asked["payment_request"] = {**common, "amount": order.minor}
            asked["fallback_enabled"] = True
        if order.is_monthly:
            asked["mandate_request"] = common
        if self._creditor:
            asked["links"] = {"creditor": self._creditor}
        return asked

    def _page(self, request: str, order: Order, urls: Urls, key: str) -> telling.Facts:
        language = order.language[:2].lower()
        asked: dict[str, Any] = {
            "redirect_uri": urls.done,
            "exit_uri": urls.left,
            "lock_currency": True,
            "skip_success_screen": True,
            "links": {"billing_request": request},
        }
        if language in _LANGUAGES:
            asked["language"] = language
        try:
            flow = self._at.flows.create(params=asked, headers=_keyed(f"{key}-page"))
        except errors.IdempotentCreationConflictError as known:
            # A page cannot be fetched; to open it anew tells its address.
            flow = self._at.flows.initialise(known.conflicting_resource_id, params={})
        facts: telling.Facts = flow.attributes
        return facts

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Make a payment on a mandate; the bank answers within days."""
        _check_order(order)
        _check_name(mandate, "MD")
        asked = {
            "amount": order.minor,
            "currency": order.currency,
            "description": _words(order),
            "metadata": {"reference": order.reference},
            "retry_if_possible": False,
            "links": {"mandate": mandate},
        }
        payment = self._made(self._at.payments, asked, key)
        with after_it_was_done():
            return self._at.payment(payment)

    def _made(self, service: Any, asked: Mapping[str, Any], key: str) -> telling.Facts:
        """Make something, or fetch what was made by this key before."""
        with asking(changes=True):
            try:
                return _with_name(service.create(params=asked, headers=_keyed(key)).attributes)
            except errors.IdempotentCreationConflictError as known:
                name = known.conflicting_resource_id
            except errors.InvalidStateError as error:
                if ended := reasons(error) & _ENDED:
                    raise Declined(min(ended)) from None
                raise
        with after_it_was_done(), asking(changes=True):
            return _with_name(service.get(identity=name).attributes)

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of a billing request or its page, of a payment, mandate or payout;
        of a refund what is true of its payment."""
        if not _NAME.fullmatch(remote_id):
            return None
        kinds = {
            "BRQ": self._at.at_request,
            "BRF": self._at.at_page,
            "PM": self._at.at_payment,
            "MD": self._at.at_mandate,
            "RF": self._at.at_refund,
            "PO": self._at.at_payout,
        }
        look = next((kinds[each] for each in kinds if remote_id.startswith(each)), None)
        return look(remote_id) if look else None

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Look through what was made since for the reference in its metadata.

        Of several requests one that was paid counts before the others, and the newest before older.
        """
        made = {"created_at[gte]": _written(since - _SKEW)}
        requests = [
            each
            for each in self._at.all(self._at.requests, made)
            if telling.reference_in(each) == reference
        ]
        if requests:
            requests.sort(key=lambda each: not telling.linked(each, "payment_request_payment"))
            return self._at.request(requests[0])
        for payment in self._at.all(self._at.payments, made):
            if telling.reference_in(payment) == reference:
                return self._at.payment(payment)
        return None

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Make a refund; with it the sum of all refunds is confirmed, as the vendor asks.

        The key stands in the refund as well: asked a second time, that sum would be wrong, and
        the vendor may look at the sum before it looks at the key.
        """
        _check_name(capture, "PM")
        payment = self._at.get(self._at.payments, capture)
        if payment is None or payment.get("currency") != currency:
            raise Refused("no such payment in this currency")
        refunds = self._at.all(self._at.refunds, {"payment": capture})
        if not any((each.get("metadata") or {}).get("key") == key for each in refunds):
            with asking(changes=False):
                given = int(payment.get("amount_refunded") or 0)
                if given + minor > int(payment["amount"]):
                    raise Refused("more than is left")
            asked = {
                "amount": minor,
                "total_amount_confirmation": given + minor,
                "metadata": {"reference": telling.reference_in(payment), "key": key},
                "links": {"payment": capture},
            }
            self._made(self._at.refunds, asked, key)
        with after_it_was_done():
            return self._at.at_payment(capture) or self._at.payment(payment)

    def end_mandate(self, remote_id: str) -> None:
        """Cancel a mandate, and with it what was not sent to the bank yet."""
        _check_name(remote_id, "MD")
        with asking(changes=True):
            try:
                self._at.mandates.cancel(remote_id, params={})
            except errors.InvalidStateError:
                found = self._at.at_mandate(remote_id)
                if found and found.mandate and found.mandate.is_active:
                    raise

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Return what a webhook tells; raises `Forged`."""
        return events.read(headers, body, self._secret)

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield what moved, by the events of that time and what they are about."""
        made = {"created_at[gte]": _written(since), "created_at[lt]": _written(until + _TICK)}
        known: dict[str, Fees] = {}
        for name in self._moved(made):
            payment = self._at.get(self._at.payments, name)
            if payment:
                told = self._at.payment(payment, known).movements
                yield from _within(told, since, until)
        for name in self._named(made, "payouts", "payout"):
            looked = self._at.at_payout(name)
            yield from _within(looked.movements if looked else (), since, until)

    def _moved(self, made: Mapping[str, Any]) -> list[str]:
        """Return the payments that something happened to, each once."""
        payments = dict.fromkeys(self._named(made, "payments", "payment"))
        for name in self._named(made, "refunds", "refund"):
            refund = self._at.get(self._at.refunds, name)
            payments.setdefault(telling.linked(refund or {}, "payment"))
        return [name for name in payments if name]

    def _named(self, made: Mapping[str, Any], kind: str, link: str) -> list[str]:
        """Return what events of a kind are about, each once."""
        told = self._at.all(self._at.events, {**made, "resource_type": kind})
        with asking(changes=False):
            named = (
                telling.linked(each, link)
                for each in told
                if kind != "payments" or each["action"] in telling.MOVES
            )
            return list(dict.fromkeys(name for name in named if name))


def _within(told: Any, since: datetime, until: datetime) -> list[Told]:
    there = (each for each in told if since <= each.at < until)
    return sorted(there, key=lambda each: (each.at, each.remote_id, each.kind))


def _with_name(facts: telling.Facts) -> telling.Facts:
    """Return what has a name; raises `KeyError` for what is something else."""
    telling.name_of(facts)
    return facts


def _keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def _words(order: Order) -> str:
    """Return what the donor reads; the reference in it is a second way to know the payment."""
    return f"{order.words[:180]} ({order.reference})"


def _check_order(order: Order) -> None:
    if order.currency not in CAPS.currencies:
        raise Refused(f"currency {order.currency}")


def _check_name(name: str, begins: str) -> None:
    if not _NAME.fullmatch(name) or not name.startswith(begins):
        raise Refused("that is no name of theirs")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
