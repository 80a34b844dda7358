"""Sends webhooks at a steady rate, and watches how the server catches up, for bench/giving.py."""

from __future__ import annotations

import asyncio
import bisect
import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from giving_peer.company import payment
from stripe import WebhookSignature

_numbers = itertools.count(1)
_PATIENCE_S = 300.0
_LOOK_EVERY_S = 0.1
_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where events are sent, and what they are signed with."""

    port: int
    path: str
    secret: str

    def request(self, number: int) -> bytes:
        """Return the whole request of an event about a payment, signed now."""
        body = _event(number)
        signed = WebhookSignature.generate_signature_header(body, self.secret)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"Stripe-Signature: {signed}\r\nUser-Agent: bench\r\nConnection: close\r\n\r\n"
        )
        return (head + body).encode()


def _event(number: int) -> str:
    name = f"pi_{number:09}"
    # About as long as Stripe's own, which tell addresses, cards and what a bank thought of them.
    told = {**payment(name), "description": "", "next_action": None, "padding": "x" * 1500}
    event = {
        "id": f"evt_{number:09}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": told},
    }
    return json.dumps(event, indent=2)


@dataclass(frozen=True, slots=True)
class Sent:
    """When each was to be sent (`time.monotonic`), for how long it then waited to be answered, and
    how often one was turned away and sent again."""

    due: list[float]
    waited: list[float]
    refused: int


def send(hook: Hook, rate: int, count: int) -> Sent:
    """Send so many, each at its time, whatever became of those before.

    What waits for its turn to be sent waits for its answer; so does what the server turns away as
    one too many, which is sent again after a second, as companies do.
    """
    return asyncio.run(_send(hook, rate, count))


async def _send(hook: Hook, rate: int, count: int) -> Sent:
    begin = time.monotonic() + 0.1
    due = [begin + number / rate for number in range(count)]
    answered = await asyncio.gather(*(_send_one(hook, at) for at in due))
    waited = [at - to_be_sent for (at, _), to_be_sent in zip(answered, due, strict=True)]
    return Sent(due, waited, sum(refused for _, refused in answered))


async def _send_one(hook: Hook, at: float) -> tuple[float, int]:
    """Send one until it is taken; return when that was, and how often it was not."""
    await asyncio.sleep(at - time.monotonic())
    number = next(_numbers)
    for refused in itertools.count():
        answer = await _ask(hook, number)
        if answer.startswith(b"HTTP/1.1 200"):
            return time.monotonic(), refused
        assert answer.startswith(b"HTTP/1.1 503"), answer[:200]
        await asyncio.sleep(_AGAIN_S)
    raise AssertionError


async def _ask(hook: Hook, number: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.port)
    writer.write(hook.request(number))
    answer = await reader.read()
    writer.close()
    return answer


def is_ready(peer: Hook, processes: int) -> bool:
    """Say whether so many web processes answer: the peer's view says which it was."""

    async def ask() -> set[bytes]:
        answers = await asyncio.gather(*(_ask(peer, next(_numbers)) for _ in range(20)))
        taken = [each for each in answers if each.startswith(b"HTTP/1.1 200")]
        return {each.rpartition(b"\r\n\r\n")[2] for each in taken}

    try:
        return len(asyncio.run(ask())) >= processes
    except OSError:
        return False


@dataclass
class Watch:
    """Looks into the newsroom's database, beside the server, how many events are understood."""

    url: str
    newsroom: Path
    seen: list[tuple[float, int]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look ten times a second until the block ends."""
        stop = threading.Event()
        count = self._counter()
        before, self.seen = count("done"), []

        def look() -> None:
            own = self._counter()
            while not stop.wait(_LOOK_EVERY_S):
                self.seen.append((time.monotonic(), own("done") - before))

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.seen.append((time.monotonic(), count("done") - before))

    def lags(self, sent: Sequence[float]) -> list[float]:
        """Return how long after it was sent each was understood: the first is the first."""
        done = [count for _, count in self.seen]
        assert done[-1] == len(sent), f"{done[-1]} of {len(sent)} were understood"
        times = [self.seen[bisect.bisect_left(done, number + 1)][0] for number in range(len(sent))]
        return [max(0.0, at - due) for at, due in zip(times, sent, strict=True)]

    def wait_until_done(self) -> None:
        """Wait until no event waits."""
        count = self._counter()
        deadline = time.monotonic() + _PATIENCE_S
        while count("new"):
            assert time.monotonic() < deadline, f"{count('new')} events still wait"
            time.sleep(_LOOK_EVERY_S)

    def _counter(self) -> Callable[[str], int]:
        query = "SELECT COUNT(*) FROM donations_companyevent WHERE state = "
        if self.url.startswith("sqlite"):
            file = sqlite3.connect(self.newsroom / "newsroom.sqlite3", timeout=30)
            return lambda state: int(file.execute(f"{query}?", [state]).fetchone()[0])
        server = psycopg.connect(self.url, autocommit=True)

        def counted(state: str) -> int:
            row = server.execute(f"{query}%s", [state]).fetchone()  # type: ignore[arg-type]
            return int(row[0]) if row else 0

        return counted
