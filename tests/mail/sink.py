"""A mail server for tests that takes everything, and fails where it is told to.

Each message that it takes is a line in a log before it says so: what the log holds was delivered.
In a test it runs in a thread of its own (`running_sink`); as a program it prints its port, and ends
with its standard input:

    python tests/mail/sink.py LOG '{"faults": {"dot:451": 0.1}, "seed": 7}'
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENHANCED = {421: "4.7.0", 450: "4.2.1", 451: "4.3.0", 452: "4.2.2", 550: "5.1.1", 554: "5.6.0"}
# What may happen besides a refusal: at `data` before the message, at `dot` after it was taken
# whole, `dot:lost` without having taken it.
HANG_UPS = ("data:drop", "body:drop", "dot:drop", "dot:lost", "mail:drop", "rcpt:drop")


@dataclass
class Plan:
    """What the server offers, and how often (0 to 1) it does what at which step.

    ``faults`` are "step:code" or "step:drop", as in ``{"rcpt:450": 0.1, "dot:drop": 0.02}``; steps
    are greeting, ehlo, mail, rcpt, data, body, dot.
    """

    offers: list[str] = field(default_factory=lambda: ["PIPELINING", "8BITMIME"])
    faults: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    seed: int = 1
    most_a_connection: int = 0
    delay_s: float = 0.0
    think_s: float = 0.0
    """How long it thinks before it says that a message may follow."""
    user: str = ""
    password: str = ""
    refuse_domain: str = ""
    port: int = 0
    is_noted: bool = False
    """Whether each word is noted beside the log, with its moment and its connection."""


@dataclass
class Taken:
    """A message that was taken."""

    sender: str
    recipient: str
    data: bytes


class Sink:
    """The server's memory: what it was told, and what it took."""

    def __init__(self, plan: Plan, log: Path | None = None) -> None:
        self.plan = plan
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.connections = self.most_at_once = 0
        self.talking: set[Conversation] = set()
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.chance = random.Random(plan.seed)
        self.doubts = 0
        self._path = log
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if log else None

    @property
    def recipients(self) -> list[str]:
        return [each.recipient for each in self.taken]

    def take(self, message: Taken) -> None:
        if self._log is None:
            self.taken.append(message)
        else:
            os.write(self._log, f"{message.recipient}\n".encode())

    def doubt(self) -> None:
        """Note that the other side cannot know whether a message was taken."""
        self.doubts += 1
        if self._log is not None:
            with Path(f"{self._path}.doubts").open("a") as file:
                file.write("x")

    def note(self, number: int, words: bytes) -> None:
        if self.plan.is_noted:
            with Path(f"{self._path}.talk").open("a") as file:
                file.write(f"{time.time():.6f} {number} {words!r}\n")

    def fault_at(self, step: str) -> str:
        """Return what goes wrong at a step this time: a code, "drop", "lost", or nothing."""
        dice = self.chance.random()
        for name, share in self.plan.faults.items():
            at, _, what = name.partition(":")
            if at == step:
                if dice < share:
                    return what
                dice -= share
        return ""

    def words(self, step: str, code: str) -> bytes:
        default = f"{ENHANCED.get(int(code), code[0] + '.0.0')} as planned"
        return f"{code} {self.plan.words.get(f'{step}:{code}', default)}\r\n".encode()


class Conversation(asyncio.Protocol):
    """One connection to the server."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.is_data = self.is_refused = self.is_silent = self.is_upgrading = False
        self.count = self.number = 0
        self.sender = self.recipient = ""
        self.awaits: list[str] = []
        self.transport: asyncio.Transport = None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        is_first = self.transport is None
        self.transport = transport  # type: ignore[assignment]
        if is_first:
            self.sink.connections += 1
            self.number = self.sink.connections
            self.sink.talking.add(self)
            self.sink.most_at_once = max(self.sink.most_at_once, len(self.sink.talking))
            if self.goes_on("greeting"):
                self.say(b"220 sink ready\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.talking.discard(self)

    def say(self, line: bytes) -> None:
        self.sink.note(self.number, line)
        if not self.transport.is_closing():
            self.transport.write(line)

    def goes_on(self, step: str) -> bool:
        """Let the step go wrong, if it shall; return whether it did not."""
        fault = self.sink.fault_at(step)
        if not fault:
            return True
        if fault in {"drop", "lost"}:
            self.transport.abort()
        elif fault == "silence":
            self.is_silent = True
        else:
            self.say(self.sink.words(step, fault))
            if fault == "421":
                self.transport.close()
        return False

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not (self.transport.is_closing() or self.is_silent or self.is_upgrading):
            end = b"\r\n.\r\n" if self.is_data else b"\r\n"
            piece, found, rest = self.buffer.partition(end)
            if not found:
                # A message that begins with its end is empty.
                if not (self.is_data and self.buffer.startswith(b".\r\n")):
                    return
                piece, rest = b"", self.buffer[3:]
            self.buffer = rest
            if self.is_data:
                self.is_data = False
                self.end_message(piece)
            else:
                self.answer(piece.decode("utf-8", "replace"))

    def end_message(self, data: bytes) -> None:
        self.count += 1
        fault = self.sink.fault_at("dot")
        self.sink.note(self.number, f"the end of {self.recipient}, {fault}".encode())
        if not fault or fault in {"drop", "silence"}:
            self.sink.take(Taken(self.sender, self.recipient, data))
        if not fault:
            self.later(b"250 2.0.0 taken\r\n")
        elif fault in {"drop", "lost"}:
            self.sink.doubt()
            self.transport.abort()
        elif fault != "silence":
            self.say(self.sink.words("dot", fault))
            if fault == "421":
                self.transport.close()

    def later(self, line: bytes) -> None:
        delay_s = self.sink.plan.delay_s
        if delay_s:
            loop = asyncio.get_running_loop()
            loop.call_later(delay_s * self.sink.chance.random() * 2, self.say, line)
        else:
            self.say(line)

    def answer(self, line: str) -> None:
        self.sink.commands.append(line)
        self.sink.note(self.number, line.encode())
        if self.awaits:
            self.answer_sign_in(line)
            return
        verb = line[:4].upper()
        step = {"EHLO": "ehlo", "HELO": "helo", "MAIL": "mail", "RCPT": "rcpt", "DATA": "data"}
        if verb in step and not self.goes_on(step[verb]):
            self.is_refused = self.is_refused or verb in {"MAIL", "RCPT"}
            return
        answers = {
            "EHLO": self.on_ehlo,
            "MAIL": self.on_mail,
            "RCPT": self.on_rcpt,
            "DATA": self.on_data,
            "AUTH": self.on_auth,
            "STAR": self.on_starttls,
            "QUIT": self.on_quit,
        }
        if verb == "RSET":
            self.is_refused = False
        answers.get(verb, lambda line: self.say(b"250 2.0.0 ok\r\n"))(line)

    def on_ehlo(self, line: str) -> None:
        lines = ["sink", *self.sink.plan.offers]
        if self.sink.tls and self.transport.get_extra_info("ssl_object") is None:
            lines.append("STARTTLS")
        parts = [f"250-{each}\r\n" for each in lines[:-1]] + [f"250 {lines[-1]}\r\n"]
        self.say("".join(parts).encode())

    def on_mail(self, line: str) -> None:
        most = self.sink.plan.most_a_connection
        if most and self.count >= most:
            self.say(b"421 4.7.0 enough for one connection\r\n")
            self.transport.close()
            return
        self.sender = line.partition("<")[2].partition(">")[0]
        self.is_refused = False
        self.say(b"250 2.1.0 ok\r\n")

    def on_rcpt(self, line: str) -> None:
        self.recipient = line.partition("<")[2].partition(">")[0]
        domain = self.sink.plan.refuse_domain
        if domain and self.recipient.endswith(f"@{domain}"):
            self.is_refused = True
            self.say(b"550 5.7.26 this mail is not authenticated\r\n")
        else:
            self.say(b"250 2.1.5 ok\r\n")

    def on_data(self, line: str) -> None:
        if self.is_refused:
            self.say(b"503 5.5.1 no valid recipient\r\n")
            return
        if self.sink.plan.think_s:
            asyncio.get_running_loop().call_later(self.sink.plan.think_s, self.await_message)
        else:
            self.await_message()

    def await_message(self) -> None:
        self.say(b"354 go on\r\n")
        if self.goes_on("body"):
            self.is_data = True
        else:
            self.sink.doubt()

    def on_auth(self, line: str) -> None:
        self.awaits = ["name", "word"] if line.upper().startswith("AUTH LOGIN") else []
        if self.awaits:
            self.say(b"334 VXNlcm5hbWU6\r\n")
        else:
            self.say(b"235 2.7.0 welcome\r\n")

    def answer_sign_in(self, line: str) -> None:
        self.awaits.pop(0)
        self.say(b"334 UGFzc3dvcmQ6\r\n" if self.awaits else b"235 2.7.0 welcome\r\n")

    def on_starttls(self, line: str) -> None:
        self.say(b"220 2.0.0 go on\r\n")
        assert self.sink.tls is not None
        tls = self.sink.tls
        # What the other side says from now on is for the encryption.
        self.transport.pause_reading()
        self.is_upgrading = True

        async def upgrade() -> None:
            with suppress(OSError):
                secured = await asyncio.get_running_loop().start_tls(
                    self.transport, self, tls, server_side=True
                )
                if secured is not None:
                    self.transport = secured
                    self.is_upgrading = False
                    self.data_received(b"")

        # Kept, or it might be collected before it is done.
        self.upgrading = asyncio.ensure_future(upgrade())

    def on_quit(self, line: str) -> None:
        self.say(b"221 2.0.0 bye\r\n")
        self.transport.close()


async def serve(sink: Sink, *, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """Listen; ``tls`` encrypts from the first byte."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(sink), "127.0.0.1", sink.plan.port, backlog=500, ssl=tls
    )
    sink.port = server.sockets[0].getsockname()[1]
    return server


@contextmanager
def running_sink(plan: Plan | None = None, **how: Any) -> Iterator[Sink]:
    """Run a server in a thread. ``tls`` from the first byte, ``starttls`` when asked."""
    sink = Sink(plan or Plan())
    sink.tls = how.get("starttls")
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(serve(sink, tls=how.get("tls")))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_end(sink, server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(sink: Sink, server: asyncio.Server) -> None:
    server.close()
    while sink.talking:
        for each in list(sink.talking):
            each.transport.abort()
        await asyncio.sleep(0)


async def _main(log: Path, plan: Plan) -> None:
    sink = Sink(plan, log)
    await serve(sink)
    print(sink.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Plan(**json.loads(sys.argv[2]))))
