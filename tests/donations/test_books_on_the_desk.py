"""The treasurer's desk: recording, giving back, handing over; who may; what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries
from wagtail.models import ModelLogEntry

from factories import giving
from factories.desk_forms import Desk
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations import actions
from handpress.donations.actions.ledger import Happened, book
from handpress.donations.actions.plans import start_plan
from handpress.donations.core.movements import Kind
from handpress.donations.models import (
    Campaign,
    Collecting,
    Donor,
    Movement,
    Rail,
    Sponsor,
    SponsorState,
)
from handpress.donations.queries import books
from handpress.lib import clock

pytestmark = pytest.mark.django_db


def page(desk: Desk, name: str, *args: Any, **query: Any) -> BeautifulSoup:
    answer = desk.client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def send(desk: Desk, name: str, *args: Any, query: str = "", **changes: Any) -> Any:
    """Fill in a form as a browser would, and send it."""
    url = reverse(name, args=args) + query
    soup = BeautifulSoup(desk.client.get(url).content.decode(), "html.parser")
    form: Any = soup.select_one("form.dn-form")
    fields = {
        one["name"]: one.get("value", "")
        for one in form.select("input[name]")
        if one.get("type") not in {"radio", "checkbox"} or one.has_attr("checked")
    }
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        fields[select["name"]] = chosen.get("value", "") if chosen else ""
    for area in form.select("textarea[name]"):
        fields[area["name"]] = area.get_text().strip()
    return desk.client.post(url, {**fields, **changes})


def said(answer: Any) -> str:
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    found = soup.select(".error-message, [role=alert]")
    return " ".join(one.get_text(" ", strip=True) for one in found)


def test_a_gift_is_recorded_given_back_and_undone(desk: Desk, own_folder: Any) -> None:
    campaign, rail = giving.campaign(goal_minor=100_000), giving.rail()
    answer = send(
        desk,
        "donations_gift_record",
        rail=rail.pk,
        amount="1.234,50",
        donor_name="Ann",
        donor_email="ann@example.org",
    )
    gift = Movement.objects.get()
    assert answer.url == reverse("donations_gift", args=[gift.pk])
    assert (gift.amount_minor, gift.campaign, gift.rail) == (123450, campaign, rail)
    shown = page(desk, "donations_gift", gift.pk).get_text(" ")
    assert "ann@example.org" in shown
    assert "has come" in shown
    send(desk, "donations_gift_step", gift.pk, "refund", amount="234.50")
    assert books.raised(campaign) == 100_000
    refund = Movement.objects.get(kind="refund")
    send(desk, "donations_gift_step", gift.pk, "undo", query=f"?what={refund.pk}")
    assert books.raised(campaign) == 123_450
    send(desk, "donations_gift_step", gift.pk, "undo")
    assert books.raised(campaign) == 0
    assert "undone" in page(desk, "donations_gifts").get_text(" ")
    send(desk, "donations_gift_step", gift.pk, "forget")
    assert Donor.objects.get().erased_at
    assert "ann@" not in page(desk, "donations_gift", gift.pk).get_text(" ")
    logged = list(ModelLogEntry.objects.filter(action__startswith="handpress.").values())
    assert len(logged) == 5
    assert "ann" not in repr(logged).lower()


def test_a_cheque_that_came_back(desk: Desk) -> None:
    cheque = giving.gift(giving.rail("cheque"), 2000)
    send(desk, "donations_gift_step", cheque.pk, "bounce", fee="5")
    assert "came back" in page(desk, "donations_gifts").get_text(" ")
    answer = send(desk, "donations_gift_step", cheque.pk, "refund", amount="1")
    assert "more than is left" in said(answer)


def test_the_same_form_twice_is_one_gift_and_its_double_is_asked_about(desk: Desk) -> None:
    rail = giving.rail()
    key = "5b7e1fb5-3c1a-4f6c-9d4e-0a1b2c3d4e5f"
    for _ in range(2):
        assert send(desk, "donations_gift_record", amount="25", currency="EUR", key=key)
    assert Movement.objects.count() == 1
    answer = send(desk, "donations_gift_record", amount="25.00", currency="EUR")
    assert "recorded for that day and way already" in said(answer)
    assert Movement.objects.count() == 1
    send(desk, "donations_gift_record", amount="25", currency="EUR", is_another="on")
    assert Movement.objects.count() == 2
    assert rail.movements.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": ""}, "required"),
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "-5"}, "below zero"),
        ({"amount": "NaN"}, "Nothing was saved"),
        ({"amount": "1.0055"}, "two decimals"),
        ({"amount": "9" * 30}, "more money than there is"),
        ({"amount": "5", "fee": "6"}, "fee is as large"),
        ({"amount": "5", "fee": "5"}, "fee is as large"),
        ({"amount": "5", "currency": "QQQ"}, "Nothing was saved"),
        ({"amount": "5", "on": "yesterday"}, "valid date"),
        ({"amount": "5", "on": "2999-01-01"}, "still to come"),
        ({"amount": "5", "reference": "HP123"}, "A reference is HP"),
        ({"amount": "5", "reference": "HP2345678A"}, "Nothing was saved"),
        ({"amount": "5", "donor_email": "nobody"}, "cannot reach"),
        ({"amount": "5", "key": "x"}, "Nothing was saved"),
    ],
)
def test_4_6_what_cannot_be_is_said_and_nothing_lost(
    desk: Desk, changes: dict[str, str], words: str
) -> None:
    giving.rail()
    told = {"currency": "EUR", "donor_name": "Kept Name", **changes}
    answer = send(desk, "donations_gift_record", **told)
    assert answer.status_code == 200
    assert words in said(answer)
    assert "Kept Name" in answer.content.decode()
    assert not Movement.objects.exists()
    assert not Donor.objects.exists()


def test_a_sponsor_is_suspended_and_handed_over_in_one_form(desk: Desk) -> None:
    old = giving.rail().sponsor
    wrong = {"legal_name": "New Body", "bank_account_ref": "DE89 3704 0044 0532 0130 01"}
    assert "check digits" in said(send(desk, "donations_hand_over", old.pk, **wrong))
    assert "Name one way" in said(send(desk, "donations_hand_over", old.pk, legal_name="New Body"))
    taken = {"legal_name": "New Body", "bank_account_ref": giving.IBAN}
    assert "already" in said(send(desk, "donations_hand_over", old.pk, **taken))
    old.refresh_from_db()
    assert old.state == SponsorState.LIVE
    right = {
        "legal_name": "New Body",
        "bank_account_ref": giving.OTHER_IBAN,
        "cheque_address": "2 Quay\r\nPort",
        "link_account_ref": "https://give.example/new",
    }
    assert send(desk, "donations_hand_over", old.pk, **right).status_code == 302
    old.refresh_from_db()
    new = Sponsor.objects.get(legal_name="New Body")
    assert (old.state, old.successor, new.state) == (SponsorState.SUSPENDED, new, "live")
    assert [rail.kind for rail in new.rails.all()] == ["bank", "cheque", "link"]
    assert "suspended" in page(desk, "donations_ways").get_text(" ")
    # Pressed twice it is done, and nothing is wrong.
    twice = desk.client.post(reverse("donations_hand_over", args=[old.pk]), right, follow=True)
    assert "was suspended before. Nothing was changed." in twice.content.decode()
    assert Sponsor.objects.count() == 2
    send(desk, "donations_sponsor_resume", old.pk)
    old.refresh_from_db()
    assert (old.state, old.successor) == (SponsorState.LIVE, None)


def test_handing_over_to_nobody_says_that_nobody_can_give(desk: Desk) -> None:
    old = giving.rail().sponsor
    assert send(desk, "donations_hand_over", old.pk, successor="").status_code == 302
    assert "No way to give is offered" in page(desk, "donations_ways").get_text(" ")


def test_ways_are_added_and_changed(desk: Desk) -> None:
    send(desk, "donations_sponsor_add", legal_name="The Paper", kind="self")
    sponsor = Sponsor.objects.get()
    added = {"account_ref": giving.IBAN, "bank_name": "West", "currency": "eur"}
    assert send(desk, "donations_rail_add", sponsor.pk, "bank", **added).status_code == 302
    rail = Rail.objects.get()
    assert (rail.account_ref, rail.details, rail.currency) == (
        giving.IBAN,
        {"bank_name": "West"},
        "EUR",
    )
    assert send(desk, "donations_rail", rail.pk, state="paused").status_code == 302
    rail.refresh_from_db()
    assert (rail.state, rail.account_ref) == ("paused", giving.IBAN)
    assert "as banks do" in said(send(desk, "donations_rail", rail.pk, currency="QQQ"))
    assert desk.client.get(f"/desk/donations/ways/sponsor/{sponsor.pk}/card/").status_code == 404
    assert giving.IBAN not in repr(list(ModelLogEntry.objects.values()))


def test_only_who_keeps_the_money_gets_in(desk: Desk) -> None:
    gift = giving.gift(giving.rail())
    urls = [
        reverse("donations_overview"),
        reverse("donations_gifts"),
        reverse("donations_gift_record"),
        reverse("donations_gift", args=[gift.pk]),
        reverse("donations_gift_step", args=[gift.pk, "refund"]),
        reverse("donations_ways"),
        reverse("donations_sponsor_add"),
        reverse("donations_hand_over", args=[gift.rail.sponsor_id]),
        reverse("donations_rail", args=[gift.rail_id]),
    ]
    for role, status in ((Role.TREASURER, 200), (Role.EDITOR, 302), (Role.REPORTER, 302)):
        client = desk_of(staff(role, f"a-{role.value}")).client
        assert {client.get(url).status_code for url in urls} == {status}, role
    assert desk.client.get(reverse("donations_gift_step", args=[gift.pk, "x"])).status_code == 404


def test_the_overview_shows_month_campaign_ways_and_balances(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handpress.donations.views.overview.today", lambda: giving.DAY)
    campaign = giving.campaign(
        goal_minor=100_000,
        raised_minor=20_000,
        monthly_costs=[["Rent", 60_000], ["The kettle", 1_200]],
    )
    giving.gift(giving.rail(), 60_600, campaign=campaign)
    giving.gift(giving.rail("cash"), 500, currency="USD")
    words = " ".join(page(desk, "donations_overview").get_text(" ").split())
    for one in (
        "€606.00 of €612.00 that a month costs",
        "99% is there; €6.00 is missing",
        "€600.00 paid",
        "€6.00 of €12.00",
        "€806.00 of €1,000.00",
        "80% of the goal",
        "Bank transfer: €606.00",
        "Gifts in USD stand in the trial balance",
        "Both sides are even",
    ):
        assert one in words, words


def test_the_overview_warns_until_a_refund_that_came_back_is_made_again(desk: Desk) -> None:
    gift = giving.gift(giving.rail(), 2500)

    def alarm() -> str:
        found = page(desk, "donations_overview").select_one(".dn-alarm")
        return found.get_text(" ", strip=True) if found else ""

    actions.refund_gift(gift, amount=500, key="r1", on=giving.DAY)
    assert alarm() == ""
    came_back = Happened(
        rail=gift.rail,
        kind=Kind.REFUND_BACK,
        remote_id="r1-back",
        amount=500,
        currency="EUR",
        on=giving.DAY,
        of=gift,
    )
    book(came_back)
    assert "did not reach the donor" in alarm()
    assert "€25.00" in alarm()
    actions.refund_gift(gift, amount=500, key="r2", on=giving.DAY)
    assert alarm() == ""


@pytest.mark.parametrize("name", ["donations_gifts", "donations_ways", "donations_overview"])
def test_lists_cost_the_same_whatever_they_hold(
    desk: Desk, django_assert_num_queries: DjangoAssertNumQueries, name: str
) -> None:
    def cost() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            desk.client.get(reverse(name))
        return len(captured)

    campaign, rail = giving.campaign(), giving.rail("cheque")
    first = giving.gift(rail, campaign=campaign)
    actions.refund_gift(first, amount=1, key="r0", on=giving.DAY)
    cost()
    before = cost()
    for number in range(12):
        of = giving.sponsor(f"Sponsor {number}")
        gift = giving.gift(giving.rail("cash", of=of), campaign=campaign)
        refund, _ = actions.refund_gift(gift, amount=1, key="r", on=giving.DAY)
        actions.undo(refund, on=giving.DAY)
    assert cost() == before
    assert before < 30


def test_a_campaign_with_gifts_stays(desk: Desk) -> None:
    campaign, other = giving.campaign(), giving.campaign("Other")
    giving.gift(giving.rail(), campaign=campaign)
    below = "/desk/snippets/donations/campaign/delete"
    answer = desk.client.post(f"{below}/{campaign.pk}/", follow=True)
    assert "for which gifts came" in answer.content.decode()
    both = f"/desk/bulk/donations/campaign/delete/?id={campaign.pk}&id={other.pk}"
    assert desk.client.post(both, follow=True).status_code == 200
    campaign.refresh_from_db()
    desk.client.post(f"{below}/{other.pk}/")
    assert list(Campaign.objects.all()) == [campaign]


def test_a_campaign_of_a_monthly_gift_stays_also_before_the_first_came(desk: Desk) -> None:
    campaign = giving.campaign()
    start_plan(
        donor=Donor.objects.create(),
        rail=giving.rail(),
        amount=1000,
        currency="EUR",
        campaign=campaign,
        collecting=Collecting.STANDING_ORDER,
        now=clock.now(),
    )
    url = f"/desk/snippets/donations/campaign/delete/{campaign.pk}/"
    assert "stays. Set an end" in desk.client.post(url, follow=True).content.decode()
    assert Campaign.objects.exists()


def test_costs_of_a_month_are_typed_as_lines(desk: Desk) -> None:
    campaign = giving.campaign()
    url = f"/desk/snippets/donations/campaign/edit/{campaign.pk}/"
    desk.send(url, monthly_costs="Rent: 1.450,50\r\nPrinting, paper: ink: 20")
    campaign.refresh_from_db()
    assert campaign.monthly_costs == [["Rent", 145050], ["Printing, paper: ink", 2000]]
    desk.send(url)
    campaign.refresh_from_db()
    assert campaign.monthly_costs == [["Rent", 145050], ["Printing, paper: ink", 2000]]
    answer = desk.try_to_send(url, monthly_costs="Rent 1450")
    assert "has no amount after a colon" in said(answer)
