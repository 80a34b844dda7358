"""A company that does not exist, for the demo newsroom: all of a company's ways, and no money.

Its page is one of ours, and says so. It refuses to work in any newsroom but the demo's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from django.conf import settings

from handpress.donations.companies.contract import (
    Begun,
    Caps,
    Checked,
    Events,
    EventTold,
    MandateTold,
    Order,
    Snapshot,
    Standing,
    State,
    Told,
    Urls,
)
from handpress.donations.companies.errors import Declined, NeedsDonor, Refused
from handpress.donations.companies.kinds import Account, CompanyKind
from handpress.donations.companies.practice_book import (
    Moved,
    Payment,
    PracticeBook,
    new_payment_name,
)
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.core.movements import Kind
from handpress.lib import clock
from handpress.press.state import recall

DEMO_FACT = "demo_newsroom"
_PAGE = 100
_AGAIN = {"insufficient_funds": timedelta(days=3)}
"""When to try once more, by the code that a bank gave."""
_REFUSED = {13: "insufficient_funds", 14: "authentication_required"}
_STATES = {"open": State.OPEN, "done": State.DONE, "failed": State.FAILED}


def practice_file() -> Path:
    """Return where the practice company keeps its books."""
    return Path(settings.HANDPRESS.folder) / "practice.sqlite3"


class Practice:
    """`contract.Company` for the practice company."""

    kind = "practice"
    key_lasts = timedelta(hours=24)

    def __init__(self, book: PracticeBook) -> None:
        self.book = book

    @property
    def caps(self) -> Caps:
        """What it can do: all."""
        return _caps({})

    def check(self) -> Checked:
        """Say that all is well."""
        return Checked(Standing.UP)

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Make a page for the donor."""
        payment = self.book.open_payment(_payment(order, key, urls=urls))
        # A path alone: the demo is at home under whatever address it is looked at.
        return Begun(payment.id, f"/-/practice/{payment.id}")

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Take a gift; sums that end in 13 are declined, and in 14 need the donor."""
        refused = _REFUSED.get(order.minor % 100, "")
        asked = _payment(order, key, mandate=mandate)
        payment = self.book.charge(asked, clock.now(), refused)
        match payment.code:
            case "authentication_required":
                raise NeedsDonor(payment.code)
            case code if code:
                raise Declined(code, again=_AGAIN.get(code))
        return self._snapshot(payment.id)

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of a payment, by its own name or its capture's, or of a payout."""
        name = remote_id.removeprefix("cap_")
        if self.book.payment(name):
            return self._snapshot(name)
        sent = [each for each in self.book.movements_of(remote_id) if each.kind == Kind.PAYOUT]
        told = frozenset(map(_told, sent))
        return Snapshot(remote_id=remote_id, state=State.DONE, movements=told) if sent else None

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Return what was last asked for under a reference."""
        found = self.book.payments_for(reference, int(since.timestamp()))
        return self._snapshot(found[0].id) if found else None

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Give some of a capture back."""
        if not self.book.give_back(capture, minor, currency, clock.now(), key):
            raise Refused("more than is left")
        return self._snapshot(capture.removeprefix("cap_"))

    def end_mandate(self, remote_id: str) -> None:
        """Let a mandate be used no more."""
        self.book.end_mandate(remote_id)

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Return nothing: it sends none, and is looked at instead."""
        return []

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield all that moved, page by page."""
        after = 0
        # Its times are whole seconds: the first one that is not before a moment counts.
        window = (ceil(since.timestamp()), ceil(until.timestamp()))
        while page := self.book.movements(*window, after, _PAGE):
            yield from map(_told, page)
            after = page[-1].number

    def _snapshot(self, name: str) -> Snapshot:
        payment = self.book.payment(name)
        if payment is None:
            raise Refused("no such payment")
        mandate = None
        if payment.mandate:
            is_active = self.book.is_active(payment.mandate)
            mandate = MandateTold(
                remote_id=payment.mandate, is_active=is_active, words="practice card 4242"
            )
        return Snapshot(
            remote_id=payment.id,
            state=_STATES[payment.state],
            movements=frozenset(map(_told, self.book.movements_of(f"cap_{name}"))),
            mandate=mandate,
            reference=payment.reference,
            code=payment.code,
            again=_AGAIN.get(payment.code),
        )


def _payment(order: Order, key: str, *, urls: Urls | None = None, mandate: str = "") -> Payment:
    return Payment(
        id=new_payment_name(),
        key=key,
        reference=order.reference,
        words=order.words,
        minor=order.minor,
        currency=order.currency,
        state="open",
        code="",
        is_monthly=order.is_monthly and not mandate,
        is_for_later=order.is_for_later,
        mandate=mandate,
        done_url=urls.done if urls else "",
        left_url=urls.left if urls else "",
        at=int(clock.now().timestamp()),
    )


def _told(moved: Moved) -> Told:
    return Told(
        kind=Kind(moved.kind),
        remote_id=moved.id,
        minor=moved.minor,
        currency=moved.currency,
        at=datetime.fromtimestamp(moved.at, UTC),
        of=moved.of,
        reference=moved.reference,
    )


def _caps(details: Mapping[str, Any]) -> Caps:
    return Caps(
        host="",
        takes_mandates=True,
        agrees_without_paying=True,
        gives_back=True,
        gives_back_parts=True,
        events=Events.NONE,
        needs_script=False,
        learns=(),
    )


def _check(account_ref: str, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "practice", {}


def _check_secrets(mode: str, secrets: Mapping[str, str]) -> None:
    if not recall(DEMO_FACT, False):
        raise SecretsUnusable("The practice company works in the demo newsroom alone.")


def _open(account: Account) -> Practice:
    return Practice(PracticeBook(practice_file()))


KIND = CompanyKind(
    kind="practice",
    name="Practice",
    secret_fields=(),
    fields=(),
    bases={},
    caps=_caps,
    check=_check,
    check_secrets=_check_secrets,
    open=_open,
)
