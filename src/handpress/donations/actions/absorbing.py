"""What a company says is true, written into the books: each movement once, whoever asked.

A webhook, a look at what was begun, the answer to a charge and the nightly comparison all end
here. What is known already changes nothing, in whatever order it comes. A donor is thanked in the
transaction that books a gift: once for each.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.db.models import Q, QuerySet

from handpress.donations.actions.elsewhere import Owner, owner_elsewhere, tell_still_taken
from handpress.donations.actions.ledger import Happened, book, lock_books
from handpress.donations.actions.writing import write_if_possible
from handpress.donations.companies.contract import Snapshot, Told
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import CAME_BACK, GIVEN_BACK, Kind, RefusedMovement
from handpress.donations.days import zone_of
from handpress.donations.letters import write_thanks
from handpress.donations.models import (
    SETTLED,
    Answer,
    Attempt,
    AttemptState,
    Collecting,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    Rail,
    Reconsent,
    SponsorState,
)
from handpress.press.prepared import Prepared

logger = logging.getLogger(__name__)

_RANK = {
    Kind.CAPTURE: 0,
    Kind.FEE: 1,
    Kind.REFUND: 2,
    Kind.DISPUTE: 3,
    Kind.DISPUTE_WON: 4,
    Kind.REFUND_BACK: 4,
    Kind.PAYOUT: 5,
}
"""The order within one snapshot: a gift before what was done to it."""

_ABOUT_A_GIFT = GIVEN_BACK | CAME_BACK
_AT_ONCE = 500
_FEW = 4


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


def absorb_snapshot(
    rail: Rail,
    snapshot: Snapshot,
    pledge: Pledge | None = None,
    *,
    now: datetime | None = None,
    names: Collection[str] = (),
) -> Absorbed:
    """Book what a snapshot tells; ``pledge`` is what it was asked for, where that is known.

    ``names`` is what else the company calls it, as an event did. For ``now`` see `absorb_told`.
    """
    mandate = snapshot.mandate.remote_id if snapshot.mandate else ""
    return absorb_told(
        rail,
        snapshot.movements,
        pledge=pledge,
        reference=snapshot.reference,
        now=now,
        names={snapshot.remote_id, snapshot.reference, mandate, *names},
    )


@transaction.atomic
def absorb_told(
    rail: Rail,
    told: Iterable[Told],
    *,
    pledge: Pledge | None = None,
    reference: str = "",
    now: datetime | None = None,
    names: Collection[str] = (),
) -> Absorbed:
    """Book movements that are not in the books yet, all in one transaction.

    With ``now``, what follows from a gift that has come is done too: its donor is thanked, its
    plan goes on. Without, it is only booked, as what came long ago is. What cannot be booked is
    returned as strange, and hinders nothing else.
    """
    lock_books()
    found = Absorbed()
    order = sorted(told, key=lambda one: (_RANK.get(one.kind, 9), one.at, one.remote_id))
    known = _standing(rail, order)
    for each in order:
        if known.get((each.kind.value, each.remote_id)) == (each.minor, each.currency):
            found.known += 1
            continue
        owner = _owner(rail, each, pledge, each.reference or reference, names)
        movement = _absorb(rail, each, owner, found)
        if movement and now and movement.kind == Kind.CAPTURE:
            _follow_gift(movement, owner, now, is_found=pledge is None)
    for one in found.strange:
        logger.error(
            "movement_strange",
            extra={"rail": rail.pk, "kind": one.told.kind, "why": one.words},
        )
    return found


def pledge_of(reference: str) -> Pledge | None:
    """Return the pledge with a reference as a company hands it back; None where there is none."""
    codes = references_in(reference)
    return _PLEDGE.first(codes.pop()) if len(codes) == 1 else None


_PLEDGE = Prepared(
    lambda reference: Pledge.objects.filter(reference=reference).select_related(
        "rail", "plan", "donor", "campaign"
    )
)


def _standing(rail: Rail, told: Sequence[Told]) -> dict[tuple[str, str], tuple[int, str]]:
    """Return sum and currency of what is booked already, by kind and name; a query for each 500."""
    names = [each.remote_id for each in told]
    found: dict[tuple[str, str], tuple[int, str]] = {}
    if len(names) <= _FEW:
        # What a snapshot tells is two or three.
        rows = [row for name in set(names) for row in _BOOKED.rows(rail.pk, name)]
        return {(kind, name): (minor, code) for kind, name, minor, code in rows}
    for at in range(0, len(names), _AT_ONCE):
        some = Movement.objects.filter(rail=rail, remote_id__in=names[at : at + _AT_ONCE])
        values = some.values_list("kind", "remote_id", "amount_minor", "currency")
        found.update({(kind, name): (minor, code) for kind, name, minor, code in values})
    return found


_BOOKED = Prepared(
    lambda rail, name: Movement.objects.filter(rail=rail, remote_id=name).values_list(
        "kind", "remote_id", "amount_minor", "currency"
    )
)


def _owner(
    rail: Rail, told: Told, pledge: Pledge | None, reference: str, names: Collection[str]
) -> Owner:
    """Return whose gift a capture is; a fee or a payout is nobody's."""
    if told.kind != Kind.CAPTURE:
        return Owner(None)
    pledge = pledge or pledge_of(reference)
    if pledge:
        return Owner(pledge)
    return owner_elsewhere(rail, {told.remote_id, told.reference, *names} - {""}, told.at)


def _absorb(rail: Rail, told: Told, owner: Owner, found: Absorbed) -> Movement | None:
    """Book one; return it where it is new."""
    try:
        with transaction.atomic():
            movement, is_new = book(_happened(rail, told, owner.pledge))
    except (RefusedMovement, IntegrityError, DataError) as error:
        words = str(error) if isinstance(error, RefusedMovement) else "the books refuse it"
        found.strange.append(Strange(told, words))
        return None
    if not is_new:
        found.known += 1
        return None
    if told.kind == Kind.REFUND_BACK:
        # Somebody waits for money that does not come.
        logger.error("refund_came_back", extra={"rail": rail.pk, "movement": movement.pk})
    found.new.append(movement)
    return movement


def _happened(rail: Rail, told: Told, pledge: Pledge | None) -> Happened:
    gift = None
    if told.kind in _ABOUT_A_GIFT:
        gift = _CAPTURE.first(rail.pk, told.of)
        if gift is None:
            raise RefusedMovement("It is about a gift that the books do not know.")
        pledge = gift.pledge
    campaign = gift.campaign if gift else (pledge.campaign if pledge else None)
    return Happened(
        rail=rail,
        kind=told.kind,
        remote_id=told.remote_id,
        amount=told.minor,
        currency=told.currency,
        # A receipt's year is the sponsor's, so the day is too.
        on=told.at.astimezone(zone_of(rail.sponsor)).date(),
        campaign=campaign,
        pledge=pledge,
        of=gift,
    )


_CAPTURE = Prepared(
    lambda rail, name: Movement.objects.filter(
        rail=rail, kind=Kind.CAPTURE.value, remote_id=name
    ).select_related("pledge__plan", "pledge__donor", "campaign")
)


def _follow_gift(movement: Movement, owner: Owner, now: datetime, *, is_found: bool) -> None:
    """Do what follows from a gift that has just been booked.

    ``is_found`` says that it was not asked about by what we had begun.
    """
    pledge = owner.pledge
    if pledge is None:
        return
    if pledge.donor and owner.is_thanked:
        write_if_possible(write_thanks, pledge, now, minor=movement.amount_minor)
    if pledge.plan:
        _go_on(pledge.plan, movement.rail, now)
    if owner.name:
        tell_still_taken(owner.name, movement, now)
    elif is_found:
        _wake(pledge, now)


def _go_on(plan: Plan, rail: Rail, now: datetime) -> None:
    """Let a plan give, since a gift of it has come by a rail."""
    if not _WAITS_FOR_A_GIFT.finds(plan.pk):
        return
    rows = Plan.objects.filter(pk=plan.pk)
    rows.filter(state=PlanState.PAST_DUE).update(state=PlanState.ACTIVE)
    # Nothing is agreed to where each gift is asked for by a letter: having paid is enough.
    asked = rows.filter(collecting=Collecting.REMINDER)
    asked.filter(state=PlanState.STARTING).update(
        state=PlanState.ACTIVE, began_at=plan.began_at or now
    )
    # What comes late, by a way that is lost, says nothing about the next month.
    if rail.sponsor.state == SponsorState.LIVE and asked.filter(
        state=PlanState.NEEDS_RECONSENT
    ).update(state=PlanState.ACTIVE, rail=rail, reconsent_at=None):
        Reconsent.objects.filter(plan=plan, wave=plan.wave).update(answer=Answer.AGREED, at=now)


def _waits(plan: int) -> QuerySet[Plan, int]:
    is_asked = Q(collecting=Collecting.REMINDER) & Q(
        state__in=[PlanState.STARTING, PlanState.NEEDS_RECONSENT]
    )
    rows = Plan.objects.filter(Q(state=PlanState.PAST_DUE) | is_asked, pk=plan)
    return rows.values_list("pk", flat=True)


_WAITS_FOR_A_GIFT = Prepared(_waits)


def _wake(pledge: Pledge, now: datetime) -> None:
    """Have a page looked at again that nobody looks at any more: it was paid after all.

    More than money may have come of it, as a mandate.
    """
    pages = pledge.attempts.filter(purpose=Purpose.BEGIN).exclude(remote_id="")
    open_ones = pledge.attempts.exclude(state__in=SETTLED).exclude(purpose=Purpose.REFUND)
    if open_ones.exists():
        pages.filter(state=AttemptState.ANSWERED).update(look_at=now)
        return
    last = pages.filter(state=AttemptState.DEAD).order_by("pk").last()
    if last:
        with suppress(IntegrityError), transaction.atomic():
            # The donor may be at another page by now.
            Attempt.objects.filter(pk=last.pk).update(state=AttemptState.ANSWERED, look_at=now)
