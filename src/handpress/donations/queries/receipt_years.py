"""A sponsor's years: which gifts can stand on receipts, and what an annual run would write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from handpress.donations.actions.donors import facts_of
from handpress.donations.core.movements import GIFTS
from handpress.donations.core.receipts import (
    COINS,
    PROFILES,
    Issuer,
    Profile,
    Recipient,
    RefusedReceipt,
    day_in,
    days_of_year,
    fiscal_year_of,
    one_line,
    receipt_faults,
    recipient,
    sponsor_faults,
)
from handpress.donations.days import zone_of
from handpress.donations.models import (
    Donor,
    Movement,
    RailKind,
    RailMode,
    Receipt,
    ReceiptKind,
    Sponsor,
)
from handpress.donations.queries.receipts import counted_of, counting_lines, with_steps

_GIFTS = [kind.value for kind in GIFTS]


def issuer_of(sponsor: Sponsor) -> Issuer:
    """Return a sponsor as its receipts state it."""
    address = (one_line(each) for each in sponsor.address.splitlines())
    return Issuer(
        name=sponsor.legal_name,
        address=tuple(each for each in address if each),
        tax_id=one_line(sponsor.tax_id),
        tax_words=" ".join(sponsor.tax_words.split()),
    )


def profile_of(sponsor: Sponsor) -> Profile:
    """Return the form of a sponsor's receipts; raises `RefusedReceipt` for one nobody knows."""
    profile = PROFILES.get(sponsor.receipt_profile)
    if profile is None:
        raise RefusedReceipt(f"No form of receipt is called “{sponsor.receipt_profile}”.")
    return profile


def is_over(sponsor: Sponsor, year: int, now: datetime) -> bool:
    """Say whether a sponsor's year is over, where the sponsor is."""
    last = days_of_year(year, sponsor.year_begins_month)[1]
    return day_in(now, zone_of(sponsor)) > last


def open_gifts(sponsor: Sponsor, year: int) -> QuerySet[Movement]:
    """Return a sponsor's gifts of a year that stand on no receipt that counts, oldest first.

    Nothing of a trial is among them.
    """
    first, last = days_of_year(year, sponsor.year_begins_month)
    rows = Movement.objects.filter(
        kind__in=_GIFTS,
        rail__sponsor=sponsor,
        rail__mode=RailMode.LIVE,
        occurred_on__range=(first, last),
    ).exclude(rail__kind=RailKind.PRACTICE)
    rows = rows.filter(~Exists(counting_lines().filter(movement=OuterRef("pk"))))
    rows = rows.select_related("rail", "pledge__donor").order_by("occurred_on", "pk")
    return with_steps(rows)


def years_of_gifts(sponsor: Sponsor) -> list[int]:
    """Return the years in which gifts came to a sponsor, the last first; one query."""
    rows = Movement.objects.filter(kind__in=_GIFTS, rail__sponsor=sponsor)
    days = rows.order_by("occurred_on").values_list("occurred_on", flat=True).distinct()
    return sorted({fiscal_year_of(day, sponsor.year_begins_month) for day in days}, reverse=True)


Counted = list[tuple[Movement, int]]
"""Gifts, and what counts of each in minor units."""


def by_currency(profile: Profile, gifts: Iterable[Movement]) -> dict[str, Counted]:
    """Return what can stand on receipts of a form: a list for each currency, nothing of 0."""
    found: dict[str, Counted] = {}
    for gift in gifts:
        minor = counted_of(gift)
        if minor and not _is_left_out(profile, gift):
            found.setdefault(gift.currency, []).append((gift, minor))
    return found


def _is_left_out(profile: Profile, gift: Movement) -> bool:
    is_foreign = bool(profile.currency) and gift.currency != profile.currency
    return is_foreign or (not profile.takes_coins and gift.rail.kind in COINS)


def recipient_of(profile: Profile, donor: Donor | None) -> Recipient:
    """Return whom a donor's receipt is for; where no name was told and the form lets, the address
    of their mail. Raises `sealing.KeysUnusable`."""
    facts = facts_of(donor) if donor else {}
    name = facts.get("name", "")
    if not name and profile.code == "plain":
        name = facts.get("email", "")
    return recipient(name, facts.get("address", ""))


@dataclass(frozen=True, slots=True)
class Kept:
    """A donor whose receipt cannot be written, and why."""

    donor: Donor
    words: str


@dataclass(slots=True)
class AnnualPlan:
    """What an annual run would write; sums are minor units by currency."""

    sponsor: Sponsor
    year: int
    first: date
    last: date
    is_over: bool
    faults: list[str]
    donors: list[Donor] = field(default_factory=list)
    receipts: int = 0
    gifts: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    nameless: int = 0
    """Gifts of nobody who told who they are."""
    left_out: int = 0
    """Gifts that this form cannot hold."""
    kept: list[Kept] = field(default_factory=list)
    issued: int = 0

    @property
    def may_run(self) -> bool:
        """Whether there is something to write, and it may be written."""
        return self.is_over and not self.faults and bool(self.donors)


def annual_plan(sponsor: Sponsor, year: int, now: datetime) -> AnnualPlan:
    """Return what an annual run would write now; five queries, and each donor is unsealed once."""
    profile = profile_of(sponsor)
    first, last = days_of_year(year, sponsor.year_begins_month)
    issued = Receipt.objects.filter(sponsor=sponsor, fiscal_year=year, kind=ReceiptKind.ANNUAL)
    plan = AnnualPlan(
        sponsor=sponsor,
        year=year,
        first=first,
        last=last,
        is_over=is_over(sponsor, year, now),
        faults=sponsor_faults(profile, issuer_of(sponsor)),
        issued=issued.filter(voided_by__isnull=True).count(),
    )
    of_donors: dict[int, list[Movement]] = {}
    for gift in open_gifts(sponsor, year):
        donor = gift.pledge.donor if gift.pledge else None
        if donor is None or donor.erased_at:
            plan.nameless += bool(counted_of(gift))
        else:
            of_donors.setdefault(donor.pk, []).append(gift)
    for gifts in of_donors.values():
        _plan_donor(plan, profile, gifts)
    return plan


def _plan_donor(plan: AnnualPlan, profile: Profile, gifts: list[Movement]) -> None:
    pledge = gifts[0].pledge
    assert pledge is not None
    assert pledge.donor is not None
    groups = by_currency(profile, gifts)
    there = sum(len(each) for each in groups.values())
    plan.left_out += sum(1 for gift in gifts if counted_of(gift)) - there
    if not groups:
        return
    to = recipient_of(profile, pledge.donor)
    faults = receipt_faults(profile, to, currency=next(iter(groups)), rails=())
    if faults:
        plan.kept.append(Kept(pledge.donor, " ".join(faults)))
        return
    plan.donors.append(pledge.donor)
    plan.receipts += len(groups)
    plan.gifts += there
    for currency, some in groups.items():
        minor = sum(each for _, each in some)
        plan.sums[currency] = plan.sums.get(currency, 0) + minor
