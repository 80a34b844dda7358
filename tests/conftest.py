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

import django
import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from newsrooms import SQLITE_URL, make_newsroom, use_newsroom
from postgres import SupervisedServer
from prepared import copy_database, on_server

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


# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile("handpress", deadline=None)
hypothesis_settings.load_profile("handpress")

NEWSROOM = make_newsroom(_open_test_folder() / "newsroom", _find_database_url())
use_newsroom(NEWSROOM)
_set_up_django(NEWSROOM)


def pytest_report_header() -> str:
    """Say which database the tests below ran on."""
    return f"database: {DATABASE}"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Use the test database that is there, as copied from the run's template."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Once it is known what the test database is called, copy the template to it."""
    from django.db import connection

    name = connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}"
    connection.settings_dict["TEST"]["NAME"] = name
    copy_database(Path(name) if connection.vendor == "sqlite" else name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Give what migrations had written back to the database after a test that emptied it.

    Django empties every table after a test that commits, whether a marker or a fixture lets it.
    Other tests of this process may follow.
    """
    yield
    marker = item.get_closest_marker("django_db")
    by_marker = marker is not None and marker.kwargs.get("transaction")
    if by_marker or "transactional_db" in getattr(item, "fixturenames", ()):
        _renew_test_database()


def _renew_test_database() -> None:
    from django.db import connection

    connection.close()
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        copy_database(Path(name))
    else:
        _drop(name)
        copy_database(name)


@pytest.fixture(autouse=True)
def forget_the_outlet() -> Iterator[None]:
    """Forget after each test what it chose about the site: its rows are gone, memory is not."""
    from handpress.press.site import forget_outlet

    yield
    forget_outlet()


@pytest.fixture
def database_url() -> Iterator[str]:
    """The address of an empty database of the kind under test, for a newsroom made by a test.

    On SQLite it is relative to that newsroom's folder; on PostgreSQL it is a new database, which
    is dropped afterwards.
    """
    if DATABASE == "sqlite":
        yield SQLITE_URL
        return
    name = _new_name()
    with _server() as server:
        server.execute(f'CREATE DATABASE "{name}"')
    yield _url_of(name)
    _drop(name)


@pytest.fixture
def prepared_newsroom(tmp_path: Path) -> Iterator[Path]:
    """The folder of a newsroom with all its tables, and nothing in them."""
    if DATABASE == "sqlite":
        folder = make_newsroom(tmp_path / "newsroom")
        copy_database(folder / "newsroom.sqlite3")
        yield folder
        return
    name = _new_name()
    copy_database(name)
    yield make_newsroom(tmp_path / "newsroom", _url_of(name))
    _drop(name)


def _new_name() -> str:
    return f"newsroom_{os.getpid()}_{next(_database_numbers)}"


def _url_of(name: str) -> str:
    return on_server(os.environ["HANDPRESS_TEST_SERVER"], name)


def _server() -> psycopg.Connection:
    return psycopg.connect(_url_of("postgres"), autocommit=True)


def _drop(name: str) -> None:
    with _server() as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
