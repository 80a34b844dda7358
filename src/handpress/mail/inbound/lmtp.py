"""LMTP (RFC 2033): the mail server on this machine hands over what came to the bounce domain.

One answer for each recipient after the final dot; 250 is said only once all that follows from the
message is committed. On loopback or a socket file alone: LMTP has no way to tell who speaks.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

Take = Callable[[bytes, Sequence[str]], None]

MOST_BYTES = 10_000_000
_MOST_RECIPIENTS = 100
_LINE_BYTES = 4_096
_IDLE_S = 300
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>.*", re.IGNORECASE)


class TooLong(Exception):
    """A line or a message that is longer than may be."""


_GONE = (TimeoutError, TooLong, ConnectionError, asyncio.IncompleteReadError)


class Session:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take, name: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._take, self._name = take, name
        self._recipients: list[str] = []
        self._has_sender = False

    async def run(self) -> None:
        """Answer until the other side leaves, or is silent for too long."""
        self._say(220, f"{self._name} LMTP")
        try:
            while await self._answer():
                await self._writer.drain()
        except _GONE:
            self._say(421, "4.4.2 closing")
        finally:
            self._writer.close()

    async def _answer(self) -> bool:
        line = await self._line()
        verb, _, rest = line.partition(" ")
        answer = _ANSWERS.get(verb.upper())
        if verb.upper() == "DATA":
            await self._data()
        elif answer is None:
            self._say(500, "5.5.1 unknown command")
        else:
            answer(self, rest)
        return verb.upper() != "QUIT"

    def _lhlo(self, rest: str) -> None:
        self._reset()
        lines = [self._name, "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"]
        for each in lines:
            self._writer.write(f"250-{each}\r\n".encode())
        self._say(250, f"SIZE {MOST_BYTES}")

    def _mail(self, rest: str) -> None:
        if not _PATH.fullmatch(rest):
            self._say(501, "5.5.4 MAIL FROM:<address>")
            return
        self._reset()
        self._has_sender = True
        self._say(250, "2.1.0 ok")

    def _rcpt(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if not self._has_sender:
            self._say(503, "5.5.1 MAIL first")
        elif not found or not found[1]:
            self._say(501, "5.5.4 RCPT TO:<address>")
        elif len(self._recipients) >= _MOST_RECIPIENTS:
            self._say(452, "4.5.3 too many recipients")
        else:
            self._recipients.append(found[1])
            self._say(250, "2.1.5 ok")

    def _rset(self, rest: str) -> None:
        self._reset()
        self._say(250, "2.0.0 ok")

    def _noop(self, rest: str) -> None:
        self._say(250, "2.0.0 ok")

    def _quit(self, rest: str) -> None:
        self._say(221, "2.0.0 bye")

    async def _data(self) -> None:
        if not self._recipients:
            self._say(503, "5.5.1 no valid recipients")
            return
        self._say(354, "go ahead")
        await self._writer.drain()
        raw = await self._message()
        recipients = list(self._recipients)
        self._reset()
        if raw is None:
            code, words = 552, "5.3.4 too large"
        else:
            code, words = await self._hand_in(raw, recipients)
        for _ in recipients:
            self._say(code, words)

    async def _hand_in(self, raw: bytes, recipients: list[str]) -> tuple[int, str]:
        try:
            await asyncio.to_thread(self._take, raw, recipients)
        except Exception:
            # Whatever it was, the mail server keeps the message and comes again.
            logger.exception("lmtp_failed")
            return 451, "4.3.0 could not be taken; try again"
        return 250, "2.0.0 taken"

    async def _message(self) -> bytes | None:
        """Return what comes up to the final dot, or None where it is too much."""
        lines: list[bytes] = []
        size = 0
        before = b"\r\n"
        while True:
            line = await self._bytes()
            # A lone LF ends no line of a mail server's: such an end is the writer's own.
            if line == b".\r\n" and before.endswith(b"\r\n"):
                return b"".join(lines) if size <= MOST_BYTES else None
            before = line
            size += len(line)
            if size <= MOST_BYTES:
                lines.append(line.removeprefix(b"."))

    async def _line(self) -> str:
        line = await self._bytes()
        if len(line) > _LINE_BYTES:
            raise TooLong
        return line.decode("utf-8", "replace").rstrip("\r\n")

    async def _bytes(self) -> bytes:
        try:
            return await asyncio.wait_for(self._reader.readuntil(b"\n"), _IDLE_S)
        except asyncio.LimitOverrunError as error:
            raise TooLong from error

    def _reset(self) -> None:
        self._recipients.clear()
        self._has_sender = False

    def _say(self, code: int, words: str) -> None:
        self._writer.write(f"{code} {words}\r\n".encode())


_ANSWERS: dict[str, Callable[[Session, str], None]] = {
    "LHLO": Session._lhlo,
    "MAIL": Session._mail,
    "RCPT": Session._rcpt,
    "RSET": Session._rset,
    "NOOP": Session._noop,
    "QUIT": Session._quit,
}


async def open_door(where: str, take: Take, *, name: str = "localhost") -> asyncio.Server:
    """Listen at ``host:port`` or at the path of a socket file, and hand in what comes."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(reader, writer, take, name).run()

    limit = 1_000_000
    if "/" in where:
        return await asyncio.start_unix_server(meet, where, limit=limit)
    host, _, port = where.rpartition(":")
    return await asyncio.start_server(meet, host.strip("[]"), int(port), limit=limit)
