"""Our Stripe rail against a Stripe that others wrote: localstripe, for the parts where it is right.

It is right about gifts by a card that was saved, about what is given back of them, and about how
events are signed. In what follows it is not like Stripe (1.15.10), and nothing here rests on it:

- it has no Checkout (404), no disputes, and tells neither charges nor refunds by events;
- it ignores idempotency keys: what is asked twice is done twice;
- it gives back more than was taken;
- it answers as of 2017-08-15, whatever version it is asked for, and keeps no fees;
- it takes declined cards, but for one.

Pages, keys, disputes and limits are held against our own double, which keeps to Stripe's schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from queue import Queue
from typing import Any

import pytest
from django.test import Client

from donations.companies.localstripe import (
    DECLINED,
    GOOD,
    NEEDS_DONOR,
    PATIENCE_S,
    LocalStripe,
    Sent,
    letterbox,
    running,
)
from donations.companies.stripe_dialect import SECRET
from donations.companies.world import capture_in, looked_up, reference
from donations.ways.kinds import WAYS, work
from donations.ways.test_contract_of_all_ways import give_back, promised
from handpress.donations.actions.absorbing import absorb_snapshot
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.periods import local_day
from handpress.donations.companies import stripe
from handpress.donations.companies.contract import Company, Order, Snapshot, State
from handpress.donations.companies.errors import Declined, NeedsDonor
from handpress.donations.core.movements import Kind
from handpress.donations.models import (
    CompanyEvent,
    EventState,
    Mandate,
    Movement,
    Plan,
    PlanState,
    Rail,
)
from handpress.donations.queries.books import trial_balance, walk
from handpress.donations.tasks import work_due
from handpress.lib import clock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("own_folder"),
    pytest.mark.skipif(
        find_spec("localstripe") is None,
        reason="localstripe is not there: `make setup` installs it",
    ),
]

ANOTHER = "whsec_of_somebody_else"


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStripe]:
    """A Stripe that is not ours."""
    with running() as found:
        yield found


@pytest.fixture
def company(local: LocalStripe) -> Company:
    """Our side of it."""
    return local.company()


@pytest.fixture
def rail(company: Company, monkeypatch: pytest.MonkeyPatch) -> Rail:
    """A rail by it."""
    opened = replace(
        stripe.KIND,
        open=lambda account: company,
        secret_fields=(),
        check_secrets=lambda mode, secrets: None,
    )
    monkeypatch.setattr(stripe, "KIND", opened)
    return WAYS["stripe"].rail()


def order(minor: int = 2500, **changed: Any) -> Order:
    asked = Order(reference=reference(), minor=minor, currency="EUR", words="A gift")
    return replace(asked, **changed)


def charged(local: LocalStripe, company: Company, asked: Order) -> Snapshot:
    return company.charge(local.mandate(), asked, key=f"hp-{asked.reference}")


# --- a gift by a card that was saved --------------------------------------------------------------


def test_a_gift_is_taken_without_its_donor_and_looking_tells_the_same(
    local: LocalStripe, company: Company
) -> None:
    asked = order()
    told = charged(local, company, asked)
    assert (told.state, told.reference) == (State.DONE, asked.reference)
    capture = capture_in(told)
    assert (capture.minor, capture.currency) == (2500, "EUR")
    for name in (told.remote_id, capture.remote_id):
        assert looked_up(company, name) == told
    theirs = local.ask(f"/v1/charges/{capture.remote_id}")
    assert (theirs["amount"], theirs["currency"], theirs["paid"]) == (2500, "eur", True)


def test_a_bank_that_asks_for_its_customer_takes_nothing(
    local: LocalStripe, company: Company
) -> None:
    before = local.ask("/v1/balance_transactions")["total_count"]
    with pytest.raises(NeedsDonor):
        company.charge(local.mandate(NEEDS_DONOR), order(), key="charge-needs")
    assert local.ask("/v1/balance_transactions")["total_count"] == before


def test_a_card_that_is_declined_takes_nothing(local: LocalStripe, company: Company) -> None:
    before = local.ask("/v1/balance_transactions")["total_count"]
    with pytest.raises(Declined) as caught:
        company.charge(local.mandate(DECLINED), order(), key="charge-declined")
    assert caught.value.code == "card_declined"
    assert local.ask("/v1/balance_transactions")["total_count"] == before


def test_a_card_that_is_taken_away_is_taken_away(local: LocalStripe, company: Company) -> None:
    mandate = local.mandate()
    company.end_mandate(mandate)
    company.end_mandate(mandate)
    assert local.ask(f"/v1/payment_methods/{mandate.partition('/')[2]}")["customer"] is None


@pytest.mark.parametrize(
    ("card", "state", "sums"),
    [(GOOD, PlanState.ACTIVE, [1000]), (NEEDS_DONOR, PlanState.PAST_DUE, [])],
)
def test_a_monthly_gift_is_taken_and_booked_once(
    local: LocalStripe, rail: Rail, card: str, state: str, sums: list[int]
) -> None:
    now = clock.now()
    plan = Plan.objects.create(
        donor=keep_donor({"email": "ana@reader.example"}),
        rail=rail,
        amount_minor=1000,
        currency="EUR",
        anchor_day=local_day(now).day,
        next_due=local_day(now),
        state=PlanState.ACTIVE,
        began_at=now - timedelta(days=31),
    )
    Mandate.objects.create(plan=plan, rail=rail, remote_id=local.mandate(card))
    for _ in range(2):
        work_due(now)
        work()
    found = Movement.objects.filter(pledge__plan=plan)
    assert [(each.kind, each.amount_minor) for each in found] == [
        (Kind.CAPTURE, minor) for minor in sums
    ]
    plan.refresh_from_db()
    assert plan.state == state
    assert not list(walk())


# --- what is given back ---------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [[2500], [500], [500, 2000], [500, 500]])
def test_what_is_given_back_is_told_beside_what_was_taken(
    local: LocalStripe, company: Company, parts: list[int]
) -> None:
    capture = capture_in(charged(local, company, order()))
    for number, minor in enumerate(parts):
        key = f"refund-{capture.remote_id}-{number}"
        company.give_back(capture.remote_id, minor, "EUR", key=key)
    told = looked_up(company, capture.remote_id)
    assert capture in told.movements
    refunds = [each for each in told.movements if each.kind == Kind.REFUND]
    assert sorted(each.minor for each in refunds) == sorted(-each for each in parts)
    assert {each.of for each in refunds} == {capture.remote_id}
    assert looked_up(company, refunds[0].remote_id) == told
    theirs = local.ask(f"/v1/charges/{capture.remote_id}")
    assert theirs["amount_refunded"] == sum(parts)
    assert theirs["refunded"] == (sum(parts) == 2500)


def test_what_the_desk_gives_back_is_booked(
    local: LocalStripe, company: Company, rail: Rail
) -> None:
    pledge = promised(rail)
    charge = charged(local, company, order(2501, reference=pledge.reference))
    gift = booked(rail, charge)
    for minor in (500, 2001):
        give_back(gift, minor)
        work()
    refunds = Movement.objects.filter(kind=Kind.REFUND)
    assert sorted(each.amount_minor for each in refunds) == [-2001, -500]
    assert local.ask(f"/v1/charges/{gift.remote_id}")["refunded"] is True
    assert sum(each.minor for each in trial_balance()) == 0
    assert not list(walk())


def booked(rail: Rail, charge: Snapshot) -> Movement:
    """Book a gift, as whoever looks it up does."""
    absorb_snapshot(rail, charge, None, now=clock.now())
    return Movement.objects.get(kind=Kind.CAPTURE)


# --- what it sends --------------------------------------------------------------------------------


@pytest.fixture
def box(local: LocalStripe, rail: Rail) -> Iterator[Queue[Sent]]:
    """What it sends of payments, signed by two secrets: ours, and another."""
    with letterbox() as (url, found):
        for secret in (SECRET, ANOTHER):
            local.tell(secret, f"{url}/{secret}", secret)
        yield found


def both(box: Queue[Sent], told: Snapshot) -> tuple[Sent, Sent]:
    """Return what is sent of a payment, as it is signed by our secret, and by another."""
    sent: dict[str, Sent] = {}
    while len(sent) < 2:
        each = box.get(timeout=PATIENCE_S)
        if each.event["data"]["object"]["id"] == told.remote_id:
            sent[each.path] = each
    return sent[f"/{SECRET}"], sent[f"/{ANOTHER}"]


def post(rail: Rail, sent: Sent) -> int:
    """Send it on to where the world reaches the rail; return the status of the answer."""
    kind = sent.headers["content-type"]
    others = {name: value for name, value in sent.headers.items() if name.startswith("stripe")}
    return Client().post(f"/-/company/{rail.hook}", sent.body, kind, headers=others).status_code


def test_what_it_signed_is_believed_and_leads_to_the_gift(
    local: LocalStripe, company: Company, rail: Rail, box: Queue[Sent]
) -> None:
    pledge = promised(rail)
    told = charged(local, company, order(2501, reference=pledge.reference))
    sent, _ = both(box, told)
    assert sent.event["type"] == "payment_intent.succeeded"
    assert not Movement.objects.exists()
    assert [post(rail, sent) for _ in range(3)] == [200] * 3
    work()
    assert [each.state for each in CompanyEvent.objects.all()] == [EventState.DONE]
    gift = Movement.objects.get()
    assert (gift.kind, gift.amount_minor, gift.pledge) == (Kind.CAPTURE, 2501, pledge)
    assert gift.remote_id == capture_in(told).remote_id


def test_what_was_changed_on_the_way_is_refused_and_moves_nothing(
    local: LocalStripe, company: Company, rail: Rail, box: Queue[Sent]
) -> None:
    told = charged(local, company, order(2501, reference=promised(rail).reference))
    ours, theirs = both(box, told)
    signature = ours.headers["stripe-signature"]
    forged = [
        theirs,
        replace(ours, body=ours.body.replace(b"2501", b"9501")),
        replace(ours, body=ours.body + b" "),
        replace(ours, headers=theirs.headers),
        replace(ours, headers={**ours.headers, "stripe-signature": f"{signature[:-4]}0000"}),
        replace(ours, headers={"content-type": ours.headers["content-type"]}),
    ]
    assert ours.body == theirs.body
    assert [post(rail, each) for each in forged] == [400] * len(forged)
    work()
    assert not CompanyEvent.objects.exists()
    assert not Movement.objects.exists()
    assert post(rail, ours) == 200
