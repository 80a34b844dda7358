"""What every list comes to: donors, plans and gifts, as another system knew them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NotAList(ValueError):
    """The file cannot be taken over; the message says why and what to do. Nothing of it was."""


class Standing(StrEnum):
    """How a monthly gift stood there."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorFound:
    """Somebody who gave, as told there. ``email`` is as it is written, and may be empty.

    ``customer`` and ``method`` are what a company calls them and what they pay with.
    """

    name: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    source_id: str = ""
    customer: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFound:
    """A monthly gift. ``minor`` is in minor units of ``currency``; days are the newsroom's.

    ``source_id`` is what the list calls it; ``subscription``, ``customer`` and ``method`` are
    names that the company which takes the money gave, ``company`` is that one's kind, or empty.
    """

    source_id: str
    minor: int
    currency: str
    standing: Standing
    interval: str = "monthly"
    next_on: date | None = None
    started_on: date | None = None
    ended_on: date | None = None
    company: str = ""
    subscription: str = ""
    customer: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftFound:
    """A gift that came there; ``given_back`` is what of it went back since."""

    source_id: str
    on: date
    minor: int
    currency: str
    fee: int = 0
    given_back: int = 0
    given_back_on: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What of a line cannot be taken over, and why; no word of the line itself."""

    line: int
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line. It may name a donor, a plan and a gift; ``left_out`` says why it is none of them
    and nothing is wrong with that."""

    line: int
    donor: DonorFound | None = None
    plan: PlanFound | None = None
    gift: GiftFound | None = None
    refusals: tuple[Refusal, ...] = ()
    left_out: str = ""
