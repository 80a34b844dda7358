"""Giving: how much, by which way, and then how. No script, no cookie, no account.

Nobody else hears of it, unless one chooses a company: then its page opens, and no other.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handpress.accounts.signed import read_signed, sign
from handpress.accounts.throttle import neighbourhood_of, network_of
from handpress.donations.actions.beginning import TooMany, begin_gift, takes_mandates
from handpress.donations.actions.giving import give, mail_way, running_campaign
from handpress.donations.actions.pledges import NotOpen
from handpress.donations.asking import ask_context, gift_form
from handpress.donations.core.asking import MONTHLY, Wish
from handpress.donations.core.fees import grossed_up
from handpress.donations.forms_giving import GiftForm, WayForm, nonce_of
from handpress.donations.letters import GIFT, gift_link
from handpress.donations.models import Pledge, Rail
from handpress.donations.queries.ways import able, fitting, offered_rails
from handpress.donations.views.companies import to_companies, to_company
from handpress.donations.wording import (
    consent_words,
    languages_offered,
    name_of,
    sum_said,
    who_handles,
)
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
    spoken,
)
from handpress.press.catalogues import speaking
from handpress.press.site import theme

_STAMP = "donations.form"
_FORM_LASTS = timedelta(days=1)


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
    ways = _ways_for(form.wish, rails)
    if not ways:
        return _say_no_way(request, form)
    return _by_way(request, form.wish, ways)


def _ways_for(wish: Wish, offered: list[Rail]) -> list[Rail]:
    ways = fitting(offered, wish.currency, monthly=wish.frequency == MONTHLY)
    return able(ways, wish.minor, wish.currency)


def _by_way(request: HttpRequest, wish: Wish, ways: list[Rail]) -> HttpResponse:
    monthly = wish.frequency == MONTHLY
    needing = {rail.pk for rail in ways if rail.is_company and monthly}
    languages = [each["tag"] for each in languages_offered(None)]
    form = WayForm(
        request.POST, ways=[rail.pk for rail in ways], needing=needing, languages=languages
    )
    if not form.is_sent:
        return _choose(request, wish, ways)
    stamp = read_signed(_STAMP, form.typed("stamp"), now=clock.now(), lasts=_FORM_LASTS)
    if not form.is_valid():
        return _choose(request, wish, ways, form, status=400)
    if stamp is None:
        words = theme().translate(
            "This page was open for more than a day, or was not whole. Nothing was taken from you;"
            " please go on once more."
        )
        return _choose(request, wish, ways, form, status=400, words=words)
    rail = next(rail for rail in ways if rail.pk == form.cleaned_data["way"])
    whole = _with_fee(wish, rail) if form.wants_cover else None
    if whole and not form.covered:
        return _review(request, wish, whole, rail, form)
    return _give(request, wish, rail, ways, stamp.value, form, whole=whole or wish)


def _with_fee(wish: Wish, rail: Rail) -> Wish | None:
    """Return the wish with a company's fee on top; None where no fee is known."""
    percent = rail.details.get("fee_percent") if rail.is_company else None
    fixed = int(rail.details.get("fee_fixed_minor", 0)) if rail.currency == wish.currency else 0
    if not percent and not fixed:
        return None
    return Wish(grossed_up(wish.minor, Decimal(percent or 0), fixed), wish.currency, wish.frequency)


def _give(
    request: HttpRequest,
    wish: Wish,
    rail: Rail,
    ways: list[Rail],
    nonce: str,
    form: WayForm,
    *,
    whole: Wish,
) -> HttpResponse:
    """Write down ``whole``; whoever has to choose once more does so for ``wish``, without a fee."""
    now = clock.now()
    try:
        pledge = give(
            whole,
            rail,
            nonce=nonce_of(nonce),
            network=network_of(request),
            now=now,
            address=form.address,
            language=form.language,
            cover=whole.minor - wish.minor,
        )
    except NotOpen:
        # Taken off the offer this very moment: the others are shown, the sum is kept.
        return _choose(request, wish, _ways_for(wish, offered_rails()), form, status=409)
    if rail.is_company:
        return _to_company(request, wish, ways, pledge, form)
    unwritten = f"way-{rail.pk}-{wish}".replace(" ", "-")
    signed = gift_link(pledge, now) if pledge else sign(GIFT, unwritten, now)
    return _see_other(f"gift/{signed}")


def _to_company(
    request: HttpRequest, wish: Wish, ways: list[Rail], pledge: Pledge | None, form: WayForm
) -> HttpResponse:
    translate = theme().translate
    now = clock.now()
    try:
        if pledge is None:
            raise TooMany
        if pledge.movements.exists():
            return _see_other(f"gift/{gift_link(pledge, now)}")
        with speaking(spoken(form.language)):
            url = begin_gift(pledge, now, network=neighbourhood_of(request))
    except TooMany:
        return _say_too_many(request, wish, ways, pledge, form)
    if url:
        return to_company(url)
    words = translate(
        "{name} does not answer just now. Nothing was taken from you. Please choose another way;"
        " the sum is kept.",
        name=name_of(pledge.rail),
    )
    ways = _ways_for(wish, [rail for rail in offered_rails() if rail.pk != pledge.rail_id])
    return _choose(request, wish, ways, form, status=503, words=words)


def _say_too_many(
    request: HttpRequest, wish: Wish, ways: list[Rail], pledge: Pledge | None, form: WayForm
) -> HttpResponse:
    """Lead to the company by a letter, or to the other ways, while very many try."""
    translate = theme().translate
    if (
        pledge
        and form.address
        and mail_way(pledge, form.address, clock.now(), language=form.language)
    ):
        return answer(
            request,
            translate("Please look into your mail"),
            [
                translate(
                    "Very many want to give this way at the moment, and some of them are programs"
                    " that try out stolen cards. We have mailed you a link; it leads on."
                )
            ],
        )
    words = (
        translate(
            "Very many want to give this way at the moment. Write an e-mail address, and we mail"
            " you the link; or choose another way. The sum is kept."
        )
        if pledge and not form.address
        # Without a promise there is nothing to mail; or so much was mailed of late.
        else translate(
            "Very many want to give this way at the moment. Please try again in an hour, or choose"
            " another way. The sum is kept."
        )
    )
    return _choose(request, wish, ways, form, status=429, words=words)


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


# --- pages -----------------------------------------------------------------------------------


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
    words: str = "",
) -> HttpResponse:
    chosen = form.typed("way") if form else ""
    errors = form.errors if form else {}
    email = form.typed("email") if form else ""
    has_company = any(rail.is_company for rail in ways)
    context = {
        "action": own_name(request),
        "sum": sum_said(wish.minor, wish.currency, wish.frequency),
        "hidden": [("choice", str(wish))],
        "stamp": _stamp(form),
        "ways": [_offer(rail, wish, len(ways) == 1 or chosen == str(rail.pk)) for rail in ways],
        "email": email,
        "languages": _languages(form),
        "sure": email if form and form.meant else "",
        "error": words or _first(errors, "way"),
        "email_error": _first(errors, "email"),
        "has_cover": any(_with_fee(wish, rail) for rail in ways),
        "wants_cover": bool(form and form.wants_cover),
        "has_company": has_company,
        "needs_email": has_company and wish.frequency == MONTHLY,
        "consent": _consent(wish, ways),
    }
    title = theme().translate("How would you like to send it?")
    response = to_companies(
        request, ways, "giving/ways.html", title, {"choose": context}, status=status
    )
    response["Cache-Control"] = FOR_THE_WAY_BACK
    return response


def _languages(form: WayForm | None) -> list[dict[str, Any]]:
    """Return the languages to choose from, as they were chosen if they were."""
    chosen = form.language if form else ""
    offered = languages_offered(None)
    return [{**each, "is_chosen": each["tag"] == chosen} for each in offered] if chosen else offered


def _consent(wish: Wish, ways: list[Rail]) -> str:
    """Return the words that whoever goes on by a company agrees to; "" where none takes a gift."""
    if wish.frequency != MONTHLY or not any(map(takes_mandates, ways)):
        return ""
    return consent_words(wish.minor, wish.currency)


def _offer(rail: Rail, wish: Wish, is_chosen: bool) -> dict[str, Any]:
    return {
        "id": rail.pk,
        "name": name_of(rail),
        "words": who_handles(rail, monthly=wish.frequency == MONTHLY),
        "is_chosen": is_chosen,
    }


def _stamp(form: WayForm | None) -> str:
    now = clock.now()
    stamp = form.typed("stamp") if form else ""
    if read_signed(_STAMP, stamp, now=now, lasts=_FORM_LASTS) is None:
        return sign(_STAMP, str(uuid4()), now)
    return stamp


def _review(
    request: HttpRequest, wish: Wish, whole: Wish, rail: Rail, form: WayForm
) -> HttpResponse:
    """Show the sum with the fee, exactly, before anything happens."""
    translate = theme().translate
    said = sum_said(whole.minor, whole.currency, whole.frequency)
    same = [
        ("choice", str(wish)),
        ("stamp", form.typed("stamp")),
        ("way", str(rail.pk)),
        ("email", form.typed("email")),
        ("sure", form.typed("email")),
        ("language", form.language),
    ]
    heading = translate("With the company’s fee")
    context = {
        "heading": heading,
        "sum": said,
        "words": [
            translate(
                "Of this, about {fee} is for the company’s fee, and {sum} reaches us.",
                fee=sum_said(whole.minor - wish.minor, wish.currency, "once"),
                sum=sum_said(wish.minor, wish.currency, "once"),
            )
        ],
        "forms": [
            {
                "button": translate("Give {sum}", sum=said),
                "hidden": [*same, ("cover", "1"), ("covered", "1")],
                "consent": _consent(whole, [rail]),
            },
            {
                "button": translate(
                    "Give {sum}, without the fee",
                    sum=sum_said(wish.minor, wish.currency, wish.frequency),
                ),
                "hidden": same,
                "consent": _consent(wish, [rail]),
            },
        ],
        "action": own_name(request),
    }
    return to_companies(request, [rail], "giving/review.html", heading, {"review": context})


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


def _say_closed(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Ways to give"),
        [translate("How to give will be announced here.")],
        links=[Link(translate("Front page"), root(request))],
    )
