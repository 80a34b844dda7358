"""What donors are told of each way to give, in the theme's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from handpress.donations.core.asking import MONTHLY
from handpress.donations.core.pledges import PledgeState
from handpress.donations.models import Rail
from handpress.lib.money import format_money
from handpress.press.site import site_facts, theme


def sum_said(minor: int, currency: str, frequency: str) -> str:
    """Return how much and how often, as a reader of the outlet would say it."""
    amount = format_money(minor, currency, site_facts().language, hides_zeros=True)
    if frequency == MONTHLY:
        return theme().translate("{sum} every month", sum=amount)
    return amount


def name_of(rail: Rail) -> str:
    """Return what a way is called."""
    translate = theme().translate
    match rail.kind:
        case "bank":
            return translate("By bank transfer")
        case "cheque":
            return translate("By cheque")
        case _:
            host = urlsplit(rail.account_ref).hostname or ""
            return translate("On the page {host}", host=host)


def who_handles(rail: Rail, *, monthly: bool) -> list[str]:
    """Return who handles the money of a way, and who learns what."""
    translate = theme().translate
    holder = rail.sponsor.legal_name
    match rail.kind:
        case "bank":
            words = [
                translate(
                    "Your bank sends it to the account of {name}; no other company stands in"
                    " between. Both banks see your name, the sum and the reference.",
                    name=holder,
                )
            ]
            if monthly:
                words.append(
                    translate(
                        "You set up a standing order at your bank; only you can change or end it."
                    )
                )
        case "cheque":
            words = [
                translate(
                    "By post to {name}; no other company stands in between. The banks see what"
                    " stands on the cheque.",
                    name=holder,
                )
            ]
        case _:
            words = [
                translate(
                    "The page belongs to somebody else, who takes gifts for {name}. You choose sum"
                    " and way to pay there, and what you write there we do not see.",
                    name=holder,
                )
            ]
    return [*words, rail.sponsor.tax_words] if rail.sponsor.tax_words else words


def state_said(state: PledgeState) -> str:
    """Return what has become of a gift."""
    translate = theme().translate
    said: Mapping[PledgeState, Any] = {
        PledgeState.OPEN: translate(
            "It is written down, and counts as soon as the money is here. That may take some days."
        ),
        PledgeState.PART: translate("A part of it has come. Thank you!"),
        PledgeState.SETTLED: translate("It has come. Thank you!"),
        PledgeState.MORE: translate("It has come, and more than you meant to give. Thank you!"),
        PledgeState.RETURNED: translate("It came, and went back to you."),
    }
    return str(said[state])
