"""What a company that takes money for the outlet is asked, and what it answers.

A company is asked what is true now, and never believed on less: a webhook, somebody who comes back
from its page, and the nightly comparison all lead to `Company.look_up`. What it tells are
values; nothing here knows a database, a page or a letter. Sums are whole minor units of ISO 4217;
where a company counts in other units, its module converts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from handpress.donations.core.movements import Kind


class Events(StrEnum):
    """How a company tells that something happened."""

    SIGNED = "signed"
    """It signs what it sends."""
    HINT = "hint"
    """It signs nothing, or what only it can check: what it sends is a reason to ask, no more."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What a company can do. ``currencies`` is empty where it takes any.

    ``host`` is whose page opens; ``learns`` names what it gets to know of a donor, as keys of
    `donations.wording`. ``least`` is the smallest sum by currency, in minor units, ``listed_after``
    how late what moved may stand in its list.
    """

    host: str
    takes_mandates: bool
    """Whether later gifts can be taken without the donor being there."""
    agrees_without_paying: bool = False
    gives_back: bool
    """Whether it can be asked to give a gift back. Where not, somebody does so at its own desk, and
    writes that down here: its list tells nothing of it."""
    gives_back_parts: bool
    """Whether it can be asked for less than the whole of a gift."""
    events: Events
    needs_script: bool
    learns: tuple[str, ...]
    currencies: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)
    listed_after: timedelta = timedelta()


class Standing(StrEnum):
    """How an account at a company is."""

    UP = "up"
    REVOKED = "revoked"
    """It takes nothing from us any more: the key is refused, or charges are switched off."""
    PAYOUTS_BLOCKED = "payouts_blocked"
    """It takes money and does not hand it on."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a company says of our account; ``words`` is why, without secrets."""

    standing: Standing
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for. ``reference`` is the pledge's (`core.references`), and comes back.

    ``words`` is what the donor reads on the company's page and on the statement. ``is_monthly``
    asks for a mandate beside the first gift; with ``is_for_later``, for the mandate alone, and
    nothing is paid now (only where `Caps.agrees_without_paying`).
    """

    reference: str
    minor: int
    currency: str
    words: str
    is_monthly: bool = False
    is_for_later: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Urls:
    """Where a donor is sent afterwards, and where events go; absolute."""

    done: str
    left: str
    events: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A page of the company's that waits for the donor. No money has moved."""

    remote_id: str
    url: str


class State(StrEnum):
    """How far something is at a company."""

    OPEN = "open"
    """The donor may still act."""
    PENDING = "pending"
    """The donor has acted, and the money is not sure yet."""
    DONE = "done"
    FAILED = "failed"
    """Declined, given up or expired; nothing moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A movement as a company tells it: ``minor`` is above zero for what came to the account.

    ``kind`` is one of capture, refund, refund_back, dispute, dispute_won, fee, payout; with
    ``remote_id`` it is there once, and never changes afterwards. ``of`` is the ``remote_id`` of the
    capture that it is about (of the capture itself: empty; of a payout: empty). ``reference`` is
    the pledge's, where the company tells it.
    """

    kind: Kind
    remote_id: str
    minor: int
    currency: str
    at: datetime
    of: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTold:
    """That later gifts may be taken: ``remote_id`` is all that `Company.charge` needs."""

    remote_id: str
    is_active: bool
    words: str = ""
    """What a donor knows it by, as in “card that ends in 4242”."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is true now of one thing at a company; ``movements`` is complete.

    ``code`` is why it failed, in the company's words for machines, and ``again`` when to try once
    more, None for never: as `errors.Declined` says it of what is declined at once.
    """

    remote_id: str
    state: State
    movements: frozenset[Told] = frozenset()
    mandate: MandateTold | None = None
    reference: str = ""
    code: str = ""
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class EventTold:
    """Something happened: look ``remote_id`` up. ``event_id`` is there once; it may be a hash."""

    event_id: str
    remote_id: str
    kind: str


class Company(Protocol):
    """A company, for one account with it.

    Every method may raise what `companies.errors` names. ``key`` makes a call one, however often
    it is made within ``key_lasts``; after that it is only looked up.
    """

    kind: str
    key_lasts: timedelta

    @property
    def caps(self) -> Caps:
        """What it can do."""
        ...

    def check(self) -> Checked:
        """Ask, cheaply, how our account is; raises `CompanyDown` where nobody answers."""
        ...

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        """Have a page made for the donor; the same key leads to the same page."""
        ...

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        """Take a gift without the donor being there."""
        ...

    def look_up(self, remote_id: str) -> Snapshot | None:
        """Return what is true of something `begin`, `charge` or an event named; None: unknown."""
        ...

    def find(self, reference: str, *, since: datetime) -> Snapshot | None:
        """Return what is true of whatever was begun or charged for a pledge, if anything was.

        For when the answer to `begin` or `charge` was lost: ``since`` is when it was asked.
        """
        ...

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        """Give some of a capture back; return what is true of what was paid, the refund in it."""
        ...

    def end_mandate(self, remote_id: str) -> None:
        """Take nothing by it from now on; ending it twice is no fault."""
        ...

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
        """Return what an event is about; raises `Forged`. Header names are in lower case."""
        ...

    def movements(self, since: datetime, until: datetime) -> Iterator[Told]:
        """Yield all that moved in [since, until), from every page of its list."""
        ...
