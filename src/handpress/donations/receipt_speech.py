"""How receipts are said: the theme's words, days and sums in one language."""

from __future__ import annotations

from functools import partial

from handpress.donations.core.receipt_words import Speech
from handpress.donations.core.receipts import Profile
from handpress.lib.languages import tidy_tag
from handpress.lib.money import format_money
from handpress.newsroom.cards import date_in_words
from handpress.press.site import site_facts, theme


def speech_for(profile: Profile, donors_language: str = "") -> Speech:
    """Return the form's own language, else the donor's where the theme has it, else the outlet's.

    Where the theme has not even that, it is English.
    """
    return speech_in(profile.language or _spoken(donors_language))


def speech_in(language: str) -> Speech:
    """Return how things are said in a language."""
    return Speech(
        language,
        partial(theme().translate, language=language),
        lambda day: date_in_words(day, language),
        lambda minor, currency: format_money(minor, currency, language),
    )


def _spoken(language: str) -> str:
    words = theme().words
    for tag in (tidy_tag(language), site_facts().language):
        # Whoever stands in for a language has to say which it is.
        if tag and not words.said(tag):
            return tag
    return "en"
