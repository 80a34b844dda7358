"""Signing up and confirming."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from handpress.accounts.throttle import network_of
from handpress.digest.actions import Confirmed, SignUp, ask_to_read, confirm
from handpress.digest.actions.signing_up import find_consent
from handpress.digest.core.tokens import token_of
from handpress.digest.forms import SignUpForm
from handpress.digest.models import Frequency
from handpress.digest.stamps import is_good_stamp, make_stamp
from handpress.digest.wording import consent_words
from handpress.mail.core.addresses import Address, likely_meant
from handpress.press.answers import (
    Form,
    Link,
    answer,
    open_to_readers,
    own_name,
    render_page,
    root,
    spoken,
)
from handpress.press.site import theme


@open_to_readers
def subscribe(request: HttpRequest) -> HttpResponse:
    """Show the form; take it, wherever it was printed."""
    if request.method != "POST":
        return _show_form(request, SignUpForm())
    form = SignUpForm(request.POST)
    if form.is_trap_sprung:
        return _say_done(request)
    if not form.is_valid():
        return _show_form(request, form, status=400)
    address: Address = form.cleaned_data["address"]
    if not form.is_sure and (meant := likely_meant(address)):
        return _ask_if_meant(request, form, address.text, meant)
    is_patient = is_good_stamp(str(request.POST.get("stamp", "")), address)
    outcome = ask_to_read(
        address,
        frequency=form.pace,
        network=network_of(request),
        is_patient=is_patient,
    )
    if outcome is SignUp.WAIT:
        return _ask_to_wait(request)
    if outcome is SignUp.PRESS_ONCE_MORE:
        return _ask_to_press_once_more(request, form, address)
    return _say_done(request)


def _show_form(request: HttpRequest, form: SignUpForm, *, status: int = 200) -> HttpResponse:
    shown = {**form.as_context(), "action": own_name(request), "consent": consent_words()}
    title = theme().translate("The digest by mail")
    return render_page(request, "readers/sign-up.html", title, {"form": shown}, status=status)


def _ask_if_meant(request: HttpRequest, form: SignUpForm, typed: str, meant: str) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Is the address right?"),
        [translate("You wrote {address}. It looks as if a letter slipped.", address=typed)],
        forms=[
            Form(
                translate("No, I meant {address}", address=meant),
                hidden=form.again(address=meant, sure="1"),
            ),
            Form(
                translate("Yes, {address} is right", address=typed),
                hidden=form.again(address=typed, sure="1"),
            ),
        ],
    )


def _ask_to_press_once_more(
    request: HttpRequest, form: SignUpForm, address: Address
) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("One more press"),
        [
            translate(
                "Many sign-ups come in at this moment, and some are not made by people. Please "
                "take a breath, then press this button; your mail leaves at once."
            )
        ],
        forms=[
            Form(
                translate("Sign up {address}", address=address.text),
                hidden=form.again(address=address.text, sure="1", stamp=make_stamp(address)),
            )
        ],
    )


def _ask_to_wait(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    response = answer(
        request,
        translate("Please try again in an hour"),
        [
            translate(
                "Very many sign-ups came from your network, so we mail nobody more from there for "
                "now. Your address is not written down. From another network it works at once."
            )
        ],
        links=[Link(translate("Back to the form"), f"{root(request)}subscribe/")],
        status=429,
    )
    response["Retry-After"] = "3600"
    return response


def _say_done(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("Look into your mail"),
        [
            translate(
                "If the address can get mail, a letter from us is on its way. Open the link in it "
                "to confirm, and the digest begins."
            ),
            translate(
                "Nothing there after some minutes? Look among the spam, or sign up once more: a "
                "letter may have been mistyped."
            ),
        ],
        links=[Link(translate("Front page"), f"{root(request)}")],
    )


@open_to_readers
def confirm_sign_up(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask, and on the press of the button make a reader: programs that follow links press none."""
    if request.method == "POST":
        return _confirm(request, signed)
    consent = find_consent(signed)
    if consent is None:
        return _say_dead(request)
    language = spoken(consent.subscriber.language)
    translate = theme().translate
    weekly = consent.frequency == Frequency.WEEKLY
    return answer(
        request,
        translate("Shall it begin?", language),
        [
            translate("You get the digest once a week.", language)
            if weekly
            else translate("You get the digest every day that has news.", language)
        ],
        forms=[Form(translate("Yes, mail me the digest", language))],
        language=language,
    )


def _confirm(request: HttpRequest, signed: str) -> HttpResponse:
    what, reader = confirm(signed)
    if what is Confirmed.DEAD or reader is None:
        return _say_dead(request)
    language = spoken(reader.language)
    translate = theme().translate
    url = f"{root(request)}-/preferences/{token_of(reader.uuid)}"
    return answer(
        request,
        translate("Welcome", language),
        [translate("It is done: the next digest comes to you.", language)],
        links=[
            Link(translate("Choose topics, or how often", language), url),
            Link(translate("Front page", language), root(request)),
        ],
        language=language,
    )


def _say_dead(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("This link does not work any more"),
        [
            translate(
                "It may be too old, already used, or cut short by a mail program. Nothing has "
                "changed. Sign up once more, and a fresh one comes."
            )
        ],
        links=[Link(translate("To the form"), f"{root(request)}subscribe/")],
        status=404,
    )
