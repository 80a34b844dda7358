"""Balances, income, progress; each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from handpress.donations.actions.ledger import sealed_entry
from handpress.donations.core import chain
from handpress.donations.core.movements import RAISED, Role
from handpress.donations.models import Account, Campaign, Entry, Movement, Posting, Seal

_RAISED = [role.value for role in RAISED]


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds: above zero on the left (what there is), below on the right."""

    code: str
    what: str
    whose: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Income:
    """What came in a month by a rail, in one currency; what was given back is taken off."""

    month: date
    rail_id: int
    rail: str
    kind: str
    sponsor: str
    currency: str
    gifts: int
    given_back: int
    fees: int

    @property
    def net(self) -> int:
        """What stayed."""
        return self.gifts - self.given_back - self.fees


_WHAT = {
    Role.FEES: "fees",
    Role.GIFTS: "gifts",
    Role.REFUNDS: "refunds",
    Role.BOUNCED: "cheques that came back",
    Role.DISPUTED: "gifts that banks took back",
    Role.TRANSIT: "on its way to the bank",
}


def trial_balance(until: date | None = None) -> list[Balance]:
    """Return what every account holds, up to the end of a day; they add up to nothing.

    One query, by currency and code. In words: what the account is, and whose (rail or campaign).
    """
    rows = Posting.objects.all()
    if until is not None:
        rows = rows.filter(entry__booked_on__lte=until)
    sums = dict(rows.values_list("account").annotate(minor=Sum("amount_minor")).order_by())
    accounts = Account.objects.filter(pk__in=sums).select_related("rail__sponsor", "campaign")
    return [
        Balance(each.code, _what(each), _whose(each), each.currency, sums[each.pk])
        for each in accounts.order_by("currency", "code")
    ]


def _what(account: Account) -> str:
    if account.role == Role.RAIL and account.rail:
        return account.rail.name
    return _WHAT[Role(account.role)].capitalize()


def _whose(account: Account) -> str:
    if account.role == Role.RAIL and account.rail:
        return account.rail.sponsor.legal_name
    if account.rail:
        return f"{account.rail.name}, {account.rail.sponsor.legal_name}"
    return account.campaign.name if account.campaign else "no campaign"


def raised_by_campaign(campaigns: Iterable[Campaign]) -> dict[int, int]:
    """Return what each campaign has raised in its currency; one query.

    That is what was counted elsewhere, and what the books say: gifts that came, late ones
    too, less what was given back. Never what was only promised.
    """
    some = list(campaigns)
    rows = (
        Posting.objects.filter(
            account__role__in=_RAISED, account__campaign__in=[each.pk for each in some]
        )
        .values_list("account__campaign", "currency")
        .annotate(minor=Sum("amount_minor"))
        .order_by()
    )
    booked = {(campaign, currency): -minor for campaign, currency, minor in rows}
    return {each.pk: each.raised_minor + booked.get((each.pk, each.currency), 0) for each in some}


def raised(campaign: Campaign) -> int:
    """Return what one campaign has raised (see `raised_by_campaign`)."""
    return raised_by_campaign([campaign])[campaign.pk]


def income(since: date, until: date) -> list[Income]:
    """Return income by month, rail and currency, from a day to the end of another; one query."""
    rows = (
        Posting.objects.filter(
            entry__booked_on__gte=since,
            entry__booked_on__lte=until,
            account__role__in=[*_RAISED, Role.FEES.value],
        )
        .values_list(
            TruncMonth("entry__booked_on"),
            "entry__movement__rail",
            "entry__movement__rail__name",
            "entry__movement__rail__kind",
            "entry__movement__rail__sponsor__legal_name",
            "currency",
            "account__role",
        )
        .annotate(minor=Sum("amount_minor"))
        .order_by()
    )
    sums: dict[tuple[date, int, str, str, str, str], dict[str, int]] = {}
    for *key, role, minor in rows:
        sums.setdefault(tuple(key), {})[role] = minor
    found = [
        Income(
            *key,
            gifts=-by.get(Role.GIFTS, 0),
            given_back=sum(by.get(role, 0) for role in (Role.REFUNDS, Role.BOUNCED, Role.DISPUTED)),
            fees=by.get(Role.FEES, 0),
        )
        for key, by in sums.items()
    ]
    return sorted(found, key=lambda each: (each.month, each.rail_id, each.currency))


def last_seal() -> Seal | None:
    """Return the seal of the newest entry: written down elsewhere, it holds all before it."""
    return Seal.objects.order_by("-number").first()


def walk() -> Iterator[str]:
    """Yield what is wrong in the books: entries changed, missing or not balanced; slow, whole.

    Reads every entry in order, some thousand at a time.
    """
    yield from chain.faults_in(_links())
    count = Entry.objects.count()
    if count != Seal.objects.count():
        yield "there are entries without a seal, or seals without an entry"
    if strays := Posting.objects.exclude(entry__in=Entry.objects.all()).count():
        yield f"{strays} postings belong to no entry"


def _links(batch: int = 2000) -> Iterator[chain.Link]:
    last = 0
    while True:
        entries = list(
            Entry.objects.filter(number__gt=last)
            .select_related("seal", "movement")
            .prefetch_related("postings__account")
            .order_by("number")[:batch]
        )
        if not entries:
            return
        yield from (_link(entry) for entry in entries)
        last = entries[-1].number


def _link(entry: Entry) -> chain.Link:
    # One whose movement was taken away is told from what was sealed like any other change.
    movement = getattr(entry, "movement", None) or Movement(
        entry=entry, occurred_on=entry.booked_on
    )
    seal = entry.seal
    sealed = sealed_entry(movement, booked_on=entry.booked_on, postings=list(entry.postings.all()))
    return chain.Link(sealed, seal.previous, seal.hash)
