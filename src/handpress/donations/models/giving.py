"""Who receives money, by which ways, and what was promised."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from handpress.donations.models.campaigns import Campaign
from handpress.donations.models.people import Donor
from handpress.lib import clock


class SponsorKind(models.TextChoices):
    """What stands behind a name on a bank account."""

    OURSELVES = "self", "ourselves"
    FISCAL_SPONSOR = "fiscal_sponsor", "a fiscal sponsor"
    ASSOCIATION = "association", "an association of readers"


class SponsorState(models.TextChoices):
    """Only the rails of live sponsors are offered. All take refunds, for ever."""

    DRAFT = "draft", "not offered yet"
    LIVE = "live", "receives gifts"
    SUSPENDED = "suspended", "suspended"
    WOUND_DOWN = "wound_down", "wound down"


class Sponsor(models.Model):
    """The legal body that receives money; never deleted, since what it received stays true.

    ``legal_name`` is exactly as its bank account is named: banks compare (Verification of Payee).
    Receipts count by its fiscal year, which begins on the first of a month in its ``zone`` (the
    newsroom's where that is empty).
    """

    legal_name = models.CharField(max_length=140, unique=True)
    kind = models.CharField(max_length=20, choices=SponsorKind, default=SponsorKind.OURSELVES)
    tax_id = models.CharField(max_length=60, blank=True)
    tax_words = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=SponsorState, default=SponsorState.DRAFT)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors"
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    address = models.CharField(max_length=300, blank=True)
    receipt_profile = models.CharField(max_length=20, default="plain")
    year_begins_month = models.PositiveSmallIntegerField(default=1)
    zone = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year_begins_month__gte=1, year_begins_month__lte=12),
                name="sponsor_year_begins",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SponsorState.values), name="sponsor_state"
            ),
            models.CheckConstraint(
                condition=~Q(state=SponsorState.SUSPENDED) | Q(suspended_at__isnull=False),
                name="sponsor_suspended_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=models.F("id")),
                name="sponsor_does_not_succeed_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name


class RailKind(models.TextChoices):
    """The ways for money to travel; each has a module in `donations.rails`."""

    BANK = "bank", "Bank transfer"
    CHEQUE = "cheque", "Cheque"
    CASH = "cash", "Cash"
    LINK = "link", "Link"
    DEBIT = "debit", "SEPA direct debit"
    STRIPE = "stripe", "Stripe"
    PAYPAL = "paypal", "PayPal"
    MOLLIE = "mollie", "Mollie"
    GOCARDLESS = "gocardless", "GoCardless"
    BTCPAY = "btcpay", "BTCPay Server"
    PRACTICE = "practice", "Practice"


COMPANY_KINDS = frozenset(
    {
        RailKind.STRIPE,
        RailKind.PAYPAL,
        RailKind.MOLLIE,
        RailKind.GOCARDLESS,
        RailKind.BTCPAY,
        RailKind.PRACTICE,
    }
)


class RailState(models.TextChoices):
    """Only an enabled rail is offered. All take refunds, for ever."""

    ENABLED = "enabled", "offered"
    PAUSED = "paused", "paused"
    REVOKED = "revoked", "taken away"
    RETIRED = "retired", "retired"


class RailMode(models.TextChoices):
    """Whether a company moves real money. A rail in test mode is never offered to donors."""

    LIVE = "live", "real money"
    TEST = "test", "a trial"


class Rail(models.Model):
    """One way for money to travel to one sponsor.

    ``account_ref`` is what tells it from others of its kind: the account's number, a link's
    address; empty for cheques and cash. ``details`` is what its kind needs beside that
    (`donations.rails` reads and checks it). ``currency`` is empty where it takes any. A company's
    keys are kept under ``secret_name`` (`companies.secrets`), its events come to an address that
    ends in ``hook``, and more than ``exposure_limit_minor`` should not lie there.
    """

    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, related_name="rails")
    kind = models.CharField(max_length=20, choices=RailKind)
    name = models.CharField(max_length=80)
    account_ref = models.CharField(max_length=400, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    details = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=20, choices=RailState, default=RailState.ENABLED)
    position = models.PositiveSmallIntegerField(default=0)
    secret_name = models.CharField(max_length=40, blank=True)
    mode = models.CharField(max_length=4, choices=RailMode, default=RailMode.LIVE)
    exposure_limit_minor = models.PositiveBigIntegerField(null=True, blank=True)
    hook = models.UUIDField(null=True, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account_ref"],
                condition=~Q(account_ref=""),
                name="one_rail_for_an_account",
            ),
            models.CheckConstraint(condition=Q(kind__in=RailKind.values), name="rail_kind"),
            models.CheckConstraint(condition=Q(state__in=RailState.values), name="rail_state"),
            models.CheckConstraint(condition=Q(mode__in=RailMode.values), name="rail_mode"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; a company's gets an address for what the company tells."""
        if self.is_company and self.hook is None:
            self.hook = uuid.uuid4()
        super().save(*args, **kwargs)

    @property
    def is_company(self) -> bool:
        """Whether a company takes the money, so that it can be asked (`donations.companies`)."""
        return self.kind in COMPANY_KINDS

    @property
    def is_offered(self) -> bool:
        """Whether donors are shown it now."""
        is_live = self.sponsor.state == SponsorState.LIVE
        is_real = self.mode == RailMode.LIVE
        return is_live and is_real and self.state == RailState.ENABLED


class Frequency(models.TextChoices):
    """How often somebody means to give."""

    ONCE = "once", "once"
    MONTHLY = "monthly", "every month"


class Pledge(models.Model):
    """One gift that somebody means to make, known by its reference from then on.

    What has become of it is told by its movements (`core.pledges`); nothing here says so.
    ``form_nonce`` keeps a form that is sent twice from being two promises; ``plan`` and ``period``
    (``2026-11``) a month from being asked for twice. ``cover_minor`` is what of the sum is meant
    for the company's fee.
    """

    reference = models.CharField(max_length=10, unique=True, editable=False)
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="pledges"
    )
    donor = models.ForeignKey(
        Donor, null=True, blank=True, on_delete=models.PROTECT, related_name="pledges"
    )
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="pledges")
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.ONCE)
    form_nonce = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cover_minor = models.PositiveBigIntegerField(default=0)
    plan = models.ForeignKey(
        "Plan", null=True, blank=True, on_delete=models.PROTECT, related_name="pledges"
    )
    period = models.CharField(max_length=7, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pledge_of_something"),
            models.UniqueConstraint(fields=["plan", "period"], name="one_pledge_of_a_period"),
            models.CheckConstraint(
                condition=Q(plan__isnull=True) | ~Q(period=""), name="pledge_of_a_plan_has_a_period"
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values), name="pledge_frequency"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
