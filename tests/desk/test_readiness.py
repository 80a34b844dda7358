"""`handpress manage prepare`: tables and desk files as this version needs them."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from handpress.desk import readiness


@pytest.fixture
def static_root(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path / "var" / "desk-static"
    return tmp_path / "var" / "desk-static"


def test_the_desks_files_are_copied_once(static_root: Path) -> None:
    assert readiness.collect_desk_files() > 50
    name = "wagtailadmin/css/core.css"
    assert (static_root / name).read_bytes() == Path(str(find(name))).read_bytes()
    assert readiness.are_desk_files_fresh()
    assert readiness.collect_desk_files() == 0


def test_another_versions_files_leave(static_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readiness.collect_desk_files()
    (static_root / "old.css").touch()
    monkeypatch.setattr(readiness, "_version", lambda: "another\n")
    assert not readiness.are_desk_files_fresh()
    assert readiness.collect_desk_files() > 50
    assert not (static_root / "old.css").exists()


def test_a_copy_that_was_cut_off_is_begun_again(static_root: Path) -> None:
    half = static_root.with_name("desk-static.new")
    half.mkdir(parents=True)
    (half / "half.css").touch()
    readiness.collect_desk_files()
    assert not half.exists()
    assert not (static_root / "half.css").exists()


@pytest.mark.django_db
def test_a_second_run_finds_nothing_to_do(static_root: Path) -> None:
    first, second = StringIO(), StringIO()
    call_command("prepare", stdout=first)
    call_command("prepare", stdout=second)
    assert "files put in place" in first.getvalue()
    assert second.getvalue() == "Database and desk are up to date.\n"


@pytest.mark.django_db
def test_nothing_is_pending_in_the_tests_own_database() -> None:
    assert readiness.pending_migrations() == []


@pytest.mark.django_db
def test_tables_of_a_later_version_are_left_alone(static_root: Path) -> None:
    recorder = MigrationRecorder(connection)
    # Steps that were put together into one since are no sign of a later version.
    recorder.record_applied("newsroom", "0001_a_step_of_old")
    recorder.record_applied("an_app_that_left", "0001_initial")
    assert readiness.newer_migrations() == []
    recorder.record_applied("newsroom", "9999_more")
    said = StringIO()
    with pytest.raises(SystemExit) as leaving:
        call_command("prepare", stderr=said)
    assert leaving.value.code == 1
    assert "newsroom.9999_more" in said.getvalue()
    assert not static_root.exists()
