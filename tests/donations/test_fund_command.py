"""`handpress fund`: report, export, verify."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from factories import giving
from factories.papers import undone
from handpress.donations import actions
from handpress.donations.models import Posting
from handpress.donations.queries import books

pytestmark = pytest.mark.django_db


def run(*arguments: str, fails: bool = False) -> str:
    out = io.StringIO()
    if fails:
        with pytest.raises(SystemExit) as left:
            call_command("fund", *arguments, stdout=out)
        assert left.value.code == 1
    else:
        call_command("fund", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def gift(db: None) -> Any:
    campaign = giving.campaign("=Winter")
    gift = giving.gift(giving.rail(), 123_450, campaign=campaign, fee=50)
    actions.refund_gift(gift, amount=450, key="r", on=giving.DAY)
    return gift


def test_report(gift: Any) -> None:
    text = run("report", "--until", "2026-11-30")
    seal = books.last_seal()
    assert seal
    assert seal.hash in text
    assert "2026-11           1229.50 EUR  Our bank" in text
    data = json.loads(run("report", "--until", "2026-11-30", "--json"))
    assert sum(each["minor"] for each in data["balances"]) == 0
    assert [each["net_minor"] for each in data["income"]] == [122_950]
    assert json.loads(run("report", "--until", "2026-11-25", "--json"))["balances"] == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " ="])
def test_no_cell_of_the_export_is_a_formula(sign: str) -> None:
    name = f"{sign}1+1"
    giving.gift(giving.rail(of=giving.sponsor(name), name=name), campaign=giving.campaign(name))
    for row in csv.DictReader(io.StringIO(run("export"))):
        assert (row["way"], row["sponsor"], row["campaign"]) == (f"'{name}",) * 3


def test_export(gift: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export"))))
    assert len(rows) == 5
    assert {row["campaign"] for row in rows} == {"'=Winter"}, "no cell is a formula"
    assert sum(round(100 * float(row["amount"])) for row in rows) == 0
    text = run("export", "--form", "beancount")
    assert text.count(" open ") == 4
    assert f"  Income:Gifts:Campaign{gift.campaign_id}:EUR  -1234.50 EUR" in text
    assert '2026-11-26 * "refund, Our bank"' in text


def test_an_empty_newsroom(db: None) -> None:
    assert "The books are empty" in run("report")
    assert run("export", "--form", "beancount") == ""
    assert "0 entries" in run("verify")


def test_verify(gift: Any) -> None:
    assert "2 entries, all as they were sealed." in run("verify")
    from django.db import connection

    connection.check_constraints()
    with undone():
        giving.drop_rules()
        Posting.objects.filter(amount_minor=50).update(amount_minor=51)
        text = run("verify", fails=True)
    assert "entry 1 is not as it was sealed" in text
    assert "ledger_rule__posting__update" in text or "ledger_rule__posting__change" in text
