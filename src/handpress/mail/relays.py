"""The relays that mail goes through: how to reach each, and what it may be given now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handpress.mail.core.pace import RelayPace, Terms
from handpress.mail.transports import Transport


@dataclass(slots=True)
class Relay:
    """One relay of a pool. ``connect`` raises CannotConnect."""

    pace: RelayPace
    connect: Callable[[], Awaitable[Transport]]

    @property
    def name(self) -> str:
        """What the desk calls it."""
        return self.pace.terms.name


def relay_of(terms: Terms, connect: Callable[[], Awaitable[Transport]]) -> Relay:
    """Return a relay at rest."""
    return Relay(RelayPace(terms), connect)
