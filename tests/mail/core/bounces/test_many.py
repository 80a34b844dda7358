"""Many ways of saying it, and many mail systems' ways of writing it down.

The samples are invented in the manner of those systems. A file's name says what it must come to.
"""

from pathlib import Path

import pytest

from handpress.mail.core.bounces import classify_reply, classify_text, read_notice

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LINES = [
    line
    for name in ("said.txt", "said_by_receivers.txt")
    for line in (SAMPLES / name).read_text("utf-8").splitlines()
    if not line.startswith("#")
]
FILES = sorted(SAMPLES.rglob("*.eml"))


@pytest.mark.parametrize("line", LINES)
def test_what_servers_say(line):
    wanted, code, status, text = line.split(" ", 3)
    status = status.strip("-")
    at_once = classify_reply(int(code), status, text)
    parts = ("" if code == "0" else code, status, text)
    quoted = classify_text(" ".join(each for each in parts if each))
    assert (at_once.is_hard, quoted.is_hard) == (wanted == "hard",) * 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_who_and_why_in_words(file):
    wanted = file.stem.partition("-")[0]
    refusals = read_notice(file.read_bytes()).refusals
    if wanted == "nothing":
        assert refusals == ()
        return
    (refusal,) = refusals
    assert refusal.recipient == "r@there.example"
    assert refusal.verdict.is_hard == (wanted == "hard")
    assert refusal.is_delay == (wanted == "delay")
