"""Agreeing anew to a monthly gift, by the link of a letter that asks for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from handpress.donations.actions.asking_anew import note_opened
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.letters import AGAIN
from handpress.donations.models import Plan, Reconsent
from handpress.donations.queries.plans import GIVING, UNANSWERED
from handpress.donations.views.choosing import (
    agree,
    ask_to_end,
    may_choose,
    order_links,
    plan_of,
    see_again,
    show_again,
)
from handpress.donations.views.gift import say_link_ended
from handpress.donations.wording import plan_state_said, speaking_to
from handpress.lib import clock
from handpress.press.answers import Link, answer, open_to_readers, root
from handpress.press.site import theme


@open_to_readers
def again(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask to agree anew to a monthly gift whose way is gone, until that is answered."""
    found = plan_of(AGAIN, signed)
    if found is None:
        return say_link_ended(request)
    asked = Reconsent.objects.filter(plan=found, wave=found.wave).first()
    with speaking_to(found.donor):
        if asked is None or asked.answer not in UNANSWERED or not may_choose(found):
            return _say_done(request, found, asked)
        if request.method == "POST":
            return _again(request, found)
        return show_again(request, found)


def _again(request: HttpRequest, found: Plan) -> HttpResponse:
    now = clock.now()
    match request.POST.get("do", ""):
        case "agree":
            note_opened(found, now)
            return agree(request, found)
        case "end":
            return ask_to_end(request)
        case "end-now":
            cancel_plan(found, now)
    return see_again(request)


def _say_done(request: HttpRequest, found: Plan, asked: Reconsent | None) -> HttpResponse:
    translate = theme().translate
    if asked is None and found.state in GIVING:
        return answer(
            request,
            translate("Your gift goes on as before"),
            [
                translate(
                    "The way by which it comes works again. Nothing has changed, and you need do"
                    " nothing."
                )
            ],
        )
    is_answered = asked is not None and asked.answer not in UNANSWERED
    words = plan_state_said(found)
    if not words and is_answered:
        words = translate("You have answered this letter. Its link works once.")
    title = translate("This is done") if is_answered else translate("Your monthly gift")
    links = order_links(found) or [Link(translate("Ways to give"), f"{root(request)}donate/")]
    return answer(request, title, [words] if words else [], links=links)
