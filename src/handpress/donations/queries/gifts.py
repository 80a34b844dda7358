"""Gifts as the desk lists them, each list in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from handpress.donations.actions.elsewhere import TAKEN, is_expected
from handpress.donations.core.movements import GIFTS, Kind
from handpress.donations.core.references import ReferenceError, folded, parse_reference
from handpress.donations.models import Movement, Plan, RemoteName
from handpress.donations.queries.donors import find_donor
from handpress.press.site import site_facts

_GIFTS = [kind.value for kind in GIFTS]
_STOPPED_AFTER = timedelta(days=62)
_REFUNDS = {Kind.REFUND.value, Kind.REFUND_BACK.value}
_DISPUTES = {Kind.DISPUTE.value, Kind.DISPUTE_WON.value}
"""What a bank or a company took back, less what was decided for us."""


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A gift, what is left of it, and in a word what was done to it."""

    gift: Movement
    left: int
    state: str
    is_late: bool


def gifts(search: str = "") -> QuerySet[Movement]:
    """Return gifts, the newest day first; narrowed to a reference, a donor's address or a key.

    Raises `sealing.KeysUnusable` where nobody can tell who has an address.
    """
    steps = Movement.objects.prefetch_related("steps").order_by("pk")
    rows = (
        Movement.objects.filter(kind__in=_GIFTS)
        .select_related("rail__sponsor", "campaign", "pledge")
        .prefetch_related(Prefetch("steps", queryset=steps))
        .order_by("-occurred_on", "-pk")
    )
    return rows.filter(_sought(search.strip())) if search.strip() else rows


def _sought(text: str) -> Q:
    try:
        return Q(pledge__reference=parse_reference(text))
    except ReferenceError:
        pass
    if "@" in text:
        return _of_donor(text)
    part = folded(text)
    return Q(remote_id=text) | (Q(pledge__reference__startswith=part) if part else Q(pk=None))


def _of_donor(address: str) -> Q:
    donor = find_donor(address)
    return Q(pledge__donor=donor) if donor else Q(pk=None)


def given_back_in_vain() -> list[Movement]:
    """Return gifts of which a refund did not reach its donor and was not made again; one query."""
    again = Movement.objects.filter(
        kind=Kind.REFUND.value, of=OuterRef("of"), pk__gt=OuterRef("pk")
    )
    came_back = (
        Movement.objects.filter(kind=Kind.REFUND_BACK.value, of__isnull=False)
        .exclude(Exists(again))
        .exclude(steps__kind=Kind.REVERSAL.value)
        .select_related("of__rail", "of__pledge")
        .order_by("pk")
    )
    return list(dict.fromkeys(each.of for each in came_back if each.of))


def taken_in_vain(today: date) -> list[Movement]:
    """Return gifts that a company took by itself though nobody wanted them, newest first.

    Each is there until it was given back, or its monthly gift is wanted again; or until two months
    have gone by in which nothing of it was taken: then the company has stopped. Three queries.
    """
    named = RemoteName.objects.filter(
        kind=TAKEN, rail=OuterRef("rail"), remote_id=OuterRef("remote_id")
    )
    rows = gifts().filter(Exists(named), kind=Kind.CAPTURE.value, pledge__plan__isnull=False)
    taken = list(rows.select_related("pledge__plan__rail"))
    last: dict[int | None, date] = {}
    for gift in taken:
        plan = _plan_of(gift).pk
        last[plan] = max(last.get(plan, gift.occurred_on), gift.occurred_on)
    return [
        gift
        for gift in taken
        if not is_expected(_plan_of(gift))
        and line_of(gift).left > 0
        and last[_plan_of(gift).pk] > today - _STOPPED_AFTER
    ]


def _plan_of(gift: Movement) -> Plan:
    assert gift.pledge is not None
    assert gift.pledge.plan is not None
    return gift.pledge.plan


def line_of(gift: Movement) -> GiftLine:
    """Return a gift as a line; asks nothing where it came from `gifts`."""
    steps = list(gift.steps.all())
    done = [step for step in steps if not step.steps.all()]
    left = gift.amount_minor + sum(step.amount_minor for step in done)
    return GiftLine(gift, left, _state(done, left), is_late(gift))


def _state(done: list[Any], left: int) -> str:
    kinds = {step.kind for step in done}
    if Kind.REVERSAL in kinds:
        return "undone"
    if Kind.CHEQUE_BOUNCE in kinds:
        return "came back"
    if _sum_of(done, _DISPUTES):
        return "came back in part" if left > 0 else "came back"
    if _sum_of(done, _REFUNDS):
        return "given back in part" if left else "given back"
    return ""


def _sum_of(done: list[Any], kinds: set[str]) -> int:
    return sum(step.amount_minor for step in done if step.kind in kinds)


def is_late(gift: Movement) -> bool:
    """Say whether a gift came after its campaign had ended; it counts all the same."""
    campaign = gift.campaign
    if campaign is None or campaign.ends_at is None:
        return False
    return gift.occurred_on > campaign.ends_at.astimezone(site_facts().zone).date()
