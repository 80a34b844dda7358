"""Direct debits that come and come back, and the file by command."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from factories import giving
from factories.camt import entry, statement
from factories.debits import DETAILS, NOW, ON, OTHER, OURS, THEIRS, debit_rail, enter
from handpress.donations.actions.debits import (
    collecting_day,
    make_debit_file,
)
from handpress.donations.actions.statements import bring_statement
from handpress.donations.models import (
    Attempt,
    AttemptState,
    Mandate,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Rail,
)
from handpress.donations.queries import ways
from handpress.donations.queries.books import walk
from handpress.mail.models import Letter

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def rail(db: None) -> Rail:
    return debit_rail()


@pytest.fixture
def collected(rail: Rail) -> Pledge:
    """A pledge that was collected, and the money that came for it."""
    enter(rail)
    make_debit_file(rail, now=NOW, on=ON)
    pledge = Pledge.objects.get()
    bank = giving.rail("bank", account_ref=OURS)
    came = entry("10.01", pledge.reference, name="B1", on="2026-12-15")
    sheet = bring_statement(bank, statement(came), file_name="a")
    assert sheet.matched == 1
    return pledge


RETURN = (
    "<TxDtls><RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls>"
)


def returned(pledge: Pledge, amount: str = "10.01", details: str = RETURN) -> Any:
    bank = Rail.objects.get(kind="bank")
    back = entry(
        amount, name="B2", sign="DBIT", on="2026-12-28", details=details.format(pledge.reference)
    )
    return bring_statement(bank, statement(back), file_name="b")


def test_what_comes_is_booked_by_its_reference(collected: Pledge) -> None:
    movement = Movement.objects.get()
    assert (movement.pledge, movement.amount_minor, movement.kind) == (collected, 1001, "bank_in")
    assert Attempt.objects.get().state == AttemptState.DONE


@pytest.mark.parametrize(("amount", "fee"), [("10.01", 0), ("14.51", 450)])
def test_what_a_bank_takes_back_is_booked_and_the_plan_rests(
    collected: Pledge, amount: str, fee: int
) -> None:
    sheet = returned(collected, amount)
    returned(collected, amount)

    back = Movement.objects.get(kind="dispute")
    assert (back.amount_minor, back.fee_minor, back.pledge) == (-1001, fee, collected)
    assert sheet.went == sheet.found == 1
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.code) == (AttemptState.DECLINED, "returned")
    assert collected.plan
    collected.plan.refresh_from_db()
    assert collected.plan.state == PlanState.PAST_DUE
    assert Letter.objects.count() == 1
    assert not list(walk())
    assert make_debit_file(collected.rail, now=NOW, on=date(2027, 1, 15))[0] == b""


@pytest.mark.parametrize("amount", ["9.00", "40.00"])
def test_another_sum_that_goes_is_left_to_a_person(collected: Pledge, amount: str) -> None:
    returned(collected, amount)
    assert not Movement.objects.filter(kind="dispute").exists()


def test_what_we_send_ourselves_is_no_return(collected: Pledge) -> None:
    sent = "<TxDtls><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls>"
    returned(collected, details=sent)
    assert not Movement.objects.filter(kind="dispute").exists()
    assert Attempt.objects.get().state == AttemptState.DONE


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("fund", "debit-file", *arguments, stdout=out)
    return out.getvalue()


def soon() -> str:
    return collecting_day(Rail(details=DETAILS), date.today(), None).isoformat()


def test_the_command_writes_a_file_that_its_owner_reads(rail: Rail, tmp_path: Path) -> None:
    enter(rail, now=datetime.now(UTC), day=1)
    Plan.objects.update(next_due=date.today())
    out = tmp_path / "debits.xml"

    assert "1  debits, 10.01 EUR" in run("--out", str(out), "--dry-run")
    assert not out.exists()
    told = run(rail.name, "--out", str(out), "--on", soon())
    written = out.read_bytes()
    again = json.loads(run(rail.name, "--out", str(out), "--on", soon(), "--json"))

    assert "1  debits, 10.01 EUR" in told
    assert THEIRS not in told
    assert (again["is_again"], again["count"], again["total_minor"]) == (True, 1, 1001)
    assert out.read_bytes() == written
    assert out.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other.xml"
    run("--out", str(other), "--again", again["message"])
    assert other.read_bytes() == written


def test_the_command_writes_over_nothing(rail: Rail, tmp_path: Path) -> None:
    enter(rail, now=datetime.now(UTC), day=1)
    Plan.objects.update(next_due=date.today())
    out = tmp_path / "debits.xml"
    out.write_text("something else")
    with pytest.raises(CommandError, match="is there already"):
        run("--out", str(out))
    assert out.read_text() == "something else"
    with pytest.raises(CommandError, match="cannot be written"):
        run("--out", str(tmp_path / "none" / "debits.xml"))
    run("--out", str(tmp_path / "debits-2.xml"))
    assert Pledge.objects.count() == 1


def test_the_command_says_what_it_misses(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no way to give by SEPA direct debit"):
        run("--out", str(tmp_path / "x"))
    rail = debit_rail()
    giving.rail("debit", account_ref=OTHER, currency="EUR", details=DETAILS, name="The other")
    with pytest.raises(CommandError, match="Say which way to give"):
        run("--out", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="Say where"):
        run(rail.name)
    enter(rail, now=datetime.now(UTC), day=1)
    Plan.objects.update(next_due=date.today())
    Mandate.objects.update(state="ended", ended_at=NOW)
    with pytest.raises(SystemExit):
        run(rail.name, "--out", str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_no_page_for_donors_bears_it(rail: Rail) -> None:
    bank = giving.rail("bank", account_ref=giving.IBAN)
    offered = ways.offered_rails()
    assert rail in offered
    assert ways.askable(offered) == ways.fitting(offered, "EUR", monthly=True) == [bank]
    assert ways.kinds_offered() == ["bank"]
