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


def send(hook: Hook, rate: int, count: int) -> tuple[list[float], list[float]]:
    """Send so many, each at its time, whatever became of those before.

    Returns when each was to be sent (`time.monotonic`), and for how long it then waited for the
    whole answer: what waits for its turn to be sent counts.
    """
    return asyncio.run(_send(hook, rate, count))


async def _send(hook: Hook, rate: int, count: int) -> tuple[list[float], list[float]]:
    begin = time.monotonic() + 0.1
    due = [begin + number / rate for number in range(count)]
    answered = await asyncio.gather(*(_send_one(hook, at) for at in due))
    return due, [taken for taken, _ in answered]


async def _send_one(hook: Hook, at: float) -> tuple[float, bytes]:
    await asyncio.sleep(at - time.monotonic())
    request = hook.request(next(_numbers))
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.port)
    writer.write(request)
    answer = await reader.read()
    taken = time.monotonic() - at
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    return taken, answer.rpartition(b"\r\n\r\n")[2]


def is_ready(peer: Hook, processes: int) -> bool:
    """Say whether so many web processes answer: the peer's view says which it was."""

    async def ask() -> set[bytes]:
        answered = await asyncio.gather(*(_send_one(peer, 0) for _ in range(20)))
        return {process for _, process in answered}

    try:
        return len(asyncio.run(ask())) >= processes
    except (AssertionError, OSError):
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
