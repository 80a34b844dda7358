"""The `handpress` command: verbs, exit statuses, and a newsroom made by `init`."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handpress import __version__, cli, conf
from handpress.cli import founding
from handpress.conf.founding import FoundingError, found_newsroom
from handpress.conf.schema import ALL_SETTINGS
from newsrooms import make_newsroom

COMMAND = [sys.executable, "-W", "error", "-m", "handpress"]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Start outside of every newsroom, and put back what the command sets for itself."""
    kept = dict(os.environ)
    monkeypatch.delenv("HANDPRESS_NEWSROOM")
    monkeypatch.chdir(tmp_path)
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


# --- the command itself ----------------------------------------------------------------


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


# --- init ------------------------------------------------------------------------------


def test_init_makes_a_newsroom_and_a_second_run_changes_nothing(
    tmp_path: Path, database_url: str
) -> None:
    folder = tmp_path / "free-press"
    first = handpress("init", str(folder), "--database", database_url)
    assert first.returncode == 0, first.stderr
    assert "handpress user add" in first.stdout
    settings = conf.load(folder, {})
    assert settings.newsroom.name == "Free Press"
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
    assert "/secret.key" in (folder / ".gitignore").read_text()
    for name in ("media", "site", "var", "var/desk-static/wagtailadmin"):
        assert (folder / name).is_dir()

    before = snapshot(folder)
    second = handpress("init", str(folder), "--name", "Another")
    assert second.returncode == 0, second.stderr
    assert "left as it is: handpress.toml, secret.key" in second.stdout
    assert "the options given here were not written" in second.stderr
    assert snapshot(folder) == before

    doctor = handpress("doctor", "--json", "--newsroom", str(folder))
    found = {each["check"]: each for each in json.loads(doctor.stdout)["findings"]}
    for check in ("settings", "permissions", "tables", "change marks", "desk files"):
        assert found[check]["state"] == "ok", found[check]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file's bytes, but for the database's, which notes when it is opened."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "sqlite3" not in path.name
    }


def test_init_refuses_a_folder_that_is_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "holiday.jpg").touch()
    assert cli.main(["init", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "is not empty (holiday.jpg) and not a newsroom" in said
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_init_refuses_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").touch()
    assert cli.main(["init", str(tmp_path / "x")]) == 1
    assert "is a file" in capsys.readouterr().err


def test_init_says_where_it_may_not_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").touch()
    assert cli.main(["init", str(tmp_path / "x" / "newsroom")]) == 1
    said = capsys.readouterr().err
    assert "cannot be written (Not a directory)" in said
    assert "Choose a folder" in said


def test_init_checks_its_options_before_it_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "newsroom"
    assert cli.main(["init", str(folder), "--address", "example", "--language", "english"]) == 2
    said = capsys.readouterr().err
    assert "newsroom.address: " in said
    assert "newsroom.language: " in said
    assert not folder.exists()


def test_the_settings_file_holds_every_setting_with_its_default(tmp_path: Path) -> None:
    folder = tmp_path / "newsroom"
    _, settings = found_newsroom(folder, {}, {})
    assert settings == conf.Settings(
        folder=folder,
        press=conf.PressSettings(site_dir=folder / "site"),
        secret_key=settings.secret_key,
    )
    file = folder / "handpress.toml"
    lines = file.read_text().splitlines()
    for declared in ALL_SETTINGS:
        assert any(line.startswith(f"#{declared.key} = ") for line in lines), declared.name
    # Every note that is a setting may have its # taken away.
    file.write_text(re.sub(r"^#(?=[a-z_]+ = )", "", file.read_text(), flags=re.MULTILINE))
    assert "\nport = 8000\n" in file.read_text()
    assert conf.load(folder, {}) == settings


def test_what_init_is_given_is_written_safely(tmp_path: Path) -> None:
    name = 'The "Lantern" \\ 등불'
    _, settings = found_newsroom(tmp_path / "n", {"newsroom.name": name}, {})
    assert settings.newsroom.name == name


@pytest.mark.parametrize("name", ["a\nb", "a\x7fb", "a\udc80b", "a\x00b"])
def test_what_cannot_be_a_name_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "n"), "--name", name]) == 2
    assert "newsroom.name: this holds a line break or a control character." in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "n").exists()


def test_an_interrupted_init_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 1
    while is_cut_off_after(steps, tmp_path / str(steps), monkeypatch):
        folder = tmp_path / str(steps)
        kept = {path: path.read_bytes() for path in folder.glob("[hs]*") if path.is_file()}
        _, settings = found_newsroom(folder, {"newsroom.name": "Kept"}, {})
        assert settings.newsroom.name == "Kept"
        assert all(path.read_bytes() == data for path, data in kept.items())
        assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
        assert {path.name for path in folder.iterdir()} == WHOLE
        steps += 1
    assert steps > 20
    assert {path.name for path in (tmp_path / str(steps)).iterdir()} == WHOLE


WHOLE = {
    ".gitignore",
    "handpress.toml",
    "media",
    "newsroom.sqlite3",
    "secret.key",
    "site",
    "var",
}


def is_cut_off_after(steps: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Make a newsroom, but stop at that of the calls that change the disk, if it is reached."""
    left = steps

    def cut(real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", cut(os.open))
        patch.setattr(os, "fsync", cut(os.fsync))
        for name in ("mkdir", "hardlink_to", "unlink"):
            patch.setattr(Path, name, cut(getattr(Path, name)))
        try:
            found_newsroom(folder, {"newsroom.name": "Kept"}, {})
        except KeyboardInterrupt:
            return True
    return False


def test_a_disk_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    founded, _ = found_newsroom(tmp_path / "n", {}, {})
    assert "secret.key" in founded.made


def test_what_is_private_is_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    found_newsroom(folder, {}, {})
    for name in ("media", "var"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    for name in ("newsroom.sqlite3", "handpress.toml"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    assert (folder / "site").stat().st_mode & 0o755 == 0o755


def test_the_demo_makes_its_own_newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = record_calls(monkeypatch)
    assert cli.main(["demo", "--from", "page.txt"]) == 0
    settings = conf.load(tmp_path / "demo", {})
    assert settings.newsroom.name == "The Leadline"
    assert settings.giving.bank is not None
    assert settings.giving.cheque is not None
    assert cli.main(["demo", "elsewhere"]) == 0
    assert (tmp_path / "elsewhere" / "handpress.toml").exists()
    assert called == [
        ("prepare", []),
        ("demo", ["--from", "page.txt"]),
        ("prepare", []),
        ("demo", []),
    ]


def test_the_demos_links_lead_to_the_port_it_is_served_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_calls(monkeypatch)
    assert cli.main(["demo", "--port", "8001", "--no-serve"]) == 0
    settings = conf.load(tmp_path / "demo", {})
    assert (settings.newsroom.address, settings.server.port) == ("http://127.0.0.1:8001/", 8001)
    assert cli.main(["demo", "--port=8002"]) == 0
    assert conf.load(tmp_path / "demo", {}) == settings
    assert conf.load(tmp_path / "demo", os.environ).newsroom.address == "http://127.0.0.1:8002/"


def test_a_newsroom_with_an_address_of_its_own_keeps_it_as_a_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_calls(monkeypatch)
    make_newsroom(tmp_path / "n")
    assert cli.main(["demo", "n", "--port", "8001"]) == 0
    settings = conf.load(tmp_path / "n", os.environ)
    assert settings.newsroom.address == "https://proof.example/"


def test_a_name_is_made_from_the_folders() -> None:
    assert founding._name_from(Path("/srv/free-press_daily")) == "Free Press Daily"
