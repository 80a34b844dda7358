"""The outbox: a folder of the newsroom that mail stays in while no relay is named.

It is a Maildir, so that any mail program can open it too. What was handed over is on the disk.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from handpress.lib import clock
from handpress.mail.core.dots import from_wire
from handpress.mail.core.smtp import Reply, Stage, is_safe_address
from handpress.mail.transports import (
    BeforeDot,
    CannotConnect,
    NotSent,
    OutcomeUnknown,
    Transport,
    Withdrawn,
)

_FOLDERS = ("tmp", "new", "cur")
_numbers = count()


class OutboxRelay:
    """The folder as a relay; nothing is opened until something is sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def connect(self) -> Transport:
        """Make the folder where there is none."""
        try:
            for each in _FOLDERS:
                (self.folder / each).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotConnect(f"{self.folder} cannot be written ({error.strerror})") from error
        return OutboxConnection(self.folder)


class OutboxConnection:
    """Writes messages into the folder, each whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_open = True

    async def submit(
        self, envelope_from: str, envelope_to: str, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Put one message into the folder (see `Transport.submit`)."""
        if not is_safe_address(envelope_to) or (
            envelope_from and not is_safe_address(envelope_from)
        ):
            return Reply(553, "5.1.3", "an address that cannot be one", Stage.RCPT)
        if not self.is_open:
            raise NotSent("the outbox was closed")
        name = _new_name()
        draft = self.folder / "tmp" / name
        head = f"Return-Path: <{envelope_from}>\r\nDelivered-To: {envelope_to}\r\n".encode()
        try:
            _write(draft, head + from_wire(message))
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise NotSent(f"the outbox cannot be written ({error.strerror})") from error
        try:
            may_end = await before_dot()
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if not may_end:
            draft.unlink(missing_ok=True)
            raise Withdrawn
        _settle(draft, self.folder / "new" / name)
        return Reply(250, "2.0.0", "kept in the outbox", Stage.DOT)

    async def close(self) -> None:
        """Take no more messages."""
        self.abort()

    def abort(self) -> None:
        """Take no more messages; one that is being written is written whole or not at all."""
        self.is_open = False


def _new_name() -> str:
    """Return a name that sorts by time and that no other process makes."""
    return (
        f"{int(clock.now().timestamp() * 1_000_000):016d}.P{os.getpid()}Q{next(_numbers)}.handpress"
    )


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(draft: Path, place: Path) -> None:
    try:
        draft.rename(place)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise NotSent(f"the outbox cannot be written ({error.strerror})") from error
    try:
        handle = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise OutcomeUnknown(f"the outbox may have lost it ({error.strerror})") from error
