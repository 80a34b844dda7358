"""What readers do by their own links: leave, choose, see, take along and erase what is theirs."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

from handpress.digest import actions
from handpress.digest.actions.data import reader_of_data_link
from handpress.digest.core.tokens import read_token, token_of
from handpress.digest.models import Subscriber, SubscriberState
from handpress.digest.queries import own_data, shown_data
from handpress.press.answers import (
    Form,
    Link,
    answer,
    open_to_readers,
    render_page,
    root,
    spoken,
    tongue,
)
from handpress.press.site import theme

_GONE = {SubscriberState.LEFT, SubscriberState.ERASED}


@open_to_readers
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Let a reader go by one POST, whatever its body (RFC 8058); a GET shows the button."""
    if request.method == "POST":
        how = "one-click" if _is_of_a_mail_program(request) else "link"
        reader = actions.leave(token, how)
        return _say_left(request, reader) if reader else say_nobodys(request)
    reader = reader_of(token)
    if reader is None:
        return say_nobodys(request)
    if reader.state in _GONE:
        return _say_left(request, reader)
    language = spoken(reader.language)
    translate = theme().translate
    return answer(
        request,
        translate("Leave the digest?", language),
        [
            translate(
                "Press the button, and no more mail comes to {address}.",
                language,
                address=reader.address,
            )
        ],
        forms=[Form(translate("Leave the digest", language))],
        links=[
            Link(
                translate("Less often, other topics, or a pause instead", language),
                f"{root(request)}-/preferences/{token}",
            )
        ],
        language=language,
    )


def _is_of_a_mail_program(request: HttpRequest) -> bool:
    # A cut-off or malformed body must not keep anybody from leaving.
    try:
        return request.POST.get("List-Unsubscribe") == "One-Click"
    except Exception:
        return False


def _say_left(request: HttpRequest, reader: Subscriber) -> HttpResponse:
    language = spoken(reader.language)
    translate = theme().translate
    return answer(
        request,
        translate("You have left", language),
        [
            translate(
                "No more digest comes to you, not even one that is on its way out now.", language
            ),
            translate(
                "Thank you for having read it. You may come back whenever you like.", language
            ),
        ],
        links=[
            Link(translate("Sign up again", language), f"{root(request)}subscribe/"),
            *to_own_data(request, reader, language),
            Link(translate("Front page", language), root(request)),
        ],
        language=language,
    )


def to_own_data(request: HttpRequest, reader: Subscriber, language: str) -> list[Link]:
    """Return the way to what is known of a reader, where anything is."""
    if reader.state == SubscriberState.ERASED:
        return []
    url = f"{root(request)}-/data-link/{token_of(reader.uuid)}"
    return [Link(theme().translate("Your data", language), url)]


@open_to_readers
def send_data_link(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a reader the link to their own data."""
    reader = reader_of(token)
    if reader is None or reader.state == SubscriberState.ERASED:
        return say_nobodys(request)
    language = spoken(reader.language)
    translate = theme().translate
    if request.method != "POST":
        return answer(
            request,
            translate("Your data", language),
            [translate("The link to it comes by mail, so that nobody else can use it.", language)],
            forms=[Form(translate("Mail me the link", language))],
            language=language,
        )
    actions.send_data_link(reader)
    return answer(
        request,
        translate("Look into your mail", language),
        [translate("The link is on its way. It works for a day.", language)],
        links=[Link(translate("Front page", language), root(request))],
        language=language,
    )


@open_to_readers
def own_data_page(request: HttpRequest, signed: str) -> HttpResponse:
    """Show a reader their data; on a press, hand it over as a file, or erase it."""
    reader = reader_of_data_link(signed)
    if reader is None:
        return _say_run_out(request)
    if reader.state == SubscriberState.ERASED:
        return _say_erased(request)
    wish = request.POST.get("do", "") if request.method == "POST" else ""
    if wish == "export":
        return _hand_over(reader)
    if wish == "erase" and request.POST.get("sure"):
        language = spoken(reader.language)
        actions.erase_reader(reader)
        return _say_erased(request, language)
    return _show_data(request, reader, is_unsure=wish == "erase")


def _show_data(request: HttpRequest, reader: Subscriber, *, is_unsure: bool) -> HttpResponse:
    language = spoken(reader.language)
    translate = theme().translate
    error = translate("Tick the box first: this cannot be undone.", language) if is_unsure else ""
    context = {
        "data": {
            "speak": language,
            "tongue": tongue(language),
            "error": error,
            **shown_data(reader, language),
        }
    }
    title = translate("Your data", language)
    status = 400 if is_unsure else 200
    return render_page(request, "readers/my-data.html", title, context, status=status)


def _hand_over(reader: Subscriber) -> HttpResponse:
    text = json.dumps(own_data(reader), ensure_ascii=False, indent=2, default=str)
    response = HttpResponse(f"{text}\n", content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


def _say_erased(request: HttpRequest, language: str = "") -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("It is erased", language),
        [translate("We do not know your address any more, and no more mail comes.", language)],
        links=[Link(translate("Front page", language), root(request))],
        language=language,
    )


def _say_run_out(request: HttpRequest) -> HttpResponse:
    translate = theme().translate
    return answer(
        request,
        translate("This link does not work any more"),
        [
            translate(
                "It works for a day, and may have been cut short by a mail program. Ask for a "
                "fresh one on the page of your digest, which every digest leads to."
            )
        ],
        links=[Link(translate("Front page"), root(request))],
        status=404,
    )


def say_nobodys(request: HttpRequest) -> HttpResponse:
    """Answer to a token that is nobody's."""
    translate = theme().translate
    return answer(
        request,
        translate("This link is not whole"),
        [
            translate(
                "It is none of ours: a mail program may have cut it short. Nothing has changed. "
                "Please use the link at the foot of any digest, up to its last letter."
            )
        ],
        links=[Link(translate("Front page"), root(request))],
        status=404,
    )


def reader_of(token: str) -> Subscriber | None:
    """Return the reader of a token; None for nobody's."""
    number = read_token(token)
    return Subscriber.objects.filter(uuid=number).first() if number else None
