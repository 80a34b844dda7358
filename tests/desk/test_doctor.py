"""The doctor: healthy newsrooms are found healthy, and each illness is named with its cure."""

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder

from factories.giving import drop_rules
from factories.papers import undone
from handpress import conf
from handpress.conf.founding import found_newsroom
from handpress.desk import doctor
from handpress.desk.doctor import database, folder, outlet, site, staff
from handpress.desk.doctor.kernel_clock import KernelClock, judge_kept, read_kernel_clock
from handpress.donations.models import Donor
from handpress.lib.findings import Finding, is_failure, render_findings
from handpress.press.state import remember

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def newsroom(tmp_path: Path, settings: Any) -> conf.Settings:
    """A newsroom of its own in Django's settings; the database stays that of the tests."""
    _, found = found_newsroom(tmp_path / "newsroom", {"newsroom.name": "The Proof"}, {})
    settings.HANDPRESS = found
    settings.STATIC_ROOT = found.var_folder / "desk-static"
    return found


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


# --- the whole -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_newsroom_fails_nowhere(newsroom: conf.Settings) -> None:
    call_command("prepare", stdout=StringIO())
    findings = doctor.examine()
    # The tests' own server is set to be fast, not to survive a power cut.
    grave = [
        each
        for each in findings
        if each.state == "fail" and (each.check, connection.vendor) != ("database", "postgresql")
    ]
    assert grave == []
    assert {each.check for each in findings} == set(doctor.CHECKS)
    # What a person still has to do is said, and is no failure.
    # Whether something keeps the clock is this machine's matter.
    assert {each.check for each in findings if each.state == "warn"} - {"clock"} == {
        "staff",
        "address",
        "giving",
        "press",
    }


@pytest.mark.django_db
def test_every_illness_has_a_cure(newsroom: conf.Settings) -> None:
    for each in doctor.examine():
        assert each.state == "ok" or each.mend, each


def test_one_check_that_falls_over_does_not_stop_the_others() -> None:
    def fall() -> Iterator[Finding]:
        raise OSError("no such disk\nand more")

    def stand() -> Iterator[Finding]:
        yield Finding("second", "ok", "fine")

    first, second = doctor.examine({"first": fall, "second": stand})
    assert first.state == "fail"
    assert "OSError: no such disk)" in first.what
    assert second.state == "ok"


@pytest.mark.django_db
def test_the_command_speaks_json_and_fails_when_a_check_fails(
    newsroom: conf.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(doctor.CHECKS, "giving", lambda: iter([Finding("giving", "fail", "x")]))
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("doctor", "--json", stdout=out)
    assert left.value.code == 1
    found = json.loads(out.getvalue())
    assert found["fail"] >= 1
    assert {"check": "giving", "state": "fail", "what": "x", "mend": ""} in found["findings"]


def test_findings_as_a_table() -> None:
    findings = [
        Finding("settings", "ok", "fine"),
        Finding("database", "fail", "gone", "Bring it back."),
        Finding("x", "warn", "word " * 40),
    ]
    lines = render_findings(findings).splitlines()
    assert lines[0] == "ok    settings  fine"
    assert lines[1] == "fail  database  gone"
    assert lines[2].strip() == "→ Bring it back."
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "1 ok, 1 to look at, 1 failed"
    assert is_failure(findings)
    assert not is_failure(findings[::2])


# --- the machine and the folder --------------------------------------------------------


def test_what_others_may_read_is_named(newsroom: conf.Settings) -> None:
    (newsroom.folder / "newsroom.sqlite3").chmod(0o644)
    newsroom.media_folder.chmod(0o755)
    found = list(folder.check_permissions())
    assert [each.state for each in found] == ["warn", "warn"]
    assert {each.mend for each in found} == {
        f"chmod 700 {newsroom.media_folder}",
        f"chmod 600 {newsroom.folder / 'newsroom.sqlite3'}",
    }


def test_a_password_in_the_settings_file_is_private(newsroom: conf.Settings, settings: Any) -> None:
    url = conf.PostgresqlAddress("news", "me", "secret", "db.example")
    settings.HANDPRESS = replace(newsroom, database=conf.DatabaseSettings(url=url))
    file = newsroom.folder / "handpress.toml"
    file.chmod(0o644)
    assert only(folder.check_permissions()).mend == f"chmod 600 {file}"


def test_what_cannot_be_written_is_named(
    newsroom: conf.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by chmod: to root every folder can be written.
    monkeypatch.setattr(os, "access", lambda path, mode: path != newsroom.media_folder)
    found = only(folder.check_permissions())
    assert found.state == "fail"
    assert str(newsroom.media_folder) in found.what


@pytest.mark.parametrize(
    ("free_mb", "free_files", "state"),
    [
        (50_000, 1_000_000, "ok"),
        (50_000, None, "ok"),
        (500, 1_000_000, "warn"),
        (50_000, 5_000, "warn"),
        (50, 1_000_000, "fail"),
        (50_000, 10, "fail"),
    ],
)
def test_room_on_the_disk(free_mb: int, free_files: int | None, state: str) -> None:
    assert folder.judge_space(free_mb=free_mb, free_files=free_files).state == state


@pytest.mark.parametrize(
    ("now", "newest", "state"),
    [
        (NOW, NOW - timedelta(days=1), "ok"),
        (NOW, NOW + timedelta(seconds=10), "ok"),
        (NOW, NOW + timedelta(days=1), "warn"),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), "fail"),
    ],
)
def test_the_clock(now: datetime, newest: datetime, state: str) -> None:
    assert folder.judge_clock(now, newest_file_at=newest).state == state


# --- the database ----------------------------------------------------------------------


@pytest.mark.django_db
def test_a_database_that_would_lose_something(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"PRAGMA synchronous": 1, "SHOW fsync": "off", "SHOW server_encoding": "UTF8"}
    real = {"PRAGMA journal_mode": "wal"}
    monkeypatch.setattr(
        database, "_ask", lambda question: answers.get(question, real.get(question, 1))
    )
    found = only(database.check_database())
    assert found.state == "fail"
    assert "a power cut could" in found.what


def test_a_database_that_does_not_answer(
    newsroom: conf.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise Error("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    found = only(database.check_database())
    assert found.state == "fail"
    assert found.what == "sqlite:///newsroom.sqlite3 cannot be reached: connection refused"
    assert "[database]" in found.mend


def test_tables_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "newer_migrations", list)
    monkeypatch.setattr(database, "pending_migrations", lambda: ["newsroom.0002_more"])
    found = only(database.check_tables())
    assert found.state == "fail"
    assert "newsroom.0002_more" in found.what
    assert "handpress manage prepare" in found.mend


@pytest.mark.django_db
def test_tables_of_a_later_version() -> None:
    MigrationRecorder(connection).record_applied("newsroom", "9999_more")
    found = only(database.check_tables())
    assert found.state == "fail"
    assert "newsroom.9999_more" in found.what
    assert "restore the backup" in found.mend


@pytest.mark.django_db
def test_a_trigger_that_is_gone() -> None:
    assert only(database.check_triggers()).state == "ok"
    table = "newsroom_topic"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
            )
            cursor.execute(f'DROP TRIGGER "{cursor.fetchall()[0][0]}"')
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [table],
            )
            cursor.execute(f'DROP TRIGGER "{cursor.fetchall()[0][0]}" ON {table}')
    found = only(database.check_triggers())
    assert found.state == "fail"
    assert "1 triggers are missing (press_mark__newsroom_topic" in found.what


# --- the outlet ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "host", "state"),
    [
        ("https://news.example.org/", "127.0.0.1", "ok"),
        ("http://abcdefgh.onion/", "127.0.0.1", "ok"),
        ("http://localhost:8000/", "127.0.0.1", "ok"),
        ("", "127.0.0.1", "warn"),
        ("http://news.example.org/", "127.0.0.1", "warn"),
        ("https://news.example.org/", "0.0.0.0", "warn"),
    ],
)
def test_the_address(address: str, host: str, state: str) -> None:
    assert outlet.judge_address(address, listens_on=host).state == state


@pytest.mark.django_db
def test_the_books_are_looked_after(newsroom: conf.Settings) -> None:
    assert only(outlet.check_books()).state == "ok"
    Donor.objects.create(wrapped_key="something")
    assert "donors.key is missing" in only(outlet.check_books()).what
    with undone():
        drop_rules()
        assert "15 rules" in only(outlet.check_books()).what


@pytest.mark.django_db
def test_how_readers_can_give(newsroom: conf.Settings, settings: Any) -> None:
    def judge(**giving: Any) -> Finding:
        settings.HANDPRESS = replace(newsroom, giving=conf.GivingSettings(**giving))
        return only(outlet.check_giving())

    cheque = conf.ChequeSettings(payable_to="The Proof", address=("1 Mill Lane",))
    assert judge().state == "warn"
    assert "nobody to ask" in judge(cheque=cheque).what
    assert judge(cheque=cheque, contact_email="desk@proof.example").state == "ok"


@pytest.mark.django_db
def test_somebody_can_sign_in(django_user_model: Any) -> None:
    assert only(staff.check_staff()).state == "warn"
    django_user_model.objects.create_superuser("editor", "editor@proof.example", "a phrase")
    assert only(staff.check_staff()).state == "ok"


def test_desk_files_of_another_version(newsroom: conf.Settings) -> None:
    assert only(outlet.check_desk_files()).state == "fail"
    stamp = newsroom.var_folder / "desk-static" / ".made-by"
    stamp.parent.mkdir()
    stamp.write_text("handpress 0.0.1")
    assert only(outlet.check_desk_files()).state == "fail"


def test_a_program_that_does_not_fit_together(settings: Any) -> None:
    assert only(outlet.check_program()).state == "ok"
    settings.ROOT_URLCONF = "handpress.nowhere"
    with pytest.raises(ModuleNotFoundError):
        list(outlet.check_program())
    (found,) = doctor.examine({"program": outlet.check_program})
    assert found.state == "fail"


# --- the site --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_theme_that_is_not_there(newsroom: conf.Settings, settings: Any) -> None:
    assert only(site.check_theme()).state == "ok"
    settings.HANDPRESS = replace(newsroom, press=replace(newsroom.press, theme="nowhere"))
    found = only(site.check_theme())
    assert found.state == "fail"
    assert "nowhere" in found.what


def test_the_site_folder(newsroom: conf.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(site.check_folder()).state == "ok"
    below = newsroom.press.site_dir / "2019" / "11"
    below.mkdir(parents=True)
    monkeypatch.setattr(site, "is_other_disk", lambda path, folder: path == below)
    found = only(site.check_folder())
    assert found.state == "fail"
    assert str(below) in found.what
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "cannot be written" in only(site.check_folder()).what


def test_a_site_folder_that_is_gone(newsroom: conf.Settings) -> None:
    newsroom.press.site_dir.rmdir()
    found = only(site.check_folder())
    assert found.state == "fail"
    assert found.mend == f"mkdir {newsroom.press.site_dir}"


@pytest.mark.parametrize(
    ("waiting", "last_run_at", "state"),
    [
        (0, NOW - timedelta(days=30), "ok"),
        (5, NOW - timedelta(seconds=5), "ok"),
        (5, NOW - timedelta(days=1), "warn"),
        (0, None, "warn"),
    ],
)
def test_the_press(waiting: int, last_run_at: datetime | None, state: str) -> None:
    found = site.judge_press(pages=9, waiting=waiting, last_run_at=last_run_at, now=NOW)
    assert found.state == state


@pytest.mark.django_db
def test_pages_that_could_not_be_made() -> None:
    remember("failed", {"pages": 7, "some": [["article", "4"], ["home", ""]]})
    found = only(site.check_press())
    assert (found.state, found.what) == ("fail", "7 pages could not be made: article 4, home.")
    assert "handpress press" in found.mend


SYNCHRONISED, DRIFTING = KernelClock(True, 0.04, 0.002), KernelClock(False, 16.0, 16.0)


@pytest.mark.parametrize(
    ("known", "state", "words"),
    [
        (SYNCHRONISED, "ok", "to within 40 ms"),
        (KernelClock(True, 1.5, 0.002), "ok", "to within 1.5 s"),
        # chrony without `rtcsync` leaves the mark and sets the errors.
        (KernelClock(False, 0.001, 0.0001), "ok", "to within 1 ms"),
        (DRIFTING, "warn", "nothing keeps it right"),
        (KernelClock(True, 9.0, 0.1), "warn", "wrong by 9 s"),
        (None, "ok", "cannot be told"),
    ],
)
def test_what_the_kernel_knows_of_the_clock(
    known: KernelClock | None, state: str, words: str
) -> None:
    _, finding = folder.check_clock(lambda: known)
    assert (finding.check, finding.state) == ("clock", state)
    assert words in finding.what
    assert bool(finding.mend) == (state == "warn")


def test_a_clock_that_nothing_keeps_is_to_be_kept_by_a_program_with_a_name() -> None:
    mend = judge_kept(DRIFTING).mend
    assert "systemd-timesyncd" in mend
    assert "chrony" in mend


def test_the_kernel_is_asked_for_real_and_answers_or_does_not() -> None:
    known = read_kernel_clock()
    assert known is None or 0 <= known.max_error_s <= 3600
    assert judge_kept(known).state in ("ok", "warn")


@pytest.mark.parametrize("system", ["darwin", "freebsd14"])
def test_other_systems_are_not_asked(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert read_kernel_clock() is None


def test_a_kernel_that_refuses_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        """As in a container that may not make the call."""

        def __call__(self, timex: object) -> int:
            return -1

    class Library:
        adjtimex = Refusing()

    monkeypatch.setattr(ctypes, "CDLL", lambda *given, **named: Library())
    monkeypatch.setattr(sys, "platform", "linux")
    assert read_kernel_clock() is None
