"""Receipts: written once, numbered without a gap, taken back by another one, never changed."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from handpress.donations.actions.ledger import lock_books
from handpress.donations.actions.receipt_papers import Draft, write_draft, write_void
from handpress.donations.core.movements import GIFTS
from handpress.donations.core.receipt_words import ANNUAL, SINGLE
from handpress.donations.core.receipts import (
    Recipient,
    RefusedReceipt,
    days_of_year,
    fiscal_year_of,
    one_line,
)
from handpress.donations.models import (
    Donor,
    Movement,
    Receipt,
    ReceiptKind,
    Sponsor,
)
from handpress.donations.queries.receipt_years import (
    by_currency,
    is_over,
    open_gifts,
    profile_of,
    recipient_of,
)
from handpress.donations.queries.receipts import counted_of, is_trial, receipt_of


@transaction.atomic
def issue_receipt(
    gift: Movement, *, now: datetime, to: Recipient | None = None, in_return: str = ""
) -> tuple[Receipt, bool]:
    """Write a receipt for what is left of one gift; return it, and whether it is new.

    A gift that stands on a receipt that counts keeps that one. ``to`` is whom it is written to,
    else the donor as known; ``in_return`` what the donor got for it. Raises `RefusedReceipt` where
    there can be none, `sealing.KeysUnusable` without the key.
    """
    lock_books()
    there = receipt_of(gift)
    if there is not None:
        return there, False
    if gift.kind not in GIFTS:
        raise RefusedReceipt("A receipt is for a gift.")
    if is_trial(gift.rail):
        raise RefusedReceipt("This gift was a trial; no money came.")
    minor = counted_of(gift)
    if not minor:
        raise RefusedReceipt("Nothing is left of this gift, so there is nothing to confirm.")
    sponsor = Sponsor.objects.get(pk=gift.rail.sponsor_id)
    profile = profile_of(sponsor)
    donor = _known(gift.pledge.donor if gift.pledge else None)
    draft = Draft(
        sponsor=sponsor,
        profile=profile,
        year=fiscal_year_of(gift.occurred_on, sponsor.year_begins_month),
        kind=SINGLE,
        donor=donor,
        to=to or recipient_of(profile, donor),
        currency=gift.currency,
        gifts=[(gift, minor)],
        in_return=one_line(in_return),
    )
    return write_draft(draft, now), True


def _known(donor: Donor | None) -> Donor | None:
    return donor if donor and donor.erased_at is None else None


@transaction.atomic
def issue_annual(donor: Donor, sponsor: Sponsor, year: int, *, now: datetime) -> list[Receipt]:
    """Write a receipt for all of a donor's gifts of a year that stand on none; one for a currency.

    Returns [] where nothing is left. Raises `RefusedReceipt` before the year is over where the
    sponsor is, and where the form lacks something.
    """
    lock_books()
    sponsor = Sponsor.objects.get(pk=sponsor.pk)
    if not is_over(sponsor, year, now):
        last = days_of_year(year, sponsor.year_begins_month)[1]
        raise RefusedReceipt(f"This year ends with {last.isoformat()}; until then gifts can come.")
    profile = profile_of(sponsor)
    groups = by_currency(profile, open_gifts(sponsor, year).filter(pledge__donor=donor))
    return [
        write_draft(
            Draft(
                sponsor=sponsor,
                profile=profile,
                year=year,
                kind=ANNUAL,
                donor=donor,
                to=recipient_of(profile, donor),
                currency=currency,
                gifts=gifts,
            ),
            now,
        )
        for currency, gifts in sorted(groups.items())
    ]


@transaction.atomic
def void_receipt(receipt: Receipt, reason: str, *, now: datetime) -> tuple[Receipt, bool]:
    """Take a receipt back by another one, with the next number of the same year; return that one,
    and whether it is new. Its gifts can stand on a receipt again.

    ``reason`` stands on the paper. Raises `RefusedReceipt` without one.
    """
    lock_books()
    receipt = Receipt.objects.select_related("sponsor").get(pk=receipt.pk)
    if receipt.kind == ReceiptKind.VOID:
        raise RefusedReceipt("What takes a receipt back is not taken back itself.")
    there = Receipt.objects.filter(voids=receipt).first()
    if there is not None:
        return there, False
    if not one_line(reason):
        raise RefusedReceipt("Say why it is taken back: that stands on the paper.")
    return write_void(receipt, one_line(reason), now), True


def drop_old_keys(today: date) -> int:
    """Make receipts unreadable whose time is over; return how many. Number and sum stay."""
    rows = Receipt.objects.filter(keep_until__lt=today).exclude(wrapped="")
    return rows.update(wrapped="", sealed="", pdf=b"")
