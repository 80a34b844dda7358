"""4.2, 4.9, 4.10: cards that are tried, floods of events, campaigns that end meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from donations.test_giving import Somebody
from donations.test_giving_by_company import actions_link, give, page_of, pay, work
from factories import giving
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.accounts.models import UseCount
from handpress.donations.actions import beginning, events
from handpress.donations.actions.donors import facts_of
from handpress.donations.companies.contract import Events, EventTold
from handpress.donations.companies.errors import CompanyDown, Forged
from handpress.donations.core import limits
from handpress.donations.core.movements import Kind
from handpress.donations.models import (
    Attempt,
    CompanyEvent,
    Movement,
    Pledge,
    Rail,
)
from handpress.donations.queries.books import raised
from handpress.donations.queries.gifts import gifts, line_of
from handpress.lib import clock
from handpress.mail.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return practice_company(monkeypatch)


@pytest.fixture
def rail(company: Faulty) -> Rail:
    return practice_rail()


# --- 4.9: who tries stolen cards ------------------------------------------------------


def test_4_9_five_pages_for_a_network_then_by_letter(
    somebody: Somebody, rail: Rail, company: Faulty, monkeypatch: pytest.MonkeyPatch
):
    giving.rail("bank", of=rail.sponsor)
    for number in range(5):
        page_of(give(somebody, rail, f"once EUR {2500 + number}"))
    assert give(somebody, rail, "once EUR 4000").status_code == 429
    assert "Write an e-mail address" in somebody.said
    assert "By bank transfer" in somebody.ways()
    assert company.asked.count("begin") == 5
    give(somebody, rail, "once EUR 4000", email="real@reader.example")
    assert "look into your mail" in somebody.said
    assert Letter.objects.count() == 1
    somebody.look(somebody.client.post(actions_link(Pledge.objects.latest("pk"))))
    assert somebody.response.status_code == 303
    assert company.asked.count("begin") == 6
    # The link leads on while all limits are reached but its own.
    company.book.fail(somebody.response["Location"].rpartition("/")[2], "expired")
    Attempt.objects.update(look_at=clock.now())
    work()
    monkeypatch.setattr(beginning, "SESSIONS", replace(limits.SESSIONS, count=5))
    link = actions_link(Pledge.objects.latest("pk"))
    assert page_of(somebody.client.post(link)).startswith("/-/practice/pay_")
    assert company.asked.count("begin") == 7
    # Whoever gives by bank notices nothing.
    bank = Rail.objects.get(kind="bank")
    somebody.send(choice="once EUR 2500").press(way=str(bank.pk)).follow()
    assert "How to send your gift" in somebody.said


def test_4_9_who_writes_an_address_to_get_the_link_is_the_donor_and_is_thanked(
    somebody: Somebody, rail: Rail, company: Faulty
):
    for number in range(5):
        page_of(give(somebody, rail, f"once EUR {2500 + number}"))
    assert give(somebody, rail, "once EUR 4000").status_code == 429
    somebody.press(0, way=str(rail.pk), email="real@reader.example")
    assert "look into your mail" in somebody.said
    pledge = Pledge.objects.latest("pk")
    assert Pledge.objects.count() == 6, "the same form is the same promise"
    assert pledge.donor is not None
    assert facts_of(pledge.donor)["email"] == "real@reader.example"
    pay(company, page_of(somebody.client.post(actions_link(pledge))))
    Attempt.objects.update(look_at=clock.now())
    work()
    assert Letter.objects.filter(subject__contains="has come").count() == 1


def test_4_9_a_mailed_link_that_was_used_too_often_says_to_come_back_and_not_that_it_is_closed(
    somebody: Somebody, rail: Rail, company: Faulty
):
    page_of(give(somebody, rail, email="a@reader.example"))
    link = actions_link(Pledge.objects.get())
    for _ in range(limits.SESSIONS_PLEDGE.count):
        Attempt.objects.update(state="dead", look_at=None)
        somebody.look(somebody.client.post(link))
    assert somebody.response.status_code == 429
    assert "try again tomorrow" in somebody.said
    assert "takes no gifts any more" not in somebody.said
    assert company.asked.count("begin") == limits.SESSIONS_PLEDGE.count


def test_a_mailed_link_says_when_the_company_does_not_answer(
    somebody: Somebody, rail: Rail, company: Faulty
):
    page_of(give(somebody, rail, email="a@reader.example"))
    Attempt.objects.update(state="dead", look_at=None)
    company.before = [CompanyDown("x")]
    somebody.look(somebody.client.post(actions_link(Pledge.objects.get())))
    assert somebody.response.status_code == 503
    assert "does not answer just now" in somebody.said
    assert "takes no gifts any more" not in somebody.said


def test_4_9_nobody_is_promised_a_letter_that_is_not_written(
    somebody: Somebody, rail: Rail, company: Faulty, monkeypatch: pytest.MonkeyPatch
):
    for number in range(limits.NETWORK.count):
        give(somebody, rail, f"once EUR {2500 + number}", email="a@reader.example")
    assert Pledge.objects.count() == limits.NETWORK.count
    letters = Letter.objects.count()
    for email in ("", "b@reader.example"):
        # No promise of theirs is written down any more, so there is no link to mail.
        assert give(somebody, rail, "once EUR 9000", email=email).status_code == 429
        assert "try again in an hour" in somebody.said
        assert "Write an e-mail address" not in somebody.said
    assert Letter.objects.count() == letters


def test_4_9_a_mailbox_that_got_its_letters_is_promised_no_other(
    somebody: Somebody, rail: Rail, company: Faulty
):
    for number in range(5 + limits.LETTER.count):
        give(somebody, rail, f"once EUR {2500 + number}", email="a@reader.example")
    assert "look into your mail" in somebody.said
    assert give(somebody, rail, "once EUR 9000", email="a@reader.example").status_code == 429
    assert "try again in an hour" in somebody.said
    assert Letter.objects.count() == limits.LETTER.count


def test_4_9_why_a_card_was_refused_is_told_to_nobody(
    somebody: Somebody, rail: Rail, company: Faulty
):
    location = page_of(give(somebody, rail, email="a@reader.example"))
    company.book.fail(location.rpartition("/")[2], "stolen_card")
    Attempt.objects.update(look_at=clock.now())
    work()
    assert Attempt.objects.get().code == "stolen_card"
    somebody.look(somebody.client.get(actions_link(Pledge.objects.get())))
    assert "It was not paid, and nothing was taken" in somebody.said
    assert "stolen" not in str(somebody.page)
    assert not Letter.objects.exists()


# --- 4.10: campaigns that end ---------------------------------------------------------


def test_4_10_closed_while_the_donor_pays_it_is_booked_marked_and_thanked(
    somebody: Somebody, rail: Rail, company: Faulty, monkeypatch: pytest.MonkeyPatch
):
    drive = giving.campaign(ends_at=clock.now() + timedelta(hours=1), goal_minor=1000)
    location = page_of(give(somebody, rail, email="a@reader.example"))
    pledge = Pledge.objects.get()
    two_days_on = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: two_days_on)
    # A new one is for no campaign, since this one is over.
    page_of(give(somebody, rail, "once EUR 3000"))
    assert [each.campaign for each in Pledge.objects.order_by("pk")] == [drive, None]
    pay(company, location)
    Attempt.objects.update(look_at=clock.now())
    work()
    gift = Movement.objects.get(kind=Kind.CAPTURE)
    assert (gift.pledge, gift.campaign) == (pledge, drive)
    assert line_of(gifts().get()).is_late
    assert raised(drive) == 2500
    assert Letter.objects.filter(subject__contains="has come").count() == 1


def test_4_10_a_goal_that_is_reached_turns_nobody_away(
    somebody: Somebody, rail: Rail, company: Faulty
):
    drive = giving.campaign(goal_minor=1000)
    giving.gift(giving.rail("bank", of=rail.sponsor), 5000, campaign=drive)
    pay(company, page_of(give(somebody, rail)))
    Attempt.objects.update(look_at=clock.now())
    work()
    assert Movement.objects.get(kind=Kind.CAPTURE).campaign == drive
    assert raised(drive) == 7500


# --- 4.2: what companies send ---------------------------------------------------------


def test_4_2_events_are_taken_by_post_alone_and_of_rails_that_there_are(
    rail: Rail, company: Faulty
):
    client = Client(enforce_csrf_checks=True)
    assert client.get(f"/-/company/{rail.hook}").status_code == 405
    answer = client.post(f"/-/company/{uuid4()}", b"{}", content_type="application/json")
    assert answer.status_code == 404
    bank = giving.rail("bank", of=rail.sponsor)
    assert bank.hook is None
    big = b"x" * (300 * 1024)
    answer = client.post(f"/-/company/{rail.hook}", big, content_type="application/json")
    assert answer.status_code == 413
    assert not answer.cookies
    assert not CompanyEvent.objects.exists()


def test_4_2_what_is_signed_costs_one_row_and_what_is_not_is_taken_so_often(
    rail: Rail, company: Faulty, monkeypatch: pytest.MonkeyPatch
):
    def read(headers: Any, body: bytes) -> list[EventTold]:
        if headers.get("signed") != "well":
            raise Forged("not signed")
        return [EventTold("evt_1", "pay_nothing", "paid")]

    def send(body: bytes, signed: str) -> int:
        answer = Client().post(
            f"/-/company/{rail.hook}", body, "application/json", headers={"signed": signed}
        )
        return answer.status_code

    monkeypatch.setattr(events, "EVENTS_NETWORK", replace(limits.EVENTS_NETWORK, count=3))
    monkeypatch.setattr(company, "read_events", read)
    company.changes = {"events": Events.SIGNED}
    assert [send(b"{}", "well") for _ in range(5)] == [200] * 5
    assert CompanyEvent.objects.count() == 1
    assert not UseCount.objects.exists()
    assert [send(b"{}", "badly") for _ in range(2)] == [400, 400]
    assert UseCount.objects.count() == 1
    company.changes = {"events": Events.HINT}
    assert [send(b"id=%d" % number, "") for number in range(5)] == [200, 200, 200, 429, 429]
    assert CompanyEvent.objects.count() == 4
