"""What has become of a promise, told by the movements that came for it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from handpress.donations.core.movements import GIFTS, GIVEN_BACK, Kind


class PledgeState(StrEnum):
    """How far a promise is. Nothing is stored: what the books say is what it is."""

    OPEN = "waits for the money"
    PART = "came in part"
    SETTLED = "has come"
    MORE = "more came than was promised"
    RETURNED = "came and was given back"


def pledge_state(promised: int, movements: Iterable[tuple[Kind, int]]) -> PledgeState:
    """Return what has become of a promise.

    ``movements`` are kind and amount of all that belong to it, reversals with the amounts that
    they take back; in any order, since a sum has none.
    """
    there = list(movements)
    came = sum(amount for _, amount in there)
    if came <= 0:
        has_given_back = any(kind in GIVEN_BACK for kind, _ in there)
        has_come = any(kind in GIFTS for kind, _ in there)
        return PledgeState.RETURNED if has_given_back and has_come else PledgeState.OPEN
    if came < promised:
        return PledgeState.PART
    return PledgeState.SETTLED if came == promised else PledgeState.MORE
