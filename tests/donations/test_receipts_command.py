"""`handpress fund receipts`: counted, written, and as files."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from factories import giving
from factories.receipts import FACTS, NEXT_YEAR, NOW, given_by
from handpress.donations import actions
from handpress.donations.actions.receipts import issue_receipt, void_receipt
from handpress.donations.core.receipts import Recipient
from handpress.donations.models import Receipt, Sponsor
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
NAME = "The Readers’ Association"


@pytest.fixture(autouse=True)
def next_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NEXT_YEAR)


def run(*words: str, fails: bool = False) -> str:
    out = io.StringIO()
    if fails:
        with pytest.raises(SystemExit) as left:
            call_command("fund", "receipts", *words, stdout=out)
        assert left.value.code == 1
    else:
        call_command("fund", "receipts", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def sponsor(own_folder: Path) -> Sponsor:
    rail = giving.rail()
    single, _ = issue_receipt(given_by(actions.keep_donor(FACTS), rail, 2500), now=NOW)
    void_receipt(single, "to be listed", now=NOW)
    given_by(actions.keep_donor({"name": "Ben"}), rail, 500)
    giving.gift(rail, 900)
    return rail.sponsor


def test_a_year_is_counted_then_written_then_filed(sponsor: Sponsor, tmp_path: Path) -> None:
    told = run(NAME, "2026")
    assert "2  to be written, for 2 donors, over 2 gifts: 30.00 EUR" in told
    assert "1  gifts of nobody who told their name" in told
    assert Receipt.objects.count() == 2
    folder = tmp_path / "out"
    dry = run(NAME, "2026", "--issue", "--dry-run", "--out", str(folder))
    assert (dry, folder.exists(), Receipt.objects.count()) == (told, False, 2)
    data = json.loads(run(str(sponsor.pk), "2026", "--issue", "--out", str(folder), "--json"))
    assert (data["written_now"], data["files"], data["sums_minor"]) == (2, 4, {"EUR": 3000})
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        f"2026-{number}.{ending}" for number in range(1, 5) for ending in ("pdf", "txt")
    )
    assert (folder / "2026-3.pdf").read_bytes().startswith(b"%PDF")
    assert "Zuleika Canary" in (folder / "2026-3.txt").read_text("utf-8")
    assert "Cancellation 2026-2" in (folder / "2026-2.txt").read_text("utf-8")
    for file in (folder, *folder.iterdir()):
        assert file.stat().st_mode & 0o077 == 0
    again = json.loads(run(NAME, "2026", "--issue", "--out", str(folder), "--json"))
    assert (again["written_now"], again["written"], again["files"]) == (0, 2, 4)


def test_another_sponsors_receipt_of_the_same_number_is_not_written_over(
    sponsor: Sponsor, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    other = giving.rail("cash", of=giving.sponsor("Tide"))
    issue_receipt(giving.gift(other), now=NOW, to=Recipient("Somebody Else"))
    run(NAME, "2026", "--out", str(folder))
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(CommandError, match="folder for this sponsor"):
        run("Tide", "2026", "--out", str(folder))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == kept


def test_who_gets_none_is_named_by_number(sponsor: Sponsor) -> None:
    Sponsor.objects.update(receipt_profile="us_501c3", tax_id="12-3456789")
    donor = actions.keep_donor({"email": "only@mail.example"})
    given_by(donor, sponsor.rails.get(), 500)
    told = run(NAME, "2026", "--issue", fails=True)
    assert f"donor {donor.pk}: A receipt needs a name" in told
    assert "only@" not in told
    assert "2  are written now" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Nobody", "2026"], "Say whose receipts"),
        ([NAME], "which year"),
        ([NAME, "0"], "no year"),
    ],
)
def test_what_cannot_be_is_said(sponsor: Sponsor, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*words)


def test_a_year_that_is_not_over_is_not_written(
    sponsor: Sponsor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def now() -> datetime:
        return NOW

    monkeypatch.setattr(clock, "now", now)
    assert "which is not over yet" in run(NAME, "2026")
    with pytest.raises(CommandError, match="until then gifts can come"):
        run(NAME, "2026", "--issue")
    Sponsor.objects.update(receipt_profile="de")
    monkeypatch.setattr(clock, "now", lambda: NEXT_YEAR)
    with pytest.raises(CommandError, match=r"exemption.*Nothing was written"):
        run(NAME, "2026", "--issue")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        run(NAME, "2026", "--out", str(tmp_path / "file"))
    assert Receipt.objects.count() == 2


def test_without_a_sponsor(db: Any) -> None:
    with pytest.raises(CommandError, match="Nobody receives gifts"):
        run("X", "2026")
