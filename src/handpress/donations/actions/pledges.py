"""Promises: what a donor says on the form, before any money moves."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from handpress.donations.core.references import new_reference
from handpress.donations.models import Campaign, Donor, Frequency, Plan, Pledge, Rail


class NotOpen(ValueError):
    """No new promise can be made to this; the message says why."""


def promise_gift(
    *,
    rail: Rail,
    amount: int,
    currency: str,
    nonce: UUID,
    now: datetime,
    frequency: str = Frequency.ONCE,
    campaign: Campaign | None = None,
    donor: Donor | None = None,
    cover: int = 0,
) -> tuple[Pledge, bool]:
    """Write a promise down with a reference of its own; return it, and whether it is new.

    The same form sent twice, at once or later, is one promise: ``nonce`` says so. Raises
    `NotOpen` where the rail is not offered, or the campaign has not begun or is over.
    """
    known = Pledge.objects.filter(form_nonce=nonce).first()
    if known:
        return known, False
    if not rail.is_offered:
        raise NotOpen("This way of giving is not offered any more. Please choose another.")
    if campaign and not is_open(campaign, now):
        raise NotOpen("This campaign takes no new gifts. Please give without naming it.")
    return write_pledge(
        rail=rail,
        amount=amount,
        currency=currency,
        frequency=frequency,
        nonce=nonce,
        campaign=campaign,
        donor=donor,
        cover=cover,
    )


def write_pledge(
    *,
    rail: Rail,
    amount: int,
    currency: str,
    nonce: UUID,
    campaign: Campaign | None,
    donor: Donor | None,
    frequency: str = Frequency.ONCE,
    plan: Plan | None = None,
    period: str = "",
    cover: int = 0,
) -> tuple[Pledge, bool]:
    """Write a promise down without asking whether it may be made, as for money that came."""
    values = {
        "rail": rail,
        "amount_minor": amount,
        "currency": currency,
        "frequency": frequency,
        "campaign": campaign,
        "donor": donor,
        "plan": plan,
        "period": period,
        "cover_minor": cover,
    }
    while True:
        reference = new_reference(secrets.randbelow)
        try:
            with transaction.atomic():
                return Pledge.objects.create(form_nonce=nonce, reference=reference, **values), True
        except IntegrityError:
            # Somebody else was faster with the same form; or the reference is taken.
            known = Pledge.objects.filter(form_nonce=nonce).first()
            if known:
                return known, False
            if not Pledge.objects.filter(reference=reference).exists():
                raise


def is_open(campaign: Campaign, now: datetime) -> bool:
    """Say whether a campaign takes new promises now. What comes late is booked all the same."""
    has_begun = campaign.starts_at <= now
    return has_begun and (campaign.ends_at is None or now < campaign.ends_at)
