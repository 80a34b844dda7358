"""The letters that readers get about their own sign-up and data, in their language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from handpress.accounts.signed import sign
from handpress.digest.core.tokens import token_of
from handpress.digest.models import Consent, Subscriber
from handpress.newsroom.letters import Words, write_words
from handpress.press.answers import public_url, spoken
from handpress.press.site import site_facts, theme

CONFIRM, DATA = "digest.confirm", "digest.own data"
CONFIRM_WITHIN_DAYS = 7
DATA_WITHIN_HOURS = 24


def write_confirmation(reader: Subscriber, consent: Consent, now: datetime) -> None:
    """Ask whether it was they who signed up."""
    translate, name = _voice(reader), site_facts().name
    words = Words(
        translate("Please confirm: the digest of {name}", name=name),
        [
            translate(
                "Somebody, we hope you, asked for the digest of {name} at this address.", name=name
            ),
            translate("If it was you, please open this page and press its button:"),
        ],
        translate("Confirm"),
        public_url(f"confirm/{sign(CONFIRM, str(consent.pk), now)}"),
        [
            translate("The link works for {days} days.", days=CONFIRM_WITHIN_DAYS),
            translate(
                "If it was not you, do nothing: no digest comes, and the address is forgotten."
            ),
        ],
    )
    _write(reader, words, kind="confirm", deadline_s=CONFIRM_WITHIN_DAYS * 86400)


def write_known(reader: Subscriber) -> None:
    """Tell a reader who signs up again that they are one, with their own links."""
    translate, name = _voice(reader), site_facts().name
    words = Words(
        translate("You read the digest of {name} already", name=name),
        [
            translate(
                "Somebody, we hope you, asked for the digest of {name} at this address.", name=name
            ),
            translate(
                "You are one of its readers already. Here you choose what you get, and how often:"
            ),
        ],
        translate("Your digest"),
        public_url(f"preferences/{token_of(reader.uuid)}"),
        [
            translate("Does it not arrive? Look among the mail that your provider takes for spam."),
            translate("If it was not you, do nothing: nothing has changed."),
        ],
    )
    _write(reader, words, kind="known", deadline_s=86400)


def write_data_link(reader: Subscriber, now: datetime) -> None:
    """Send a reader the link to their own data."""
    translate, name = _voice(reader), site_facts().name
    words = Words(
        translate("Your data at {name}", name=name),
        [
            translate(
                "Behind this link you see what {name} knows of you, take it along, or erase it:",
                name=name,
            ),
        ],
        translate("Your data"),
        public_url(f"my-data/{sign(DATA, token_of(reader.uuid), now)}"),
        [
            translate("The link works for {hours} hours.", hours=DATA_WITHIN_HOURS),
            translate("If it was not you who asked for it, do nothing: nothing has changed."),
        ],
    )
    _write(reader, words, kind="data", deadline_s=DATA_WITHIN_HOURS * 3600)


def write_way_out(reader: Subscriber) -> None:
    """Send a reader in whose name somebody asked to leave the link that does it."""
    translate, name = _voice(reader), site_facts().name
    words = Words(
        translate("To leave the digest of {name}", name=name),
        [
            translate(
                "Somebody, we hope you, wrote to us from this address to leave the digest of"
                " {name}.",
                name=name,
            ),
            translate("A mail does not prove who wrote it: nothing has changed yet."),
            translate("If it was you, please open this page and press its button:"),
        ],
        translate("Leave the digest"),
        public_url(f"unsubscribe/{token_of(reader.uuid)}"),
        [translate("If it was not you, do nothing: nothing has changed.")],
    )
    _write(reader, words, kind="leave", deadline_s=86400)


def _voice(reader: Subscriber) -> Callable[..., str]:
    return partial(theme().translate, language=spoken(reader.language))


def _write(reader: Subscriber, words: Words, *, kind: str, deadline_s: int) -> None:
    language = spoken(reader.language)
    write_words(reader.address, words, kind=kind, deadline_s=deadline_s, language=language)
