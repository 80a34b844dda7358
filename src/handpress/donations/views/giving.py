"""Giving: how much, by which way, and then how. No script, no cookie, no account, nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed, sign
from handpress.accounts.throttle import network_of
from handpress.donations.actions.giving import give, running_campaign
from handpress.donations.actions.pledges import NotOpen
from handpress.donations.asking import ask_context, gift_form
from handpress.donations.codes import epc_code
from handpress.donations.core.asking import MONTHLY, Wish, read_choice
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.references import grouped, rf_of
from handpress.donations.forms_giving import GiftForm, WayForm, nonce_of
from handpress.donations.letters import GIFT, gift_link
from handpress.donations.models import Pledge, Rail
from handpress.donations.queries.ways import fitting, offered_rails
from handpress.donations.rails import rail_kind
from handpress.donations.wording import name_of, state_said, sum_said, who_handles
from handpress.lib import clock
from handpress.press.answers import (
    FOR_THE_WAY_BACK,
    Form,
    Link,
    answer,
    open_to_readers,
    own_name,
    render_page,
    root,
)
from handpress.press.site import theme

_STAMP = "donations.form"
_FORM_LASTS = timedelta(days=1)
GIFT_LASTS = timedelta(days=1096)


@open_to_readers
def donate(request: HttpRequest) -> HttpResponse:
    """Ask how much, then by which way; at last write a promise down and say how."""
    rails, campaign = offered_rails(), running_campaign(clock.now())
    if request.method != "POST":
        return _ask(request, None)
    form = gift_form(request.POST, rails, campaign)
    if not form.offered:
        return _say_closed(request)
    if form.is_trap_sprung or not form.is_valid():
        return _ask(request, form, status=400)
    if form.wish is None:
        return _ask_which(request, form)
    if request.POST.get("again"):
        return _ask(request, form)
    wish = form.wish
    ways = fitting(rails, wish.currency, monthly=wish.frequency == MONTHLY)
    if not ways:
        return _say_no_way(request, form)
    way_form = WayForm(request.POST, ways=[rail.pk for rail in ways])
    if not way_form.is_sent:
        return _choose(request, wish, ways)
    stamp = read_signed(_STAMP, way_form.typed("stamp"), now=clock.now(), lasts=_FORM_LASTS)
    if not way_form.is_valid() or stamp is None:
        return _choose(request, wish, ways, way_form, status=400)
    rail = next(rail for rail in ways if rail.pk == way_form.cleaned_data["way"])
    return _give(request, wish, rail, stamp.value, way_form)


def _give(request: HttpRequest, wish: Wish, rail: Rail, nonce: str, form: WayForm) -> HttpResponse:
    now = clock.now()
    try:
        pledge = give(
            wish,
            rail,
            nonce=nonce_of(nonce),
            network=network_of(request),
            now=now,
            address=form.address,
        )
    except NotOpen:
        # Taken off the offer this very moment: the others are shown, the sum is kept.
        ways = fitting(offered_rails(), wish.currency, monthly=wish.frequency == MONTHLY)
        return _choose(request, wish, ways, form, status=409)
    unwritten = f"way-{rail.pk}-{wish}".replace(" ", "-")
    signed = gift_link(pledge, now) if pledge else sign(GIFT, unwritten, now)
    response = HttpResponseRedirect(f"gift/{signed}")
    response.status_code = 303
    return response


@open_to_readers
def gift(request: HttpRequest, signed: str) -> HttpResponse:
    """Say how a gift is sent, and whether it has come."""
    found = read_signed(GIFT, signed, now=clock.now(), lasts=GIFT_LASTS)
    kind, _, rest = found.value.partition("-") if found else ("", "", "")
    if kind == "pledge":
        pledge = Pledge.objects.filter(pk=rest).select_related("rail__sponsor").first()
        if pledge:
            return _show_pledge(request, pledge)
    if kind == "way":
        number, _, choice = rest.replace("-", " ").partition(" ")
        rail = Rail.objects.filter(pk=number).select_related("sponsor").first()
        wish = read_choice(choice)
        if rail and wish:
            return _show(request, rail, wish, state=PledgeState.OPEN)
    return _say_unknown(request)


def _show_pledge(request: HttpRequest, pledge: Pledge) -> HttpResponse:
    moved = pledge.movements.values_list("kind", "amount_minor")
    state = pledge_state(pledge.amount_minor, [(Kind(kind), minor) for kind, minor in moved])
    if state is PledgeState.MORE and pledge.frequency == MONTHLY:
        state = PledgeState.SETTLED
    wish = Wish(pledge.amount_minor, pledge.currency, pledge.frequency)
    return _show(request, pledge.rail, wish, state=state, reference=pledge.reference)


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
    return render_page(request, "giving/gift.html", title, {"gift": context})


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


def _ask(request: HttpRequest, form: GiftForm | None, *, status: int = 200) -> HttpResponse:
    ask = ask_context(offered_rails(), running_campaign(clock.now()), own_name(request), form)
    if ask is None:
        return _say_closed(request)
    title = theme().translate("Give")
    return render_page(request, "giving/ask.html", title, {"ask": ask}, status=status)


def _ask_which(request: HttpRequest, form: GiftForm) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("How much is it?"),
        [translate("“{typed}” can be read in two ways.", typed=form.typed("amount")[:40])],
        forms=[
            Form(
                sum_said(wish.minor, wish.currency, wish.frequency), hidden=(("choice", str(wish)),)
            )
            for wish in form.readings
        ],
        links=[Link(translate("Back to the form"), f"{root(request)}donate/")],
    )


def _choose(
    request: HttpRequest,
    wish: Wish,
    ways: list[Rail],
    form: WayForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    monthly = wish.frequency == MONTHLY
    chosen = form.typed("way") if form else ""
    stamp = form.typed("stamp") if form else ""
    now = clock.now()
    if read_signed(_STAMP, stamp, now=now, lasts=_FORM_LASTS) is None:
        stamp = sign(_STAMP, str(uuid4()), now)
    errors = form.errors if form else {}
    email = form.typed("email") if form else ""
    context = {
        "action": own_name(request),
        "sum": sum_said(wish.minor, wish.currency, wish.frequency),
        "hidden": [("choice", str(wish))],
        "stamp": stamp,
        "ways": [
            {
                "id": rail.pk,
                "name": name_of(rail),
                "words": who_handles(rail, monthly=monthly),
                "is_chosen": len(ways) == 1 or chosen == str(rail.pk),
            }
            for rail in ways
        ],
        "email": email,
        "sure": email if form and form.meant else "",
        "error": _first(errors, "way"),
        "email_error": _first(errors, "email"),
    }
    title = theme().translate("How would you like to send it?")
    response = render_page(request, "giving/ways.html", title, {"choose": context}, status=status)
    response["Cache-Control"] = FOR_THE_WAY_BACK
    return response


def _first(errors: Any, name: str) -> str:
    return str(errors[name][0]) if name in errors else ""


def _say_no_way(request: HttpRequest, form: GiftForm) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("No way takes this now"),
        [translate("What you chose cannot be taken at the moment. Other sums or currencies can.")],
        forms=[Form(translate("Change the sum"), hidden=(*form.hidden(), ("again", "1")))],
    )


def _say_way_closed(request: HttpRequest, wish: Wish) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Please choose another way"),
        [
            translate(
                "The way that you chose takes no gifts any more. Please do not send money to the"
                " account that you were shown. What you meant to give is kept:"
            ),
            sum_said(wish.minor, wish.currency, wish.frequency),
        ],
        forms=[
            Form(
                translate("Choose another way"),
                action=f"{root(request)}-/donate",
                hidden=(("choice", str(wish)),),
            )
        ],
    )


def _say_closed(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Ways to give"),
        [translate("How to give will be announced here.")],
        links=[Link(translate("Front page"), root(request))],
    )


def _say_unknown(request: HttpRequest) -> HttpResponse:
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
