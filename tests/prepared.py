"""A database with all its tables, made once for a whole test run and copied from then on.

Applying every migration takes ten seconds; a copy takes a moment. Whoever needs the template
first makes it, and other processes of the run wait for it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from newsrooms import SQLITE_URL, make_newsroom

_TEMPLATE = "newsroom_template"


def on_server(server: str, name: str) -> str:
    """Return the address of a database on a PostgreSQL server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def copy_database(target: Path | str) -> None:
    """Copy the template to an SQLite file, or to a new PostgreSQL database with that name."""
    template = make_template()
    if isinstance(target, Path):
        shutil.copyfile(template / "newsroom.sqlite3", target)
        return
    with psycopg.connect(on_server(_server(), "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{target}" TEMPLATE {_TEMPLATE}')


def copy_filled(name: str, code: str, target: Path) -> None:
    """Copy to an SQLite file the template with the rows that some code makes, made once a run."""
    folder = Path(os.environ["HANDPRESS_TEST_FOLDER"], f"filled-{name}")
    with _alone(folder.with_suffix(".lock")):
        if not folder.exists():
            new = make_newsroom(folder.with_suffix(".new"))
            copy_database(new / "newsroom.sqlite3")
            _handpress(new, "shell", "--no-imports", "-c", code)
            new.rename(folder)
    shutil.copyfile(folder / "newsroom.sqlite3", target)


def copy_desk_files(newsroom: Path) -> None:
    """Give a newsroom the desk's own files, as links."""
    files = "var/desk-static"
    shutil.copytree(make_template() / files, newsroom / files, copy_function=os.link)


def make_template() -> Path:
    """Return the folder of the prepared newsroom, made by the first who asks."""
    folder = Path(os.environ["HANDPRESS_TEST_FOLDER"], "template")
    with _alone(folder.with_suffix(".lock")):
        if not folder.exists():
            _prepare(folder.with_suffix(".new"), _database_url())
            folder.with_suffix(".new").rename(folder)
    return folder


def _database_url() -> str:
    server = _server()
    if not server:
        return SQLITE_URL
    with psycopg.connect(on_server(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    return on_server(server, _TEMPLATE)


def _prepare(folder: Path, database_url: str) -> None:
    make_newsroom(folder, database_url)
    _handpress(folder, "prepare")


def _handpress(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "handpress", "manage", *words]
    environment = {**os.environ, "HANDPRESS_NEWSROOM": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(folder.glob("*-wal")), "the database must be whole in one file"


def _server() -> str:
    return os.environ.get("HANDPRESS_TEST_SERVER", "")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
