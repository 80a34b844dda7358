"""Direct debits on the desk: mandates are entered with all checks, files are made and fetched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from wagtail.models import ModelLogEntry

from factories import giving
from factories.debits import DETAILS, OTHER, OURS, THEIRS, debit_rail, enter, texts
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.actions.debits import collecting_day
from handpress.donations.models import Mandate, Plan, Pledge, Rail
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def rail() -> Rail:
    return debit_rail()


def url(rail: Rail, more: str = "") -> str:
    return f"/desk/donations/ways/{rail.pk}/{more}"


def paper(**changed: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "name": "Zuleika Canary",
        "address": "1 Quay\nPort",
        "email": "zuleika@canary.example",
        "iban": "fr14 2004 1010 0505 0001 3m02 606",
        "account_name": "",
        "mandate_id": "2026/117",
        "signed_on": (date.today() - timedelta(days=20)).isoformat(),
        "amount": "12,50",
        "day": "15",
        "campaign": "",
        **changed,
    }


def test_a_rail_is_made_with_all_checks(desk: Desk) -> None:
    sponsor = giving.sponsor()
    there = f"/desk/donations/ways/sponsor/{sponsor.pk}/debit/"
    asked = {
        "name": "Our debits",
        "account_ref": "DE89 3704 0044 0532 0130 00",
        "creditor_id": "DE98 ZZZ 09999999999",
        "bic": "",
        "days_before": "",
        "state": "enabled",
        "position": "1",
    }
    wrong = {
        "account_ref": ["", "DE88 3704 0044 0532 0130 00", giving.IBAN],
        "creditor_id": ["", "DE97ZZZ09999999999"],
        "bic": ["COBA"],
        "days_before": ["0", "61", "a week"],
    }
    for field, values in wrong.items():
        for value in values:
            answer = desk.client.post(there, {**asked, field: value})
            assert answer.status_code == 200, (field, value)
            soup = BeautifulSoup(answer.content.decode(), "html.parser")
            assert len(soup.select(".error-message")) == 1, (field, value)
    assert not Rail.objects.exists()
    assert desk.client.post(there, asked).status_code == 302
    rail = Rail.objects.get()
    assert (rail.account_ref, rail.currency) == (OURS, "EUR")
    assert rail.details == DETAILS
    ways = desk.client.get("/desk/donations/ways/").content.decode()
    assert url(rail, "debits/") in ways


def test_a_mandate_is_entered_and_collected(desk: Desk, rail: Rail) -> None:
    form = paper()
    for _ in range(2):
        answer = desk.client.post(url(rail, "mandate/"), form)
        assert answer["Location"] == url(rail, "debits/")
    plan = Plan.objects.get()
    assert (plan.amount_minor, plan.currency, plan.anchor_day) == (1250, "EUR", 15)
    mandate = plan.mandates.get()
    assert mandate.remote_id == "2026/117"
    assert actions.facts_of(plan.donor)["iban"] == THEIRS
    Plan.objects.update(next_due=date.today())

    shown = desk.client.get(url(rail, "debits/")).content.decode()
    assert "€12.50" in shown
    assert "from 1 monthly gift due" in shown
    on = collecting_day(rail, date.today(), None)
    for _ in range(2):
        answer = desk.client.post(url(rail, "debits/"), {"on": on.isoformat()})
        assert answer["Location"] == url(rail, "debits/")
    name = f"HP{rail.pk}-{on:%Y%m%d}-1"
    shown = desk.client.get(url(rail, "debits/")).content.decode()
    assert url(rail, f"debits/{name}/") in shown
    file = desk.client.get(url(rail, f"debits/{name}/"))
    assert file["Content-Disposition"] == f'attachment; filename="{name}.xml"'
    assert file["Cache-Control"] == "no-store"
    assert texts(file.content, "InstdAmt") == ["12.50"]
    assert Pledge.objects.count() == 1
    logged = str(list(ModelLogEntry.objects.values_list("label", "data")))
    assert "anary" not in logged
    assert THEIRS not in logged
    assert "erased since</small>" not in shown
    actions.erase_donor(plan.donor)
    assert (
        "1 of donors who were erased since"
        in desk.client.get(url(rail, "debits/")).content.decode()
    )
    gone = desk.client.get(url(rail, f"debits/{name}/"), follow=True)
    assert "all of its donors were erased" in gone.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("name", "☃", "a name with letters"),
        ("address", "", "required"),
        ("email", "nobody", "cannot reach"),
        ("iban", "", "required"),
        ("iban", "FR14 2004 1010 0505 0001 3M02 607", "check digits"),
        ("iban", giving.IBAN, "outside the European Economic Area"),
        ("mandate_id", "Ä 1", "35 signs"),
        ("signed_on", (date.today() + timedelta(days=1)).isoformat(), "still to come"),
        ("signed_on", (date.today() - timedelta(days=1200)).isoformat(), "has lapsed"),
        ("signed_on", "31.2.", "valid date"),
        ("amount", "", "required"),
        ("amount", "0", "more than nothing"),
        ("amount", "ten", "amount"),
        ("day", "0", "greater than or equal to 1"),
        ("day", "32", "less than or equal to 31"),
    ],
)
def test_bad_input_is_said_beside_the_field(
    desk: Desk, rail: Rail, field: str, value: str, words: str
) -> None:
    answer = desk.client.post(url(rail, "mandate/"), paper(**{field: value}))

    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    errors = [each.get_text(" ", strip=True) for each in soup.select(".error-message")]
    assert any(words in each for each in errors), errors
    assert not any(THEIRS in each.replace(" ", "") for each in errors)
    assert not Plan.objects.exists()


def test_no_mandate_is_entered_for_who_collects_nothing(desk: Desk, rail: Rail) -> None:
    """What was typed is kept: it is on paper, and somebody copied it."""
    actions.suspend_sponsor(rail.sponsor, now=clock.now())
    answer = desk.client.post(url(rail, "mandate/"), paper())
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "not offered now; nothing is collected by it" in said
    assert "Zuleika Canary" in said
    assert not Plan.objects.exists()


def test_what_is_there_already_is_said(desk: Desk, rail: Rail) -> None:
    desk.client.post(url(rail, "mandate/"), paper())
    same = desk.client.post(url(rail, "mandate/"), paper())
    assert "a mandate with this reference already" in same.content.decode()
    other = desk.client.post(url(rail, "mandate/"), paper(iban=OTHER, mandate_id=""))
    assert "has a mandate for another account" in other.content.decode()
    assert Plan.objects.count() == 1


def test_a_day_that_cannot_be_and_what_cannot_be_collected_is_said(desk: Desk, rail: Rail) -> None:
    desk.client.post(url(rail, "mandate/"), paper())
    Plan.objects.update(next_due=date.today())
    near = desk.client.post(url(rail, "debits/"), {"on": date.today().isoformat()})
    assert "The first day that can be is" in near.content.decode()
    Mandate.objects.update(state="ended", ended_at="2026-11-01T00:00:00Z")
    on = collecting_day(rail, date.today(), None)
    answer = desk.client.post(url(rail, "debits/"), {"on": on.isoformat()}, follow=True)
    said = answer.content.decode()
    assert "there is no mandate for it" in said
    assert "None was made" in said
    gone = desk.client.get(url(rail, "debits/HP1-20200101-1/"), follow=True)
    assert "There was no file" in gone.content.decode()


def test_only_who_may_change_ways_sees_any_of_it(desk: Desk, rail: Rail, client: Client) -> None:
    reader: Any = get_user_model().objects.create_user("r", "r@proof.example", "a long phrase here")
    for codename in ("access_admin", "view_movement", "view_sponsor", "view_donor"):
        reader.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(reader)
    for page in ("debits/", "mandate/", "debits/HP1-20200101-1/"):
        assert client.get(url(rail, page)).status_code in {302, 403}, page
    bank = giving.rail("bank")
    client.force_login(get_user_model().objects.get(username="editor"))
    assert client.get(url(bank, "debits/")).status_code == 404


def test_the_overview_reminds_of_what_is_due(desk: Desk, rail: Rail) -> None:
    def waits() -> str:
        page = BeautifulSoup(desk.client.get("/desk/donations/overview/").content, "html.parser")
        return " ".join(page.get_text(" ").split())

    first, second = enter(rail, 1), enter(rail, 2)
    Plan.objects.filter(pk=first.pk).update(next_due=date.today() + timedelta(days=3))
    Plan.objects.filter(pk=second.pk).update(next_due=date.today() + timedelta(days=20))
    assert "for the next file of Our debit : 1 €10.01" in waits()
    Plan.objects.update(state="paused")
    assert "for the next file" not in waits()
