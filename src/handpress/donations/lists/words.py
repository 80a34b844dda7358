"""Words of other systems for how things stand, and what they mean here."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from babel import Locale

from handpress.donations.core.tables import folded
from handpress.donations.lists.values import Standing

NOT_BEGUN = "had not begun"
NOT_THROUGH = "did not go through"

_STANDINGS = {
    Standing.ACTIVE: "active|trialing|in progress|live|ok|yes|true|running|aktiv|actif|activo",
    Standing.PAST_DUE: "past due|unpaid|failing|failed|overdue",
    Standing.PAUSED: "paused|suspended|on hold",
    Standing.ENDED: "canceled|cancelled|ended|expired|completed|complete|incomplete expired|"
    "inactive|stopped|no|false",
}
_WAITING = "pending|incomplete|created|approval pending|approved|template"
_CAME = (
    "paid|complete|completed|succeeded|success|publish|published|renewal|settled|captured|"
    "partially refunded|partial refund|partially paid|refunded|ok|cleared|yes|true"
)
_CAME_NOT = (
    "failed|pending|abandoned|cancelled|canceled|revoked|processing|requires payment method|"
    "requires action|requires confirmation|requires capture|blocked|preapproval|incomplete|"
    "uncaptured|denied|expired|declined|in progress|on hold|held|placed|unclaimed|overdue|"
    "template|early fraud warning|void|voided|no|false"
)
_BACK = {"refunded", "reversed", "chargeback", "charged back", "returned"}
_INTERVALS = {
    "month": "month|months|monthly|every month|m|1 month|mon|monatlich|mensuel|mensual",
    "day": "day|days|daily|every day|d",
    "week": "week|weeks|weekly|every week|w",
    "quarter": "quarter|quarters|quarterly|every quarter",
    "year": "year|years|yearly|annual|annually|every year|y|jahrlich|annuel|anual",
}
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")


def standing_of(text: str) -> Standing | str:
    """Return how a plan stands; a word for what is no plan yet. ValueError where nobody knows."""
    said = folded(text)
    if not said:
        return Standing.ACTIVE
    if said in _WAITING.split("|"):
        return NOT_BEGUN
    for standing, words in _STANDINGS.items():
        if said in words.split("|"):
            return standing
    raise ValueError("how it stood there is not understood")


def has_come(text: str) -> bool:
    """Say whether a gift came, by the word for its state; ValueError where nobody knows."""
    said = folded(text)
    if not said or said in _CAME.split("|") or said in _BACK:
        return True
    if said in _CAME_NOT.split("|"):
        return False
    raise ValueError("whether it came is not understood")


def went_back(text: str) -> bool:
    """Say whether the word for a gift's state means that all of it went back."""
    return folded(text) in _BACK


def interval_of(text: str, count: str = "") -> str:
    """Return ``monthly``; ValueError that says how often it is, where that is not every month."""
    said = folded(text)
    number = folded(count) or "1"
    if found := re.fullmatch(r"(?:every )?(\d+) (\w+)", said):
        number, said = found[1], found[2]
    unit = next((name for name, words in _INTERVALS.items() if said in words.split("|")), "")
    if not unit or not re.fullmatch(r"\d{1,4}", number) or not int(number):
        raise ValueError("how often is not understood; plans here are monthly")
    if unit == "month" and int(number) == 1:
        return "monthly"
    if int(number) == 1:
        raise ValueError(f"is every {unit}, not every month")
    raise ValueError(f"is every {int(number)} {unit}s, not every month")


def company_of(text: str) -> str:
    """Return the kind of the company that a word for a way to pay means; "" for none of ours."""
    said = folded(text).replace(" ", "")
    kinds = ("stripe", "paypal", "mollie", "gocardless", "btcpay")
    return next((kind for kind in kinds if kind in said), "")


def worded_day(text: str) -> date | None:
    """Return a day whose month is written as a word, as in “26 November 2026”; None for others."""
    months = [
        found for word in re.findall(r"[^\W\d_]+", text) if (found := _months().get(word_of(word)))
    ]
    figures = re.findall(r"\d+", text.partition(":")[0])
    numbers = [int(each) for each in figures if len(each) <= 9]
    if len(months) != 1 or len(numbers) < 2:
        return None
    years = [each for each in numbers[:3] if each > 31]
    days = [each for each in numbers[:2] if each <= 31]
    if len(years) != 1 or not days:
        return None
    try:
        return date(years[0], months[0], days[0])
    except ValueError:
        return None


def word_of(text: str) -> str:
    """Return a word as it is looked up."""
    return folded(text)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in _LANGUAGES:
        names = Locale.parse(language).months["format"]
        for width in ("wide", "abbreviated"):
            for number, name in names[width].items():
                found.setdefault(folded(name), number)
    return found
