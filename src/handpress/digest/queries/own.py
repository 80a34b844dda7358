"""What a reader may know and choose."""

from __future__ import annotations

from typing import Any

from handpress.digest.models import Subscriber
from handpress.newsroom.cards import date_in_words
from handpress.newsroom.core.languages import language_name
from handpress.newsroom.models import Topic
from handpress.press.site import site_facts, theme


def topics_to_choose() -> list[dict[str, Any]]:
    """Return the public topics in the outlet's order: ``id``, ``name``, ``language``."""
    rows = Topic.objects.filter(live=True).order_by("position", "name", "id")
    return list(rows.values("id", "name", "language"))


def chosen_topics(reader: Subscriber) -> set[int]:
    """Return the ids of the topics that a reader chose; none for one who gets all."""
    if reader.choice is None:
        return set()
    return set(reader.choice.topics.values_list("id", flat=True))


def own_data(reader: Subscriber) -> dict[str, Any]:
    """Return all that is known of a reader, as values that JSON can hold; four queries."""
    topics = (
        reader.choice.topics.order_by("name").values_list("name", flat=True)
        if reader.choice
        else []
    )
    return {
        "address": reader.address,
        "state": reader.get_state_display(),
        "frequency": reader.get_frequency_display(),
        "topics": list(topics) if reader.choice else "all",
        "language": reader.language,
        "came_by": reader.origin,
        "signed_up_at": reader.created_at,
        "confirmed_at": reader.confirmed_at,
        "paused_until": reader.paused_until,
        "left_at": reader.left_at,
        "left_by": reader.left_by,
        "consents": [
            {
                "asked_at": consent.asked_at,
                "confirmed_at": consent.confirmed_at,
                "came_by": consent.origin,
                "words": consent.wording.text if consent.wording else "",
            }
            for consent in reader.consents.select_related("wording").order_by("asked_at")
        ],
        "mails": [
            {
                "edition": f"{one.edition}",
                "outcome": one.get_state_display(),
                "at": one.changed_at,
                "reply": one.reply,
            }
            for one in reader.deliveries.select_related("edition").order_by("edition_id")
        ],
    }


def facts_of(reader: Subscriber, language: str) -> list[dict[str, str]]:
    """Return what is known of a reader in words, each with its name."""
    translate = theme().translate
    tag = language or site_facts().language
    zone = site_facts().zone

    def day(moment: Any) -> str:
        return date_in_words(moment.astimezone(zone).date(), tag) if moment else "–"

    return [
        {"name": translate("E-mail address", language), "value": reader.address},
        {"name": translate("Signed up", language), "value": day(reader.created_at)},
        {"name": translate("Confirmed", language), "value": day(reader.confirmed_at)},
        {
            "name": translate("Language", language),
            "value": language_name(reader.language or tag, tag),
        },
        {
            "name": translate("Mails sent", language),
            "value": str(reader.deliveries.count()),
        },
    ]
