"""A stage for what may go wrong: a newsroom, mail servers as processes, senders that are killed.

The newsroom's tables are looked at from outside, with plain SQL; what the mail servers took stands
in their logs. `Stage.verdict` compares the two: nobody twice, nobody lost, doubts counted.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from faults import keeping
from servers import wait_until

HERE = Path(__file__).parent
(PENDING, CLAIMED, DOTTED, ACCEPTED, FAILED, RETRY, UNKNOWN, SUPPRESSED, EXPIRED) = range(9)
CONNECTIONS = 6

_READER = """
    INSERT INTO digest_subscriber
        (id, uuid, address, address_key, domain, state, frequency, language, origin, left_by,
         created_at, confirmed_at)
    VALUES (%s, %s, %s, %s, 'example.com', 1, 1, '', 'form', '', %s, %s)
"""
_EDITION = """
    INSERT INTO digest_edition
        (id, frequency, edition_on, state, subject, note, contents, reason, covers_from, covers_to,
         composed_at, send_at, deadline_at, frozen_at)
    VALUES (%s, 1, %s, 2, 'Morning', '', '{}', '', %s, %s, %s, %s, %s, %s)
"""


class Tables:
    """The newsroom's tables as another program sees them."""

    def __init__(self, database: Path | str) -> None:
        self.database = database

    def run(
        self, sql: str, *parameters: Any, many: list[tuple[Any, ...]] | None = None
    ) -> list[Any]:
        """Run a statement in a transaction of its own, durable when this returns."""
        with self._transaction() as cursor:
            if many is not None:
                cursor.executemany(self._spelled(sql), many)
                return []
            cursor.execute(self._spelled(sql), parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def leave(self, reader: int) -> bool:
        """Take a reader out, as the link to leave does; return whether mail was under way then."""
        with self._transaction() as cursor:
            cursor.execute(
                self._spelled("UPDATE digest_subscriber SET state = 3 WHERE id = %s"), [reader]
            )
            cursor.execute(
                self._spelled("SELECT state FROM digest_delivery WHERE subscriber_id = %s"),
                [reader],
            )
            found = cursor.fetchone()
        return found is not None and found[0] in {DOTTED, ACCEPTED, UNKNOWN}

    def _spelled(self, sql: str) -> str:
        return sql if isinstance(self.database, str) else sql.replace("%s", "?")

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        if isinstance(self.database, str):
            with psycopg.connect(self.database) as connection, connection.cursor() as cursor:
                # The cluster lets a crash undo what was committed, unless one asks for more.
                cursor.execute("SET LOCAL synchronous_commit = on")
                yield cursor
            return
        file = sqlite3.connect(self.database, timeout=60, isolation_level=None)
        try:
            file.execute("PRAGMA synchronous = FULL")
            file.execute("BEGIN IMMEDIATE")
            yield file.cursor()
            file.execute("COMMIT")
        finally:
            file.close()


@dataclass
class Server:
    """A mail server in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def taken(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def doubts(self) -> int:
        path = Path(f"{self.log}.doubts")
        return len(path.read_text()) if path.exists() else 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Stage:
    """One newsroom with readers, an edition, and what was begun on it."""

    newsroom: Path
    tables: Tables
    folder: Path
    readers: int
    edition: int
    senders: list[subprocess.Popen[str]] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)

    # --- playing ------------------------------------------------------------------------

    def start_server(self, port: int = 0, **plan: Any) -> Server:
        log = self.folder / f"sink-{self.edition}-{len(self.servers)}"
        order = json.dumps({**plan, "port": port, "is_noted": bool(keeping.FOLDER)})
        process = subprocess.Popen(
            [sys.executable, str(HERE.parent / "mail" / "sink.py"), str(log), order],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        server = Server(process, int(process.stdout.readline()), log)
        self.servers.append(server)
        return server

    def start_sender(self, *ports: int, file_limit: bool = False) -> subprocess.Popen[str]:
        """Start the real sender; ``file_limit`` lets its files grow no further, soon."""
        relays = [[port, f"relay-{port}", CONNECTIONS] for port in ports]
        order = json.dumps(
            {"edition": self.edition, "relays": relays, "bytes": 3000, "limit": file_limit}
        )
        log = self.folder / f"sender-{self.edition}-{len(self.senders)}.log"
        with log.open("w") as complaints:
            sender = subprocess.Popen(
                [sys.executable, str(HERE / "sending_program.py"), order],
                env={**os.environ, "HANDPRESS_NEWSROOM": str(self.newsroom)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
        self.senders.append(sender)
        return sender

    def wait_taken(self, count: int) -> None:
        """Wait until so many messages were taken by all servers together, or no sender is left."""
        wait_until(
            lambda: (
                len(self.taken()) >= count or all(each.poll() is not None for each in self.senders)
            )
        )

    def finish(self, *ports: int) -> dict[str, Any]:
        """Let a last sender do what is left; return its report."""
        sender = self.start_sender(*ports)
        output, _ = sender.communicate(timeout=240)
        assert sender.returncode == 0, self.complaints()
        return json.loads(output.splitlines()[-1])

    # --- judging ------------------------------------------------------------------------

    def taken(self) -> list[str]:
        return [reader for server in self.servers for reader in server.taken()]

    def states(self) -> dict[str, int]:
        rows = self.tables.run(
            "SELECT s.address, d.state FROM digest_delivery d"
            " JOIN digest_subscriber s ON s.id = d.subscriber_id WHERE d.edition_id = %s",
            self.edition,
        )
        return dict(rows)

    def counts(self) -> Counter[int]:
        return Counter(self.states().values())

    def complaints(self) -> str:
        logs = sorted(self.folder.glob(f"sender-{self.edition}-*.log"))
        return "\n".join(log.read_text()[-2000:] for log in logs)

    def verdict(self, *, most_unknown: int, left: Collection[int] = ()) -> Counter[int]:
        """Hold the ledger against the servers' logs; return how many are in each state."""
        states, taken = self.states(), Counter(self.taken())
        twice = [reader for reader, count in taken.items() if count > 1]
        assert not twice, f"mailed twice: {twice}"
        assert len(states) == self.readers
        for reader, state in states.items():
            was_taken = reader in taken
            assert state in {ACCEPTED, FAILED, UNKNOWN, SUPPRESSED}, f"{reader} left in {state}"
            if state == ACCEPTED:
                assert was_taken, f"{reader} is lost, and the ledger says it was accepted"
            elif state != UNKNOWN:
                assert not was_taken, f"{reader} was mailed, and the ledger says {state}"
        counts = Counter(states.values())
        most_unknown += sum(server.doubts() for server in self.servers)
        assert counts[UNKNOWN] <= most_unknown, f"{counts[UNKNOWN]} in doubt"
        mailed_after = [n for n in left if f"r{n}@example.com" in taken]
        assert not mailed_after, f"mailed after they left: {mailed_after}"
        return counts

    def close(self) -> None:
        for each in [*self.senders, *(server.process for server in self.servers)]:
            if each.poll() is None:
                each.kill()
            each.wait()
            for pipe in (each.stdin, each.stdout):
                if pipe:
                    pipe.close()


def kill(process: subprocess.Popen[str]) -> None:
    """End a process as the system does when it has no memory left."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


_numbers = iter(range(1, 1_000_000))


@contextmanager
def set_stage(newsroom: Path, database: Path | str, folder: Path, readers: int) -> Iterator[Stage]:
    """Fill the newsroom with readers and one edition that is due."""
    number = next(_numbers)
    tables = Tables(database)
    tables.run("DELETE FROM digest_delivery")
    tables.run("DELETE FROM digest_edition")
    tables.run("DELETE FROM digest_subscriber")
    now = datetime.now(UTC)

    def moment(at: datetime) -> Any:
        # As Django writes it on SQLite.
        return at if isinstance(database, str) else at.replace(tzinfo=None).isoformat(" ")

    old = moment(now - timedelta(days=30))
    tables.run(
        _READER,
        many=[
            (n, f"{number:016x}{n:016x}", f"r{n}@example.com", f"r{n}@example.com", old, old)
            for n in range(1, readers + 1)
        ],
    )
    day = (datetime(2026, 1, 1) + timedelta(days=number)).date()
    stamps = [moment(now + timedelta(hours=each)) for each in (-24, 0, 0, 0, 6, 0)]
    tables.run(_EDITION, number, day.isoformat(), *stamps)
    keeping.begin_history(tables)
    stage = Stage(newsroom, tables, folder, readers, number)
    try:
        yield stage
    finally:
        stage.close()


def wait_for(sender: subprocess.Popen[str], is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, or the sender has ended; return whether it was so."""
    end = time.monotonic() + 120
    while time.monotonic() < end and sender.poll() is None:
        if is_so():
            return True
        time.sleep(0.005)
    return is_so()
