"""The suite's own surroundings: the right database, and nothing of the machine's settings."""

import os
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    assert connection.vendor == (os.environ.get("HANDPRESS_TEST_DATABASE") or "sqlite")
    name = str(connection.settings_dict["NAME"])
    assert "test" in Path(name).name
    assert ":memory:" not in name


def test_the_newsroom_belongs_to_this_run() -> None:
    newsroom = Path(os.environ["HANDPRESS_NEWSROOM"])
    assert newsroom.is_relative_to(os.environ["HANDPRESS_TEST_FOLDER"])
    assert (newsroom / "secret.key").stat().st_mode & 0o077 == 0
    names = {name for name in os.environ if name.startswith("HANDPRESS_")}
    assert {name for name in names if not name.startswith("HANDPRESS_TEST_")} == {
        "HANDPRESS_NEWSROOM"
    }


def test_a_database_of_its_own_is_empty(database_url: str) -> None:
    if database_url.startswith("sqlite:"):
        assert database_url == "sqlite:///newsroom.sqlite3"
        return
    with psycopg.connect(database_url) as own:
        question = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert own.execute(question).fetchone() == (0,)
    assert settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
