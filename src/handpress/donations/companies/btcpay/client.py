"""One store of an outlet's own BTCPay Server, asked by its Greenfield API.

Addresses are those below the store: servers of all versions have them, and a store sees no
invoice of another's. Of the key the two permissions to see and to create invoices are needed
(``btcpay.store.canviewinvoices``, ``btcpay.store.cancreateinvoice``), and no more should be given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from handpress.donations.companies.btcpay import telling
from handpress.donations.companies.btcpay.addresses import (
    STORE,
    AddressUnusable,
    is_here,
    server_address,
)
from handpress.donations.companies.btcpay.events import read_event
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
from handpress.donations.companies.errors import CompanyRevoked, Refused, Unsupported
from handpress.donations.companies.http import Answer, Http
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.reading import (
    decimal_of,
    form,
    minor_of,
    page,
    rows,
    understood,
)
from handpress.donations.companies.secrets import SecretsUnusable

_OPEN_FOR = timedelta(hours=1)
_WATCHED_FOR = timedelta(days=7)
"""How long after that late payments and confirmations are still noticed there."""
_LATE = timedelta(days=90)
"""A payment may come so long after its invoice was made, and is still listed."""
_TAKE = 100


def caps_at(host: str) -> Caps:
    """Return what a server can do, whose page opens at ``host``."""
    return Caps(
        host=host,
        takes_mandates=False,
        gives_back=False,
        gives_back_parts=False,
        events=Events.SIGNED,
        needs_script=False,
        learns=("coin_address",),
    )


class BTCPay:
    """Invoices, and what was paid on them."""

    kind = "btcpay"
    key_lasts = _OPEN_FOR
    """BTCPay Server knows no keys; they are kept beside the invoices (see `begin`)."""

    def __init__(self, account: Account) -> None:
        self._base = _own_server(account)
        self._store = str(account.details.get("store_id") or "")
        self._secret = account.secrets["webhook_secret"]
        if not STORE.fullmatch(self._store):
            raise SecretsUnusable("The rail has no store of BTCPay Server's: write its ID.")
        self._caps = caps_at(self._base.partition("://")[2].partition("/")[0])
        self._http = Http(
            self._base, headers={"authorization": f"token {account.secrets['api_key']}"}
        )

    @property
    def caps(self) -> Caps:
        """What it can do."""
        return self._caps

    def check(self) -> Checked:
        """Ask for one invoice: that needs the key, the store and the permission to see them."""
        try:
            answer = self._get("", {"take": "1"}, passes=(404,))
        except CompanyRevoked as error:
            return Checked(Standing.REVOKED, f"The server refuses the key ({error}).")
        if answer.status == 404:
            return Checked(Standing.REVOKED, "The server does not know the store any more.")
        with understood():
            rows(answer.body)
        return Checked(Standing.UP)

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Have an invoice made, unless one was made by this key.

        BTCPay Server makes an invoice whenever it is asked. So the key is kept beside the invoice,
        and looked for among those of the same reference first. Two that ask by one key at the same
        moment may both find nothing and make one each: callers keep a second one away while the
        first is under way (`Attempt.leased_until`), and should both be paid, both are told, since
        what moved is told by payments.
        """
        if order.is_for_later:
            raise Unsupported("BTCPay Server takes no mandates.")
        value = decimal_of(order.minor, order.currency)
        for each in self._listed({"orderId": order.reference}):
            if telling.key_of(each) == key and telling.reference_of(each) == order.reference:
                return self._begun(each, order, changes=False)
        answer = self._http.ask(
            "POST", self._path(""), body=self._invoice(order, urls, key, value), changes=True
        )
        with understood(changes=True):
            return self._begun(answer.body, order, changes=True)

    @staticmethod
    def _invoice(order: Order, urls: Urls, key: str, value: str) -> dict[str, Any]:
        return {
            "amount": value,
            "currency": order.currency,
            "metadata": {
                "orderId": order.reference,
                "itemDesc": order.words,
                telling.KEY: key,
            },
            "checkout": {
                "redirectURL": urls.done,
                "redirectAutomatically": True,
                "expirationMinutes": int(_OPEN_FOR.total_seconds()) // 60,
                "monitoringMinutes": int(_WATCHED_FOR.total_seconds()) // 60,
            },
        }

    def _begun(self, invoice: Mapping[str, Any], order: Order, *, changes: bool) -> Begun:
        with understood(changes=changes):
            name = form(invoice["id"], telling.INVOICE)
            link = page(invoice["checkoutLink"], self._base)
            asks = (minor_of(invoice["amount"], order.currency), invoice["currency"])
        if asks != (order.minor, order.currency):
            raise Refused("The server rounds sums of this currency.")
        return Begun(name, link)

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Raise `Unsupported`: nobody can take coins that are not sent."""
        raise Unsupported("BTCPay Server takes no mandates.")

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of an invoice, or of the one that a payment belongs to."""
        name = telling.NAME.fullmatch(remote_id)
        if not name:
            return None
        answer = self._get(f"/{name[1]}", {"includePaymentMethods": "true"}, passes=(404,))
        if answer.status != 200:
            return None
        with understood():
            is_ours = answer.body.get("storeId", self._store) == self._store
        return self._snapshot(answer.body) if is_ours else None

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Look through the invoices of a reference: of several, the one that came furthest."""
        start = str(int(since.timestamp()))
        listed = self._listed({"orderId": reference, "startDate": start})
        return telling.furthest(
            [self._snapshot(each) for each in listed if telling.reference_of(each) == reference]
        )

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Raise `Unsupported`: the donor must say where coins shall go, on a page of the server."""
        raise Unsupported("Coins are given back on the page of BTCPay Server, to an address there.")

    def end_mandate(self, remote_id: str) -> None:
        """Do nothing: there is none."""

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Read what the store's webhook sent."""
        return read_event(headers, body, secret=self._secret, store=self._store)

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield what was paid and is settled, of invoices made up to 90 days before.

        A payment stands on the moment at which it came in, also when it was settled later.
        """
        window = {
            "startDate": str(int((since - _LATE).timestamp())),
            "endDate": str(int(until.timestamp()) + 1),
        }
        for invoice in self._listed(window):
            told = self._snapshot(invoice).movements
            yield from (each for each in told if since <= each.at < until)

    # --- asking ------------------------------------------------------------------------------

    def _path(self, rest: str) -> str:
        return f"/api/v1/stores/{self._store}/invoices{rest}"

    def _get(self, rest: str, params: Mapping[str, str], *, passes: tuple[int, ...] = ()) -> Answer:
        return self._http.ask("GET", self._path(rest), params=params, passes=passes)

    def _listed(self, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield invoices, newest first, each once, however the list moves while it is read."""
        seen: set[str] = set()
        skip = 0
        wanted = {**params, "includeArchived": "true", "includePaymentMethods": "true"}
        while True:
            answer = self._get("", {**wanted, "take": str(_TAKE), "skip": str(skip)})
            with understood():
                found = {form(each["id"], telling.INVOICE): each for each in rows(answer.body)}
            if not found.keys() - seen:
                return
            yield from (each for name, each in found.items() if name not in seen)
            seen |= found.keys()
            skip += len(found)

    def _snapshot(self, invoice: Mapping[str, Any]) -> Snapshot:
        """Return what is true of an invoice; older servers list its payments apart."""
        with understood():
            name = form(invoice["id"], telling.INVOICE)
            methods = invoice.get("paymentMethods")
        if methods is None:
            methods = self._get(f"/{name}/payment-methods", {}).body
        with understood():
            return telling.snapshot_of(invoice, methods)


def _own_server(account: Account) -> str:
    """Return where the server is asked: there alone for which its key is kept.

    Whoever may write an address on the desk could have the key sent to a server of their own.
    """
    base = _usable(account.base, "The rail has no server of BTCPay's")
    kept_for = _usable(account.secrets.get("server", ""), "server, beside the key, is none")
    if base != kept_for:
        raise SecretsUnusable(
            f"its key is kept for {kept_for}, and is sent nowhere else. If the server is at {base} "
            f'now, whoever looks after keys writes server = "{base}" beside the key, and better a '
            "new key with it."
        )
    return base


def _usable(address: str, what: str) -> str:
    """Return an address as it is kept; this machine's only where a trial hands it in."""
    if is_here(address):
        return address
    try:
        return server_address(address)
    except AddressUnusable as error:
        raise SecretsUnusable(f"{what}: {error}") from None
