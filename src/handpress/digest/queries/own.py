"""What a reader may know and choose."""

from __future__ import annotations

from typing import Any

from handpress.digest.models import Subscriber
from handpress.mail.letters import letters_to
from handpress.mail.models import MailEvent, Suppression
from handpress.newsroom.models import Topic


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
    """Return all that is known of a reader, as values that JSON can hold; seven queries.

    It is what `actions.data.erase_reader` erases, and what stays of it.
    """
    key = reader.address_key or ""
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
                "frequency": consent.get_frequency_display(),
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
        "letters": _letters(reader.address),
        "came_back": _came_back(key),
        "not_mailed": _not_mailed(key),
    }


def _came_back(address_key: str) -> list[dict[str, Any]]:
    return [
        {
            "what": event.get_kind_display(),
            "reason": event.reason,
            "status": event.status,
            "said": event.said,
            "at": event.happened_at,
            "consequence": event.get_outcome_display(),
        }
        for event in MailEvent.objects.filter(address_key=address_key).order_by("happened_at", "id")
    ]


def _not_mailed(address_key: str) -> list[dict[str, Any]]:
    rows = Suppression.objects.filter(address_key=address_key).order_by("created_at", "id")
    return [
        {
            "reason": row.get_reason_display(),
            "said": row.said,
            "since": row.created_at,
            "until": row.lifted_at,
        }
        for row in rows
    ]


def _letters(address: str) -> list[dict[str, Any]]:
    # Not what they say: as long as one waits that is a link which its reader has yet to get.
    return [
        {
            "kind": letter.kind,
            "subject": letter.subject,
            "outcome": letter.get_state_display(),
            "at": letter.created_at,
            "reply": letter.reply,
        }
        for letter in letters_to(address).order_by("created_at", "id")
    ]
