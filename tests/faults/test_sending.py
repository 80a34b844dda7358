"""What may happen to a machine in the night, by chance: killed senders, crashed databases, relays
that die, refuse, reset and dawdle, two senders at once, readers who leave meanwhile.

Nobody is mailed twice, nobody is lost, nobody is mailed after leaving, and in doubt is at most what
was on an open connection. A few histories here; `make soak` plays hundreds (HANDPRESS_TEST_FAULTS).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import DATABASE
from faults.cluster import Cluster
from faults.keeping import HAS_FAILED, keep
from faults.stage import (
    ACCEPTED,
    CONNECTIONS,
    DOTTED,
    FAILED,
    SUPPRESSED,
    UNKNOWN,
    Stage,
    kill,
    set_stage,
    wait_for,
)
from newsrooms import make_newsroom
from prepared import make_template
from servers import free_port

RUNS = int(os.environ.get("HANDPRESS_TEST_FAULTS", "2"))
READERS = 250


class Home:
    """A newsroom folder on the database under test, which may be crashed where it is a server."""

    def __init__(self, folder: Path) -> None:
        self.cluster: Cluster | None = None
        self.database: Path | str = folder / "newsroom" / "newsroom.sqlite3"
        if DATABASE == "sqlite":
            self.newsroom = make_newsroom(folder / "newsroom")
            shutil.copyfile(make_template() / "newsroom.sqlite3", self.database)
            return
        self.cluster = Cluster()
        self.database = self.cluster.url("newsroom")
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as server:
            server.execute("CREATE DATABASE newsroom")
        self.newsroom = make_newsroom(folder / "newsroom", self.database)
        _copy_tables(self.database)


def _copy_tables(target: str) -> None:
    """Give the server of our own the tables of the run's template."""
    import subprocess

    from postgres import find_programs
    from prepared import on_server

    make_template()
    source = on_server(os.environ["HANDPRESS_TEST_SERVER"], "newsroom_template")
    programs = find_programs()
    dump = subprocess.run(
        [programs / "pg_dump", "--no-owner", source], capture_output=True, check=True
    )
    subprocess.run(
        [programs / "psql", "--quiet", "--set=ON_ERROR_STOP=1", target],
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    found = Home(tmp_path_factory.mktemp("faults"))
    yield found
    if found.cluster:
        found.cluster.remove()


@pytest.fixture
def stage(home: Home, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    with set_stage(home.newsroom, home.database, tmp_path, READERS) as found:
        yield found
        if request.node.stash.get(HAS_FAILED, False):
            keep(found, request.node.name)


# --- each trouble by itself ------------------------------------------------------------


def test_a_sender_is_killed(stage: Stage) -> None:
    server = stage.start_server(delay_s=0.01)
    sender = stage.start_sender(server.port)
    stage.wait_taken(60)
    assert sender.poll() is None
    kill(sender)
    stage.finish(server.port)
    counts = stage.verdict(most_unknown=CONNECTIONS)
    assert counts[ACCEPTED] >= READERS - CONNECTIONS


def test_one_of_two_senders_is_killed_and_the_other_does_its_part(stage: Stage) -> None:
    server = stage.start_server(delay_s=0.01)
    senders = [stage.start_sender(server.port) for _ in range(2)]
    stage.wait_taken(60)
    kill(senders[0])
    assert senders[1].wait(240) == 0, stage.complaints()
    stage.verdict(most_unknown=CONNECTIONS)


def test_asked_to_stop_nothing_is_in_doubt(stage: Stage) -> None:
    server = stage.start_server(delay_s=0.01)
    sender = stage.start_sender(server.port)
    stage.wait_taken(60)
    sender.terminate()
    assert sender.wait(240) == 0, stage.complaints()
    assert len(stage.taken()) < READERS
    stage.finish(server.port)
    assert stage.verdict(most_unknown=0) == {ACCEPTED: READERS}


def test_asked_to_stop_while_the_relay_says_nothing_it_ends_in_ten_seconds(stage: Stage) -> None:
    server = stage.start_server(faults={"dot:silence": 0.2})
    sender = stage.start_sender(server.port)

    def are_all_lines_silent() -> bool:
        before = stage.taken()
        time.sleep(1)
        return stage.counts()[DOTTED] == CONNECTIONS and stage.taken() == before

    assert wait_for(sender, are_all_lines_silent)
    began = time.monotonic()
    sender.terminate()
    assert sender.wait(60) == 0, stage.complaints()
    assert time.monotonic() - began < 10.5
    assert stage.counts()[UNKNOWN] == CONNECTIONS


def test_a_relay_dies_and_comes_back(stage: Stage) -> None:
    port = free_port()
    first = stage.start_server(port, delay_s=0.01)
    sender = stage.start_sender(port)
    stage.wait_taken(60)
    first.kill()
    stage.start_server(port)
    assert sender.wait(240) == 0, stage.complaints()
    stage.verdict(most_unknown=CONNECTIONS)


def test_a_relay_dies_and_the_other_takes_over(stage: Stage) -> None:
    first, second = stage.start_server(delay_s=0.01), stage.start_server(delay_s=0.01)
    sender = stage.start_sender(first.port, second.port)
    stage.wait_taken(60)
    first.kill()
    assert sender.wait(240) == 0, stage.complaints()
    stage.verdict(most_unknown=CONNECTIONS)
    assert second.taken()


def test_nobody_is_mailed_after_leaving(stage: Stage) -> None:
    chance = random.Random(7)
    server = stage.start_server(delay_s=0.02)
    sender = stage.start_sender(server.port)
    stage.wait_taken(20)
    left = set()
    for reader in chance.sample(range(1, READERS + 1), 60):
        if not stage.tables.leave(reader):
            left.add(reader)
    assert sender.wait(240) == 0, stage.complaints()
    counts = stage.verdict(most_unknown=0, left=left)
    assert counts[SUPPRESSED] == len(left)
    assert left


def test_the_database_crashes(home: Home, stage: Stage) -> None:
    if home.cluster is None:
        pytest.skip("SQLite is no server that could crash by itself")
    server = stage.start_server(delay_s=0.01)
    sender = stage.start_sender(server.port)
    stage.wait_taken(60)
    home.cluster.crash()
    home.cluster.start()
    assert sender.wait(240) == 0, stage.complaints()
    stage.verdict(most_unknown=CONNECTIONS)


def test_a_sender_slept_while_the_database_crashed(home: Home, stage: Stage) -> None:
    """The other takes it for dead and does its part; it wakes with hundreds of claims in hand."""
    if home.cluster is None:
        pytest.skip("SQLite is no server that could crash by itself")
    server = stage.start_server(delay_s=0.01)
    first = stage.start_sender(server.port)
    stage.wait_taken(20)
    second = stage.start_sender(server.port)
    first.send_signal(signal.SIGSTOP)
    home.cluster.crash()
    home.cluster.start()
    assert second.wait(240) == 0, stage.complaints()
    first.send_signal(signal.SIGCONT)
    assert first.wait(240) == 0, stage.complaints()
    stage.finish(server.port)
    stage.verdict(most_unknown=CONNECTIONS)


def test_the_database_crashes_again_and_again_under_two_senders(home: Home, stage: Stage) -> None:
    """Each takes the other for dead, and claims what it has in hand itself."""
    if home.cluster is None:
        pytest.skip("SQLite is no server that could crash by itself")
    server = stage.start_server(delay_s=0.02, faults={"data:451": 0.05, "rcpt:drop": 0.05})
    senders = [stage.start_sender(server.port) for _ in range(2)]
    for taken in (20, 80, 140, 200):
        stage.wait_taken(taken)
        home.cluster.crash()
        home.cluster.start()
    for sender in senders:
        assert sender.wait(240) == 0, stage.complaints()
    stage.finish(server.port)
    stage.verdict(most_unknown=4 * 2 * CONNECTIONS)


def test_the_disk_is_full(home: Home, stage: Stage) -> None:
    if home.cluster is not None:
        pytest.skip("on PostgreSQL the server's disk is meant: see the crash")
    server = stage.start_server(delay_s=0.01)
    sender = stage.start_sender(server.port, file_limit=True)
    assert wait_for(sender, lambda: "ledger_unreachable" in stage.complaints())
    sender.terminate()
    sender.wait(60)
    assert len(stage.taken()) < READERS
    stage.finish(server.port)
    stage.verdict(most_unknown=CONNECTIONS)


# --- all troubles by chance ------------------------------------------------------------

FAULTS = [
    "greeting:421",
    "ehlo:421",
    "mail:421",
    "mail:451",
    "rcpt:450",
    "rcpt:421",
    "rcpt:550",
    "rcpt:drop",
    "data:451",
    "data:drop",
    "body:drop",
    "dot:421",
    "dot:451",
    "dot:554",
    "dot:drop",
    "dot:lost",
]


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_night_of_many_troubles(home: Home, stage: Stage, seed: int) -> None:
    chance = random.Random(f"{DATABASE}-{seed}")
    faults = {name: chance.uniform(0.005, 0.05) for name in chance.sample(FAULTS, 5)}
    plan: dict[str, Any] = {
        "faults": faults,
        "seed": seed,
        "delay_s": chance.choice([0.0, 0.005, 0.02]),
        "most_a_connection": chance.choice([0, 0, 15]),
        "offers": chance.choice([["PIPELINING"], []]),
    }
    port = free_port()
    server = stage.start_server(port, **plan)
    ports = [port, stage.start_server(**plan).port] if chance.random() < 0.4 else [port]
    senders = [stage.start_sender(*ports) for _ in range(chance.choice([1, 1, 2]))]
    doubts, left = 0, set()
    for _ in range(chance.randint(1, 3)):
        stage.wait_taken(len(stage.taken()) + chance.randint(1, 60))
        for reader in chance.sample(range(1, READERS + 1), 5):
            if not stage.tables.leave(reader):
                left.add(reader)
        trouble = chance.choice(["sender", "sender", "relay", "database", "stop"])
        if trouble == "sender":
            kill(senders.pop(0))
            senders.append(stage.start_sender(*ports))
            doubts += CONNECTIONS * len(ports)
        elif trouble == "relay":
            server.kill()
            server = stage.start_server(port, **plan)
            doubts += CONNECTIONS * len(senders)
        elif trouble == "stop":
            senders[0].terminate()
            senders[0].wait(240)
            senders[0] = stage.start_sender(*ports)
        elif home.cluster:
            home.cluster.crash()
            home.cluster.start()
            doubts += CONNECTIONS * len(ports) * len(senders)
    for sender in senders:
        assert sender.wait(240) == 0, stage.complaints()
    stage.finish(*ports)
    counts = stage.verdict(most_unknown=doubts, left=left)
    assert counts[ACCEPTED] + counts[FAILED] + counts[UNKNOWN] + counts[SUPPRESSED] == READERS
