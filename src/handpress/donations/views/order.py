"""A standing order whose account is lost, as its donor sees it: where it should go from now on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from handpress.donations.models import Frequency, OrderAnswer, Pledge, Rail, RailKind
from handpress.donations.queries.orders import (
    account_instead,
    accounts_now,
    goes_to,
    is_lost,
    is_order,
    lost_order_of,
)
from handpress.press.answers import answer
from handpress.press.site import theme


@dataclass(frozen=True, slots=True)
class Account:
    """Where a standing order should go, and what its donor is told and may say of that."""

    rail: Rail
    title: str = ""
    words: tuple[str, ...] = ()
    steps: tuple[dict[str, str], ...] = ()


def account_of(pledge: Pledge) -> Account | None:
    """Return where a standing order should go; None where that is no question.

    None also where there is no account instead of a lost one: then it is as with all other gifts.
    """
    if not is_order(pledge):
        return None
    rail = goes_to(pledge)
    if not is_lost(rail):
        # It was changed before.
        return Account(rail) if rail.pk != pledge.rail_id and rail.is_offered else None
    instead = account_instead(rail.sponsor, pledge.currency, accounts_now())
    return _asked(pledge, rail, instead) if instead else None


def _asked(pledge: Pledge, lost: Rail, instead: Rail) -> Account:
    translate = theme().translate
    asked = lost_order_of(pledge.donor, lost.sponsor) if pledge.donor else None
    if asked and asked.answer == OrderAnswer.CHANGED:
        said = translate("You said that it is changed. A gift by it counts as soon as it is here.")
        return Account(instead, translate("Thank you!"), (said,))
    words = translate(
        "The account that your standing order goes to is closed to us. Please change it at your"
        " bank to the account below. The reference stays yours."
    )
    steps = (
        {"value": OrderAnswer.CHANGED.value, "button": translate("I have changed it")},
        {"value": OrderAnswer.ENDED.value, "button": translate("I have ended it")},
    )
    title = translate("Please change your standing order")
    return Account(instead, title, (words,), steps if asked and not asked.answer else ())


def has_ended(pledge: Pledge) -> bool:
    """Say whether a donor has told that a standing order to a lost account is ended."""
    is_monthly = pledge.frequency == Frequency.MONTHLY and pledge.rail.kind == RailKind.BANK
    if pledge.donor is None or not is_monthly:
        return False
    account = goes_to(pledge)
    asked = lost_order_of(pledge.donor, account.sponsor) if is_lost(account) else None
    return asked is not None and asked.answer == OrderAnswer.ENDED


def say_ended(request: HttpRequest) -> HttpResponse:
    """Thank somebody who has ended a standing order."""
    translate = theme().translate
    return answer(
        request,
        translate("This is done"),
        [translate("You said that your standing order has ended. Thank you for what you gave.")],
    )
