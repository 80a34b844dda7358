"""What a reader gets, and how often: chosen by their own link, without a password."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from handpress.digest.actions.readers import TooManyTopics, save_preferences
from handpress.digest.forms import PAUSES, PreferencesForm
from handpress.digest.models import Subscriber, SubscriberState
from handpress.digest.queries import chosen_topics, topics_to_choose
from handpress.digest.views.own import reader_of, say_nobodys, to_own_data
from handpress.lib import clock
from handpress.newsroom.cards import date_in_words, language_context
from handpress.newsroom.core.languages import language_name
from handpress.press.answers import (
    Link,
    answer,
    languages_spoken,
    open_to_readers,
    render_page,
    root,
    spoken,
    tongue,
)
from handpress.press.site import site_facts, theme

_READS = {SubscriberState.ACTIVE, SubscriberState.PAUSED}


@open_to_readers
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a reader has chosen; take a change."""
    reader = reader_of(token)
    if reader is None:
        return say_nobodys(request)
    if reader.state not in _READS:
        return _say_no_reader(request, reader)
    topics = topics_to_choose()
    saved = error = ""
    if request.method == "POST":
        error = _save(request, reader, [topic["id"] for topic in topics])
        reader.refresh_from_db()
        if reader.state not in _READS:
            return _say_no_reader(request, reader)
        if not error:
            saved = theme().translate("Saved.", spoken(reader.language))
    wanted = _shown(reader, token, topics) | {"saved": saved, "error": error}
    title = theme().translate("Your digest", spoken(reader.language))
    status = 400 if error else 200
    return render_page(
        request, "readers/preferences.html", title, {"wanted": wanted}, status=status
    )


def _save(request: HttpRequest, reader: Subscriber, topics: list[int]) -> str:
    """Save what was sent; return what is wrong with it, or ""."""
    language = spoken(reader.language)
    translate = theme().translate
    form = PreferencesForm(request.POST, topics=topics, languages=languages_spoken())
    if not form.is_valid():
        return translate(
            "Something was not understood, and nothing is saved. Please choose again.", language
        )
    today = clock.now().astimezone(site_facts().zone).date()
    hidden = chosen_topics(reader).difference(topics)
    wanted = form.wanted(today=today, until=reader.paused_until, hidden=hidden)
    if form.cleaned_data["which"] == "chosen" and not wanted.topics:
        return translate("Please choose a topic, or everything. Nothing is saved yet.", language)
    try:
        save_preferences(reader, wanted)
    except TooManyTopics:
        return translate(
            "Those are more topics than we can note. Please choose fewer, or everything.", language
        )
    return ""


def _shown(reader: Subscriber, token: str, topics: list[dict[str, Any]]) -> dict[str, Any]:
    speak = spoken(reader.language)
    lang = speak or site_facts().language
    chosen = chosen_topics(reader)
    return {
        "speak": speak,
        "lang": lang,
        "tongue": tongue(speak),
        "address": reader.address,
        "action": token,
        "frequency": reader.get_frequency_display(),
        "is_choosy": reader.choice_id is not None,
        "topics": [
            {**topic, **language_context(topic["language"]), "is_chosen": topic["id"] in chosen}
            for topic in topics
        ],
        "pauses": _pauses(reader, speak, lang),
        "languages": [
            {"tag": tag, "name": language_name(tag, tag), "is_chosen": tag == lang}
            for tag in languages_spoken()
        ],
        "leave_url": f"../unsubscribe/{token}",
        "data_url": f"../data-link/{token}",
    }


def _pauses(reader: Subscriber, speak: str, lang: str) -> list[dict[str, Any]]:
    translate = theme().translate
    texts = {
        "": translate("No, mail me as it comes", speak),
        "week": translate("For a week", speak),
        "fortnight": translate("For two weeks", speak),
        "month": translate("For a month", speak),
        "open": translate("Until I say so here", speak),
    }
    assert set(texts) == {"", *PAUSES, "open"}
    chosen = ""
    if reader.state == SubscriberState.PAUSED:
        chosen = "as it is" if reader.paused_until else "open"
        if reader.paused_until:
            day = date_in_words(reader.paused_until, lang)
            texts = {"": texts.pop(""), chosen: translate("Until {day}", speak, day=day), **texts}
    return [
        {"value": value, "text": text, "is_chosen": value == chosen}
        for value, text in texts.items()
    ]


def _say_no_reader(request: HttpRequest, reader: Subscriber) -> HttpResponse:
    language = spoken(reader.language)
    translate = theme().translate
    return answer(
        request,
        translate("You do not get the digest now", language),
        [
            translate(
                "There is nothing to choose, because no digest goes to this address: you have "
                "left, have not confirmed yet, or mail to you came back.",
                language,
            )
        ],
        links=[
            Link(translate("Sign up again", language), f"{root(request)}subscribe/"),
            *to_own_data(request, reader, language),
        ],
        language=language,
    )
