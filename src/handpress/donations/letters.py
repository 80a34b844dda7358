"""The letter to whoever promised a gift and left an address: how, and under which reference."""

from __future__ import annotations

from datetime import datetime

from handpress.accounts.signed import sign
from handpress.donations.core.references import grouped
from handpress.donations.models import Pledge
from handpress.donations.wording import sum_said
from handpress.newsroom.letters import Words, write_words
from handpress.press.answers import public_url
from handpress.press.site import site_facts, theme

GIFT = "donations.gift"
_WITHIN_DAYS = 7


def gift_link(pledge: Pledge, now: datetime) -> str:
    """Return what comes after `/-/gift/`: the promise, signed."""
    return sign(GIFT, f"pledge-{pledge.pk}", now)


def write_instructions(pledge: Pledge, to: str, now: datetime) -> None:
    """Mail the link to the page that says how. No account is in the letter: it might change."""
    translate = theme().translate
    words = Words(
        translate("Your gift to {name}", name=site_facts().name),
        [
            translate(
                "Somebody, we hope you, wrote down a gift at this address: {sum}.",
                sum=sum_said(pledge.amount_minor, pledge.currency, pledge.frequency),
            ),
            translate("Its reference is {reference}.", reference=grouped(pledge.reference)),
            translate("This page says how to send it, and whether it has come:"),
        ],
        translate("Your gift"),
        public_url(f"gift/{gift_link(pledge, now)}"),
        [
            translate("Nothing is taken from you: money moves only when you send it."),
            translate("If it was not you, do nothing."),
        ],
    )
    write_words(to, words, kind="gift", deadline_s=_WITHIN_DAYS * 86400)
