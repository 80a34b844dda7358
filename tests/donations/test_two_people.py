"""Giving back takes two people above a sum, and nothing goes back before it came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from factories import giving
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.models import Movement, RefundAsked, RefundState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def give_back(client: Client, gift: Movement, amount: str, **more: Any) -> Any:
    fields = {"key": str(uuid4()), "amount": amount, "on": str(giving.DAY), "fee": "", **more}
    return client.post(f"/desk/donations/gifts/{gift.pk}/refund/", fields)


def test_parts_of_one_gift_add_up_to_what_one_person_may_give_back(desk: Desk):
    gift = giving.gift(giving.rail(), 200_000)
    for amount in ("300", "200", "0.01", "0.01"):
        assert give_back(desk.client, gift, amount).status_code == 302
    states = list(RefundAsked.objects.order_by("pk").values_list("state", flat=True))
    assert states == [RefundState.AGREED] * 2 + [RefundState.ASKED] * 2
    assert actions.left_of_gift(gift) == 150_000
    # The same person in another window is the same person; another one is not.
    asked = RefundAsked.objects.filter(state=RefundState.ASKED).first()
    assert asked
    answer = {"refund": str(asked.pk), "do": "agree"}
    again = Client()
    again.force_login(get_user_model().objects.get())
    again.post("/desk/donations/refunds/", answer)
    assert actions.left_of_gift(gift) == 150_000
    other: Any = get_user_model().objects.create_superuser("other", "o@proof.example", "a phrase")
    again.force_login(other)
    again.post("/desk/donations/refunds/", answer)
    assert actions.left_of_gift(gift) == 149_999


def test_what_was_a_mistake_does_not_count(desk: Desk):
    gift = giving.gift(giving.rail(), 200_000)
    give_back(desk.client, gift, "500")
    refund = Movement.objects.get(of=gift)
    desk.client.post(f"/desk/donations/gifts/{gift.pk}/undo/?what={refund.pk}", {"key": uuid4()})
    give_back(desk.client, gift, "500")
    assert set(RefundAsked.objects.values_list("state", flat=True)) == {RefundState.AGREED}


def test_nothing_goes_back_before_it_came(desk: Desk):
    gift = giving.gift(giving.rail("cheque"), 5000)
    before = str(giving.DAY - timedelta(days=1))
    assert "came later" in give_back(desk.client, gift, "10", on=before).content.decode()
    url = f"/desk/donations/gifts/{gift.pk}/bounce/"
    answer = desk.client.post(url, {"key": str(uuid4()), "on": before, "fee": ""})
    assert "came later" in answer.content.decode()
    assert Movement.objects.count() == 1
