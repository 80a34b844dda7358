"""One gift's page: how it is sent, or where it goes on, and whether it has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed
from handpress.donations.actions.beginning import TooMany, begin_gift, page_of
from handpress.donations.codes import epc_code
from handpress.donations.core.asking import MONTHLY, Wish, read_choice
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.references import grouped, rf_of
from handpress.donations.letters import GIFT
from handpress.donations.models import Attempt, AttemptState, Pledge, Purpose, Rail
from handpress.donations.queries.ways import able
from handpress.donations.rails import rail_kind
from handpress.donations.views.companies import to_companies, to_company
from handpress.donations.wording import name_of, state_said, sum_said
from handpress.lib import clock
from handpress.press.answers import Form, Link, answer, open_to_readers, own_name, root
from handpress.press.site import theme

GIFT_LASTS = timedelta(days=1096)


@open_to_readers
def gift(request: HttpRequest, signed: str) -> HttpResponse:
    """Say how a gift is sent, and whether it has come; the button leads on to its company."""
    found = read_signed(GIFT, signed, now=clock.now(), lasts=GIFT_LASTS)
    kind, _, rest = found.value.partition("-") if found else ("", "", "")
    if kind == "pledge":
        rows = Pledge.objects.select_related("rail__sponsor", "plan", "donor", "campaign")
        pledge = rows.filter(pk=rest).first()
        if pledge and request.method == "POST":
            return _go_on(request, pledge)
        if pledge:
            return _show_pledge(request, pledge)
    if kind == "way":
        number, _, choice = rest.replace("-", " ").partition(" ")
        rail = Rail.objects.filter(pk=number).select_related("sponsor").first()
        wish = read_choice(choice)
        if rail and wish:
            return _show(request, rail, wish, state=PledgeState.OPEN)
    return say_link_ended(request)


def _go_on(request: HttpRequest, pledge: Pledge) -> HttpResponse:
    """Lead on to the company of a gift that has not come."""
    wish = _wish(pledge)
    now = clock.now()
    if _state(pledge) not in {PledgeState.OPEN, PledgeState.PART} or not pledge.rail.is_company:
        return _back_here(request)
    if not pledge.rail.is_offered:
        return _say_way_closed(request, wish)
    if not able([pledge.rail], wish.minor, wish.currency):
        return _say_no_answer(request, wish, pledge.rail)
    try:
        url = begin_gift(pledge, now, network=None)
    except TooMany:
        return _say_later(request, wish)
    return to_company(url) if url else _say_no_answer(request, wish, pledge.rail)


def _back_here(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(own_name(request))
    response.status_code = 303
    return response


def _wish(pledge: Pledge) -> Wish:
    return Wish(pledge.amount_minor, pledge.currency, pledge.frequency)


def _state(pledge: Pledge) -> PledgeState:
    moved = pledge.movements.values_list("kind", "amount_minor")
    state = pledge_state(pledge.amount_minor, [(Kind(kind), minor) for kind, minor in moved])
    if state is PledgeState.MORE and pledge.frequency == MONTHLY and pledge.plan_id is None:
        return PledgeState.SETTLED
    return state


def _show_pledge(request: HttpRequest, pledge: Pledge) -> HttpResponse:
    state = _state(pledge)
    if pledge.rail.is_company:
        return _show_company(request, pledge, state)
    return _show(request, pledge.rail, _wish(pledge), state=state, reference=pledge.reference)


def _show_company(request: HttpRequest, pledge: Pledge, state: PledgeState) -> HttpResponse:
    translate = theme().translate
    wish = _wish(pledge)
    is_open = state in {PledgeState.OPEN, PledgeState.PART}
    last = pledge.attempts.exclude(purpose=Purpose.REFUND).order_by("pk").last()
    if is_open and last is None and not pledge.rail.is_offered:
        return _say_way_closed(request, wish)
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
        "go": own_name(request) if is_open and pledge.rail.is_offered else "",
        "tax_words": pledge.rail.sponsor.tax_words,
        "action": f"{root(request)}-/donate",
        "hidden": [("choice", str(wish))],
    }
    return to_companies(request, [pledge.rail], "giving/company.html", title, {"gift": context})


def company_state(last: Attempt | None, page: Attempt | None, now: datetime) -> str:
    """Return what is known of a gift that a company has not told to have come."""
    translate = theme().translate
    if last is None:
        return translate("It is written down. It goes on at the company’s page.")
    if page is not None or last.state in {AttemptState.ANSWERED, AttemptState.UNKNOWN}:
        return translate(
            "We have not heard from the company yet that it was paid. If you have paid, it takes"
            " some minutes, by direct debit some days; please do not pay twice. If you have not,"
            " you can go on."
        )
    return translate("It was not paid, and nothing was taken from you. You can try once more.")


def _show(
    request: HttpRequest, rail: Rail, wish: Wish, *, state: PledgeState, reference: str = ""
) -> HttpResponse:
    translate = theme().translate
    is_open = state in {PledgeState.OPEN, PledgeState.PART}
    if is_open and not rail.is_offered:
        return _say_way_closed(request, wish)
    has_come = not is_open and state is not PledgeState.RETURNED
    title = translate("Thank you!") if has_come else translate("How to send your gift")
    shown = rail_kind(rail.kind).shown(rail.sponsor.legal_name, rail.account_ref, rail.details)
    context = {
        "title": title,
        "sum": sum_said(wish.minor, wish.currency, wish.frequency),
        "is_monthly": wish.frequency == MONTHLY,
        # Somebody whose standing order runs may want to look the account up once more.
        "is_open": is_open or wish.frequency == MONTHLY,
        "state": state_said(state) if reference else "",
        "way": name_of(rail),
        "reference": grouped(reference) if reference else "",
        "structured": rf_of(reference) if reference and rail.kind == "bank" else "",
        "bank": None,
        "cheque": None,
        "link": None,
        rail.kind: shown,
        "code": _code(rail, wish, reference, shown),
        "tax_words": rail.sponsor.tax_words,
        "action": f"{root(request)}-/donate",
        "hidden": [("choice", str(wish))],
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


def _say_later(request: HttpRequest, wish: Wish) -> HttpResponse:
    words = theme().translate(
        "The page of this gift was opened very often today. Nothing was taken from you. Please try"
        " again tomorrow, or choose another way; the sum is kept."
    )
    return _offer_others(request, wish, words, status=429)


def _say_no_answer(request: HttpRequest, wish: Wish, rail: Rail) -> HttpResponse:
    words = theme().translate(
        "{name} does not answer just now. Nothing was taken from you. Please choose another way;"
        " the sum is kept.",
        name=name_of(rail),
    )
    return _offer_others(request, wish, words, status=503)


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
