"""Giving back what a company took: asked where it can be, whole where it must, else by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from donations.companies import world as companies
from donations.companies.doubles import Double
from factories import giving
from factories.desk_forms import Desk
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.actions.reconciling import reconcile
from handpress.donations.actions.refunds import ask_refund
from handpress.donations.companies.contract import Order, Urls
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.days import today
from handpress.donations.models import Attempt, Movement, Rail, RefundAsked
from handpress.donations.queries.books import trial_balance
from handpress.donations.queries.gifts import gifts, line_of
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return practice_company(monkeypatch)


@pytest.fixture
def coins() -> Iterator[Double]:
    with companies.double_of("btcpay") as made:
        yield made


@pytest.fixture
def gift(coins: Double) -> Movement:
    """Twenty-five that came by BTCPay Server."""
    rail = Rail.objects.create(
        sponsor=giving.sponsor("The Coin Fund"),
        kind="btcpay",
        name="Bitcoin",
        details={"base": coins.base, "store_id": "store"},
    )
    given = companies.give(coins, coins.company())
    return absorb_told(rail, given.told.movements).new[0]


def back(desk: Desk, gift: Movement, **typed: str) -> tuple[str, Any]:
    """Open the form, and send it; return both answers."""
    url = f"/desk/donations/gifts/{gift.pk}/refund/"
    form = desk.client.get(url).content.decode()
    key = form.split('name="key" value="')[1].split('"')[0]
    return form, desk.client.post(url, {"key": key, **typed}, follow=True)


def test_what_a_company_cannot_give_back_is_written_down_by_hand(
    desk: Desk, gift: Movement, coins: Double
) -> None:
    form, answer = back(desk, gift, amount="7", on=f"{today()}", fee="0.10")

    assert "BTCPay Server cannot be asked for that from here" in form
    said = answer.content.decode()
    assert "The refund is in the books." in said
    assert "BTCPay Server’s own page" in said
    assert not Attempt.objects.exists(), "nobody was asked"
    refund = Movement.objects.get(kind=Kind.REFUND)
    assert (refund.amount_minor, refund.fee_minor, refund.of) == (-700, 10, gift)
    line = line_of(gifts().get())
    assert (line.left, line.state) == (1800, "given back in part")
    assert sum(each.minor for each in trial_balance()) == 0


def test_what_was_written_by_hand_differs_from_no_list(
    desk: Desk, gift: Movement, coins: Double
) -> None:
    now = clock.now()
    ask_refund(gift, amount=2500, fee=0, key="k", on=giving.DAY, by=desk_user(), now=now)

    run = reconcile(
        gift.rail,
        now - timedelta(days=3650),
        now + timedelta(days=9),
        now=now + timedelta(days=10),
        company=coins.company(),
    )

    assert (run.error, run.differences) == ("", [])
    assert line_of(gifts().get()).left == 0


def test_what_was_written_by_hand_can_be_undone(desk: Desk, gift: Movement) -> None:
    back(desk, gift, amount="7", on=f"{today()}", fee="")
    refund = Movement.objects.get(kind=Kind.REFUND)
    url = f"/desk/donations/gifts/{gift.pk}/"
    assert f"undo/?what={refund.pk}" in desk.client.get(url).content.decode()

    desk.client.post(
        f"{url}undo/?what={refund.pk}", {"key": "00000000-0000-4000-8000-000000000000"}
    )

    assert line_of(gifts().get()).left == 2500


def test_what_a_company_told_is_not_undone_by_hand(desk: Desk, gift: Movement) -> None:
    url = f"/desk/donations/gifts/{gift.pk}/undo/"
    assert desk.client.get(url).status_code == 404
    assert desk.client.post(url, {"key": "00000000-0000-4000-8000-000000000000"}).status_code == 404
    assert list(Movement.objects.all()) == [gift]


def test_more_than_is_left_is_refused_by_hand_too(desk: Desk, gift: Movement) -> None:
    back(desk, gift, amount="20", on=f"{today()}", fee="")
    _, answer = back(desk, gift, amount="6", on=f"{today()}", fee="")

    assert "more than is left" in answer.content.decode()
    assert Movement.objects.filter(kind=Kind.REFUND).count() == 1


def test_of_what_is_asked_for_the_company_says_day_and_fee(desk: Desk, company: Faulty) -> None:
    form, _ = back(desk, _taken(company), amount="7")

    assert "Practice is asked to give it back" in form
    assert 'name="amount"' in form
    assert 'name="fee"' not in form
    assert Attempt.objects.get().asked["minor"] == 700


def test_where_parts_cannot_be_given_back_only_the_whole_is_offered(
    desk: Desk, company: Faulty
) -> None:
    gift = _taken(company)
    company.changes = {"gives_back_parts": False}
    now = clock.now()
    with pytest.raises(RefusedMovement, match="nothing less than the whole"):
        ask_refund(gift, amount=700, fee=0, key="k", on=giving.DAY, by=desk_user(), now=now)
    assert not RefundAsked.objects.exists()

    form, _ = back(desk, gift, amount="7")

    assert "gives back all of" in form
    assert 'name="amount"' not in form
    assert Attempt.objects.get().asked["minor"] == 2500, "all of it, whatever was sent"


def _taken(company: Faulty) -> Movement:
    rail = practice_rail()
    order = Order(reference="HP0", minor=2500, currency="EUR", words="")
    begun = company.begin(order, Urls("https://a/", "https://a/", "https://a/"), key="one")
    company.book.pay(begun.remote_id, clock.now())
    found = company.look_up(begun.remote_id)
    assert found
    return next(each for each in absorb_told(rail, found.movements).new if each.kind == "capture")


def desk_user() -> Any:
    return get_user_model().objects.get(username="editor")
