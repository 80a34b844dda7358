"""A session that was stolen sends no money elsewhere and carries nobody's addresses off."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations.models import Rail, RailKind, Sponsor, SponsorState

pytestmark = pytest.mark.django_db
OURS, THIEFS = "GB82WEST12345698765432", "DE89370400440532013000"
CONFIRM = "/desk/security/confirm/"


@pytest.fixture
def rail() -> Rail:
    sponsor = Sponsor.objects.create(legal_name="The Lantern Trust", state=SponsorState.LIVE)
    return Rail.objects.create(
        sponsor=sponsor, kind=RailKind.BANK, name="Bank", account_ref=OURS, state="enabled"
    )


def stolen(role: Role) -> Client:
    return desk_of(staff(role), has_confirmed=False).client


def change_account(client: Client, rail: Rail) -> Any:
    fields = {"name": "Bank", "account_ref": THIEFS, "state": "enabled", "position": "0"}
    return client.post(reverse("donations_rail", args=[rail.pk]), fields)


def account_of(rail: Rail) -> str:
    rail.refresh_from_db()
    return rail.account_ref


def test_where_donors_send_money_is_not_changed(rail: Rail) -> None:
    answer = change_account(stolen(Role.TREASURER), rail)
    assert answer["Location"].startswith(CONFIRM)
    assert account_of(rail) == OURS


def test_it_is_changed_once_somebody_has_confirmed(rail: Rail) -> None:
    client = stolen(Role.TREASURER)
    asked = change_account(client, rail)["Location"]
    client.post(asked, {"password": "not the phrase"})
    assert account_of(rail) == OURS
    done = client.post(asked, {"password": "a long enough phrase"}, follow=True)
    assert done.status_code == 200
    assert account_of(rail) == THIEFS


@pytest.mark.parametrize("step", ["hand_over", "sponsor", "sponsor_resume"])
def test_nor_who_receives_it(rail: Rail, step: str) -> None:
    url = reverse(f"donations_{step}", args=[rail.sponsor_id])
    answer = stolen(Role.TREASURER).post(url, {"legal_name": "A thief"})
    assert answer["Location"].startswith(CONFIRM)
    assert Sponsor.objects.get().legal_name == "The Lantern Trust"


def test_nor_is_a_way_added(rail: Rail) -> None:
    url = reverse("donations_rail_add", args=[rail.sponsor_id, "bank"])
    answer = stolen(Role.TREASURER).post(url, {"name": "Bank", "account_ref": THIEFS})
    assert answer["Location"].startswith(CONFIRM)
    assert Rail.objects.count() == 1


def test_readers_are_not_carried_off() -> None:
    answer = stolen(Role.ADMINISTRATOR).post(reverse("digest_readers_export"))
    assert answer["Location"].startswith(CONFIRM)


def test_whoever_has_just_signed_in_is_not_asked(rail: Rail) -> None:
    assert change_account(desk_of(staff(Role.TREASURER)).client, rail)["Location"] == reverse(
        "donations_ways"
    )
    assert account_of(rail) == THIEFS
