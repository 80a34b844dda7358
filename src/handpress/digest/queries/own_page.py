"""What is known of a reader, in their own language, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handpress.digest.models import DeliveryState, Frequency, Subscriber, SubscriberState
from handpress.lib.money import format_number
from handpress.mail.letters import letters_to
from handpress.mail.models import LetterState, MailEvent, Suppression
from handpress.newsroom.cards import date_in_words
from handpress.newsroom.core.languages import language_name
from handpress.press.site import site_facts, theme

_MOST_MAILS = 100
_D, _L = DeliveryState, LetterState
_ARRIVED = {_D.ACCEPTED}, {_L.ACCEPTED}
_REFUSED = {_D.FAILED}, {_L.FAILED}
_NOT_SENT = {_D.SUPPRESSED, _D.EXPIRED}, {_L.EXPIRED}
_IN_DOUBT = {_D.UNKNOWN}, {_L.UNKNOWN}

Rows = list[dict[str, str]]


def shown_data(reader: Subscriber, language: str) -> dict[str, Any]:
    """Return ``facts``, ``consents``, ``mails``, ``returned``, each of ``name`` and ``value``.

    ``language`` is the reader's, "" the outlet's. Consents have the ``words`` that were agreed to
    as well. Of mails the newest are shown; ``more`` says so where there are others.
    """
    said = _Said(language)
    mails = sorted([*_editions(reader), *_letters(reader)], key=lambda each: each[0], reverse=True)
    count = reader.deliveries.count() + letters_to(reader.address).count()
    shown = mails[:_MOST_MAILS]
    more = theme().translate(
        "The newest {number} are shown here; the file has all of them.",
        language,
        number=format_number(len(shown)),
    )
    return {
        "facts": said.facts(reader, count),
        "consents": said.consents(reader),
        "mails": [
            {"name": said.day(on), "value": said.outcome(*state), "words": words}
            for on, words, state in shown
        ],
        "more": more if count > len(shown) else "",
        "returned": said.returned(reader.address_key or ""),
    }


Mail = tuple[date, str, tuple[int, int]]
"""When it was sent, what it was about, and how it stands: the state, and 0 for an edition's."""


def _editions(reader: Subscriber) -> Iterator[Mail]:
    rows = reader.deliveries.select_related("edition").defer("edition__contents", "edition__note")
    for each in rows.order_by("-edition_id")[:_MOST_MAILS]:
        yield each.edition.edition_on, each.edition.subject, (each.state, 0)


def _letters(reader: Subscriber) -> Iterator[Mail]:
    zone = site_facts().zone
    for each in letters_to(reader.address).order_by("-pk")[:_MOST_MAILS]:
        yield each.created_at.astimezone(zone).date(), each.subject, (each.state, 1)


@dataclass(frozen=True, slots=True)
class _Said:
    """Facts in the words of one language."""

    language: str

    def day(self, moment: date | None) -> str:
        """Return a day as its language writes it."""
        if moment is None:
            return "–"
        site = site_facts()
        on = moment.astimezone(site.zone).date() if isinstance(moment, datetime) else moment
        return date_in_words(on, self.language or site.language)

    def facts(self, reader: Subscriber, mails: int) -> Rows:
        """Return what one line each says."""
        translate, language = theme().translate, self.language
        tag = language or site_facts().language
        rows = [
            (translate("E-mail address", language), reader.address),
            (translate("How often?", language), self._pace(reader)),
            (translate("Topics", language), self._topics(reader)),
            (
                translate("Language", language),
                language_name(reader.language or tag, tag),
            ),
            (translate("Signed up", language), self.day(reader.created_at)),
            (translate("Came by", language), self._origin(reader.origin)),
            (translate("Confirmed", language), self.day(reader.confirmed_at)),
            (translate("Mails sent", language), format_number(mails)),
        ]
        if reader.state == SubscriberState.PAUSED:
            rows.append((translate("A pause?", language), self._pause(reader)))
        if reader.left_at:
            rows.append((translate("You have left", language), self.day(reader.left_at)))
        return [{"name": name, "value": value} for name, value in rows]

    def _pace(self, reader: Subscriber) -> str:
        translate = theme().translate
        if reader.frequency == Frequency.WEEKLY:
            return translate("Once a week", self.language)
        return translate("Every day", self.language)

    def _topics(self, reader: Subscriber) -> str:
        if reader.choice is None:
            return theme().translate("Everything", self.language)
        return ", ".join(reader.choice.topics.order_by("name").values_list("name", flat=True))

    def _pause(self, reader: Subscriber) -> str:
        translate = theme().translate
        if reader.paused_until is None:
            return translate("Until I say so here", self.language)
        return translate("Until {day}", self.language, day=self.day(reader.paused_until))

    def _origin(self, origin: str) -> str:
        translate = theme().translate
        if origin in ("", "form"):
            return translate("The form on this site", self.language)
        return translate("A list that was brought along ({name})", self.language, name=origin)

    def consents(self, reader: Subscriber) -> Rows:
        """Return when what was asked and confirmed, with the words agreed to."""
        translate, language = theme().translate, self.language
        return [
            {
                "name": self.day(consent.asked_at),
                "value": translate("Confirmed on {day}", language, day=self.day(at))
                if (at := consent.confirmed_at)
                else translate("Not confirmed", language),
                "words": consent.wording.text if consent.wording else "",
            }
            for consent in reader.consents.select_related("wording").order_by("asked_at")
        ]

    def outcome(self, state: int, kind: int) -> str:
        """Return what became of a mail."""
        translate, language = theme().translate, self.language
        if state in _ARRIVED[kind]:
            return translate("Handed over", language)
        if state in _REFUSED[kind]:
            return translate("Refused", language)
        if state in _NOT_SENT[kind]:
            return translate("Not sent", language)
        if state in _IN_DOUBT[kind]:
            return translate("Nobody knows whether it arrived", language)
        return translate("Still waiting", language)

    def returned(self, address_key: str) -> Rows:
        """Return what the reader's mail service said, and since when nothing is sent to it."""
        translate, language = theme().translate, self.language
        rows: list[tuple[datetime, str, str]] = [
            (each.happened_at, f"{each.reason} {each.status}".strip(), each.said)
            for each in MailEvent.objects.filter(address_key=address_key)
        ]
        for stop in Suppression.objects.filter(address_key=address_key):
            rows.append((stop.created_at, translate("No more mail from this day", language), ""))
            if stop.lifted_at:
                rows.append((stop.lifted_at, translate("Mail again from this day", language), ""))
        rows.sort(key=lambda each: each[0])
        return [{"name": self.day(at), "value": value, "words": said} for at, value, said in rows]
