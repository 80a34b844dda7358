"""One gift's page: how it is sent, or where it goes on, and whether it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed
from handpress.donations.actions.beginning import TooMany, begin_gift, page_of
from handpress.donations.actions.lost_orders import answer_order
from handpress.donations.codes import epc_code
from handpress.donations.core.asking import MONTHLY, ONCE, Wish, read_choice
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.references import grouped, rf_of
from handpress.donations.letters import GIFT, MAILED
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Collecting,
    OrderAnswer,
    Pledge,
    Purpose,
    Rail,
)
from handpress.donations.rails import rail_kind
from handpress.donations.views.choosing import no_answer, opened_too_often, take_language
from handpress.donations.views.companies import to_companies, to_company
from handpress.donations.views.month import (
    choose_way,
    is_being_taken,
    is_closed,
    is_open_still,
    is_waited_for,
    may_move,
    show_ways,
)
from handpress.donations.views.order import Account, account_of, has_ended, say_ended
from handpress.donations.wording import (
    languages_offered,
    name_of,
    speaking_to,
    state_said,
    sum_said,
)
from handpress.lib import clock
from handpress.press.answers import Form, Link, answer, open_to_readers, own_name, root
from handpress.press.site import theme

GIFT_LASTS = timedelta(days=1096)


@open_to_readers
def gift(request: HttpRequest, signed: str) -> HttpResponse:
    """Say how a gift is sent, and whether it has come; the button leads on to its company."""
    found = read_signed(GIFT, signed, now=clock.now(), lasts=GIFT_LASTS)
    kind, _, rest = found.value.partition("-") if found else ("", "", "")
    if kind in {"pledge", MAILED}:
        rows = Pledge.objects.select_related("rail__sponsor", "plan", "donor", "campaign")
        pledge = rows.filter(pk=rest).first()
        if pledge:
            # What the donor was mailed proves whose address it is.
            mailed = pledge.donor if kind == MAILED else None
            with speaking_to(pledge.donor):
                if request.method != "POST":
                    languages = languages_offered(mailed) if mailed else []
                    return _show_pledge(request, pledge, languages)
                if mailed and request.POST.get("do") == "language":
                    take_language(request, mailed)
                    return _back_here(request)
                return _go_on(request, pledge)
    if kind == "way":
        number, _, choice = rest.replace("-", " ").partition(" ")
        rail = Rail.objects.filter(pk=number).select_related("sponsor").first()
        wish = read_choice(choice)
        if rail and wish:
            return _show(request, rail, wish, state=PledgeState.OPEN)
    return say_link_ended(request)


def _go_on(request: HttpRequest, pledge: Pledge) -> HttpResponse:
    """Lead on to the company of a gift that has not come, or to the ways of a monthly one."""
    if request.POST.get("do") in OrderAnswer.values:
        answer_order(pledge, OrderAnswer(request.POST["do"]), clock.now())
        return _back_here(request)
    if not is_open_still(_state(pledge)) or is_being_taken(pledge):
        return _back_here(request)
    if pledge.plan and may_move(pledge):
        if "way" in request.POST:
            return choose_way(request, pledge, pledge.plan)
        if request.POST.get("do") == "other" or is_closed(pledge):
            return show_ways(request, pledge, pledge.plan)
    if not pledge.rail.is_company:
        return _back_here(request)
    if not pledge.rail.is_offered:
        return _say_way_closed(request, _wish_anew(pledge))
    if is_closed(pledge):
        return _say_not_now(request, pledge, no_answer(pledge.rail), status=503)
    return _begin(request, pledge)


def _begin(request: HttpRequest, pledge: Pledge) -> HttpResponse:
    try:
        url = begin_gift(pledge, clock.now(), network=None)
    except TooMany:
        return _say_not_now(request, pledge, opened_too_often(), status=429)
    if url:
        return to_company(url)
    return _say_not_now(request, pledge, no_answer(pledge.rail), status=503)


def _say_not_now(request: HttpRequest, pledge: Pledge, words: str, *, status: int) -> HttpResponse:
    """Say why a gift cannot go on this moment, and offer the other ways; its own is not closed."""
    if pledge.plan and may_move(pledge):
        return show_ways(request, pledge, pledge.plan, error=words, status=status)
    return _offer_others(request, _wish_anew(pledge), words, status=status)


def _back_here(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(own_name(request))
    response.status_code = 303
    return response


def _wish(pledge: Pledge) -> Wish:
    return Wish(pledge.amount_minor, pledge.currency, pledge.frequency)


def _wish_anew(pledge: Pledge) -> Wish:
    """Return what can be chosen another way: of a monthly gift that has a plan this month alone.

    Without what was added for the fee of one company, which another does not take.
    """
    frequency = ONCE if pledge.plan else pledge.frequency
    return Wish(pledge.amount_minor - pledge.cover_minor, pledge.currency, frequency)


def _state(pledge: Pledge) -> PledgeState:
    moved = pledge.movements.values_list("kind", "amount_minor")
    state = pledge_state(pledge.amount_minor, [(Kind(kind), minor) for kind, minor in moved])
    is_order = pledge.plan is None or pledge.plan.collecting == Collecting.STANDING_ORDER
    if state is PledgeState.MORE and pledge.frequency == MONTHLY and is_order:
        # Every month comes under the one reference.
        return PledgeState.SETTLED
    return state


def _show_pledge(
    request: HttpRequest, pledge: Pledge, languages: list[dict[str, Any]]
) -> HttpResponse:
    state = _state(pledge)
    if has_ended(pledge):
        return say_ended(request)
    account = account_of(pledge)
    if account:
        return _show(
            request,
            account.rail,
            _wish(pledge),
            state=state,
            reference=pledge.reference,
            elsewhere=_elsewhere(request, pledge, state),
            account=account,
            languages=languages,
        )
    # What waits at a company may have been paid: its page says so first.
    is_lost = not pledge.rail.is_offered and not is_waited_for(pledge)
    if pledge.plan and may_move(pledge) and is_open_still(state) and is_lost:
        return show_ways(request, pledge, pledge.plan)
    if pledge.rail.is_company:
        return _show_company(request, pledge, state, languages)
    return _show(
        request,
        pledge.rail,
        _wish(pledge),
        state=state,
        reference=pledge.reference,
        elsewhere=_elsewhere(request, pledge, state),
        languages=languages,
    )


def _elsewhere(request: HttpRequest, pledge: Pledge, state: PledgeState) -> dict[str, Any]:
    """Return what the button for another way sends, and where; no action: there is no button."""
    if pledge.plan and may_move(pledge):
        is_asked = is_open_still(state) and not is_being_taken(pledge)
        return {"action": own_name(request) if is_asked else "", "hidden": [("do", "other")]}
    return _to_form(request, _wish_anew(pledge))


def _to_form(request: HttpRequest, wish: Wish) -> dict[str, Any]:
    return {"action": f"{root(request)}-/donate", "hidden": [("choice", str(wish))]}


def _show_company(
    request: HttpRequest, pledge: Pledge, state: PledgeState, languages: list[dict[str, Any]]
) -> HttpResponse:
    translate = theme().translate
    wish = _wish(pledge)
    is_open = is_open_still(state)
    last = pledge.attempts.exclude(purpose=Purpose.REFUND).order_by("pk").last()
    if is_open and last is None and not pledge.rail.is_offered:
        return _say_way_closed(request, _wish_anew(pledge))
    may_pay = is_open and pledge.rail.is_offered and not is_being_taken(pledge)
    title = translate("Your gift") if is_open else translate("Thank you!")
    if state is PledgeState.RETURNED:
        title = translate("Your gift")
    context = {
        "title": title,
        "sum": sum_said(wish.minor, wish.currency, wish.frequency),
        "state": company_state(last, page_of(pledge), clock.now())
        if is_open
        else state_said(state),
        "is_open": is_open,
        "way": name_of(pledge.rail),
        "reference": grouped(pledge.reference),
        "go": own_name(request) if may_pay else "",
        "tax_words": pledge.rail.sponsor.tax_words,
        "answer": own_name(request),
        "languages": languages,
        **_elsewhere(request, pledge, state),
    }
    return to_companies(request, [pledge.rail], "giving/company.html", title, {"gift": context})


def company_state(last: Attempt | None, page: Attempt | None, now: datetime) -> str:
    """Return what is known of a gift that a company has not told to have come."""
    translate = theme().translate
    if last is None:
        return translate("It is written down. It goes on at the company’s page.")
    is_taken = last.purpose == Purpose.CHARGE and last.state not in SETTLED
    if page is not None or is_taken or last.state in {AttemptState.ANSWERED, AttemptState.UNKNOWN}:
        return translate(
            "We have not heard from the company yet that it was paid. If you have paid, it takes"
            " some minutes, by direct debit some days; please do not pay twice. If you have not,"
            " you can go on."
        )
    return translate("It was not paid, and nothing was taken from you. You can try once more.")


def _show(
    request: HttpRequest,
    rail: Rail,
    wish: Wish,
    *,
    state: PledgeState,
    reference: str = "",
    elsewhere: dict[str, Any] | None = None,
    account: Account | None = None,
    languages: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    translate = theme().translate
    is_open = is_open_still(state)
    # Somebody whose standing order runs may want to look the account up once more.
    shows_how = is_open or wish.frequency == MONTHLY
    if shows_how and not rail.is_offered:
        return _say_way_closed(request, wish)
    has_come = not is_open and state is not PledgeState.RETURNED
    title = translate("Thank you!") if has_come else translate("How to send your gift")
    news = account.words if account else ()
    title = (account and account.title) or title
    shown = rail_kind(rail.kind).shown(rail.sponsor.legal_name, rail.account_ref, rail.details)
    context = {
        "title": title,
        "sum": sum_said(wish.minor, wish.currency, wish.frequency),
        "is_monthly": wish.frequency == MONTHLY,
        "is_open": shows_how,
        # Of a standing order that goes to a lost account, what came before is not the question.
        "state": state_said(state) if reference and not news else "",
        "news": news,
        "steps": account.steps if account else (),
        "answer": own_name(request),
        "way": name_of(rail),
        "reference": grouped(reference) if reference else "",
        "structured": rf_of(reference) if reference and rail.kind == "bank" else "",
        "bank": None,
        "cheque": None,
        "link": None,
        rail.kind: shown,
        "code": _code(rail, wish, reference, shown),
        "tax_words": rail.sponsor.tax_words,
        "languages": languages,
        **(elsewhere or _to_form(request, wish)),
    }
    return to_companies(request, [], "giving/gift.html", title, {"gift": context})


def _code(rail: Rail, wish: Wish, reference: str, shown: dict[str, Any]) -> str:
    if rail.kind != "bank" or not shown.get("iban"):
        return ""
    return epc_code(
        holder=rail.sponsor.legal_name,
        iban=rail.account_ref,
        bic=str(rail.details.get("bic", "")),
        minor=wish.minor,
        currency=wish.currency,
        reference=rf_of(reference) if reference else "",
    )


def _say_way_closed(request: HttpRequest, wish: Wish) -> HttpResponse:
    words = theme().translate(
        "The way that you chose takes no gifts any more. Please do not send money to the"
        " account that you were shown. What you meant to give is kept:"
    )
    return _offer_others(request, wish, words)


def _offer_others(
    request: HttpRequest, wish: Wish, words: str, *, status: int = 200
) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Please choose another way"),
        [words, sum_said(wish.minor, wish.currency, wish.frequency)],
        forms=[
            Form(
                translate("Choose another way"),
                action=f"{root(request)}-/donate",
                hidden=(("choice", str(wish)),),
            )
        ],
        status=status,
    )


def say_link_ended(request: HttpRequest) -> HttpResponse:
    """Answer to a link that nobody signed, or that is too old."""
    translate = theme().translate
    return answer(
        request,
        translate("This link does not work any more"),
        [
            translate(
                "It may have been cut short by a mail program. If you have sent money already, it"
                " comes all the same."
            )
        ],
        links=[Link(translate("Ways to give"), f"{root(request)}donate/")],
        status=404,
    )
