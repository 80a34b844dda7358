"""The script in docs/operating/backup.md keeps what that page says must be kept."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from command_line import CommandLine
from conftest import DATABASE
from factories.themes import write_theme

PAGE = Path(__file__).parent.parent / "docs" / "operating" / "backup.md"
# What Debian's package would bring; a machine that only runs tests may do without.
SQLITE = f"""\
#!{sys.executable}
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(*row)
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script as the page shows it, and a program `sqlite3` for it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "sqlite3").write_text(SQLITE, encoding="utf-8")
    (programs / "sqlite3").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    shown = re.search(r"^    #!/bin/sh\n(?:    .*\n)+", PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown
    file = tmp_path / "backup.sh"
    file.write_text(textwrap.dedent(shown[0]), encoding="utf-8")
    return file


def back_up(script: Path, newsroom: Path, to: Path) -> Path:
    """Run the script; return the day's folder."""
    subprocess.run(["/bin/sh", script, newsroom, to], check=True, capture_output=True)
    (day,) = to.iterdir()
    return day


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.skipif(DATABASE != "sqlite", reason="the script is for SQLite")
def test_a_newsroom_comes_back_from_its_backup(
    script: Path, prepared_newsroom: Path, tmp_path: Path
) -> None:
    old = CommandLine(prepared_newsroom)
    with (old.folder / "handpress.toml").open("a", encoding="utf-8") as file:
        file.write('[press]\ntheme = "ours"\n')
    write_theme(old.folder / "themes", "ours", {"static/ours.css": "h1 { color: teal }"})
    for name in ("media/pictures/a.jpg", "keys/donors.key", "editions.log"):
        (old.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (old.folder / name).write_text(name, "utf-8")
    old.run("press")

    first = contents(back_up(script, old.folder, tmp_path / "safe"))
    day = back_up(script, old.folder, tmp_path / "safe")
    assert contents(day).keys() == first.keys()
    kept = {path.name for path in day.iterdir()}
    named = re.findall(r"^\| `([\w.]+)/?`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert kept == {*named, "newsroom.sqlite3"}

    new = CommandLine(tmp_path / "new")
    day.rename(new.folder)
    new.run("init", new.folder)
    new.run("press", "--all")
    assert new.files() == old.files()
