"""Senders of letters that are killed in the middle: nothing twice, nothing lost without a word."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mail.sink import Plan, Sink, running_sink
from servers import wait_until

LETTERS = 60
KILLS = 6
RELAY = """
[mail]
from_address = "desk@proof.example"

[[mail.relays]]
name = "main"
host = "127.0.0.1"
port = {port}
security = "none"
"""
WRITE = f"""
from handpress.mail.letters import write_letter
for number in range({LETTERS}):
    write_letter(to=f"r{{number}}@lantern.example", subject="x", text="x", kind="confirm")
"""
SEND = """
from handpress.mail.tasks import send_letters_once
while send_letters_once(limit=7):
    pass
"""
COUNT = """
from handpress.mail.models import Letter, LetterState
states = Letter.objects.values_list("to", "state")
print(*(f"{to}={LetterState(state).name}" for to, state in states))
"""


def start(folder: Path, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", code]
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(folder)}
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def run(folder: Path, code: str) -> str:
    process = start(folder, code)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return output


def wait_for(sink: Sink, sender: subprocess.Popen[str], commands: int) -> None:
    """Wait until the sender has said so much, or has come to its end."""

    def has_come_so_far() -> bool:
        return len(sink.commands) >= commands or sender.poll() is not None

    wait_until(has_come_so_far)


def test_nothing_is_sent_twice_or_lost_without_a_word(prepared_newsroom: Path) -> None:
    chance = random.Random(20261126)
    with running_sink(Plan(delay_s=0.01)) as sink:
        settings = prepared_newsroom / "handpress.toml"
        settings.write_text(settings.read_text() + RELAY.format(port=sink.port))
        run(prepared_newsroom, WRITE)
        for _ in range(KILLS):
            sender = start(prepared_newsroom, SEND)
            wait_for(sink, sender, len(sink.commands) + chance.randrange(3, 40))
            os.kill(sender.pid, signal.SIGKILL)
            sender.communicate()
        run(prepared_newsroom, SEND)
        arrived = Counter(sink.recipients)
        pairs = run(prepared_newsroom, COUNT).split()
    states = dict(pair.split("=") for pair in pairs)
    assert len(states) == LETTERS
    assert max(arrived.values()) == 1, arrived.most_common(3)
    assert set(states.values()) <= {"ACCEPTED", "UNKNOWN"}
    # One connection at a time: each kill leaves one letter at most of which nobody can tell.
    unknown = {to for to, state in states.items() if state == "UNKNOWN"}
    assert len(unknown) <= KILLS
    assert {to for to, state in states.items() if state == "ACCEPTED"} <= set(arrived)
    assert set(states) - set(arrived) <= unknown


@pytest.mark.parametrize("count", [3])
def test_senders_side_by_side_send_each_once(prepared_newsroom: Path, count: int) -> None:
    with running_sink() as sink:
        settings = prepared_newsroom / "handpress.toml"
        settings.write_text(settings.read_text() + RELAY.format(port=sink.port))
        run(prepared_newsroom, WRITE)
        senders = [start(prepared_newsroom, SEND) for _ in range(count)]
        for sender in senders:
            sender.communicate(timeout=120)
            assert sender.returncode == 0
        run(prepared_newsroom, SEND)
        arrived = Counter(sink.recipients)
    assert len(arrived) == LETTERS
    assert set(arrived.values()) == {1}
