"""The gift of a month, where its way is gone: its donor chooses another, and there is one plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from handpress.donations.actions.agreeing import give_by
from handpress.donations.actions.beginning import TooMany
from handpress.donations.core.pledges import PledgeState
from handpress.donations.models import SETTLED, Plan, PlanState, Pledge, Purpose, Rail
from handpress.donations.queries.plans import agreeable
from handpress.donations.queries.ways import able, askable, taking
from handpress.donations.views.choosing import no_answer, offers_now, opened_too_often, show_plan
from handpress.donations.views.companies import to_company
from handpress.lib import clock
from handpress.press.site import theme


def is_open_still(state: PledgeState) -> bool:
    """Say whether a gift, or some of it, has not come."""
    return state in {PledgeState.OPEN, PledgeState.PART}


def is_being_taken(pledge: Pledge) -> bool:
    """Say whether a gift is being taken already, so that its donor must not pay it as well."""
    charges = pledge.attempts.filter(purpose=Purpose.CHARGE)
    return charges.exclude(state__in=SETTLED).exists()


def is_closed(pledge: Pledge) -> bool:
    """Say whether a gift cannot be sent by its way any more."""
    rail = pledge.rail
    return not rail.is_offered or not able(askable([rail]), pledge.amount_minor, pledge.currency)


def may_move(pledge: Pledge) -> bool:
    """Say whether a gift belongs to a plan that goes on, which goes with it to another way."""
    return pledge.plan is not None and pledge.plan.state != PlanState.CANCELLED


def is_waited_for(pledge: Pledge) -> bool:
    """Say whether something of a gift is under way at a company, so that it may come yet."""
    begun = pledge.attempts.exclude(purpose=Purpose.REFUND)
    return begun.exclude(state__in=SETTLED).exists()


def choose_way(request: HttpRequest, pledge: Pledge, plan: Plan) -> HttpResponse:
    """Lead to where a month's gift can be given by the way that its donor chose."""
    ways = {str(rail.pk): rail for rail in _ways(pledge, plan)}
    rail = ways.get(request.POST["way"])
    if rail is None:
        words = theme().translate("Please choose a way to give.")
        return show_ways(request, pledge, plan, error=words, status=400)
    try:
        leads_to = give_by(pledge, plan, rail, clock.now())
    except TooMany:
        return show_ways(request, pledge, plan, error=opened_too_often(), status=429)
    if leads_to:
        return to_company(leads_to)
    return show_ways(request, pledge, plan, error=no_answer(rail), status=503)


def _ways(pledge: Pledge, plan: Plan) -> list[Rail]:
    return taking(agreeable(plan), pledge.amount_minor, pledge.currency)


def show_ways(
    request: HttpRequest, pledge: Pledge, plan: Plan, *, error: str = "", status: int = 200
) -> HttpResponse:
    """Show the ways by which a month's gift can come, and its plan's later ones.

    There is one plan: who chooses another way must not begin a second.
    """
    translate = theme().translate
    ways = _ways(pledge, plan)
    words = []
    if not pledge.rail.is_offered:
        words.append(
            translate(
                "The way that you chose takes no gifts any more. Please do not send money to the"
                " account that you were shown. What you meant to give is kept:"
            )
        )
    if not ways:
        words.append(
            translate("There is no other way just now. This page shows one as soon as there is.")
        )
    return show_plan(
        request,
        ways,
        translate("Please choose another way"),
        (pledge.amount_minor, pledge.currency),
        status=status,
        words=words,
        error=error,
        **offers_now(ways, plan, pledge.amount_minor),
    )
