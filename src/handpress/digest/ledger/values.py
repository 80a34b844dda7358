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


@dataclass(slots=True)
class Claimed:
    """A delivery that this worker alone may make."""

    reader_id: int
    address: str
    domain: str
    uuid: UUID
    choice_id: int | None
    language: str
    attempts: int
    # The ledger no longer knows it as this worker's: it must be let go.
    is_lost: bool = False


class Intent(NamedTuple):
    """The wish to end a message at a relay."""

    reader_id: int
    relay: str


class Result(NamedTuple):
    """What came of a delivery. ``counts`` says whether it was an attempt.

    ``refusal`` is there where the reader's own server is why it failed for good.
    """

    reader_id: int
    state: DeliveryState
    reply: str = ""
    relay: str = ""
    next_at: datetime | None = None
    counts: bool = True
    refusal: Reply | None = None


class Recovered(NamedTuple):
    """What workers left behind that are no more."""

    returned: int = 0
    unknown: int = 0
