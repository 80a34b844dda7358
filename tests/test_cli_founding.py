"""Newsrooms that the `handpress` command makes: by `init`, and by `demo`."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handpress import cli, conf
from handpress.cli import founding
from handpress.conf.founding import found_newsroom
from handpress.conf.schema import ALL_SETTINGS
from newsrooms import make_newsroom
from verbs import handpress, outside_of_newsrooms, record_calls


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with outside_of_newsrooms(monkeypatch, tmp_path):
        yield


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
    assert cli.main(["demo", "--no-serve", "elsewhere"]) == 0
    assert (tmp_path / "elsewhere" / "handpress.toml").exists()
    assert called == [
        ("prepare", []),
        ("demo", ["--from", "page.txt"]),
        ("prepare", []),
        ("demo", ["--no-serve", "elsewhere"]),
    ]


@pytest.mark.parametrize(
    "arguments", [["--bogus"], ["here", "there"], ["--port", "99999"], ["--from"]]
)
def test_a_demo_that_is_asked_for_wrongly_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    called = record_calls(monkeypatch)
    assert cli.main(["demo", *arguments]) == 2
    assert (called, list(tmp_path.iterdir())) == ([], [])


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
