"""What the form on how to give does: a promise with a reference, and a letter that says it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from handpress.accounts.core.limits import Limit
from handpress.accounts.counting import LimitReached, count_use, is_reached
from handpress.donations.actions.collecting import local_day
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.plans import start_plan
from handpress.donations.actions.pledges import is_open, promise_gift
from handpress.donations.companies import caps_of
from handpress.donations.core.asking import Wish
from handpress.donations.core.limits import EVERYBODY, LETTER, LETTERS, NETWORK
from handpress.donations.core.schedule import period_of
from handpress.donations.letters import write_instructions
from handpress.donations.models import Campaign, Collecting, Donor, Frequency, Pledge, Rail
from handpress.mail.core.addresses import Address
from handpress.press.prepared import Prepared
from handpress.press.site import site_facts


def give(
    wish: Wish,
    rail: Rail,
    *,
    nonce: UUID,
    network: str,
    now: datetime,
    address: Address | None = None,
    language: str = "",
    cover: int = 0,
) -> Pledge | None:
    """Write down what somebody means to give, and mail them how; return the promise.

    A form that is sent twice is one promise, and one letter; another way or another sum is
    another promise, also from the same form (the button "back"). None where there were too many
    promises of late: how to give can be shown all the same. Raises `NotOpen` where the rail is not
    offered any more.

    A gift every month by a company is a plan too, and needs an address. ``language`` is that of
    letters to a donor of whom none is known yet, "" the outlet's: another's address can be typed.
    ``cover`` is what of the sum is meant for the company's fee. No letter says how a company is
    paid: its page opens.
    """
    nonce = uuid5(nonce, f"{wish} {rail.pk}")
    is_plan = rail.is_company and wish.frequency == Frequency.MONTHLY
    if known := Pledge.objects.filter(form_nonce=nonce).select_related("rail__sponsor").first():
        return known
    # What is for everybody is looked at first: while it is used up, a flood writes nothing.
    if is_reached(EVERYBODY, "", now) or not _is_counted(NETWORK, network, now):
        return None
    if not _is_counted(EVERYBODY, "", now):
        return None
    with transaction.atomic():
        pledge, is_new = promise_gift(
            rail=rail,
            amount=wish.minor,
            currency=wish.currency,
            frequency=wish.frequency,
            nonce=nonce,
            now=now,
            campaign=running_campaign(now),
            donor=_donor(address, language),
            cover=cover,
        )
        if is_new and is_plan and pledge.donor:
            _begin_plan(pledge, now)
        if is_new and address and not rail.is_company and _may_be_mailed(address, now):
            write_instructions(pledge, address.text, now)
    return pledge


def mail_way(pledge: Pledge, address: Address, now: datetime, *, language: str = "") -> bool:
    """Mail the link to a gift's page, from which its company's can be opened; False: too many.

    Whoever had left no address before is its donor from then on.
    """
    if not _may_be_mailed(address, now):
        return False
    with transaction.atomic():
        if pledge.donor is None:
            pledge.donor = _donor(address, language)
            pledge.save(update_fields=["donor"])
        write_instructions(pledge, address.text, now)
    return True


def _begin_plan(pledge: Pledge, now: datetime) -> None:
    takes_mandates = caps_of(pledge.rail).takes_mandates
    assert pledge.donor is not None
    plan = start_plan(
        donor=pledge.donor,
        rail=pledge.rail,
        amount=pledge.amount_minor,
        currency=pledge.currency,
        campaign=pledge.campaign,
        collecting=Collecting.MANDATE if takes_mandates else Collecting.REMINDER,
        now=now,
    )
    pledge.plan, pledge.period = plan, period_of(local_day(now))
    pledge.save(update_fields=["plan", "period"])


def running_campaign(now: datetime) -> Campaign | None:
    """Return the campaign that new gifts are for."""
    campaign = _RUNNING.first()
    return campaign if campaign and is_open(campaign, now) else None


_RUNNING = Prepared(lambda: Campaign.objects.filter(is_running=True)[:1])


def _donor(address: Address | None, language: str) -> Donor | None:
    if address is None:
        return None
    return keep_donor({"email": address.text}, language=language or site_facts().language)


def _may_be_mailed(address: Address, now: datetime) -> bool:
    return _is_counted(LETTER, address.key, now) and _is_counted(LETTERS, "", now)


def _is_counted(limit: Limit, of: str, now: datetime) -> bool:
    try:
        count_use(limit, of, now)
    except LimitReached:
        return False
    return True
