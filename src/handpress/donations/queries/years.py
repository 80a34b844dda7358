"""A sponsor's fiscal year as the books have it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min, Q, Sum

from handpress.donations.core.movements import Role
from handpress.donations.core.receipts import days_of_year, fiscal_year_of
from handpress.donations.models import Account, Entry, Posting, Rail, Sponsor

_WORDS = (
    (Role.GIFTS, "Gifts"),
    (Role.REFUNDS, "Given back"),
    (Role.BOUNCED, "Cheques that came back unpaid"),
    (Role.DISPUTED, "Taken back by banks"),
    (Role.FEES, "Fees"),
)
_HOLDS = (Role.RAIL.value, Role.TRANSIT.value)


@dataclass(frozen=True, slots=True)
class YearLine:
    """What a kind of thing came to in a year; below zero what went."""

    what: str
    minor: int


@dataclass(frozen=True, slots=True)
class Held:
    """What lay on a rail when the year began, and when it ended."""

    what: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class YearStatement:
    """A year in one currency: what came and went, and what was held. They add up:
    what was held at the end is what was held at the beginning and what came, less what went,
    and what moved between sponsors (``moved``: a payout to another one's account)."""

    currency: str
    lines: list[YearLine]
    by_campaign: list[YearLine]
    held: list[Held]

    @property
    def net(self) -> int:
        """What stayed of the year."""
        return sum(each.minor for each in self.lines)

    @property
    def before(self) -> int:
        """What was held when the year began."""
        return sum(each.before for each in self.held)

    @property
    def after(self) -> int:
        """What was held when it ended."""
        return sum(each.after for each in self.held)

    @property
    def moved(self) -> int:
        """What came from another sponsor's account or went there."""
        return self.after - self.before - self.net


def years_of(sponsor: Sponsor, today: date) -> list[int]:
    """Return the fiscal years of a sponsor in which anything was booked, the last one first."""
    first = Entry.objects.filter(movement__rail__sponsor=sponsor).aggregate(on=Min("booked_on"))
    if first["on"] is None:
        return []
    begin = fiscal_year_of(first["on"], sponsor.year_begins_month)
    end = fiscal_year_of(today, sponsor.year_begins_month)
    return list(range(end, begin - 1, -1))


def year_statement(sponsor: Sponsor, year: int) -> list[YearStatement]:
    """Return a sponsor's year, a statement for each currency; five queries."""
    first, last = days_of_year(year, sponsor.year_begins_month)
    mine = Posting.objects.filter(entry__movement__rail__sponsor=sponsor)
    inside = mine.filter(entry__booked_on__gte=first, entry__booked_on__lte=last)
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    rows = inside.values_list("currency", "account__role").annotate(minor=Sum("amount_minor"))
    for currency, role, minor in rows.order_by():
        sums[currency][role] = minor
    campaigns: dict[str, list[YearLine]] = defaultdict(list)
    raised = inside.filter(account__role__in=[role.value for role, _ in _WORDS[:4]])
    named = raised.values_list("currency", "account__campaign__name")
    for currency, name, minor in named.annotate(minor=Sum("amount_minor")).order_by(
        "currency", "account__campaign__name"
    ):
        campaigns[currency].append(YearLine(name or "no campaign", -minor))
    held = _held(sponsor, first, last)
    return [
        YearStatement(
            currency,
            [
                YearLine(words, -sums[currency].get(role, 0))
                for role, words in _WORDS
                if sums[currency].get(role)
            ],
            campaigns[currency],
            held.get(currency, []),
        )
        for currency in sorted(sums.keys() | held.keys())
    ]


def _held(sponsor: Sponsor, first: date, last: date) -> dict[str, list[Held]]:
    rails = Rail.objects.filter(sponsor=sponsor)
    accounts = Account.objects.filter(rail__in=rails, role__in=_HOLDS).select_related("rail")
    before = Sum("postings__amount_minor", filter=Q(postings__entry__booked_on__lt=first))
    until = last + timedelta(days=1)
    after = Sum("postings__amount_minor", filter=Q(postings__entry__booked_on__lt=until))
    found: dict[str, list[Held]] = defaultdict(list)
    for each in accounts.annotate(before=before, after=after).order_by("currency", "code"):
        if each.before or each.after:
            what = each.rail.name if each.rail else each.code
            words = what if each.role == Role.RAIL else f"{what}, on its way to the bank"
            found[each.currency].append(Held(words, each.before or 0, each.after or 0))
    return found
