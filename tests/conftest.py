"""The surroundings of every test: a newsroom of its own, on the database that is being tested.

HANDPRESS_TEST_DATABASE says which: `sqlite` (as when it is not set) or `postgresql`. All this is
done while this file is imported, because Django must be ready before any test module is.
"""

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg
import pytest

from newsrooms import SQLITE_URL, make_newsroom, use_newsroom
from postgres import SupervisedServer

DATABASE = os.environ.get("HANDPRESS_TEST_DATABASE") or "sqlite"
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_database_numbers = itertools.count(1)


def _open_test_folder() -> Path:
    """Return this process's own folder inside the one that the whole run shares and removes."""
    if not IS_WORKER:
        folder = tempfile.mkdtemp(prefix="handpress-tests-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["HANDPRESS_TEST_FOLDER"] = folder
    return Path(os.environ["HANDPRESS_TEST_FOLDER"], os.environ.get("PYTEST_XDIST_WORKER", "main"))


def _find_database_url() -> str:
    """Return the address of the database under test; start its server in the first process."""
    if DATABASE == "sqlite":
        return SQLITE_URL
    if DATABASE != "postgresql":
        raise pytest.UsageError(
            f"HANDPRESS_TEST_DATABASE is {DATABASE!r}; it can be 'sqlite' or 'postgresql'."
        )
    if not IS_WORKER:
        server = SupervisedServer()
        atexit.register(server.stop)
        os.environ["HANDPRESS_TEST_SERVER"] = server.url
    return os.environ["HANDPRESS_TEST_SERVER"]


def _set_up_django(folder: Path) -> None:
    """Load Django's settings; let tests on SQLite use a file, as newsrooms do, not memory."""
    from django.conf import settings

    database: dict[str, Any] = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.postgresql":
        database.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")
    django.setup()


NEWSROOM = make_newsroom(_open_test_folder() / "newsroom", _find_database_url())
use_newsroom(NEWSROOM)
_set_up_django(NEWSROOM)


def pytest_report_header() -> str:
    """Say which database the tests below ran on."""
    return f"database: {DATABASE}"


@pytest.fixture
def database_url() -> Iterator[str]:
    """The address of an empty database of the kind under test, for a newsroom made by a test.

    On SQLite it is relative to that newsroom's folder; on PostgreSQL it is a new database, which
    is dropped afterwards.
    """
    if DATABASE == "sqlite":
        yield SQLITE_URL
        return
    server = os.environ["HANDPRESS_TEST_SERVER"]
    name = f"newsroom_{os.getpid()}_{next(_database_numbers)}"
    with psycopg.connect(_database_on(server, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield _database_on(server, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _database_on(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
