"""The `handpress` command: its verbs, and how they end."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handpress import __version__, cli
from handpress.conf.founding import FoundingError, found_newsroom
from newsrooms import make_newsroom
from verbs import COMMAND, handpress, outside_of_newsrooms, record_calls


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with outside_of_newsrooms(monkeypatch, tmp_path):
        yield


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for verb, words in cli.VERBS.items():
        assert f"  {verb:<8} {words}" in out


def test_help_is_quick_and_leaves_django_alone() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "import sys; from handpress.cli import main; main(['--help']); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    modules = out.stdout.split()
    assert "handpress.cli" in modules
    assert not {"django", "click", "wagtail", "tomllib"} & set(modules)
    # CPU time, not the clock's: other work on the machine does not count.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.15


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"handpress {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "handpress [--newsroom DIR] VERB"),
        (["pres"], "Did you mean `handpress press`?"),
        (["zzz"], "There is no verb “zzz”."),
        (["--bogus"], "There is no option --bogus."),
        (["press", "--newsroom"], "--newsroom needs the folder"),
        (["manage"], "Name a management command"),
        (["press"], "There is no newsroom here"),
        (["--newsroom", "nowhere", "press"], "handpress init"),
    ],
)
def test_misuse_is_explained(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


@pytest.mark.parametrize("words", [["init"], ["init", "--bogus", "x"]])
def test_init_refuses_what_it_does_not_know(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    assert "usage: handpress init" in capsys.readouterr().err


def test_a_verb_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    make_newsroom(tmp_path)
    assert cli.main(["doctor", "--bogus"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--newsroom", "n", "press", "--all"],
        ["press", "--newsroom", "n", "--all"],
        ["press", "--all", "--newsroom=n"],
    ],
)
def test_the_newsroom_is_named_before_or_after_the_verb(words: list[str]) -> None:
    assert cli.take_newsroom(words) == ("n", ["press", "--all"])


def test_what_follows_two_strokes_is_left_alone() -> None:
    assert cli.take_newsroom(["import", "--", "--newsroom"]) == (
        None,
        ["import", "--", "--newsroom"],
    )


@pytest.mark.parametrize("verb", [verb for verb in cli.VERBS if verb != "manage"])
def test_every_verb_has_help_without_a_newsroom(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([verb, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: handpress {verb}")
    assert "--pythonpath" not in out


def test_a_verb_runs_in_the_newsroom_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom = make_newsroom(tmp_path / "newsroom")
    below = newsroom / "var" / "deep"
    below.mkdir()
    monkeypatch.chdir(below)
    called = record_calls(monkeypatch)
    assert cli.main(["press", "--all"]) == 0
    assert called == [("press", ["--all"])]
    assert os.environ["HANDPRESS_NEWSROOM"] == str(newsroom)


# --- when something goes wrong ---------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (OSError(28, "No space left on device", "/x/y"), 1, "No space left on device"),
        (RuntimeError("odd"), 1, "RuntimeError: odd"),
        (FoundingError("no room"), 1, "handpress: no room"),
    ],
)
def test_every_failure_has_a_status_and_words(
    error: BaseException,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_newsroom(tmp_path)

    def fail(*words: Any) -> int:
        raise error

    monkeypatch.setattr(cli, "run_django", fail)
    assert cli.main(["press"]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (said in captured.err) if said else captured.err == ""


def test_a_traceback_is_shown_to_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_newsroom(tmp_path)
    monkeypatch.setattr(cli, "run_django", lambda *words: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["press", "--traceback"])


def test_faulty_settings_stop_every_verb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom = make_newsroom(tmp_path)
    (newsroom / "handpress.toml").write_text("[server]\nport = 0\nhots = 1\n")
    assert cli.main(["press"]) == 2
    said = capsys.readouterr().err
    assert "2 settings need attention" in said
    assert "line 2, server.port" in said
    assert "Did you mean host?" in said


@pytest.mark.parametrize("fault", ["no newsroom", "settings", "key", "option"])
def test_no_mistake_of_ours_costs_a_message_that_a_mail_server_hands_over(
    fault: str, tmp_path: Path
) -> None:
    """Postfix throws away what it gets another status for, and a wish to leave with it."""
    folder = tmp_path / "paper"
    if fault != "no newsroom":
        found_newsroom(folder, {}, {})
    if fault == "settings":
        with (folder / "handpress.toml").open("a") as file:
            file.write("\n[mistyped]\n")
    if fault == "key":
        (folder / "secret.key").unlink()
    more = ["--two"] if fault == "option" else []
    left = handpress("--newsroom", str(folder), "mail", "receive", *more)
    assert left.returncode == 75
    assert left.stderr
    assert handpress("--newsroom", str(folder), "mail", "poll", *more).returncode != 75


def test_the_doctor_looks_at_faulty_settings_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom = make_newsroom(tmp_path)
    (newsroom / "handpress.toml").write_text("[server]\nport = 0\n")
    assert cli.main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["fail"] == 1
    assert "0 is not a port" in found["findings"][0]["what"]


def test_ctrl_c_ends_a_verb_quietly(tmp_path: Path) -> None:
    make_newsroom(tmp_path)
    code = (
        "import signal, sys, time, handpress.cli as cli\n"
        # Whoever was started in the background of a shell would not hear it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def wait(*words):\n"
        "    print('ready', flush=True)\n"
        # A signal that comes just before a long call would wait for its end.
        "    while True:\n"
        "        time.sleep(0.02)\n"
        "cli.run_django = wait\n"
        "sys.exit(cli.main(['press']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said == ""


def test_a_reader_who_has_enough_is_no_failure() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    try:
        done = subprocess.run(
            [*COMMAND, "--help"], stdout=writable, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writable)
    assert (done.returncode, done.stderr) == (141, "")
