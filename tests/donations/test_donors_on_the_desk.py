"""Donors on the desk and by command: found by the whole address alone, exported, erased."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from factories import giving
from factories.camt import entry, statement
from factories.desk_forms import Desk
from factories.practicing import practice_rail
from handpress.donations import actions
from handpress.donations.actions.plans import start_plan
from handpress.donations.actions.statements import bring_statement
from handpress.donations.models import Collecting, Donor, Movement, RemoteName
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
URL = "/desk/donations/donors/"
FACTS = {"name": "Zuleika Canary", "email": "zuleika@canary.example"}


@pytest.fixture
def donor() -> Donor:
    """Somebody who promised twice, and gave once by transfer."""
    bank = giving.rail("bank", account_ref=giving.OTHER_IBAN)
    donor = actions.keep_donor(FACTS, language="ko")
    common: dict[str, Any] = {"rail": bank, "currency": "EUR", "donor": donor, "now": clock.now()}
    first, _ = actions.promise_gift(amount=2500, nonce=uuid4(), **common)
    actions.promise_gift(amount=700, nonce=uuid4(), frequency="monthly", **common)
    words = f"{first.reference} from me"
    bring_statement(bank, statement(entry("25.00", words, payer="Z. Canary")), file_name="a")
    return donor


def test_a_donor_is_found_read_and_saved_to_a_file(desk: Desk, donor: Donor):
    here = f"{URL}{donor.uuid}/"
    nobody = desk.client.post(URL, {"email": "zuleika"})
    assert "Nobody with the address" in nobody.content.decode()
    found = desk.client.post(URL, {"email": " ZULEIKA@canary.example "})
    assert found["Location"] == here
    said = desk.client.get(here).content.decode()
    for text in ("Zuleika Canary", "has come", "waits for the money", "every month"):
        assert text in said
    answer = desk.client.get(f"{here}file/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    data = json.loads(answer.content)
    assert data["email"] == FACTS["email"]
    assert [each["state"] for each in data["promises"]] == ["waits for the money", "has come"]
    assert [each["amount"] for each in data["movements"]] == ["25.00"]
    assert data["said_by_the_bank"][0]["payer"] == "Z. Canary"
    logged = str(list(ModelLogEntry.objects.values_list("label", "data")))
    assert "anary" not in logged


def monthly(donor: Donor, count: int) -> None:
    """Let a donor give every month, each time by a mandate that had to be agreed to anew."""
    rail = practice_rail(account_ref=f"practice-{count}")
    for number in range(count):
        plan = start_plan(
            donor=donor,
            rail=rail,
            amount=1250,
            currency="EUR",
            campaign=None,
            collecting=Collecting.MANDATE,
            now=clock.now(),
        )
        common = {"rail": rail, "agreed_at": clock.now(), "consent": "c0ffee"}
        name = f"{count}-{number}"
        plan.mandates.create(remote_id=f"cus_old-{name}", state="ended", **common)
        plan.mandates.create(remote_id=f"cus_new-{name}", words="card that ends in 4242", **common)
        plan.letters.create(about="again-0", wave=1)
        plan.reconsents.create(wave=1, answer="agreed")
        RemoteName.objects.create(rail=rail, kind="customer", remote_id=f"sub-{name}", plan=plan)


def test_monthly_gifts_belong_to_all_that_is_known(desk: Desk, donor: Donor):
    monthly(donor, 1)
    here = f"{URL}{donor.uuid}/"
    said = desk.client.get(here).content.decode()
    for text in ("Monthly gifts", "€12.50", "card that ends in 4242", "/desk/donations/monthly/"):
        assert text in said
    assert "cus_" not in said, "what machines need is in the file"
    (gift,) = json.loads(desk.client.get(f"{here}file/").content)["monthly_gifts"]
    assert (gift["amount"], gift["currency"], gift["comes"]) == (
        "12.50",
        "EUR",
        "taken by a mandate",
    )
    assert gift["called_by_companies"] == [{"what": "customer", "name": "sub-1-0"}]
    old, new = gift["mandates"]
    assert (old["reference"], old["state"]) == ("cus_old-1-0", "ended")
    assert (new["reference"], new["known_as"]) == ("cus_new-1-0", "card that ends in 4242")
    assert new["agreed_at"][:10] == clock.now().date().isoformat()
    assert new["hash_of_what_was_agreed_to"] == "c0ffee"
    assert [each["about"] for each in gift["letters"]] == ["again-0"]
    assert [each["answer"] for each in gift["asked_to_agree_anew"]] == ["agreed anew"]
    assert json.loads(run(FACTS["email"]))["monthly_gifts"] == [gift]


@pytest.mark.parametrize("end", ["", "file/"])
def test_many_monthly_gifts_cost_no_more_queries_than_one(desk: Desk, donor: Donor, end: str):
    here = f"{URL}{donor.uuid}/{end}"
    monthly(donor, 1)
    desk.client.get(here)
    with CaptureQueriesContext(connection) as few:
        desk.client.get(here)
    monthly(donor, 5)
    with CaptureQueriesContext(connection) as many:
        desk.client.get(here)
    assert len(many) == len(few)


@pytest.mark.parametrize("facts", [{"name": "Zuleika"}, {"iban": giving.IBAN}], ids=str)
def test_who_told_next_to_nothing_is_listed_and_read(desk: Desk, facts: dict[str, str]):
    donor = actions.keep_donor(facts)
    listed = desk.client.get(URL)
    assert listed.status_code == 200
    assert facts.get("name", str(donor.uuid)) in listed.content.decode()
    assert desk.client.get(f"{URL}{donor.uuid}/").status_code == 200


def test_erasing_asks_and_is_for_good(desk: Desk, donor: Donor):
    here = f"{URL}{donor.uuid}/"
    desk.client.post(here, {})
    donor.refresh_from_db()
    assert donor.erased_at is None
    desk.client.post(here, {"sure": "1"})
    said = desk.client.get(here).content.decode()
    assert "This donor was erased" in said
    assert "anary" not in said
    assert "anary" not in desk.client.get(URL).content.decode()
    assert "anary" not in desk.client.get(f"{here}file/").content.decode()
    assert Movement.objects.count() == 1


def test_only_who_may_sees_donors(donor: Donor, client: Client, django_user_model: Any):
    reporter = django_user_model.objects.create_user("r", "r@proof.example", "a long phrase here")
    client.force_login(reporter)
    for path in (URL, f"{URL}{donor.uuid}/", f"{URL}{donor.uuid}/file/"):
        assert client.get(path).status_code in {302, 403}
    client.post(f"{URL}{donor.uuid}/", {"sure": "1"})
    donor.refresh_from_db()
    assert donor.erased_at is None


def run(*words: str) -> str:
    out = StringIO()
    call_command("fund", "donor", *words, stdout=out)
    return out.getvalue()


def test_the_command_writes_out_and_erases(donor: Donor):
    assert json.loads(run(FACTS["email"]))["name"] == FACTS["name"]
    assert json.loads(run(FACTS["email"], "--erase", "--dry-run"))["name"] == FACTS["name"]
    assert "erased" in run(FACTS["email"], "--erase")
    with pytest.raises(CommandError, match="Nobody with that whole e-mail address"):
        run(FACTS["email"])
    with pytest.raises(CommandError, match="Nobody"):
        run()
