"""What donors are told of each way to give, in the theme's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

from handpress.donations.companies import company_kind
from handpress.donations.core.asking import MONTHLY
from handpress.donations.core.pledges import PledgeState
from handpress.donations.models import Donor, Plan, PlanState, Rail
from handpress.lib.languages import tidy_tag
from handpress.lib.money import format_money
from handpress.newsroom.core.languages import language_name
from handpress.newsroom.outlet import writing_languages
from handpress.press.answers import spoken
from handpress.press.catalogues import speaking
from handpress.press.site import language_now, site_facts, theme


def speaking_to(donor: Donor | None) -> AbstractContextManager[None]:
    """Have words be said in a donor's language, where the theme has words in it."""
    return speaking(spoken(tidy_tag(donor.language)) if donor else "")


def languages_offered(donor: Donor | None) -> list[dict[str, Any]]:
    """Return the languages that letters to a donor can be in: none where there is one alone.

    They are those that the outlet writes in, and the one that the donor's letters are in, where
    the theme has words in them.
    """
    own = site_facts().language
    now = (spoken(tidy_tag(donor.language)) if donor else "") or own
    tags = dict.fromkeys([own, *(spoken(tag) or own for tag in writing_languages()), now])
    if len(tags) < 2:
        return []
    return [{"tag": tag, "name": language_name(tag, tag), "is_chosen": tag == now} for tag in tags]


def sum_said(minor: int, currency: str, frequency: str) -> str:
    """Return how much and how often, as its reader would say it."""
    amount = format_money(minor, currency, language_now(), hides_zeros=True)
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
        case "debit":
            return translate("By direct debit from your account")
        case "practice":
            return translate("By practice card, without money")
        case kind if rail.is_company:
            return _called(kind)
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
        case kind if rail.is_company:
            words = _company(rail, kind, monthly=monthly)
        case _:
            words = [
                translate(
                    "The page belongs to somebody else, who takes gifts for {name}. You choose sum"
                    " and way to pay there, and what you write there we do not see.",
                    name=holder,
                )
            ]
    return [*words, rail.sponsor.tax_words] if rail.sponsor.tax_words else words


def _called(kind: str) -> str:
    """Return what donors call a way by a company."""
    translate = theme().translate
    names: Mapping[str, Any] = {
        "stripe": translate("By card or wallet, with {name}", name="Stripe"),
        "paypal": translate("With {name}", name="PayPal"),
        "mollie": translate("By card, bank or wallet, with {name}", name="Mollie"),
        "gocardless": translate("By direct debit, with {name}", name="GoCardless"),
        "btcpay": translate("By Bitcoin"),
    }
    return str(names[kind])


def _company(rail: Rail, kind: str, *, monthly: bool) -> list[str]:
    translate = theme().translate
    caps = company_kind(kind).caps(rail.details)
    holder = rail.sponsor.legal_name
    if kind == "practice":
        return [
            translate(
                "This company does not exist, and no money moves. It is here so that one can see"
                " what giving by a company is like."
            )
        ]
    words = [
        translate(
            "The page of {host} opens, a server of our own: no company takes the money, it goes"
            " straight to {name}. Everybody can see a payment with coins, and nobody whose it is.",
            host=caps.host,
            name=holder,
        )
        if kind == "btcpay"
        else translate(
            "The page of {host} opens. That company takes the money for {name}; it learns the sum,"
            " where you are, and {what}, and keeps that by its own rules.",
            host=caps.host,
            name=holder,
            what=", ".join(_learns(caps.learns)),
        )
    ]
    if caps.needs_script:
        words.append(translate("That page needs JavaScript."))
    if monthly and caps.takes_mandates:
        words.append(
            translate(
                "We take the gift every month until you end it: by a link that we mail you, in two"
                " clicks."
            )
        )
    elif monthly:
        words.append(
            translate(
                "This way cannot take gifts by itself: every month you get a letter with one link."
            )
        )
    return words


def _learns(keys: Iterable[str]) -> list[str]:
    translate = theme().translate
    said: Mapping[str, Any] = {
        "name": translate("your name"),
        "email": translate("your e-mail address"),
        "address": translate("your postal address"),
        "card": translate("your card’s number"),
        "account": translate("your account’s number"),
        "coin_address": translate("the address that the coins come from"),
    }
    return [str(said[key]) for key in keys]


def consent_words(minor: int, currency: str) -> str:
    """Return the words that somebody agrees to who gives every month by a company."""
    return str(
        theme().translate(
            "I agree that {sum} is taken every month until I end it.",
            sum=format_money(minor, currency, language_now()),
        )
    )


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


def plan_state_said(plan: Plan) -> str:
    """Return how a monthly gift is; nothing of one that simply gives."""
    translate = theme().translate
    said: Mapping[str, Any] = {
        PlanState.STARTING: translate("It begins as soon as the company says that you agreed."),
        PlanState.PAUSED: translate("It is paused. Nothing is taken until you go on."),
        PlanState.PAST_DUE: translate(
            "The last gift could not be taken. Please choose a way once more, or end it."
        ),
        PlanState.NEEDS_RECONSENT: translate(
            "The way by which it came is closed to us. Please choose a new one, or end it."
        ),
        PlanState.CANCELLED: translate("It has ended. Nothing is taken any more. Thank you!"),
    }
    return str(said.get(plan.state, ""))
