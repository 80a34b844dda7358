"""The command itself, outside of every newsroom: what the tests of its verbs share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from handpress import cli

COMMAND = [sys.executable, "-W", "error", "-m", "handpress"]


@contextmanager
def outside_of_newsrooms(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    """Start in a folder that is no newsroom; put back what the command sets for itself."""
    kept = dict(os.environ)
    monkeypatch.delenv("HANDPRESS_NEWSROOM")
    monkeypatch.chdir(folder)
    yield
    os.environ.clear()
    os.environ.update(kept)


def handpress(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own, in the current folder."""
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def record_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Let no management command run; return the list of those that would have."""
    called: list[tuple[str, list[str]]] = []

    def run(verb: str, rest: list[str]) -> int:
        called.append((verb, rest))
        return 0

    monkeypatch.setattr(cli, "run_django", run)
    return called
