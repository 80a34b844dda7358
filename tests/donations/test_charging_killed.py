"""4.4: whoever charges is killed at every commit, and starts again: each month is taken once.

The real background work on the database under test and the practice company with books of its own,
in processes that end by SIGKILL (`charging.program`). Afterwards nothing is stuck, and the books
say what the company says. Two of them at once do it once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import DATABASE
from newsrooms import make_newsroom
from prepared import copy_database, on_server

PROGRAM = Path(__file__).parent / "charging" / "program.py"
_KILLED = -9


class Copies:
    """A newsroom's database and the company's books, put back to where they were."""

    def __init__(self, folder: Path) -> None:
        self.saved = folder / "saved"
        self.saved.mkdir()
        self.name = f"killed_{os.getpid()}"
        if DATABASE == "sqlite":
            self.newsroom = make_newsroom(folder / "newsroom")
            copy_database(self.newsroom / "newsroom.sqlite3")
            return
        copy_database(self.name)
        self.newsroom = make_newsroom(folder / "newsroom", on_server(_server(), self.name))

    def save(self) -> None:
        """Keep all as it is; nobody is at work."""
        if DATABASE != "sqlite":
            _ask(f'CREATE DATABASE "{self.name}_saved" TEMPLATE "{self.name}"')
        for file in self._files():
            shutil.copyfile(file, self.saved / file.name)

    def put_back(self) -> None:
        """Put all back as it was kept; whoever was at work is dead."""
        if DATABASE != "sqlite":
            _ask(f'DROP DATABASE "{self.name}" WITH (FORCE)')
            _ask(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_saved"')
        for file in self._files():
            file.unlink()
        for file in self.saved.iterdir():
            shutil.copyfile(file, self.newsroom / file.name)

    def drop(self) -> None:
        if DATABASE != "sqlite":
            for name in (self.name, f"{self.name}_saved"):
                _ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _files(self) -> list[Path]:
        return [*self.newsroom.glob("*.sqlite3"), *self.newsroom.glob("*.sqlite3-*")]


def _server() -> str:
    return os.environ["HANDPRESS_TEST_SERVER"]


def _ask(statement: str) -> None:
    with psycopg.connect(on_server(_server(), "postgres"), autocommit=True) as server:
        server.execute(statement)


class Programs:
    """Has things done by processes that may be killed."""

    def __init__(self, copies: Copies) -> None:
        self.copies = copies
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            env={
                **os.environ,
                "HANDPRESS_NEWSROOM": str(copies.newsroom),
                "PYTHONPATH": str(PROGRAM.parents[2]),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        (made,) = self.let("prepare")
        assert made["ended"] == 0, made["said"]
        copies.save()

    def let(
        self,
        do: str,
        *deaths: int | None,
        minutes: int = 0,
        own_keys: bool = False,
    ) -> list[dict[str, Any]]:
        """Have something done by a process, or one for each of ``deaths``; return how each ended.

        A death is the point at which a process is killed, None for one that lives.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"do": do, "minutes": minutes, "die_at": deaths or [None], "own_keys": own_keys}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        found: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return found

    def judge(self, minutes: int) -> None:
        (found,) = self.let("judge", minutes=minutes)
        assert found["ended"] == 0, found["said"]

    def end(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    copies = Copies(tmp_path_factory.mktemp("killed"))
    found = Programs(copies)
    yield found
    found.end()
    copies.drop()


@pytest.fixture
def ready(programs: Programs) -> Programs:
    programs.copies.put_back()
    return programs


def test_4_4_undisturbed_each_month_is_taken_once(ready: Programs) -> None:
    (done,) = ready.let("work", minutes=1)
    assert (done["ended"], done["said"]) == (0, "")
    # Otherwise the test below kills nobody.
    assert done["points"] > 30
    (done,) = ready.let("recover", minutes=3)
    assert done["ended"] == 0, done["said"]
    ready.judge(27)


def test_4_4_killed_at_every_commit_each_month_is_taken_once(ready: Programs) -> None:
    (undisturbed,) = ready.let("work", minutes=1)
    for point in range(1, undisturbed["points"] + 1):
        ready.copies.put_back()
        (killed,) = ready.let("work", point, minutes=1)
        assert killed["ended"] == _KILLED, f"point {point}: {killed}"
        # Whoever takes over dies too, somewhere.
        ready.let("recover", 1 + point % 17, minutes=3)
        (done,) = ready.let("recover", minutes=30)
        assert done["ended"] == 0, f"point {point}: {done['said']}"
        ready.judge(54)


@pytest.mark.parametrize("deaths", [(None, None), (9, None), (17, 26), (None, 31)])
def test_4_4_two_at_once_do_it_once(ready: Programs, deaths: tuple[int | None, int | None]) -> None:
    is_undisturbed = deaths == (None, None)
    both = ready.let("work", *deaths, minutes=1, own_keys=is_undisturbed)
    for done, death in zip(both, deaths, strict=True):
        assert done["ended"] in ({0} if death is None else {0, _KILLED}), done
    for done in ready.let("recover", None, None, minutes=3):
        assert done["ended"] == 0, done["said"]
    ready.let("recover", minutes=30)
    ready.judge(54)
