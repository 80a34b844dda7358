"""Request bodies: received piece by piece, in memory while small, on disk beyond."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from handpress.project.rsgi import Protocol1, Scope

# A picture of 20 MB, which the desk allows, and the rest of its form.
LARGEST_BODY = 24 * 2**20
_IN_MEMORY = 64 * 1024
# A body may take this long, and longer by what it weighs: who sends more slowly sits there to
# take a place from others.
_PATIENCE_S = 15.0
_SLOWEST_PER_S = 32 * 1024
# What one process receives at a time: so much memory, so much disk, and no more.
_MOST_SMALL = 1024
_MOST_LARGE = 16

Body = IO[bytes]


class BodyRefused(Exception):
    """A body that is not taken: too large, of unknown length, or never finished."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Bodies:
    """Receives bodies into `folder`, so many at a time and no more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = {"small": _MOST_SMALL, "large": _MOST_LARGE}

    async def receive(self, scope: Scope, protocol: Protocol1) -> Body:
        """Return a request's body as a file to be read from its beginning, and to be closed.

        Raise BodyRefused. A length must be stated beforehand: without one, a body that was cut
        off could not be told from a whole one.
        """
        length = _stated_length(scope)
        if not length:
            return io.BytesIO()
        kind = "small" if length <= _IN_MEMORY else "large"
        if not self._places[kind]:
            raise BodyRefused(503, "Too many are sending at once. Please try again.")
        self._places[kind] -= 1
        try:
            return await _receive(protocol, length, self._folder)
        finally:
            self._places[kind] += 1


def _stated_length(scope: Scope) -> int:
    if scope.headers.get("transfer-encoding"):
        raise BodyRefused(411, "Please state the length of what you send.")
    length = int(scope.headers.get("content-length") or 0)
    if length > LARGEST_BODY:
        raise BodyRefused(413, f"At most {LARGEST_BODY // 2**20} MB can be sent.")
    return length


async def _receive(protocol: Protocol1, length: int, folder: Path) -> Body:
    body: Body = SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115  (returned)
    try:
        async with asyncio.timeout(_PATIENCE_S + length / _SLOWEST_PER_S):
            await _fill(body, protocol, length)
    except TimeoutError:
        body.close()
        raise BodyRefused(408, "What you send did not arrive in time.") from None
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def _fill(body: Body, protocol: Protocol1, length: int) -> None:
    missing = length
    # No `anext` with a default: it cannot be called off while Granian waits.
    async for chunk in protocol:
        body.write(chunk)
        missing -= len(chunk)
        if missing <= 0 or not chunk:
            break
    if missing > 0:
        raise BodyRefused(400, "What you sent was cut off.")
