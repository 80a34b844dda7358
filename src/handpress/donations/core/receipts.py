"""Receipts: whose year a day belongs to, what of a gift counts, what each form of receipt needs.

A sponsor's year begins on the first of a month, and is called by the calendar year in which it
begins. What the forms must say is research of ours, not legal advice: IRS publication 1771 for
`us_501c3`, section 10b EStG with section 50 EStDV for `de`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from stdnum.us import ein

from handpress.donations.core.movements import CAME_BACK, GIVEN_BACK, Kind

KEEP_YEARS = 10
"""For how long after the end of its year a receipt can be read."""

_LONGEST_LINE = 200
_MOST_LINES = 8
# Marks that turn what follows round; what they could do to a name is done to the whole receipt.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


class RefusedReceipt(ValueError):
    """No such receipt can be written; the message says why, and what to do."""


# Years -----------------------------------------------------------------------------------------


def day_in(moment: datetime, zone: tzinfo) -> date:
    """Return the day that it is in a zone at a moment."""
    return moment.astimezone(zone).date()


def fiscal_year_of(day: date, begins_month: int) -> int:
    """Return the year that a day belongs to."""
    return day.year if day.month >= begins_month else day.year - 1


def days_of_year(year: int, begins_month: int) -> tuple[date, date]:
    """Return the first and the last day of a year."""
    return date(year, begins_month, 1), date(year + 1, begins_month, 1) - timedelta(days=1)


def keep_until(year: int, begins_month: int) -> date:
    """Return the last day on which a receipt of a year can be read."""
    return days_of_year(year + KEEP_YEARS, begins_month)[1]


# What counts -----------------------------------------------------------------------------------

_TOUCHES_GIFT = GIVEN_BACK | CAME_BACK | {Kind.REVERSAL}


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a gift: ``minor`` as in the books, and ``undone`` what undid it since."""

    kind: Kind
    minor: int
    undone: int = 0


def counted(gift: int, done: Iterable[Done]) -> int:
    """Return what of a gift stands on a receipt, in minor units; 0 where nothing is left of it.

    Refunds, gifts that a bank took back, and cheques that bounced are taken off; what a company
    keeps for itself is not: the donor gave that too.
    """
    steps = (each.minor + each.undone for each in done if each.kind in _TOUCHES_GIFT)
    return max(0, gift + sum(steps))


# Who writes to whom ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The sponsor as it is that day."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    tax_words: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a receipt is for, as it is printed: one line, and the lines of an address."""

    name: str
    address: tuple[str, ...] = ()


def recipient(name: str, address: str = "") -> Recipient:
    """Return name and address without what is no text; an address is parted by its lines."""
    lines = (one_line(each) for each in address.splitlines())
    return Recipient(one_line(name), tuple(each for each in lines if each)[:_MOST_LINES])


def one_line(text: str) -> str:
    """Return a text as one line, without control characters and marks that turn it round."""
    kept = (
        " " if unicodedata.category(each) in _CONTROL else each
        for each in text
        if each not in _TURNS
    )
    return " ".join("".join(kept).split())[:_LONGEST_LINE]


# Forms -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A form of receipt: its language ("" is the donor's), and what it cannot be without."""

    code: str
    label: str
    language: str = ""
    needs_address: bool = False
    needs_sponsor: tuple[str, ...] = ()
    currency: str = ""
    takes_coins: bool = True
    """Whether a gift of Bitcoin may stand on it; to many a tax office that is no money."""
    takes_return: bool = True
    """Whether a donor may have got something for the gift."""


PROFILES = {
    each.code: each
    for each in (
        Profile(code="plain", label="Plain, in the donor’s language"),
        Profile(
            code="us_501c3",
            label="United States: acknowledgment of a 501(c)(3) organization",
            language="en-US",
            needs_sponsor=("tax_id",),
            takes_coins=False,
        ),
        Profile(
            code="de",
            label="Germany: Zuwendungsbestätigung",
            language="de",
            needs_address=True,
            needs_sponsor=("address", "tax_id", "tax_words"),
            currency="EUR",
            takes_coins=False,
            takes_return=False,
        ),
    )
}

_NEEDED = {
    "address": "the sponsor’s address",
    "tax_id": "the sponsor’s tax number",
    "tax_words": "what the sponsor’s exemption says: office, day and purposes, as its words on tax",
}
COINS = frozenset({"btcpay"})
"""Rails whose gifts may be no money."""


def sponsor_faults(profile: Profile, issuer: Issuer) -> list[str]:
    """Return what a sponsor lacks for a form of receipt, as sentences."""
    missing = [_NEEDED[name] for name in profile.needs_sponsor if not getattr(issuer, name)]
    faults = [f"This form of receipt needs {each}." for each in missing]
    if profile.code == "us_501c3" and issuer.tax_id and not ein.is_valid(issuer.tax_id):
        faults.append("The tax number is no EIN; one is written as in 12-3456789.")
    return faults


def receipt_faults(
    profile: Profile, to: Recipient, *, currency: str, rails: Collection[str], in_return: str = ""
) -> list[str]:
    """Return what keeps a receipt from being written, as sentences; ``rails`` are kinds."""
    faults = []
    if not to.name:
        faults.append("A receipt needs a name to be written to.")
    if profile.needs_address and not to.address:
        faults.append("This form of receipt needs the donor’s address.")
    if profile.currency and currency != profile.currency:
        faults.append(f"This form of receipt is for {profile.currency} alone, not for {currency}.")
    if not profile.takes_coins and COINS & set(rails):
        faults.append("A gift in coins is no money to this tax office; write that receipt by hand.")
    if in_return and not profile.takes_return:
        faults.append("What a donor got something for is no gift to this tax office.")
    return faults
