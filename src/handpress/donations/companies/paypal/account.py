"""One account with PayPal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

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
from handpress.donations.companies.errors import (
    CompanyError,
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.paypal import events, listing, telling
from handpress.donations.companies.paypal.api import Api, refusal
from handpress.donations.companies.paypal.asking import order_asked
from handpress.donations.companies.paypal.looking import (
    CAPTURES,
    DISPUTES,
    ORDERS,
    about,
    by_capture,
    first_of,
    links_of,
    look,
)
from handpress.donations.companies.paypal.sums import CURRENCIES, LEAST, written
from handpress.donations.companies.reading import form, page, rows, text, understood
from handpress.donations.core.movements import Kind

CAPS = Caps(
    host="www.paypal.com",
    takes_mandates=False,
    gives_back=True,
    gives_back_parts=True,
    events=Events.HINT,
    needs_script=True,
    learns=("name", "email", "account"),
    currencies=CURRENCIES,
    least=LEAST,
    listed_after=listing.LATE,
)
_BALANCES = "/v1/reporting/balances"
_PAGES = frozenset({"payer-action", "approve"})


class PayPal:
    """`contract.Company` for PayPal (`companies.paypal` says how a gift completes)."""

    kind = "paypal"
    key_lasts = timedelta(hours=6)
    """How long PayPal knows a key for an order; for refunds it is 45 days."""

    def __init__(self, account: Account) -> None:
        self._base = account.base
        self._merchant = str(account.details.get("merchant_id", ""))
        self._webhook_id = str(account.details.get("webhook_id", ""))
        self._api = Api(
            account.base,
            client_id=account.secrets["client_id"],
            client_secret=account.secrets["client_secret"],
        )

    @property
    def caps(self) -> Caps:
        """What it can do."""
        return CAPS

    def check(self) -> Checked:
        """Ask for balances and disputes; a permission that is missing is told in words.

        That PayPal holds money back, its interface does not tell.
        """
        try:
            balances = self._api.ask("GET", _BALANCES, passes=(403,))
            disputes = self._api.ask("GET", DISPUTES, params={"page_size": "1"}, passes=(403, 404))
        except CompanyRevoked as refused:
            return Checked(Standing.REVOKED, str(refused))
        words = []
        if balances.status == 403:
            words.append("Transaction Search is not switched on for the app: no list to compare.")
        else:
            with understood():
                rows(balances.body["balances"])
                owner = balances.body.get("account_id")
            if self._merchant and owner and owner != self._merchant:
                return Checked(Standing.REVOKED, "The keys are another account’s.")
        if disputes.status == 403:
            words.append("Disputes are not switched on for the app: chargebacks are seen late.")
        if not self._webhook_id:
            words.append("The webhook ID is missing: gifts are seen later than they could be.")
        return Checked(Standing.UP, " ".join(words))

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Make an order; its page waits for the donor for some hours."""
        if order.is_for_later:
            raise Unsupported("PayPal gives no mandates here")
        answer = self._api.post(ORDERS, order_asked(order, urls), key=key)
        if answer.status >= 400:
            raise refusal(answer)
        with understood(changes=True):
            name = form(answer.body["id"], telling.NAME)
            links = [e["href"] for e in rows(answer.body["links"]) if e.get("rel") in _PAGES]
            return Begun(name, page(links[0], self._base))

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Refuse: nothing can be taken without the donor."""
        raise Unsupported("PayPal gives no mandates here")

    def end_mandate(self, remote_id: str) -> None:
        """Refuse: there are none."""
        raise Unsupported("PayPal gives no mandates here")

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of an order, a capture, a refund or a payout of the last 31 days;
        an order that was approved is captured first.

        An order that nobody approved, PayPal may know no more after some hours.
        """
        return look(self._api, remote_id)

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Look through PayPal's list for a gift with this reference.

        An order whose answer was lost is not found, and need not be: nobody can approve it without
        its address, and nothing moves before we capture it.
        """
        try:
            for line in listing.lines(self._api, since, listing.soon()):
                if line.kind == Kind.CAPTURE and line.reference == reference:
                    return self.look_up(line.name)
        except listing.NotListedYet:
            pass
        return None

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Refund a capture or a part of it; one that waits for our bank is told when it is done."""
        if not telling.NAME.fullmatch(capture):
            raise Refused("no name of a capture")
        asked = {"amount": written(minor, currency)}
        answer = self._api.post(f"{CAPTURES}/{capture}/refund", asked, key=key)
        if answer.status >= 400:
            raise refusal(answer)
        with understood(changes=True):
            form(answer.body["id"], telling.NAME)
            text(answer.body["status"])
        try:
            told = by_capture(self._api, capture)
        except CompanyError:
            told = None
        if told is None:
            # It was given back: nobody must take this for a refund that never was.
            raise OutcomeUnknown("given back, and what is left was not told")
        return told

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield what PayPal's list tells; what is about a gift is told as `look_up` tells it.

        What moved within `listing.LATE` may not stand there yet.
        """
        seen: set[tuple[Kind, str]] = set()
        known: dict[str, tuple[str, Snapshot | None]] = {}
        found = list(listing.lines(self._api, since, until))
        links = links_of(found)
        for line in found:
            for told in self._told(line, links, known):
                if (told.kind, told.remote_id) not in seen:
                    seen.add((told.kind, told.remote_id))
                    yield told

    def _told(
        self,
        line: listing.Line,
        links: Mapping[str, str],
        known: dict[str, tuple[str, Snapshot | None]],
    ) -> list[Told]:
        if not line.is_about_a_gift:
            return listing.told_of(line)
        first = first_of(line.name, links)
        if first not in known:
            known[first] = about(self._api, line, links)
        capture, there = known[first]
        told = [each for each in (there.movements if there else ()) if each.remote_id == line.name]
        return sorted(told, key=lambda each: each.kind) or listing.told_of(line, of=capture)

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Return what an event is about, once PayPal says that it sent it."""
        return events.read(self._api, self._webhook_id, headers, body)
