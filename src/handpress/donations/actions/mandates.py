"""Mandates that came on paper: a donor, a monthly gift, and what may be collected by it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from handpress.donations.actions.collecting import local_day
from handpress.donations.actions.donors import facts_of, keep_donor
from handpress.donations.core.references import ALPHABET
from handpress.donations.core.schedule import day_in, next_after
from handpress.donations.models import (
    Campaign,
    Collecting,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Rail,
)
from handpress.donations.queries.donors import find_donor
from handpress.press.site import site_facts


class NoMandate(ValueError):
    """It cannot be entered like this; ``field`` says where, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def enter_mandate(
    rail: Rail,
    *,
    facts: Mapping[str, str],
    amount: int,
    day: int,
    signed_on: date,
    nonce: UUID,
    now: datetime,
    mandate_id: str = "",
    campaign: Campaign | None = None,
) -> tuple[Plan, bool]:
    """Write a signed mandate down with its monthly gift; return the plan, and whether it is new.

    ``facts`` are ``name``, ``address``, ``email``, ``account_name`` and ``iban`` (compact), kept
    under the donor's own key. ``day`` is that of the month; the first gift is due on the first
    such day that leaves the donor notice. The same ``nonce`` twice is one. Raises `NoMandate`,
    with nothing changed, and `sealing.KeysUnusable`.
    """
    known = Plan.objects.filter(uuid=nonce).first()
    if known:
        return known, False
    mandate_id = mandate_id or new_mandate_id()
    if Mandate.objects.filter(rail=rail, remote_id=mandate_id).exists():
        raise NoMandate("mandate_id", "There is a mandate with this reference already.")
    _check_only_account(rail, facts)
    today = local_day(now)
    plan = Plan.objects.create(
        uuid=nonce,
        donor=keep_donor(facts),
        rail=rail,
        campaign=campaign,
        amount_minor=amount,
        currency=rail.currency,
        anchor_day=day,
        next_due=first_due(today + timedelta(days=int(rail.details["days_before"])), day),
        collecting=Collecting.MANDATE,
        state=PlanState.ACTIVE,
        began_at=now,
    )
    Mandate.objects.create(
        plan=plan,
        rail=rail,
        remote_id=mandate_id,
        words=f"direct debit {mandate_id}",
        # At noon, so that it stays that day wherever the newsroom moves.
        agreed_at=datetime.combine(signed_on, time(12), site_facts().zone),
    )
    return plan, True


def first_due(earliest: date, day: int) -> date:
    """Return the first day of the month called ``day`` that is not before ``earliest``."""
    due = day_in(earliest.year, earliest.month, day)
    return due if due >= earliest else next_after(due, day)


def new_mandate_id() -> str:
    """Return a reference for a mandate that has none of its own."""
    return "M-" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def _check_only_account(rail: Rail, facts: Mapping[str, str]) -> None:
    """Refuse another account where a mandate is in use: that would be collected from this one."""
    donor = find_donor(facts.get("email", ""))
    if donor is None or facts_of(donor).get("iban", facts["iban"]) == facts["iban"]:
        return
    rows = Mandate.objects.filter(plan__donor=donor, state=MandateState.ACTIVE)
    if rows.filter(rail__kind=rail.kind).exists():
        raise NoMandate(
            "iban",
            "This donor has a mandate for another account. End that gift first, or enter this one "
            "without the e-mail address.",
        )
