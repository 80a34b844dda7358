"""The books: movements of money, and one sealed entry for each.

Nothing in these tables is ever changed or taken away. The database itself refuses that, and every
entry that does not balance: `donations.ledger_rules`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from handpress.donations.core.movements import COMPANIES, GIFTS, GIVEN_BACK, Kind, Role
from handpress.donations.models.campaigns import Campaign
from handpress.donations.models.giving import Pledge, Rail
from handpress.lib import clock

_KINDS = [(kind.value, kind.value.replace("_", " ")) for kind in Kind]
_GIFTS = sorted(kind.value for kind in GIFTS)
_GIVEN_BACK = sorted(kind.value for kind in GIVEN_BACK)
_COMPANIES = sorted(kind.value for kind in COMPANIES)
_ROLES = [(role.value, role.value) for role in Role]


class Account(models.Model):
    """An account of the books, in one currency. ``code`` is its name in exports."""

    code = models.CharField(max_length=120, unique=True)
    role = models.CharField(max_length=20, choices=_ROLES)
    currency = models.CharField(max_length=3)
    rail = models.ForeignKey(Rail, null=True, on_delete=models.PROTECT, related_name="accounts")
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="accounts"
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="account_role"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Seal(models.Model):
    """The fingerprint of an entry and of all before it (`core.chain`); no personal data."""

    number = models.PositiveBigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"


class Entry(models.Model):
    """One entry. It refers to its seal before that is there, and cannot be committed without."""

    number = models.PositiveBigIntegerField(primary_key=True)
    seal = models.OneToOneField(Seal, on_delete=models.PROTECT, related_name="entry")
    booked_on = models.DateField(db_index=True)
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(condition=Q(seal=F("number")), name="entry_has_its_own_seal"),
        ]

    def __str__(self) -> str:
        return f"entry {self.number}"


class Posting(models.Model):
    """What an account gains (above zero) or loses by an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class Movement(models.Model):
    """What happened to money on a rail: it came, or it went.

    ``remote_id`` is what the rail calls it, or whoever wrote it down; with rail and kind it is
    there once. ``of`` is the gift that is given back, or the movement that is undone.
    ``occurred_on`` is a day in the newsroom's zone.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="movement")
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=20, choices=_KINDS)
    remote_id = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    occurred_on = models.DateField(db_index=True)
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="movements"
    )
    pledge = models.ForeignKey(
        Pledge, null=True, on_delete=models.PROTECT, related_name="movements"
    )
    of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="steps")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rail", "kind", "remote_id"], name="one_movement_for_what_happened"
            ),
            models.UniqueConstraint(
                fields=["of"], condition=Q(kind=Kind.REVERSAL.value), name="undone_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="movement_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_GIFTS, amount_minor__gt=0, fee_minor__gte=0, of=None)
                | Q(
                    kind__in=_GIVEN_BACK,
                    amount_minor__lt=0,
                    fee_minor__gte=0,
                    of__isnull=False,
                )
                | (Q(kind__in=_COMPANIES, fee_minor=0) & ~Q(amount_minor=0))
                | Q(kind=Kind.REVERSAL.value, of__isnull=False),
                name="movement_amounts",
            ),
            models.CheckConstraint(condition=~Q(remote_id=""), name="movement_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id}"
