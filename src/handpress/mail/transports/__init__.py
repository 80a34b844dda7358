"""Ways for one message to leave: a relay's kind is one of these.

    reply = await transport.submit(sender, recipient, message, before_dot)

A reply says for certain whether the message was taken. What is not certain is an exception.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from handpress.mail.core.smtp import Reply

# Asked when all is said but the end of the message, and again where a relay then took its time;
# False takes the message back.
BeforeDot = Callable[[], Awaitable[bool]]


class Transport(Protocol):
    """One connection to a relay; it carries one message at a time."""

    async def submit(
        self, envelope_from: str, envelope_to: str, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Hand over a message in wire form: CRLF, dots doubled, without the final ``.CRLF``.

        Return what the relay said at the step that decided. Raise `NotSent` where the message was
        certainly not taken, `Withdrawn` where ``before_dot`` said no, `OutcomeUnknown` where
        nobody can tell.
        """

    @property
    def is_open(self) -> bool:
        """Whether another message may be submitted."""

    async def close(self) -> None:
        """Say goodbye; never raises."""

    def abort(self) -> None:
        """Hang up at once: a `submit` that waits ends with what can be said of its message."""


class NotSent(Exception):
    """The message was certainly not taken, and nobody said why.

    ``was_idle``: nothing was said at all, as when a server closes a line that rested.
    """

    def __init__(self, why: str, *, was_idle: bool = False) -> None:
        super().__init__(why)
        self.was_idle = was_idle


class CannotConnect(NotSent):
    """The relay cannot be used; ``reply`` is what it said, if it said anything."""

    def __init__(self, why: str, reply: Reply | None = None) -> None:
        super().__init__(why, was_idle=True)
        self.reply = reply


class Withdrawn(Exception):
    """``before_dot`` said no, and nothing was sent."""


class OutcomeUnknown(Exception):
    """The end of the message was sent and no answer came: it may have been taken, or not."""
