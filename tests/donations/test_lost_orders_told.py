"""What is told of standing orders to a lost account: on the desk, by command, to their donors."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client

from donations.test_lost_orders import Time, came, lose, new, old, order, time
from factories.desk_forms import Desk
from handpress.donations.actions.donors import keep_donor
from handpress.donations.core.references import grouped
from handpress.donations.models import LostOrder, Pledge, Rail
from handpress.donations.queries.donors import all_about

__all__ = ["new", "old", "time"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def fund(*words: str) -> str:
    out = io.StringIO()
    call_command("fund", *words, stdout=out)
    return out.getvalue()


def test_the_desk_draws_it_and_lists_whom_no_mail_reaches(
    time: Time, old: Rail, new: Rail, request: Any
) -> None:
    order(old)
    post = keep_donor({"name": "Vera Postlethwaite", "address": "9 Quay"})
    by_post = order(old, "", donor=post)
    nameless = order(old, "")
    lose(old, new)
    time.days(1)
    desk: Desk = request.getfixturevalue("desk")
    said = desk.client.get("/desk/donations/monthly/").content.decode()
    assert "Standing orders to a lost account" in said
    assert "/desk/donations/monthly/orders/" in said
    assert "Vera" not in said
    page = desk.client.get("/desk/donations/monthly/orders/").content.decode()
    assert "Vera Postlethwaite" in page
    assert grouped(by_post.reference) in page
    assert grouped(nameless.reference) in page
    assert "ana@" not in page
    came(new, by_post)
    came(new, nameless)
    page = desk.client.get("/desk/donations/monthly/orders/").content.decode()
    assert "Vera" not in page
    assert grouped(nameless.reference) not in page


def test_names_are_for_those_who_may_see_donors(
    time: Time, old: Rail, new: Rail, client: Client, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("clerk", "c@proof.example", "a long enough phrase")
    names = ["access_admin", "view_plan"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    post = keep_donor({"name": "Vera Postlethwaite"})
    order(old, "", donor=post)
    lose(old, new)
    time.days(1)
    client.force_login(user)
    said = client.get("/desk/donations/monthly/").content.decode()
    assert "Standing orders to a lost account" in said
    assert "monthly/orders/" not in said
    refused = client.get("/desk/donations/monthly/orders/")
    assert (refused.status_code, refused["Location"]) == (302, "/desk/")


def test_the_list_costs_the_same_however_many(
    time: Time, old: Rail, new: Rail, request: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        order(old, "", donor=keep_donor({"name": f"Reader {number}"}))
    lose(old, new)
    time.days(1)
    desk: Desk = request.getfixturevalue("desk")
    with django_assert_max_num_queries(22):
        page = desk.client.get("/desk/donations/monthly/orders/").content.decode()
    assert page.count(">Reader 1") == 3


def test_the_report_counts_them(time: Time, old: Rail, new: Rail) -> None:
    assert "standing order" not in fund("report")
    order(old)
    order(old, "", donor=keep_donor({"name": "Vera"}))
    said = fund("switch-sponsor", "The lost one", "--to", "The next one")
    assert "2 donors pay into the lost account by a standing order" in said
    time.days(1)
    came(new, Pledge.objects.earliest("pk"))
    said = fund("report")
    assert "2  had to change a standing order" in said
    assert "1  were written to" in said
    assert "1  can be reached by post alone" in said
    assert "1  have given by the new account" in said
    data = json.loads(fund("report", "--json"))
    assert data["standing_orders"]["came"] == 1
    assert data["agreeing_anew"]["asked"] == 0


def test_a_donor_is_told_what_is_kept_of_it(time: Time, old: Rail, new: Rail) -> None:
    pledge = order(old)
    lose(old, new)
    time.days(1)
    assert pledge.donor
    (told,) = all_about(pledge.donor)["asked_to_change_standing_orders"]
    row = LostOrder.objects.get()
    assert row.written_at
    assert told["written_at"] == row.written_at.isoformat()
    assert told["account_lost_at"] == row.lost_at.isoformat()
    assert told["answer"] == "none yet"
