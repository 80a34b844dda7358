"""Gifts by a company, from the form to its page: one promise is one page, however often sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from handpress.accounts.counting import LimitReached, count_use, is_reached
from handpress.donations.actions.attempts import order_of, prepare, send
from handpress.donations.actions.outcomes import end
from handpress.donations.actions.plans import consent_of
from handpress.donations.companies import caps_of
from handpress.donations.companies.waiting import hurry
from handpress.donations.core.limits import SESSIONS, SESSIONS_NETWORK, SESSIONS_PLEDGE
from handpress.donations.letters import gift_link
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Collecting,
    Pledge,
    Purpose,
    Rail,
)
from handpress.donations.wording import consent_words
from handpress.press.answers import public_url
from handpress.press.site import language_now, site_facts

WAITS_S = 4.5
"""For so long a donor is kept waiting for a company; then the other ways are shown."""


class TooMany(Exception):
    """So many pages of companies were made of late that this one is not, from here."""


def begin_gift(
    pledge: Pledge,
    now: datetime,
    *,
    network: str | None,
    is_for_later: bool = False,
    is_agreeing: bool = False,
) -> str:
    """Return the company's page for a promise; "" where the company cannot make one now.

    The same promise again leads to the same page while that waits. ``network`` is whose limit
    counts, None for somebody who came by a link that we mailed. Later gifts are taken by themselves
    only where they are already, or where the donor agrees to that now (``is_agreeing``). Raises
    `TooMany`, which keeps those who try stolen cards from doing it here. Never in a transaction.
    """
    is_monthly = _is_monthly(pledge, is_agreeing=is_agreeing)
    there = page_of(pledge)
    if there is not None and bool(there.asked["order"].get("is_monthly")) != is_monthly:
        # A page says to its donor what it is for; for something else there is another.
        end(there, AttemptState.DEAD, "left", now)
        there = page_of(pledge)
    if there is None:
        _count(pledge, network, now)
        asked = _asked(pledge, now, is_monthly=is_monthly, is_for_later=is_for_later)
        with transaction.atomic():
            there = prepare(pledge, Purpose.BEGIN, asked, now=now)
    if there.url:
        return there.url
    with hurry(WAITS_S):
        return send(there, now=now).url


def page_of(pledge: Pledge) -> Attempt | None:
    """Return the page that waits for a promise's donor, or is being made; None: there is none."""
    rows = pledge.attempts.filter(purpose=Purpose.BEGIN, rail=pledge.rail)
    rows = rows.exclude(state__in=SETTLED)
    return rows.select_related("rail__sponsor", "pledge__plan").order_by("pk").last()


def _count(pledge: Pledge, network: str | None, now: datetime) -> None:
    """Count a page; one that a mailed link leads to by its own promise alone.

    That link is what there is instead while the other limits are reached.
    """
    try:
        if network is not None:
            if is_reached(SESSIONS, "", now):
                raise LimitReached(SESSIONS)
            count_use(SESSIONS_NETWORK, network, now)
            count_use(SESSIONS, "", now)
        count_use(SESSIONS_PLEDGE, str(pledge.pk), now)
    except LimitReached as reached:
        raise TooMany(reached.limit.name) from None


def _is_monthly(pledge: Pledge, *, is_agreeing: bool) -> bool:
    """Say whether a page lets later gifts be taken: never for who is asked by a letter each month.

    Where a plan's gifts are taken, its donor has agreed to that, or does so by this very page.
    """
    plan = pledge.plan
    if plan is None or not takes_mandates(pledge.rail):
        return False
    return is_agreeing or plan.collecting == Collecting.MANDATE


def _asked(
    pledge: Pledge, now: datetime, *, is_monthly: bool, is_for_later: bool
) -> dict[str, Any]:
    site = site_facts()
    order = order_of(pledge, words=site.name[:100], is_monthly=is_monthly, language=language_now())
    back = public_url(f"gift/{gift_link(pledge, now)}")
    asked: dict[str, Any] = {
        "order": {**order, "is_for_later": is_for_later},
        "urls": {
            "done": back,
            "left": back,
            "events": public_url(f"company/{UUID(str(pledge.rail.hook))}"),
        },
    }
    if is_monthly:
        asked["consent"] = consent_of(consent_words(pledge.amount_minor, pledge.currency))
    return asked


def takes_mandates(rail: Rail) -> bool:
    """Say whether later gifts can be taken by a rail without the donor being there."""
    return rail.is_company and caps_of(rail).takes_mandates
