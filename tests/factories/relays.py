"""A relay that exists in a test alone, and does to each message what the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async

from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.sending import Way
from handpress.mail.transports import (
    BeforeDot,
    CannotConnect,
    NotSent,
    OutcomeUnknown,
    Transport,
    Withdrawn,
)

TAKEN = Reply(250, "2.0.0", "queued", Stage.DOT)


@dataclass
class FakeRelay:
    """Answers each message with the next of ``script``; takes it where the script has ended.

    A step is a reply, an exception, or something to call before the dot.
    """

    script: list[Reply | Exception | Callable[[], object]] = field(default_factory=list)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    tried: int = 0
    called: int = 0
    connected: int = 0
    is_reachable: bool = True
    # What it says instead of letting anybody in.
    refusal: Reply | None = None
    # What happens while a message is with it, before it answers.
    meanwhile: Callable[[], object] | None = None

    def way(self, name: str = "main", weight: int = 1) -> Way:
        """Return it as one of the ways of a run."""
        return Way(name, self, weight)

    async def connect(self) -> Transport:
        self.called += 1
        if not self.is_reachable:
            raise CannotConnect("connection refused", self.refusal)
        self.connected += 1
        return FakeConnection(self)


class FakeConnection:
    def __init__(self, relay: FakeRelay) -> None:
        self.relay = relay
        self.is_open = True

    async def submit(
        self, envelope_from: str, envelope_to: str, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        self.relay.tried += 1
        step = self.relay.script.pop(0) if self.relay.script else TAKEN
        if isinstance(step, NotSent):
            self.is_open = False
            raise step
        if isinstance(step, Reply) and not step.is_ok and step.stage is not Stage.DOT:
            return step
        if callable(step):
            await sync_to_async(step)()
        if not await before_dot():
            self.is_open = False
            raise Withdrawn
        if self.relay.meanwhile:
            await sync_to_async(self.relay.meanwhile)()
        if isinstance(step, OutcomeUnknown):
            self.is_open = False
        if isinstance(step, Exception):
            raise step
        reply = step if isinstance(step, Reply) else TAKEN
        if reply.is_ok:
            self.relay.taken.append((envelope_from, envelope_to, message))
        return reply

    async def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self.is_open = False
