"""4.2: whatever is sent in a company's name, nothing is booked but what the company says is true.

The events are those of each company's double; they come by the address that the world knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from donations.companies.stripe_dialect import ACCOUNT, KEY, SECRET
from donations.companies.stripe_double import StripeDouble
from donations.companies.test_contract_events import HOSTILE, MUST_BE_FORGED
from donations.ways.kinds import WAYS, ByCompany, work
from donations.ways.test_contract_of_all_ways import given
from handpress.donations.actions import events
from handpress.donations.companies import NAMES, company_kind
from handpress.donations.companies.contract import Events
from handpress.donations.companies.errors import Forged
from handpress.donations.companies.kinds import Account
from handpress.donations.core import limits
from handpress.donations.models import CompanyEvent, Entry, EventState, Movement, Rail
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
TELLING = [
    name for name in NAMES if company_kind(name).caps(WAYS[name].details).events is not Events.NONE
]


class Heard:
    """A company that tells, and a gift by it that came."""

    def __init__(self, way: ByCompany) -> None:
        self.way = way
        self.gift = given(way)
        self.rail: Rail = self.gift.rail
        self.is_signed = way.company.caps.events is Events.SIGNED

    def post(self, headers: Mapping[str, str], body: bytes) -> int:
        """Send something to where the company would; return the status of the answer."""
        others = {name: value for name, value in headers.items() if name != "content-type"}
        kind = headers.get("content-type", "application/json")
        answer = Client().post(f"/-/company/{self.rail.hook}", body, kind, headers=others)
        assert not answer.content
        return answer.status_code

    def asked(self) -> int:
        """Return how often the company was asked."""
        return len(self.way.double.asked)


@pytest.fixture(params=TELLING)
def heard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    way = WAYS[request.param]
    assert isinstance(way, ByCompany)
    with way.at_work(monkeypatch):
        yield Heard(way)


def books() -> list[object]:
    return [*Movement.objects.values(), *Entry.objects.values()]


def test_4_2_what_is_forged_moves_nothing_and_of_it_nothing_is_kept(heard: Heard) -> None:
    before, asked = books(), heard.asked()
    forged = heard.way.double.forged_events()
    assert forged
    for what, headers, body in forged:
        status = heard.post(headers, body)
        if heard.is_signed and any(each in what for each in MUST_BE_FORGED):
            assert status in {400, 413}, what
        assert status in {200, 400, 413}, what
    if heard.is_signed:
        assert not CompanyEvent.objects.exists()
        assert heard.asked() == asked
    work()
    over = CompanyEvent.objects.values_list("state", "sealed")
    assert {state for state, _ in over} <= {EventState.REJECTED, EventState.IGNORED}
    assert not [sealed for state, sealed in over if state == EventState.REJECTED and sealed]
    assert books() == before


def test_4_2_a_true_one_told_again_moves_nothing(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and days later: a signature may be too old by then, or not."""
    before = books()
    sent = heard.way.double.events()
    assert sent
    assert {heard.post(*each) for each in sent} == {200}
    work()
    assert CompanyEvent.objects.filter(state=EventState.DONE).exists()
    count = CompanyEvent.objects.count()
    if heard.is_signed:
        assert {heard.post(*each) for each in sent for _ in range(3)} == {200}
        assert CompanyEvent.objects.count() == count
    for days in (1, 40):
        later = clock.now() + timedelta(days=days)
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda later=later: later)
            assert {heard.post(*each) for each in sent} <= {200, 400}
            work()
    assert books() == before


@pytest.mark.parametrize("what", [*HOSTILE, "two megabytes"])
def test_4_2_what_is_no_event_moves_nothing(heard: Heard, what: str) -> None:
    before, asked = books(), heard.asked()
    body = HOSTILE.get(what, b"\0" * 2 * 1024 * 1024)
    (good, _), *_ = heard.way.double.events()
    for headers in ({}, {"content-type": "application/json"}, good):
        status = heard.post(headers, body)
        if len(body) > 256 * 1024:
            assert status == 413
        assert status in ({400, 413} if heard.is_signed else {200, 400, 413})
    if heard.is_signed:
        assert not CompanyEvent.objects.exists()
        assert heard.asked() == asked
    work()
    assert not CompanyEvent.objects.filter(state=EventState.DONE).exists()
    assert books() == before


def test_4_2_the_wrong_kind_of_content_is_refused_or_says_the_same(heard: Heard) -> None:
    before = books()
    for headers, body in heard.way.double.events():
        for kind in ("text/html; charset=utf-16", "multipart/form-data; boundary=x", ""):
            assert heard.post({**headers, "content-type": kind}, body) in {200, 400}
    work()
    assert books() == before


def test_4_2_a_flood_is_asked_of_nobody_beyond_the_bucket(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, asked, most = books(), heard.asked(), 3
    monkeypatch.setattr(events, "EVENTS_NETWORK", replace(limits.EVENTS_NETWORK, count=most))
    statuses = [heard.post({}, b"id=tr_%dx" % number) for number in range(70)]
    expected = limits.FORGED.count if heard.is_signed else most
    assert statuses == [400 if heard.is_signed else 200] * expected + [429] * (70 - expected)
    assert CompanyEvent.objects.count() == (0 if heard.is_signed else most)
    work()
    assert heard.asked() - asked <= (0 if heard.is_signed else 2 * most)
    assert books() == before


@pytest.mark.parametrize(("mode", "is_live"), [("live", False), ("test", True)])
def test_4_2_a_trials_event_says_nothing_of_real_money(
    monkeypatch: pytest.MonkeyPatch, mode: str, is_live: bool
) -> None:
    """Stripe says of each event which it is; the other companies' keys do."""
    with StripeDouble() as double:
        company = company_kind("stripe").open(
            Account(
                mode=mode,
                base=double.base,
                account_ref=ACCOUNT,
                details={},
                secrets={"secret_key": KEY, "webhook_secret": SECRET},
            )
        )
        thing = {"object": "charge", "id": "ch_1"}
        with pytest.raises(Forged, match=r"mode|trial|real"):
            company.read_events(
                *double.signed(double.event("charge.updated", thing, livemode=is_live))
            )
        right = double.signed(double.event("charge.updated", thing, livemode=not is_live))
        assert company.read_events(*right)
        assert double.asked == []
