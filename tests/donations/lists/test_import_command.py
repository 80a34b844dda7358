"""`handpress fund import-donors`: what it says, what it leaves behind, and how it ends."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from factories import giving
from handpress.donations.actions.importing import Wishes, import_list
from handpress.donations.lists import FIELDS, Choices, open_list
from handpress.donations.models import Donor, Movement, Plan, Rail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

PLANS = """id,Customer ID,Customer Email,Currency,Interval,Amount,Status,Current Period End (UTC)
sub_1,cus_1,ann@example.org,eur,month,5.00,active,2099-12-05 10:00
sub_2,cus_2,bob@example.org,eur,year,5.00,active,2099-12-05 10:00
sub_3,cus_3,eve@example.org,eur,month,5.00,incomplete,2099-12-05 10:00
"""
GIFTS = "Nr;Tag;Post;Summe\n1;26.11.2024;ann@example.org;20,50\n"
COLUMNS = ("id=Nr", "on=Tag", "email=Post", "amount=Summe")


def run(file: Path, *arguments: str, status: int = 0) -> str:
    out = StringIO()
    if status:
        with pytest.raises(SystemExit) as left:
            call_command("fund", "import-donors", str(file), *arguments, stdout=out)
        assert left.value.code == status
    else:
        call_command("fund", "import-donors", str(file), *arguments, stdout=out)
    return out.getvalue()


def written(folder: Path, text: str) -> Path:
    file = folder / "list.csv"
    file.write_text(text)
    return file


def test_a_column_that_held_nothing_then_is_not_guessed_again(tmp_path: Path) -> None:
    giving.rail("cash", name="Past")
    text = "Nr;Tag;Post;Summe;Fee\n{};26.11.2024;ann@example.org;20,50;3,00\n"
    columns = {what: [] for what in FIELDS} | {
        what: [name] for what, _, name in (each.partition("=") for each in COLUMNS)
    }
    choices = Choices(columns=columns, holds="gifts", currency="EUR")
    rail = Rail.objects.get(name="Past")
    import_list(open_list(text.format(1).encode(), choices), Wishes(history=rail))
    run(written(tmp_path, text.format(2)), "--history", "Past", "--currency", "EUR")
    assert list(Movement.objects.values_list("amount_minor", "fee_minor")) == [(2050, 0)] * 2


def test_plans_with_their_balance(tmp_path: Path) -> None:
    giving.rail("stripe", account_ref="acct_1", name="Cards")
    file = written(tmp_path, PLANS)
    text = run(file, "--rail", "Cards", "--dry-run", status=1)
    assert "This was a dry run" in text
    assert not Donor.objects.exists()
    text = run(file, "--rail", "Cards", status=1)
    for line in (
        "list.csv, Stripe: subscriptions: 3 lines",
        "         2  monthly gifts found",
        "         1  new\n",
        "the new ones: 1 needs reconsent",
        "         1  left out: had not begun",
        "line 3, plan: is every year, not every month",
    ):
        assert line in text
    assert "@" not in text
    data = json.loads(run(file, "--rail", "Cards", "--json", status=1))
    assert data["plans"] == {
        "found": 2,
        "imported": 0,
        "updated": 0,
        "unchanged": 1,
        "refused": 1,
    }
    assert (data["dry_run"], data["rows"], data["left_out"]) == (False, 3, {"had not begun": 1})
    assert Plan.objects.count() == 1


def test_a_table_of_ones_own_is_told_once(tmp_path: Path) -> None:
    giving.rail("link", account_ref="https://before.example/", name="Before")
    file = written(tmp_path, GIFTS)
    told: list[Any] = ["--holds", "gifts", "--currency", "eur"]
    for column in COLUMNS:
        told += ["--column", column]
    assert "1  past gifts, not booked (--history books them)" in run(file, *told)
    # The columns are remembered; what the sums are in is not, since a list may be in another.
    run(file, "--history", "Before", "--currency", "EUR")
    gift = Movement.objects.get()
    assert (gift.amount_minor, gift.occurred_on.isoformat()) == (2050, "2024-11-26")
    assert "not said" in run(file, "--history", "Before", status=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say by which way to give"),
        (("--rail", "Nowhere"), "name one way to give, by its name or number: “Our link”"),
        (("--kind", "givewp-donors"), "This is no list “GiveWP: donors”"),
        (("--column", "what"), "--column is WHAT=NAME"),
        (("--column", "email=Nowhere"), "No column is called “Nowhere”"),
        (("--currency", "QQQ"), "QQQ is no currency"),
    ],
)
def test_what_is_asked_for_and_cannot_be(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    giving.rail("link")
    with pytest.raises(CommandError) as refusal:
        run(written(tmp_path, PLANS), *arguments)
    assert words in str(refusal.value)
    assert not Donor.objects.exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="Name the file"):
        call_command("fund", "import-donors")
