"""A monthly gift as its donor sees it: by a signed link, without an account.

Opening a page changes nothing: programs that look at mail open links too. Each button is a POST.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from handpress.donations.actions.plans import (
    TooLittle,
    cancel_plan,
    change_plan,
    pause_plan,
    resume_plan,
)
from handpress.donations.core.asking import MOST, ONCE
from handpress.donations.letters import PLAN
from handpress.donations.models import Collecting, MandateState, Plan, PlanState
from handpress.donations.queries.plans import GIVING, agreeable
from handpress.donations.views.choosing import (
    agree,
    ask_to_end,
    end_step,
    may_choose,
    offers,
    order_links,
    plan_of,
    see_again,
    show_plan,
    take_language,
)
from handpress.donations.views.gift import say_link_ended
from handpress.donations.wording import (
    languages_offered,
    name_of,
    plan_state_said,
    speaking_to,
    sum_said,
)
from handpress.lib import clock
from handpress.lib.money import AmountError, AmountUnclear, parse_amount, plain_amount
from handpress.newsroom.cards import date_in_words
from handpress.press.answers import Form, answer, open_to_readers
from handpress.press.site import language_now, theme


@open_to_readers
def plan(request: HttpRequest, signed: str) -> HttpResponse:
    """Show a monthly gift; change, pause, go on, end."""
    found = plan_of(PLAN, signed)
    if found is None:
        return say_link_ended(request)
    with speaking_to(found.donor):
        if request.method == "POST":
            return _change(request, found)
        return _show(request, found)


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
            return ask_to_end(request)
        case "end-now":
            cancel_plan(found, now)
        case "agree" if may_choose(found):
            return agree(request, found)
        case "language":
            take_language(request, found.donor)
    return see_again(request)


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
    try:
        change_plan(found, amount=minor)
    except TooLittle as error:
        words = _too_little(found, error.least)
        return _show(request, found, amount=typed, amount_error=words, status=400)
    return see_again(request)


def _too_little(found: Plan, least: int | None) -> str:
    translate = theme().translate
    words = [
        translate("What you chose cannot be taken at the moment. Other sums or currencies can.")
    ]
    if least is not None:
        said = sum_said(least, found.currency, ONCE)
        words.append(translate("The least by this way is {sum}.", sum=said))
    return " ".join(words)


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
    ways = agreeable(found) if may_choose(found) else []
    steps = []
    if found.state in GIVING:
        steps.append({"value": "pause", "button": translate("Pause")})
    if found.state == PlanState.PAUSED:
        steps.append({"value": "resume", "button": translate("Go on giving")})
    if found.state != PlanState.CANCELLED:
        steps.append(end_step())
    return show_plan(
        request,
        ways,
        translate("Your monthly gift"),
        (found.amount_minor, found.currency),
        status=status,
        news=plan_state_said(found),
        facts=_facts(found),
        links=order_links(found),
        error=error,
        can_change=found.state in {*GIVING, PlanState.PAUSED},
        currency=found.currency,
        amount=plain_amount(found.amount_minor, found.currency) if amount is None else amount,
        amount_error=amount_error,
        steps=steps,
        languages=languages_offered(found.donor),
        **offers(ways, found),
    )


def _facts(found: Plan) -> list[tuple[str, str]]:
    translate = theme().translate
    facts = [(translate("Way to give"), name_of(found.rail))]
    mandate = found.mandates.filter(state=MandateState.ACTIVE).first()
    if mandate and mandate.words:
        facts.append((translate("It is taken from"), mandate.words))
    if found.state == PlanState.ACTIVE and found.collecting != Collecting.STANDING_ORDER:
        day = date_in_words(found.next_due, language_now())
        facts.append((translate("Next time"), day))
    return facts
