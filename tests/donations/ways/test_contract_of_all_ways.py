"""What every way to give promises, whoever handles the money: one suite for all kinds there are.

What companies promise beside that, stands in `../companies/test_contract*.py`.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from donations.charging.test_nothing_told import all_that_is_kept
from donations.companies.doubles import CANARY
from donations.test_giving import Somebody
from donations.ways.kinds import WAYS, ByCompany, Way
from factories import giving
from handpress.donations.actions import (
    Gift,
    NotOpen,
    left_of_gift,
    promise_gift,
    record_gift,
    suspend_sponsor,
    undo,
)
from handpress.donations.actions.giving import give
from handpress.donations.actions.refunds import ask_refund
from handpress.donations.companies import company_kind
from handpress.donations.companies.kinds import Account
from handpress.donations.core.asking import Wish
from handpress.donations.core.movements import GIFTS, Kind, RefusedMovement
from handpress.donations.core.references import grouped
from handpress.donations.models import Entry, Movement, Pledge, Rail, RailKind
from handpress.donations.queries.books import trial_balance
from handpress.donations.queries.ways import askable, least_of, offered_rails
from handpress.donations.rails import RAIL_KINDS, rail_kind
from handpress.donations.wording import name_of, who_handles
from handpress.lib import clock
from handpress.mail.core.addresses import read_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
MINOR = 2501


def promised(rail: Rail, minor: int = MINOR) -> Pledge:
    """Return what a donor promises by a rail, who leaves an address."""
    pledge = give(
        Wish(minor, "EUR", "once"),
        rail,
        nonce=uuid4(),
        network="198.51.100.0/24",
        now=clock.now(),
        address=read_address(CANARY),
    )
    assert pledge is not None
    return pledge


def given(way: Way, rail: Rail | None = None) -> Movement:
    """Return a gift that came."""
    pledge = promised(rail or way.rail())
    way.begin(pledge)
    return way.comes(pledge)


def give_back(gift: Movement, minor: int, key: str = "") -> None:
    """Ask on the desk that some of a gift be given back."""
    users: Any = get_user_model().objects
    by = users.filter(username="treasurer").first() or users.create_user("treasurer")
    ask_refund(
        gift, amount=minor, fee=0, key=key or str(uuid4()), on=giving.DAY, by=by, now=clock.now()
    )


# --- what there is ------------------------------------------------------------------------


def test_every_kind_is_held_to_this() -> None:
    assert set(WAYS) == set(RAIL_KINDS) == set(RailKind.values)
    for kind, found in RAIL_KINDS.items():
        assert found.kind == WAYS[kind].kind == kind
        assert found.gift in GIFTS
        assert isinstance(WAYS[kind], ByCompany) == Rail(kind=kind).is_company


# --- what is offered --------------------------------------------------------------------


def test_an_offer_says_who_handles_the_money_and_who_learns_what(way: Way) -> None:
    rail = way.rail()
    somebody = Somebody().send(choice=f"once EUR {MINOR}")
    if not way.is_offered:
        assert askable([rail]) == []
        assert "will be announced" in somebody.said
        return
    assert somebody.ways() == [name_of(rail)]
    words = who_handles(rail, monthly=False)
    assert words
    for each in words:
        assert each in somebody.said
    if way.kind == "practice":
        assert "does not exist" in words[0]
        return
    assert rail.sponsor.legal_name in words[0]
    if rail.is_company:
        caps = company_kind(rail.kind).caps(rail.details)
        assert caps.host in words[0]
        assert caps.learns
        assert ("JavaScript" in " ".join(words)) == caps.needs_script


def test_beginning_moves_nothing_and_tells_how(way: Way) -> None:
    rail = way.rail()
    if not way.is_offered:
        way.begin(promised(rail))
        assert not Movement.objects.exists()
        return
    somebody = Somebody().send(choice=f"once EUR {MINOR}").press(0, way=str(rail.pk))
    pledge = Pledge.objects.get()
    assert (pledge.rail, pledge.amount_minor, pledge.currency) == (rail, MINOR, "EUR")
    if isinstance(way, ByCompany):
        assert somebody.response.status_code == 303
        assert somebody.response["Location"] == pledge.attempts.get().url
        assert way.double.moved() == {}
    else:
        said = somebody.follow().said
        assert "€25.01" in said
        assert grouped(pledge.reference) in said
        shown = rail_kind(way.kind).shown(rail.sponsor.legal_name, rail.account_ref, rail.details)
        parts = [part for value in shown.values() for part in _parts(value)]
        page = str(somebody.page)
        assert parts
        assert [part for part in parts if part not in said and part not in page] == []
    assert not Movement.objects.exists()
    assert not Entry.objects.exists()


def _parts(value: Any) -> list[str]:
    return [each for each in ([value] if isinstance(value, str) else value) if each]


def test_another_currency_is_not_asked_for(way: Way) -> None:
    rail = way.rail()
    somebody = Somebody().send(choice="once USD 2501")
    assert somebody.ways() == []
    assert not Pledge.objects.exists()
    if rail.is_company:
        taken = company_kind(rail.kind).caps(rail.details).currencies
        assert not taken or least_of(rail, "XAU") is None
        return
    with pytest.raises(RefusedMovement, match="takes EUR, not USD"):
        record_gift(Gift(rail=rail, key="k", amount=MINOR, currency="USD", on=giving.DAY))
    assert not Movement.objects.exists()


# --- what comes -------------------------------------------------------------------------


def test_what_comes_is_booked_to_the_unit(way: Way) -> None:
    gift = given(way)
    assert (gift.amount_minor, gift.currency) == (MINOR, "EUR")
    assert gift.kind == rail_kind(way.kind).gift
    assert gift.pledge == Pledge.objects.get()
    assert gift.rail == gift.pledge.rail
    assert gift.of is None
    assert left_of_gift(gift) == MINOR
    raised = [each for each in trial_balance() if each.code.startswith("Income:Gifts")]
    assert [each.minor for each in raised] == [-MINOR]


def test_the_same_told_twice_is_booked_once(way: Way) -> None:
    gift = given(way)
    before = list(Movement.objects.values())
    for _ in range(2):
        assert way.told_again(gift) == 0
    assert list(Movement.objects.values()) == before


def test_another_sum_under_the_same_name_changes_nothing(way: Way) -> None:
    gift = given(way)
    before = list(Movement.objects.values())
    assert "booked under the same name" in way.told_otherwise(gift)
    assert list(Movement.objects.values()) == before


def test_the_database_keeps_a_name_for_one(way: Way) -> None:
    """Of the same rail and kind; another rail may have the same."""
    gift = given(way)
    row = {
        "entry_id": gift.entry_id,
        "rail": gift.rail,
        "kind": gift.kind,
        "remote_id": gift.remote_id,
        "amount_minor": MINOR,
        "currency": "EUR",
        "occurred_on": giving.DAY,
    }
    with pytest.raises(IntegrityError, match="there already"), transaction.atomic():
        Movement.objects.create(**row)
    other = giving.rail("bank", account_ref="", name="Another")
    assert giving.gift(other, MINOR, gift.remote_id).pk != gift.pk


# --- what goes back ---------------------------------------------------------------------


def test_what_goes_back_is_of_the_gift_and_never_more_than_came(way: Way) -> None:
    if not way.gives_back:
        pytest.skip(f"{way.kind} does not give back: {way.why}")
    gift = given(way)
    for key in ("first", "second", "second"):
        give_back(gift, 400, key)
        way.refunded(gift)
    refunds = list(gift.steps.filter(kind=Kind.REFUND))
    assert [each.amount_minor for each in refunds] == [-400, -400]
    assert {(each.rail, each.pledge) for each in refunds} == {(gift.rail, gift.pledge)}
    assert left_of_gift(gift) == MINOR - 800
    with pytest.raises(RefusedMovement, match="more than is left"):
        give_back(gift, MINOR - 799)
    give_back(gift, MINOR - 800)
    way.refunded(gift)
    assert left_of_gift(gift) == 0
    with pytest.raises(RefusedMovement, match="more than is left"):
        give_back(gift, 1)
    assert sum(each.amount_minor for each in gift.steps.filter(kind=Kind.REFUND)) == -MINOR


def test_the_database_lets_no_more_go_back_than_came(way: Way) -> None:
    gift = given(way)
    row = {
        "entry_id": gift.entry_id,
        "rail": gift.rail,
        "kind": "refund",
        "remote_id": "too much",
        "amount_minor": -MINOR - 1,
        "currency": "EUR",
        "occurred_on": giving.DAY,
        "of": gift,
    }
    with pytest.raises(IntegrityError, match="more than is left"), transaction.atomic():
        Movement.objects.create(**row)


def test_a_mistake_is_undone_by_a_movement_of_the_first_once(way: Way) -> None:
    gift = given(way)
    undone, is_new = undo(gift, on=giving.DAY)
    again, is_newer = undo(gift, on=giving.DAY)
    assert (is_new, is_newer, again) == (True, False, undone)
    assert (undone.of, undone.amount_minor) == (gift, -MINOR)
    assert left_of_gift(gift) == 0
    with pytest.raises(RefusedMovement):
        give_back(gift, 1)
    # What was told once and taken back does not come again by being told once more.
    assert way.told_again(gift) == 0


# --- a sponsor who is gone ----------------------------------------------------------------


def test_of_a_suspended_sponsor_nothing_is_offered_and_all_is_booked(way: Way) -> None:
    rail = way.rail()
    pledge = promised(rail)
    way.begin(pledge)
    suspend_sponsor(rail.sponsor, now=clock.now())
    rail.refresh_from_db()
    assert offered_rails() == []
    assert "will be announced" in Somebody().send(choice=f"once EUR {MINOR}").said
    with pytest.raises(NotOpen):
        promise_gift(rail=rail, amount=MINOR, currency="EUR", nonce=uuid4(), now=clock.now())
    gift = way.comes(pledge)
    assert (gift.rail, gift.pledge, gift.amount_minor) == (rail, pledge, MINOR)
    if way.gives_back:
        give_back(gift, 500)
        way.refunded(gift)
        assert left_of_gift(gift) == MINOR - 500


# --- what nobody sees ---------------------------------------------------------------------


def test_no_key_and_no_donor_is_seen(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        gift = given(way)
        if way.gives_back:
            give_back(gift, 500)
            way.refunded(gift)
    seen = [all_that_is_kept(), caplog.text, *(str(vars(each)) for each in caplog.records)]
    seen += [repr(gift.rail), repr(gift), repr(gift.pledge)]
    if isinstance(way, ByCompany):
        keys = dict(enumerate(way.secrets))
        account = Account(
            mode="live",
            base="",
            account_ref="",
            details={},
            secrets={str(number): key for number, key in keys.items()},
        )
        seen += [repr(way.company), repr(account)]
        assert way.secrets or way.kind == "practice"
    hidden = [CANARY, *way.secrets]
    assert [word for word in hidden if any(word in text for text in seen)] == []
