"""Ways to choose from for a monthly gift, as its pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed
from handpress.donations.actions.agreeing import agree_again, cannot_take_alone, is_taken
from handpress.donations.actions.beginning import TooMany, takes_mandates
from handpress.donations.actions.donors import choose_language
from handpress.donations.core.asking import MONTHLY
from handpress.donations.letters import PLAN, PLAN_LASTS, gift_link
from handpress.donations.models import Collecting, Donor, Plan, PlanState, Rail
from handpress.donations.queries.plans import (
    AT_RISK,
    GIVING,
    agreeable,
    asked_in_vain,
    standing_order,
)
from handpress.donations.views.companies import to_companies, to_company
from handpress.donations.wording import (
    consent_words,
    languages_offered,
    name_of,
    sum_said,
    who_handles,
)
from handpress.lib import clock
from handpress.press.answers import Form, Link, answer, own_name
from handpress.press.site import theme


def offers(ways: Sequence[Rail], plan: Plan) -> dict[str, Any]:
    """Return what a page says of the ways by which a plan can be agreed to, and to what."""
    return {
        "ways": [_offer(rail, _words(rail, plan), _is_first(rail, plan, ways)) for rail in ways],
        "consent": _consent(ways, plan, plan.amount_minor),
    }


def offers_now(ways: Sequence[Rail], plan: Plan, minor: int) -> dict[str, Any]:
    """Return what a page says of the ways by which the gift of a month can come at once."""
    return {
        "ways": [_offer(rail, _words_now(rail, plan), len(ways) == 1) for rail in ways],
        "consent": _consent([rail for rail in ways if is_taken(plan, rail)], plan, minor),
    }


def show_plan(
    request: HttpRequest,
    rails: Iterable[Rail],
    title: str,
    sum_of: tuple[int, str],
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    """Render the page of a monthly gift, whose forms may lead to the companies of these rails.

    ``said`` is what stands there besides title and sum.
    """
    context = {
        "title": title,
        "sum": sum_said(*sum_of, MONTHLY),
        "news": "",
        "words": [],
        "facts": [],
        "links": [],
        "ways": [],
        "consent": "",
        "error": "",
        "can_change": False,
        "languages": [],
        "steps": [],
        "action": own_name(request),
        **said,
    }
    return to_companies(request, rails, "giving/plan.html", title, {"plan": context}, status=status)


def _offer(rail: Rail, words: list[str], is_chosen: bool) -> dict[str, Any]:
    return {"id": rail.pk, "name": name_of(rail), "words": words, "is_chosen": is_chosen}


def _is_first(rail: Rail, plan: Plan, ways: Sequence[Rail]) -> bool:
    return rail.pk == plan.rail_id or len(ways) == 1


def _words(rail: Rail, plan: Plan) -> list[str]:
    words = who_handles(rail, monthly=True)
    if cannot_take_alone(rail, plan, clock.now()):
        words = [*words, theme().translate("The first gift is paid when you agree, today.")]
    return words


def _words_now(rail: Rail, plan: Plan) -> list[str]:
    translate = theme().translate
    if is_taken(plan, rail):
        words = who_handles(rail, monthly=True)
        return [*words, translate("The first gift is paid when you agree, today.")]
    if takes_mandates(rail):
        once = translate("You give for this month alone. For the next one a letter asks you again.")
        return [*who_handles(rail, monthly=False), once]
    return who_handles(rail, monthly=True)


def _consent(ways: Iterable[Rail], plan: Plan, minor: int) -> str:
    """Return the words that whoever goes on by one of these ways agrees to."""
    return consent_words(minor, plan.currency) if any(map(takes_mandates, ways)) else ""


def plan_of(kind: str, signed: str) -> Plan | None:
    """Return the monthly gift that a link of this kind stands for; None where it works no more."""
    read = read_signed(kind, signed, now=clock.now(), lasts=PLAN_LASTS)
    if read is None:
        return None
    number, _, wave = read.value.partition("-")
    rows = Plan.objects.select_related("rail__sponsor", "donor", "campaign")
    found = rows.filter(uuid=UUID(number)).first()
    if found is None or found.donor.erased_at is not None:
        return None
    # Whoever was asked once more since has a newer link.
    return found if kind == PLAN or str(found.wave) == wave else None


def may_choose(found: Plan) -> bool:
    """Say whether a plan's donor is asked for a way: also if a letter asks for each month now."""
    has_fallen = found.state == PlanState.ACTIVE and found.collecting == Collecting.REMINDER
    is_lost = has_fallen and (not found.rail.is_offered or asked_in_vain(found))
    return found.state in AT_RISK or is_lost


def agree(request: HttpRequest, found: Plan) -> HttpResponse:
    """Lead to where a donor agrees to a plan by the way that they chose."""
    translate = theme().translate
    ways = {str(rail.pk): rail for rail in agreeable(found)}
    rail = ways.get(request.POST.get("way", ""))
    if rail is None:
        words = translate("Please choose a way to give.")
        return show_again(request, found, error=words, status=400)
    try:
        leads_to = agree_again(found, rail, clock.now())
    except TooMany:
        return show_again(request, found, error=opened_too_often(), status=429)
    if leads_to:
        return to_company(leads_to)
    return show_again(request, found, error=no_answer(rail), status=503)


def opened_too_often() -> str:
    """Return what a donor is told for whom no more pages are made today."""
    return theme().translate(
        "The page of this gift was opened very often today. Nothing was taken from you. Please try"
        " again tomorrow, or choose another way; the sum is kept."
    )


def no_answer(rail: Rail) -> str:
    """Return what a donor is told where a company makes no page just now."""
    return str(
        theme().translate(
            "{name} does not answer just now. Nothing was taken from you. Please choose another"
            " way; the sum is kept.",
            name=name_of(rail),
        )
    )


def show_again(
    request: HttpRequest, found: Plan, *, error: str = "", status: int = 200
) -> HttpResponse:
    """Show the ways by which a monthly gift could go on, whose own is gone."""
    translate = theme().translate
    ways = agreeable(found)
    return show_plan(
        request,
        ways,
        translate("Go on giving every month?"),
        (found.amount_minor, found.currency),
        status=status,
        words=[_why_again(found, has_ways=bool(ways))],
        error=error,
        steps=[end_step()],
        **offers(ways, found),
    )


def _why_again(found: Plan, *, has_ways: bool) -> str:
    translate = theme().translate
    if not has_ways:
        return translate(
            "The way by which your gift came to us is closed to us now, and there is no other yet."
            " As soon as there is one, we write to you."
        )
    if found.state == PlanState.ACTIVE:
        return translate(
            "The way by which your gift came to us is closed to us now, so that a letter asks you"
            " for each month’s gift. Here you can choose a new way for all of them."
        )
    return translate(
        "The way by which your gift came to us is closed to us now. Nobody takes it any more, and"
        " nothing happens unless you choose a new way here."
    )


def ask_to_end(request: HttpRequest) -> HttpResponse:
    """Ask once whether a monthly gift is to end."""
    translate = theme().translate
    return answer(
        request,
        translate("End your monthly gift?"),
        [translate("Nothing is taken from then on. Thank you for what you gave.")],
        forms=[Form(translate("Yes, end it"), hidden=(("do", "end-now"),))],
        links=[Link(translate("No, go back"), own_name(request))],
    )


def see_again(request: HttpRequest) -> HttpResponse:
    """Lead back to the page itself, as it is now."""
    response = HttpResponseRedirect(own_name(request))
    response.status_code = 303
    return response


def take_language(request: HttpRequest, donor: Donor) -> None:
    """Keep the language that a donor chose, if it is one of those that were offered."""
    chosen = request.POST.get("language", "")
    if chosen in {each["tag"] for each in languages_offered(donor)}:
        choose_language(donor, chosen)


def end_step() -> dict[str, str]:
    """Return the button that ends a monthly gift."""
    return {"value": "end", "button": theme().translate("End it")}


def order_links(found: Plan) -> list[Link]:
    """Return the way to the account that a standing order goes to."""
    pledge = standing_order(found)
    if pledge is None or found.state not in GIVING:
        return []
    url = f"../gift/{gift_link(pledge, clock.now())}"
    return [Link(theme().translate("How to send your gift"), url)]
