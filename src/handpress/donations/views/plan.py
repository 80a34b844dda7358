"""A monthly gift as its donor sees it: by a signed link, without an account.

Opening a page changes nothing: programs that look at mail open links too. Each button is a POST.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed
from handpress.donations.actions.agreeing import agree_again, agreeable, cannot_take_alone
from handpress.donations.actions.beginning import TooMany
from handpress.donations.actions.plans import (
    cancel_plan,
    change_plan,
    note_opened,
    pause_plan,
    resume_plan,
)
from handpress.donations.core.asking import MOST
from handpress.donations.letters import AGAIN, AGAIN_LASTS, PLAN, PLAN_LASTS
from handpress.donations.models import (
    Answer,
    Collecting,
    MandateState,
    Plan,
    PlanState,
    Rail,
    Reconsent,
)
from handpress.donations.views.companies import to_companies, to_company
from handpress.donations.views.gift import say_link_ended
from handpress.donations.wording import name_of, plan_state_said, sum_said, who_handles
from handpress.lib import clock
from handpress.lib.money import AmountError, AmountUnclear, parse_amount, plain_amount
from handpress.newsroom.cards import date_in_words
from handpress.press.answers import Form, Link, answer, open_to_readers, own_name, root
from handpress.press.site import site_facts, theme

_GIVES = (PlanState.ACTIVE, PlanState.PAST_DUE)
_ASKS_ANEW = (PlanState.NEEDS_RECONSENT, PlanState.PAST_DUE)


@open_to_readers
def plan(request: HttpRequest, signed: str) -> HttpResponse:
    """Show a monthly gift; change, pause, go on, end."""
    found = _plan_of(PLAN, signed)
    if found is None:
        return say_link_ended(request)
    if request.method == "POST":
        return _change(request, found)
    return _show(request, found)


@open_to_readers
def again(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask to agree anew to a monthly gift whose way is gone: once, for thirty days."""
    found = _plan_of(AGAIN, signed)
    if found is None:
        return say_link_ended(request)
    asked = Reconsent.objects.filter(plan=found, wave=found.wave).first()
    is_over = asked is None or asked.answer in {Answer.AGREED, Answer.DECLINED}
    if is_over or found.state not in _ASKS_ANEW:
        return _say_done(request, found)
    if request.method == "POST":
        return _again(request, found)
    return _show_again(request, found)


def _plan_of(kind: str, signed: str) -> Plan | None:
    lasts = PLAN_LASTS if kind == PLAN else AGAIN_LASTS
    read = read_signed(kind, signed, now=clock.now(), lasts=lasts)
    if read is None:
        return None
    number, _, wave = read.value.partition("-")
    rows = Plan.objects.select_related("rail__sponsor", "donor", "campaign")
    found = rows.filter(uuid=UUID(number)).first()
    if found is None or found.donor.erased_at is not None:
        return None
    # Whoever was asked once more since has a newer link.
    return found if kind == PLAN or str(found.wave) == wave else None


# --- the page of a plan ------------------------------------------------------------------------


def _change(request: HttpRequest, found: Plan) -> HttpResponse:
    now = clock.now()
    match request.POST.get("do", ""):
        case "change":
            return _change_sum(request, found)
        case "pause":
            pause_plan(found)
        case "resume":
            resume_plan(found, now)
        case "end":
            return _ask_to_end(request)
        case "end-now":
            cancel_plan(found, now)
        case "agree":
            return _agree(request, found)
    return _see_again(request)


def _change_sum(request: HttpRequest, found: Plan) -> HttpResponse:
    translate = theme().translate
    typed = request.POST.get("amount", "")[:60]
    try:
        minor = parse_amount(typed, found.currency)
    except AmountUnclear as unclear:
        return answer(
            request,
            translate("How much is it?"),
            [translate("“{typed}” can be read in two ways.", typed=typed[:40])],
            forms=[
                Form(
                    sum_said(each, found.currency, "monthly"),
                    hidden=(("do", "change"), ("amount", plain_amount(each, found.currency))),
                )
                for each in unclear.readings
            ],
        )
    except AmountError:
        minor = 0
    if not 0 < minor <= MOST:
        words = translate(
            "“{typed}” cannot be read as an amount. Please write it as in {example}.",
            typed=typed[:40],
            example=plain_amount(123450, found.currency),
        )
        return _show(request, found, amount=typed, amount_error=words, status=400)
    change_plan(found, amount=minor)
    return _see_again(request)


def _ask_to_end(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("End your monthly gift?"),
        [translate("Nothing is taken from then on. Thank you for what you gave.")],
        forms=[Form(translate("Yes, end it"), hidden=(("do", "end-now"),))],
        links=[Link(translate("No, go back"), own_name(request))],
    )


def _see_again(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(own_name(request))
    response.status_code = 303
    return response


def _show(
    request: HttpRequest,
    found: Plan,
    *,
    amount: str | None = None,
    amount_error: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    translate = theme().translate
    ways = agreeable(found) if found.state in _ASKS_ANEW else []
    steps = []
    if found.state in _GIVES:
        steps.append({"value": "pause", "button": translate("Pause")})
    if found.state == PlanState.PAUSED:
        steps.append({"value": "resume", "button": translate("Go on giving")})
    if found.state != PlanState.CANCELLED:
        steps.append({"value": "end", "button": translate("End it")})
    title = translate("Your monthly gift")
    context = {
        "title": title,
        "sum": sum_said(found.amount_minor, found.currency, "monthly"),
        "news": plan_state_said(found),
        "words": [],
        "facts": _facts(found),
        "ways": [_offer(rail, found, rail == found.rail) for rail in ways],
        "error": error,
        "can_change": found.state in {*_GIVES, PlanState.PAUSED},
        "currency": found.currency,
        "amount": plain_amount(found.amount_minor, found.currency) if amount is None else amount,
        "amount_error": amount_error,
        "steps": steps,
        "action": own_name(request),
    }
    return to_companies(request, ways, "giving/plan.html", title, {"plan": context}, status=status)


def _facts(found: Plan) -> list[tuple[str, str]]:
    translate = theme().translate
    facts = [(translate("Way to give"), name_of(found.rail))]
    mandate = found.mandates.filter(state=MandateState.ACTIVE).first()
    if mandate and mandate.words:
        facts.append((translate("It is taken from"), mandate.words))
    if found.state == PlanState.ACTIVE and found.collecting != Collecting.STANDING_ORDER:
        day = date_in_words(found.next_due, site_facts().language)
        facts.append((translate("Next time"), day))
    return facts


def _offer(rail: Rail, found: Plan, is_chosen: bool) -> dict[str, Any]:
    words = who_handles(rail, monthly=True)
    if cannot_take_alone(rail, found, clock.now()):
        words = [*words, theme().translate("The first gift is paid when you agree, today.")]
    return {"id": rail.pk, "name": name_of(rail), "words": words, "is_chosen": is_chosen}


# --- agreeing anew --------------------------------------------------------------------------------


def _again(request: HttpRequest, found: Plan) -> HttpResponse:
    now = clock.now()
    match request.POST.get("do", ""):
        case "agree":
            note_opened(found, now)
            return _agree(request, found)
        case "end":
            return _ask_to_end(request)
        case "end-now":
            cancel_plan(found, now)
    return _see_again(request)


def _agree(request: HttpRequest, found: Plan) -> HttpResponse:
    translate = theme().translate
    ways = {str(rail.pk): rail for rail in agreeable(found)}
    rail = ways.get(request.POST.get("way", ""))
    if rail is None:
        words = translate("Please choose a way to give.")
        return _show_again(request, found, error=words, status=400)
    try:
        leads_to = agree_again(found, rail, clock.now())
    except TooMany:
        leads_to = ""
    if leads_to:
        return to_company(leads_to)
    words = translate(
        "{name} does not answer just now. Nothing was taken from you. Please choose another way;"
        " the sum is kept.",
        name=name_of(rail),
    )
    return _show_again(request, found, error=words, status=503)


def _show_again(
    request: HttpRequest, found: Plan, *, error: str = "", status: int = 200
) -> HttpResponse:
    translate = theme().translate
    ways = agreeable(found)
    title = translate("Go on giving every month?")
    context = {
        "title": title,
        "sum": sum_said(found.amount_minor, found.currency, "monthly"),
        "news": "",
        "words": [
            translate(
                "The way by which your gift came to us is closed to us now. Nobody takes it any"
                " more, and nothing happens unless you choose a new way here."
            )
        ],
        "facts": [],
        "ways": [_offer(rail, found, len(ways) == 1) for rail in ways],
        "error": error,
        "can_change": False,
        "steps": [{"value": "end", "button": translate("End it")}],
        "action": own_name(request),
    }
    return to_companies(request, ways, "giving/plan.html", title, {"plan": context}, status=status)


def _say_done(request: HttpRequest, found: Plan) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("This is done"),
        [
            plan_state_said(found)
            or translate("You have answered this letter. Its link works once.")
        ],
        links=[Link(translate("Ways to give"), f"{root(request)}donate/")],
    )
