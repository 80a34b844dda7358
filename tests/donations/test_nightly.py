"""The books are walked through every night, and what was noted beside them tells of a cut."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from factories import giving
from factories.desk_forms import Desk
from handpress.desk.doctor.outlet import check_books
from handpress.donations import nightly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture(autouse=True)
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "_last_day", "")
    monkeypatch.setattr(nightly, "_not_before", nightly._ANY_TIME)


def night(day: int, hour: int = 12) -> None:
    nightly.verify_nightly(datetime(2026, 11, day, hour, tzinfo=UTC))


def cut_the_end(number: int) -> None:
    """Take the last entry away, as somebody could who has the database in hand."""
    giving.drop_rules()
    with connection.cursor() as cursor:
        for table, column in (
            ("movement", "entry_id"),
            ("posting", "entry_id"),
            ("entry", "number"),
            ("seal", "number"),
        ):
            cursor.execute(f"DELETE FROM donations_{table} WHERE {column} = %s", [number])


def test_a_night_notes_the_last_seal_once(own_folder: Path):
    giving.gift(giving.rail())
    night(20, hour=1)
    assert nightly.verified() == {}
    night(20)
    night(21)
    assert nightly.verified() == {"day": "2026-11-21", "faults": []}
    (line,) = (own_folder / "keys" / "noted-seals").read_text().splitlines()
    assert line.startswith("1 ")
    assert line.endswith(" 2026-11-20")
    assert nightly.seals_file().stat().st_mode & 0o077 == 0


def test_once_a_day_is_enough(monkeypatch: pytest.MonkeyPatch):
    night(20)
    monkeypatch.setattr(nightly, "faults_found", lambda: pytest.fail("again"))
    night(20)
    monkeypatch.setattr(nightly, "_last_day", "")
    night(20)


@pytest.mark.usefixtures("committed")
@pytest.mark.django_db(transaction=True)
def test_a_chain_that_was_cut_is_found_by_what_was_noted(desk: Desk, caplog: Any):
    rail = giving.rail()
    giving.gift(rail)
    giving.gift(rail, 2000)
    night(20)
    cut_the_end(2)
    night(21)
    faults = nightly.verified()["faults"]
    assert "entry 2, noted on 2026-11-20, is gone or another" in faults
    assert "books_faulty" in caplog.text
    (finding,) = check_books()
    assert finding.state == "fail"
    page = desk.client.get("/desk/donations/overview/").content.decode()
    assert "noted on 2026-11-20" in page
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("fund", "verify", "--json", stdout=out)
    assert any("noted on" in fault for fault in json.loads(out.getvalue())["faults"])


def test_a_walk_that_was_hindered_is_tried_again_an_hour_later(monkeypatch: pytest.MonkeyPatch):
    giving.gift(giving.rail())
    with monkeypatch.context() as hindered:
        hindered.setattr(nightly, "drop_old_keys", lambda today: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            night(20, hour=4)
        night(20, hour=4)
    night(20, hour=4)
    assert nightly.verified() == {}
    night(20, hour=5)
    assert nightly.verified() == {"day": "2026-11-20", "faults": []}


def test_a_seal_that_cannot_be_noted_is_told(own_folder: Path):
    giving.gift(giving.rail())
    file = own_folder / "keys" / "noted-seals"
    file.parent.mkdir()
    file.symlink_to(own_folder / "a disk that is gone" / "noted-seals")
    night(20)
    (fault,) = nightly.verified()["faults"]
    assert "could not be noted" in fault
    (finding,) = check_books()
    assert finding.state == "fail"
    file.unlink()
    file.mkdir()
    night(21)
    assert any("cannot be read" in fault for fault in nightly.verified()["faults"])


def test_what_is_whole_says_when_it_was_looked_at():
    giving.gift(giving.rail())
    night(20)
    (finding,) = check_books()
    assert (finding.state, "2026-11-20" in finding.what) == ("ok", True)
