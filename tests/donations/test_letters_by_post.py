"""Letters that go by post: listed, ticked off with their day and who did it, and taken back."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from donations.test_lost_orders import Time, came, lose, new, old, order, time
from factories import giving
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.actions.asking_anew import ask_again
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.erasing import erase_donor
from handpress.donations.actions.following import strand
from handpress.donations.core.references import grouped
from handpress.donations.days import today
from handpress.donations.models import LostOrder, Plan, PlanState, Pledge, PostLetter, Rail
from handpress.donations.queries.donors import all_about
from handpress.donations.queries.orders import order_funnel
from handpress.donations.queries.plans import funnel
from handpress.lib import clock

__all__ = ["new", "old", "time"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
POST = "/desk/donations/monthly/orders/"


@pytest.fixture
def people(time: Time, old: Rail, new: Rail) -> dict[str, Pledge]:
    """Three standing orders to an account that is lost; no mail reaches anybody."""
    vera = order(old, "", donor=keep_donor({"name": "Vera Postlethwaite", "address": "9 Quay"}))
    omar = order(old, "", donor=keep_donor({"name": "Omar Said"}))
    nobody = order(old, "")
    lose(old, new)
    time.days(1)
    return {"vera": vera, "omar": omar, "nobody": nobody}


@pytest.fixture
def here(people: Any, desk: Desk) -> Desk:
    """The desk, once the account is lost."""
    return desk


def must_agree(name: str) -> Plan:
    """Return a monthly gift that must be agreed to anew by somebody whom no mail reaches."""
    now = clock.now()
    plan = Plan.objects.create(
        donor=keep_donor({"name": name}),
        rail=giving.rail("stripe", of=giving.sponsor("Cards")),
        amount_minor=900,
        currency="EUR",
        anchor_day=5,
        next_due=now.date(),
        state=PlanState.ACTIVE,
        began_at=now,
    )
    strand(plan, now)
    ask_again(now)
    return plan


def rows(desk: Desk, show: str = "") -> list[str]:
    page = BeautifulSoup(desk.client.get(f"{POST}?show={show}").content, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("main tbody tr")]


def names(desk: Desk) -> list[str]:
    page = BeautifulSoup(desk.client.get(POST).content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("main tbody th")]


def keys(desk: Desk) -> list[str]:
    page = BeautifulSoup(desk.client.get(POST).content, "html.parser")
    return [str(box["value"]) for box in page.select("input[name=letter]")]


def send(desk: Desk, *ticked: str, do: str = "ticked", on: str = "") -> str:
    sent = {
        "do": do,
        "letter": ticked,
        "shown": keys(desk),
        "on": on or today().isoformat(),
    }
    answer = desk.client.post(POST, sent, follow=True)
    assert answer.status_code in {200, 400}
    return answer.content.decode()


def test_one_is_ticked_off_with_its_day_and_who_did_it(here: Desk, people: dict[str, Pledge]):
    assert len(rows(here)) == 3
    vera, omar, nobody = keys(here)
    on = today() - timedelta(days=1)

    assert "1 letter is noted" in send(here, vera, on=on.isoformat())

    assert names(here) == ["Omar Said", "nobody told"]
    (posted,) = rows(here, "posted")
    assert "Vera Postlethwaite" in posted
    assert grouped(people["vera"].reference) in posted
    assert f"{on:%-d %B %Y}" in posted
    letter = PostLetter.objects.get()
    user = get_user_model().objects.get(username="editor")
    assert (letter.posted_on, letter.by) == (on, user)
    assert "editor" in posted
    history = ModelLogEntry.objects.filter(action="handpress.letter.posted")
    assert history.get().user == user
    assert order_funnel(clock.now()).posted == 1
    said = here.client.get("/desk/donations/monthly/").content.decode()
    assert "2 letters have to go by post" in said
    assert "were written to by post" in said
    donor = people["vera"].donor
    assert donor
    (told,) = all_about(donor)["asked_to_change_standing_orders"]
    assert told["posted_on"] == on.isoformat()
    # Whoever is not known goes the same way; a second time changes nothing.
    send(here, nobody, omar)
    assert rows(here) == []
    assert "nothing was changed" in send(here, vera, nobody).lower()
    assert PostLetter.objects.count() == 3
    report = io.StringIO()
    call_command("fund", "report", "--json", stdout=report)
    assert json.loads(report.getvalue())["standing_orders"]["posted"] == 2


def test_all_that_are_shown_are_ticked_off_and_no_other(
    here: Desk, people: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("handpress.donations.views.orders_desk._A_PAGE", 2)
    assert len(keys(here)) == 2
    assert "2 letters are noted" in send(here, do="shown")
    assert names(here) == ["nobody told"]


def test_it_is_taken_back(here: Desk, people: Any):
    send(here, *keys(here))
    page = BeautifulSoup(here.client.get(f"{POST}?show=posted").content, "html.parser")
    buttons = [str(each["value"]) for each in page.select("main button[name=back]")]
    assert len(buttons) == 3
    for each in buttons:
        assert here.client.post(POST, {"back": each}).status_code == 302
    assert len(rows(here)) == 3
    assert rows(here, "posted") == []
    assert not PostLetter.objects.exists()
    assert order_funnel(clock.now()).posted == 0
    said = here.client.post(POST, {"back": buttons[0]}, follow=True).content.decode()
    assert "Nothing was changed" in said
    assert ModelLogEntry.objects.filter(action="handpress.letter.not_posted").count() == 3


@pytest.mark.parametrize("day", ["tomorrow", "long ago", "31.31.2026", ""])
def test_a_day_that_cannot_be_is_refused_and_what_is_ticked_stays(
    here: Desk, people: Any, day: str
):
    days = {
        "tomorrow": (today() + timedelta(days=1)).isoformat(),
        "long ago": (today() - timedelta(days=400)).isoformat(),
    }
    first, *_ = keys(here)
    sent = {"do": "ticked", "letter": [first], "on": days.get(day, day)}
    answer = here.client.post(POST, sent)
    assert answer.status_code == 400
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.select_one("[role=alert]")
    assert page.select_one("input[name=on]")["aria-invalid"] == "true"  # type: ignore[index]
    assert [str(box["value"]) for box in page.select("input[name=letter][checked]")] == [first]
    assert not PostLetter.objects.exists()


def test_nothing_ticked_says_so(here: Desk, people: Any):
    assert "Tick the letters" in send(here)
    assert "Tick the letters" in send(here, "order-999", "x", "plan-", "nobody-" + "9" * 40)
    assert not PostLetter.objects.exists()


def test_whoever_must_agree_anew_and_is_not_reached_is_on_the_list(
    time: Time, old: Rail, desk: Desk
):
    plan = must_agree("Ana Brand")
    (row,) = rows(desk)
    assert "Ana Brand" in row
    assert "€9.00" in row
    assert f"/desk/donations/monthly/{plan.pk}/" in desk.client.get(POST).content.decode()
    assert (
        "1 letter has to go by post" in desk.client.get("/desk/donations/monthly/").content.decode()
    )

    send(desk, *keys(desk))

    assert rows(desk) == []
    assert len(rows(desk, "posted")) == 1
    assert funnel(clock.now()).posted == 1
    (told,) = all_about(plan.donor)["monthly_gifts"]
    assert told["asked_to_agree_anew"][0]["posted_on"] == today().isoformat()
    # A second hand-over is another letter.
    plan.refresh_from_db()
    strand(plan, clock.now())
    ask_again(clock.now())
    assert len(rows(desk)) == 1


def test_whoever_answered_leaves_both_lists_but_stays_counted(
    here: Desk, people: dict[str, Pledge], new: Rail
):
    send(here, *keys(here))
    came(new, people["vera"])
    assert rows(here) == []
    assert order_funnel(clock.now()).posted == 2
    assert "Vera" in " ".join(rows(here, "posted"))


def test_what_was_posted_outlives_that_the_sponsor_is_offered_again_and_no_donor(
    here: Desk, people: dict[str, Pledge], old: Rail
):
    first, *_ = keys(here)
    send(here, first)
    assert actions.resume_sponsor(old.sponsor, clock.now())
    assert PostLetter.objects.count() == 1
    assert LostOrder.objects.count() == 1
    donor = people["vera"].donor
    assert donor
    erase_donor(donor)
    assert "Vera" not in " ".join(rows(here, "posted"))


def test_only_who_may_change_monthly_gifts_ticks_off(
    people: Any, client: Any, django_user_model: Any
):
    user = django_user_model.objects.create_user("clerk", "c@proof.example", "a long enough phrase")
    names = ["access_admin", "view_plan", "view_donor"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    page = BeautifulSoup(client.get(POST).content, "html.parser")
    assert len(page.select("tbody tr")) == 3
    assert not page.select("main form button")
    sent = {"do": "ticked", "letter": [f"order-{LostOrder.objects.earliest('pk').pk}"]}
    assert client.post(POST, {**sent, "on": today().isoformat()}).status_code == 403
    assert client.post(POST, {"back": "1"}).status_code == 403
    assert not PostLetter.objects.exists()


def test_the_database_knows_that_a_letter_is_about_one_thing_once(people: dict[str, Pledge]):
    lost = LostOrder.objects.earliest("pk")
    day = {"posted_on": today()}
    PostLetter.objects.create(order=lost, **day)
    for wrong in (
        {},
        {"order": lost},
        {
            "order": LostOrder.objects.latest("pk"),
            "pledge": people["nobody"],
            "lost_at": clock.now(),
        },
        {"pledge": people["nobody"]},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PostLetter.objects.create(**wrong, **day)
