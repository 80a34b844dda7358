"""Django's settings: nothing is lost, nobody else is told, the cookies are tight."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, connections
from django.test import Client

from handpress.conf import PostgresqlAddress, SqliteAddress
from handpress.project.databases import SQLITE_PRAGMAS, database_setting
from handpress.project.languages import choose_desk_language
from newsrooms import make_newsroom


@pytest.mark.django_db
@pytest.mark.parametrize(("pragma", "value"), SQLITE_PRAGMAS.items())
def test_every_sqlite_pragma_is_in_force(pragma: str, value: object) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no pragmas")
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_what_the_pragmas_promise() -> None:
    assert SQLITE_PRAGMAS == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_a_transaction_takes_the_write_lock_at_once() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    from django.db import transaction

    statements: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(statements.append)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.connection.set_trace_callback(None)
    assert statements[0] == "BEGIN IMMEDIATE"


def test_a_writer_waits_for_another() -> None:
    sqlite = database_setting(SqliteAddress("a.sqlite3"), Path("/news"))
    assert sqlite["NAME"] == "/news/a.sqlite3"
    assert sqlite["OPTIONS"]["timeout"] == 20


def test_statements_that_come_again_are_kept_ready() -> None:
    """Savepoints have names of their own, and do not push them out."""
    sqlite = database_setting(SqliteAddress("a.sqlite3"), Path("/news"))
    assert sqlite["OPTIONS"]["cached_statements"] >= 512


def test_a_postgresql_address_becomes_djangos_words() -> None:
    address = PostgresqlAddress(
        "news", "me", "secret", "/run/pg", 5433, (("passfile", "pg.pass"), ("sslmode", "require"))
    )
    found = database_setting(address, Path("/news"))
    assert found["ENGINE"] == "django.db.backends.postgresql"
    expected = ("news", "me", "secret", "/run/pg", "5433")
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
    # A password file is looked for in the newsroom, like every relative path.
    assert found["OPTIONS"]["passfile"] == "/news/pg.pass"
    assert found["OPTIONS"]["sslmode"] == "require"


def test_nothing_is_wrong_with_a_newsroom_on_https() -> None:
    assert settings.HANDPRESS.is_https
    found = run_checks(include_deployment_checks=True)
    assert [each for each in found if not each.is_silenced()] == []


def test_cookies_belong_to_this_host_alone() -> None:
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert name.startswith("__Host-")
    assert settings.SESSION_COOKIE_SECURE is True
    assert settings.CSRF_COOKIE_SECURE is True
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert settings.SESSION_COOKIE_DOMAIN is None
    assert settings.SESSION_COOKIE_PATH == "/"


def test_without_https_the_desk_still_opens(tmp_path: Path) -> None:
    newsroom = make_newsroom(tmp_path / "newsroom")
    file = newsroom / "handpress.toml"
    file.write_text(file.read_text().replace("https://proof.example/", ""))
    code = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.SECURE_HSTS_SECONDS,"
        " s.CSRF_TRUSTED_ORIGINS, s.WAGTAILADMIN_BASE_URL)"
    )
    out = run_python(code, HANDPRESS_NEWSROOM=str(newsroom))
    assert out == "False desk-session 0 [] http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("environ", "hosts", "origins"),
    [
        ({}, ["127.0.0.1", "proof.example"], ["https://127.0.0.1", "https://proof.example"]),
        (
            {"NEWSROOM_ADDRESS": "https://[::2]:8443/news", "SERVER_HOST": "::"},
            ["[::2]"],
            ["https://[::2]:8443"],
        ),
        (
            {"NEWSROOM_ADDRESS": "http://x.example", "SERVER_TRUSTED_HOSTS": ".y.example"},
            [".y.example", "127.0.0.1", "x.example"],
            [],
        ),
        (
            {"SERVER_HOST": "0.0.0.0", "SERVER_TRUSTED_HOSTS": ".y.example,::3"},
            [".y.example", "[::3]", "proof.example"],
            ["https://*.y.example", "https://[::3]", "https://proof.example"],
        ),
    ],
)
def test_who_may_be_asked_for(
    environ: dict[str, str], hosts: list[str], origins: list[str], tmp_path: Path
) -> None:
    newsroom = make_newsroom(tmp_path / "newsroom")
    code = (
        "from django.conf import settings as s; import json;"
        "print(json.dumps([s.ALLOWED_HOSTS, sorted(s.CSRF_TRUSTED_ORIGINS)]))"
    )
    variables = {f"HANDPRESS_{name}": value for name, value in environ.items()}
    found = json.loads(run_python(code, HANDPRESS_NEWSROOM=str(newsroom), **variables))
    assert found[0][:3] == ["localhost", "127.0.0.1", "[::1]"]
    assert sorted(found[0][3:]) == sorted(hosts)
    assert found[1] == sorted(origins)


def test_without_a_newsroom_there_is_no_database() -> None:
    code = (
        "import django; django.setup();"
        "from django.db import connection, utils;"
        "from django.core.exceptions import ImproperlyConfigured;\n"
        "try: connection.cursor()\n"
        "except ImproperlyConfigured: print('none')"
    )
    assert run_python(code, HANDPRESS_NEWSROOM=os.devnull) == "none"


def run_python(code: str, **environ: str) -> str:
    clean = {name: value for name, value in os.environ.items() if "HANDPRESS_" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**clean, **environ, "DJANGO_SETTINGS_MODULE": "handpress.project.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("pt-BR", "pt-br"), ("zh-Hans", "zh-hans"), ("de-LI", "de"), ("tlh", "en")],
)
def test_the_desk_speaks_the_nearest_language(tag: str, code: str) -> None:
    assert choose_desk_language(tag) == code


@pytest.mark.django_db
def test_answers_of_the_app_are_kept_by_nobody(client: Client) -> None:
    page = client.get("/desk/sign-in/", secure=True)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert page["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.django_db
def test_a_strangers_host_name_is_refused(client: Client) -> None:
    assert client.get("/desk/sign-in/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.django_db
def test_a_forgotten_password_is_not_reset_by_mail(client: Client) -> None:
    assert client.get("/desk/password_reset/", secure=True).status_code == 404


def test_nothing_else_answers() -> None:
    for path in ("/", "/admin/", "/-/", "/articles/x.html", "/media/x", "/desk-static/x"):
        assert Client().get(path, secure=True).status_code == 404


def test_the_database_is_the_newsrooms_own() -> None:
    assert list(connections) == ["default"]
