"""When comparisons run: every night by themselves, and by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from factories import giving
from factories.practicing import Faulty, practice_company, practice_rail
from factories.reconciling import FAULTS, NOW, Both
from handpress.donations import tasks
from handpress.donations.actions import reconciling
from handpress.donations.actions.reconciling import (
    WINDOW,
    rails_to_reconcile,
    reconcile,
    reconcile_nightly,
    since_last,
)
from handpress.donations.companies.errors import CompanyDown
from handpress.donations.core.reconciling import Difference
from handpress.donations.models import Entry, RailState, Reconciliation
from handpress.donations.sealing import KeysUnusable
from handpress.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    found = practice_company(monkeypatch)
    yield found
    found.book.close()


@pytest.fixture
def both(company: Faulty) -> Both:
    rail = practice_rail(created_at=NOW - timedelta(days=30))
    return Both(rail, company.book)


def told(run: Reconciliation) -> list[tuple[str, str]]:
    return [(each["difference"], each["remote_id"]) for each in run.differences]


# --- every night -------------------------------------------------------------------------------


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_once_a_night_after_three_from_where_the_last_left_off(both: Both) -> None:
    assert reconcile_nightly(at(28, 2, 59)) == 0
    assert reconcile_nightly(at(28, 3)) == 1
    run = Reconciliation.objects.get()
    assert (run.since, run.until) == (both.rail.created_at - WINDOW, at(28, 3))
    assert reconcile_nightly(at(28, 3, 1)) == 0
    assert reconcile_nightly(at(28, 23)) == 0
    assert reconcile_nightly(at(29, 11)) == 1, "the server was off at night"
    run = Reconciliation.objects.latest("pk")
    assert (run.since, run.until) == (at(28, 3) - WINDOW, at(29, 11))


def test_every_day_is_looked_at_by_one_night_or_another(both: Both) -> None:
    """What is in our books alone is found, whichever of the nights it lies in."""
    for day in range(8):
        gift = both.moved("capture", f"cap_{day}", 500, NOW - timedelta(days=3, hours=-24 * day))
        both.book_here(gift)
    found = set()
    for night in range(14):
        now = NOW.replace(hour=3) + timedelta(days=night)
        assert reconcile_nightly(now) == 1
        found |= set(told(Reconciliation.objects.filter(error="").latest("pk")))
    assert found == {("extra", f"cap_{day}") for day in range(8)}


def test_a_few_days_by_hand_close_no_gap_before_them(both: Both) -> None:
    reconcile_nightly(at(20, 3))
    day = at(28, 2)
    reconcile(both.rail, day - timedelta(days=1), day, now=day)
    assert since_last(both.rail, day) == at(20, 3) - WINDOW
    assert rails_to_reconcile(at(28, 3)) == [both.rail]
    reconcile_nightly(at(28, 3))
    assert since_last(both.rail, at(28, 4)) == at(28, 3) - WINDOW


def test_one_that_fails_is_asked_again_and_hinders_no_other(
    both: Both, company: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    other = practice_rail(account_ref="other", created_at=both.rail.created_at)
    real = reconciling.reconcile

    def fails(rail: Any, *args: Any, **values: Any) -> Reconciliation:
        if rail == both.rail:
            raise KeysUnusable("zuleika@canary.example")
        return real(rail, *args, **values)

    with mock.patch.object(reconciling, "reconcile", fails):
        assert reconcile_nightly(at(28, 3)) == 2
        assert [run.error for run in Reconciliation.objects.order_by("pk")] == ["KeysUnusable", ""]
        assert reconcile_nightly(at(28, 3, 29)) == 0
        assert reconcile_nightly(at(28, 3, 30)) == 1
        assert [reconcile_nightly(at(28, 4, 30)), reconcile_nightly(at(28, 5))] == [1, 1]
        assert reconcile_nightly(at(28, 6)) == 0, "three hours now"
    assert reconcile_nightly(at(28, 8)) == 1
    assert reconcile_nightly(at(28, 9)) == 0
    assert "zuleika" not in caplog.text
    assert other.reconciliations.count() == 1


def test_retired_rails_are_let_be_and_stopping_is_heard(both: Both) -> None:
    assert reconcile_nightly(at(28, 3), is_stopping=lambda: True) == 0
    both.rail.state = RailState.RETIRED
    both.rail.save()
    assert reconcile_nightly(at(28, 3)) == 0
    bank = giving.rail("bank")
    assert bank not in rails_to_reconcile(at(28, 3))


def test_the_background_compares_at_night(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop:
        """Lets one round go by."""

        is_over = False

        def is_set(self) -> bool:
            return self.is_over

        def wait(self, timeout: float) -> bool:
            self.is_over = True
            return True

    monkeypatch.setattr(clock, "now", lambda: at(28, 3))
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks.companies_forever(Stop())
    assert both.rail.reconciliations.count() == 1


# --- by hand -----------------------------------------------------------------------------------


def run_command(*words: str, fails: bool = False) -> str:
    out = io.StringIO()
    if fails:
        with pytest.raises(SystemExit) as left:
            call_command("fund", "reconcile", *words, stdout=out)
        assert left.value.code == 1
    else:
        call_command("fund", "reconcile", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def by_hand(both: Both, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setattr(clock, "now", lambda: both.now)
    both.take(4)
    both.move_there("capture", "", 900)
    return both


def test_the_command_books_what_is_missing(by_hand: Both) -> None:
    text = run_command()
    assert "Our practice, 2026-10-24 09:00 to 2026-11-27 09:00 UTC" in text
    assert "       1  were missing here, and are booked now" in text
    assert "       0  differences" in text
    data = json.loads(run_command("--way", str(by_hand.rail.pk), "--days", "10", "--json"))
    assert [(each["there"], each["here"], each["booked"]) for each in data["ways"]] == [(9, 9, 0)]


def test_the_command_tells_what_differs(by_hand: Both) -> None:
    name = FAULTS[Difference.AMOUNT](by_hand)
    text = run_command(fails=True)
    minor = by_hand.ours(name).amount_minor
    here, there = f"{minor / 100:.2f} EUR", f"{(minor + 1) / 100:.2f} EUR"
    assert f"  amount  {name}: here capture {here} on 2026-11-2" in text
    assert f"there capture {there} on 2026-11-2" in text


def test_a_dry_run_changes_nothing(by_hand: Both) -> None:
    before = Entry.objects.count()
    text = run_command("--dry-run", fails=True)
    assert "  missing  ca_" in text
    assert "dry run" in text
    assert (Entry.objects.count(), Reconciliation.objects.count()) == (before, 0)


def test_the_command_says_why_a_company_could_not_be_asked(by_hand: Both, company: Faulty) -> None:
    with mock.patch.object(company, "movements", side_effect=CompanyDown("nobody answers")):
        text = run_command(fails=True)
        assert "could not be asked: nobody answers. Nothing was changed." in text
        run_command("--dry-run", fails=True)
    assert Reconciliation.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--way", "nobody"], "name one company’s way to give"),
        (["--days", "0"], "from 1 to 3660"),
        (["--days", "99999"], "from 1 to 3660"),
    ],
)
def test_misuse_is_told(by_hand: Both, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run_command(*words)


def test_without_a_company_there_is_nothing_to_compare(db: None) -> None:
    with pytest.raises(CommandError, match="no way to give by a company"):
        run_command()
