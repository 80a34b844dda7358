"""What a company says is true, written into the books: each movement once, whoever asked.

A webhook, a look at what was begun, the answer to a charge and the nightly comparison all end
here. What is known already changes nothing, in whatever order it comes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from handpress.donations.actions.ledger import Happened, book, lock_books
from handpress.donations.companies.contract import Snapshot, Told
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import GIVEN_BACK, Kind, RefusedMovement
from handpress.donations.models import Movement, Pledge, Rail
from handpress.press.site import site_facts

logger = logging.getLogger(__name__)

_RANK = {
    Kind.CAPTURE: 0,
    Kind.FEE: 1,
    Kind.REFUND: 2,
    Kind.DISPUTE: 3,
    Kind.DISPUTE_WON: 4,
    Kind.PAYOUT: 5,
}
"""The order within one snapshot: a gift before what was done to it."""

_ABOUT_A_GIFT = GIVEN_BACK | {Kind.DISPUTE_WON}


@dataclass(frozen=True, slots=True)
class Strange:
    """A movement that the books could not take as it was told, and why."""

    told: Told
    words: str


@dataclass(slots=True)
class Absorbed:
    """What became of what was told; ``known`` counts what stood in the books before."""

    new: list[Movement] = field(default_factory=list)
    known: int = 0
    strange: list[Strange] = field(default_factory=list)


def absorb_snapshot(rail: Rail, snapshot: Snapshot, pledge: Pledge | None = None) -> Absorbed:
    """Book what a snapshot tells; ``pledge`` is what it was asked for, where that is known."""
    return absorb_told(rail, snapshot.movements, pledge=pledge, reference=snapshot.reference)


@transaction.atomic
def absorb_told(
    rail: Rail,
    told: Iterable[Told],
    *,
    pledge: Pledge | None = None,
    reference: str = "",
) -> Absorbed:
    """Book movements that are not in the books yet, all in one transaction.

    What cannot be booked is returned as strange, and hinders nothing else.
    """
    lock_books()
    found = Absorbed()
    for each in sorted(told, key=lambda one: (_RANK.get(one.kind, 9), one.at, one.remote_id)):
        _absorb(rail, each, pledge or pledge_of(each.reference or reference), found)
    for one in found.strange:
        logger.error(
            "movement_strange",
            extra={"rail": rail.pk, "kind": one.told.kind, "why": one.words},
        )
    return found


def pledge_of(reference: str) -> Pledge | None:
    """Return the pledge with a reference as a company hands it back; None where there is none."""
    codes = references_in(reference)
    return Pledge.objects.filter(reference=codes.pop()).first() if len(codes) == 1 else None


def _absorb(rail: Rail, told: Told, pledge: Pledge | None, found: Absorbed) -> None:
    try:
        with transaction.atomic():
            movement, is_new = book(_happened(rail, told, pledge))
    except (RefusedMovement, IntegrityError) as error:
        words = str(error) if isinstance(error, RefusedMovement) else "the books refuse it"
        found.strange.append(Strange(told, words))
        return
    if is_new:
        found.new.append(movement)
    else:
        found.known += 1


def _happened(rail: Rail, told: Told, pledge: Pledge | None) -> Happened:
    gift = None
    if told.kind in _ABOUT_A_GIFT:
        gift = Movement.objects.filter(
            rail=rail, kind=Kind.CAPTURE.value, remote_id=told.of
        ).first()
        if gift is None:
            raise RefusedMovement("It is about a gift that the books do not know.")
        pledge = gift.pledge
    elif told.kind != Kind.CAPTURE:
        # A fee or a payout is nobody's gift.
        pledge = None
    campaign = gift.campaign if gift else (pledge.campaign if pledge else None)
    return Happened(
        rail=rail,
        kind=told.kind,
        remote_id=told.remote_id,
        amount=told.minor,
        currency=told.currency,
        on=told.at.astimezone(site_facts().zone).date(),
        campaign=campaign,
        pledge=pledge,
        of=gift,
    )
