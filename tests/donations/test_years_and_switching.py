"""A sponsor's year on one page, and handing over by command; 4.20: what stands in no dump."""

from __future__ import annotations

import io
import json
import logging
from datetime import date

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.test import Client

from factories import giving
from factories.desk_forms import Desk
from factories.papers import Paper
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.donations import actions
from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.actions.giving import give
from handpress.donations.companies.contract import Told
from handpress.donations.core.asking import Wish
from handpress.donations.core.movements import Kind
from handpress.donations.models import Plan, PlanState, Rail, Sponsor
from handpress.donations.queries.years import year_statement, years_of
from handpress.donations.tasks import work_due, work_once
from handpress.lib import clock
from handpress.mail.core.addresses import read_address

pytestmark = [pytest.mark.django_db]


def fund(*words: str) -> str:
    out = io.StringIO()
    call_command("fund", *words, stdout=out)
    return out.getvalue()


# --- years -------------------------------------------------------------------------------


def test_a_year_adds_up_and_begins_where_the_sponsors_does(desk: Desk):
    sponsor = giving.sponsor(year_begins_month=7)
    bank = giving.rail("bank", of=sponsor)
    drive = giving.campaign()
    giving.gift(bank, 1000, on=date(2025, 6, 30))
    gift = giving.gift(bank, 5000, on=date(2025, 7, 1), fee=100, campaign=drive)
    giving.gift(bank, 700, on=date(2026, 6, 30))
    giving.gift(bank, 9000, on=date(2026, 7, 1))
    actions.refund_gift(gift, amount=2000, key="r", on=date(2026, 1, 2))
    assert years_of(sponsor, date(2026, 11, 1)) == [2026, 2025, 2024]
    (year,) = year_statement(sponsor, 2025)
    assert {each.what: each.minor for each in year.lines} == {
        "Gifts": 5700,
        "Given back": -2000,
        "Fees": -100,
    }
    assert {each.what: each.minor for each in year.by_campaign} == {
        "Winter": 3000,
        "no campaign": 700,
    }
    assert (year.before, year.net, year.after, year.moved) == (1000, 3600, 4600, 0)
    response = desk.client.get(f"/desk/donations/years/?sponsor={sponsor.pk}&year=2025")
    said = response.content.decode()
    assert "1 July 2025 to 30 June 2026" in said
    assert "€36.00" in said
    assert desk.client.get("/desk/donations/years/?sponsor=999").status_code == 404


def test_a_payout_is_on_its_way_and_no_income():
    sponsor = giving.sponsor()
    rail = practice_rail(of=sponsor)
    at = clock.now()
    absorb_told(
        rail,
        [
            Told(kind=Kind.CAPTURE, remote_id="c", minor=5000, currency="EUR", at=at),
            Told(kind=Kind.FEE, remote_id="f", minor=-95, currency="EUR", at=at, of="c"),
            Told(kind=Kind.PAYOUT, remote_id="p", minor=-4905, currency="EUR", at=at),
        ],
    )
    (year,) = year_statement(sponsor, at.year)
    assert (year.net, year.after, year.moved) == (4905, 4905, 0)
    assert {each.what: each.after for each in year.held} == {
        "Our practice, on its way to the bank": 4905
    }


# --- handing over by command -------------------------------------------------------------------


def test_a_sponsor_is_switched_by_one_command(paper: Paper):
    old = giving.sponsor("The lost one")
    giving.rail("bank", of=old)
    paper.run()
    said = fund("switch-sponsor", "The lost one", "--to", "Next", "--iban", giving.OTHER_IBAN)
    assert "“The lost one” is suspended" in said
    assert "“Next” receives gifts from now on" in said
    assert paper.print() == set()
    assert giving.IBAN not in "".join(
        data.decode("utf-8", "ignore").replace(" ", "") for data in paper.files().values()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name the sponsor that is lost"),
        (("Nobody",), "There is: “Here”"),
        (("Here", "--to", "Next"), "Name one way to give at least"),
        (("Here", "--to", "Next", "--iban", "GB00WEST12345698765432"), "check digits"),
        (("Here", "--to", "Next", "--link", "http://x"), "Write the whole address"),
    ],
)
def test_what_cannot_be_changes_nothing(words: tuple[str, ...], said: str):
    giving.rail("bank", of=giving.sponsor("Here"))
    with pytest.raises(CommandError, match=said):
        fund("switch-sponsor", *words)
    assert Sponsor.objects.get().state == "live"
    assert Rail.objects.count() == 1


def test_a_trial_says_what_it_would_do(monkeypatch: pytest.MonkeyPatch):
    practice_company(monkeypatch)
    sponsor = giving.sponsor("Here")
    plan = given_monthly(practice_rail(of=sponsor))
    Plan.objects.update(state=PlanState.ACTIVE)
    said = fund("switch-sponsor", "Here", "--dry-run", "--json")
    assert json.loads(said)["plans"] == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    assert Sponsor.objects.get().state == "live"


def given_monthly(rail: Rail, address: str = "zuleika@canary.example") -> Plan:
    from uuid import uuid4

    pledge = give(
        Wish(1000, "EUR", "monthly"),
        rail,
        nonce=uuid4(),
        network="10.0.0.1",
        now=clock.now(),
        address=read_address(address),
    )
    assert pledge
    assert pledge.plan
    return pledge.plan


# --- 4.20 -----------------------------------------------------------------------------------------


CANARIES = ("zuleika@canary.example", "Zuleika Canary", giving.OTHER_IBAN[4:], "sk_live_canary")


def test_4_20_no_dump_log_or_page_holds_what_a_donor_told_or_a_key(
    paper: Paper,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    from django.apps import apps

    caplog.set_level(logging.DEBUG)
    company: Faulty = practice_company(monkeypatch)
    monkeypatch.setenv("HANDPRESS_RAIL_STRIPE_SECRET_KEY", "sk_live_canary")
    rail = practice_rail()
    giving.rail("stripe", of=rail.sponsor, account_ref="acct_1", secret_name="stripe")
    actions.keep_donor(
        {
            "name": "Zuleika Canary",
            "email": "zuleika@canary.example",
            "iban": giving.OTHER_IBAN,
        }
    )
    plan = given_monthly(rail)
    client = Client()
    client.post(f"/-/company/{rail.hook}", b"zuleika@canary.example", content_type="text/plain")
    for _ in range(3):
        work_due(clock.now())
        work_once(clock.now())
    actions.suspend_sponsor(rail.sponsor, now=clock.now())
    work_due(clock.now())
    paper.run()
    models = [model for model in apps.get_models() if model._meta.app_label == "donations"]
    rows = [row for model in models for row in model._default_manager.all()]
    dump = serializers.serialize("json", rows)
    everything = dump + caplog.text + "\n".join(company.book._file.iterdump())
    everything += "".join(data.decode("utf-8", "ignore") for data in paper.files().values())
    assert len(rows) > 10
    assert plan.donor_id
    for canary in CANARIES:
        assert canary not in everything, canary
