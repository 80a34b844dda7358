"""Newsroom folders for tests, and the environment that makes Handpress act on one."""

import os
from pathlib import Path

SQLITE_URL = "sqlite:///newsroom.sqlite3"
SETTINGS = """\
[newsroom]
name = "The Proof"
tagline = "A paper that exists only while tests run"
language = "en"
time_zone = "UTC"
address = "https://proof.example/"

[desk]
second_factor = "offered"

[database]
url = "{database_url}"
"""


def make_newsroom(folder: Path, database_url: str = SQLITE_URL) -> Path:
    """Make a newsroom folder with the least that its settings need; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handpress.toml").write_text(
        SETTINGS.format(database_url=database_url), encoding="utf-8"
    )
    key = folder / "secret.key"
    key.touch(mode=0o600)
    key.write_text("only-for-tests-" * 5, encoding="utf-8")
    for name in ("media", "site", "var"):
        (folder / name).mkdir(exist_ok=True)
    return folder


def use_newsroom(folder: Path) -> None:
    """Point this process and those it starts at a newsroom, and at nothing else.

    Settings that happen to stand in the environment must not decide what a test sees.
    """
    for name in list(os.environ):
        if name.startswith("HANDPRESS_") and not name.startswith("HANDPRESS_TEST_"):
            del os.environ[name]
    os.environ["HANDPRESS_NEWSROOM"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "handpress.project.settings"
