"""What goes into the ledger, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from handpress.digest.models.editions import DeliveryState
from handpress.mail.core.smtp import Reply


class NotDurable(Exception):
    """The database may forget what it acknowledged; the text says what to set."""


@dataclass(slots=True, eq=False)
class Claimed:
    """A delivery that this worker alone may make, as long as nobody takes it for dead.

    Each is itself: a reader who was given back and claimed again is another claim.
    """

    reader_id: int
    address: str
    domain: str
    uuid: UUID
    choice_id: int | None
    language: str
    attempts: int
    # The relay that was refused for us when it was tried last, or "": another may be believed.
    refused_by: str
    # The number that it was claimed under.
    worker: int
    # The ledger was asked whether it may end: it stands there as dotted, or will in a moment.
    is_asked: bool = False
    # The ledger no longer knows it as this worker's: it must be let go.
    is_lost: bool = False


class Intent(NamedTuple):
    """The wish to end a message at a relay; ``stands`` is what the ledger must hold it for."""

    claim: Claimed
    relay: str
    stands: DeliveryState = DeliveryState.CLAIMED


class Result(NamedTuple):
    """What came of a claim. ``counts`` says whether it was an attempt.

    ``refusal`` is what the reader's own server said: where it is why nothing is tried any more, or
    where it will not have us.
    """

    claim: Claimed
    state: DeliveryState
    reply: str = ""
    relay: str = ""
    next_at: datetime | None = None
    counts: bool = True
    refusal: Reply | None = None

    @property
    def reader_id(self) -> int:
        """Whose delivery it is."""
        return self.claim.reader_id


class Recovered(NamedTuple):
    """What workers left behind that are no more."""

    returned: int = 0
    unknown: int = 0
