"""Giving back: by one person up to a limit, by two above it; by a company, or by our own bank.

Whoever asks and whoever agrees are never the same. What a company took goes back by the company:
the attempt is written down here, and the background asks it. A company that cannot be asked gives
back at its own desk, and the refund is written into the books like one by our bank.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from handpress.donations.actions.attempts import prepare
from handpress.donations.actions.gifts import left_of_gift, refund_gift, steps_on
from handpress.donations.actions.ledger import lock_books
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.companies import caps_of
from handpress.donations.core.movements import Kind, RefusedMovement, check_amounts
from handpress.donations.models import (
    SETTLED,
    Attempt,
    Movement,
    Pledge,
    Purpose,
    RefundAsked,
    RefundState,
)
from handpress.lib.money import exponent_of


class SamePerson(ValueError):
    """Whoever asked cannot agree too."""


def is_given_back_by_company(gift: Movement) -> bool:
    """Say whether a gift's company is asked to give it back; else it is written down by hand."""
    return gift.kind == Kind.CAPTURE and caps_of(gift.rail).gives_back


def is_given_back_whole(gift: Movement) -> bool:
    """Say whether a gift's company can be asked for no less than all that is left of it."""
    return is_given_back_by_company(gift) and not caps_of(gift.rail).gives_back_parts


def alone_up_to(currency: str) -> int:
    """Return what one person alone may give back, in minor units."""
    return int(settings.HANDPRESS.giving.refund_alone * 10 ** exponent_of(currency))


@transaction.atomic
def ask_refund(
    gift: Movement,
    *,
    amount: int,
    fee: int,
    key: str,
    on: date,
    by: Any,
    now: datetime,
) -> tuple[RefundAsked, bool]:
    """Write down that a gift is to be given back, and do it where one person may.

    Returns what was written, and whether it is new: the same form twice is one. Raises
    `RefusedMovement` beyond what is left, less what is under way already, and for less than the
    whole where the company cannot give back less.
    """
    lock_books()
    known = RefundAsked.objects.filter(key=key).first()
    if known:
        return known, False
    check_amounts(Kind.REFUND, -amount, fee)
    left = left_of_gift(gift) - under_way(gift)
    if amount > left:
        raise RefusedMovement("That is more than is left of the gift, or under way already.")
    if amount < left and is_given_back_whole(gift):
        raise RefusedMovement("This company gives back nothing less than the whole gift.")
    # Of one gift, in however many parts.
    is_alone = given_back(gift) + under_way(gift) + amount <= alone_up_to(gift.currency)
    asked = RefundAsked.objects.create(
        movement=gift,
        amount_minor=amount,
        fee_minor=fee,
        key=key,
        on=on,
        state=RefundState.AGREED if is_alone else RefundState.ASKED,
        by=by.pk,
        by_name=by.get_username()[:150],
        asked_at=now,
    )
    if is_alone:
        _give_back(asked, now)
    return asked, True


@transaction.atomic
def answer_refund(asked: RefundAsked, *, agrees: bool, by: Any, now: datetime) -> bool:
    """Agree to a refund that somebody else asked for, or refuse it; False where it was answered.

    Raises `SamePerson`, and `RefusedMovement` where less is left of the gift now.
    """
    lock_books()
    if by.pk == asked.by:
        raise SamePerson("Whoever asked cannot agree too. A second person has to.")
    rows = RefundAsked.objects.filter(pk=asked.pk, state=RefundState.ASKED)
    state = RefundState.AGREED if agrees else RefundState.REFUSED
    done = rows.update(
        state=state,
        answered_by=by.pk,
        answered_by_name=by.get_username()[:150],
        answered_at=now,
    )
    asked.refresh_from_db()
    if done and agrees:
        gift = asked.movement
        if asked.amount_minor > left_of_gift(gift) - under_way(gift, beside=asked):
            raise RefusedMovement("Less is left of the gift now. Refuse this, and ask anew.")
        _give_back(asked, now)
    return bool(done)


def given_back(gift: Movement) -> int:
    """Return what of a gift went back to its donor."""
    kinds = {Kind.REFUND, Kind.REFUND_BACK}
    return -sum(each.amount for each in steps_on(gift) if each.kind in kinds and not each.is_undone)


def under_way(gift: Movement, *, beside: RefundAsked | None = None) -> int:
    """Return what of a gift somebody wants to give back, and has not yet."""
    waiting = gift.refunds_asked.filter(state=RefundState.ASKED)
    if beside is not None:
        waiting = waiting.exclude(pk=beside.pk)
    sent = Attempt.objects.filter(refund_of=gift).exclude(state__in=SETTLED)
    return sum(each.amount_minor for each in waiting) + sum(
        int(each.asked["minor"]) for each in sent
    )


def _give_back(asked: RefundAsked, now: datetime) -> None:
    gift = asked.movement
    if not is_given_back_by_company(gift):
        refund_gift(
            gift, amount=asked.amount_minor, key=asked.key, on=asked.on, fee=asked.fee_minor
        )
        return
    prepare(
        gift.pledge or _pledge_of(gift),
        Purpose.REFUND,
        {
            "capture": gift.remote_id,
            "minor": asked.amount_minor,
            "currency": gift.currency,
        },
        now=now,
        refund_of=gift,
        # Of this refund: two equal ones are two.
        key=f"hp-refund-{asked.pk}",
    )


def _pledge_of(gift: Movement) -> Pledge:
    """Return something to hang an attempt on, for a gift that nobody promised."""
    pledge, _ = write_pledge(
        rail=gift.rail,
        amount=gift.amount_minor,
        currency=gift.currency,
        nonce=uuid4(),
        campaign=gift.campaign,
        donor=None,
    )
    return pledge
