"""What is PayPal's alone: its tokens, permissions and details, and what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from donations.companies import world
from donations.companies.doubles import Answer
from donations.companies.paypal_double import DOUBLE
from donations.companies.paypal_facts import CLIENT_SECRET, MERCHANT, TOKEN
from donations.companies.paypal_signs import event_bytes, signed
from donations.companies.world import URLS, give, order_for
from handpress.donations.companies import company_kind, http
from handpress.donations.companies.contract import Standing
from handpress.donations.companies.errors import (
    CannotVerify,
    CompanyDown,
    CompanyRevoked,
    Forged,
)
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.paypal import account as paypal_account
from handpress.donations.companies.paypal import api, events
from handpress.donations.companies.paypal.account import PayPal
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

KIND = company_kind("paypal")


@pytest.fixture
def paypal() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def ours(paypal: DOUBLE) -> PayPal:
    company = paypal.company()
    assert isinstance(company, PayPal)
    return company


def _asked(paypal: DOUBLE, ending: str) -> list[Any]:
    return [each for each in paypal.asked if each.path.endswith(ending)]


def test_one_token_serves_many_requests_until_it_ends(
    paypal: DOUBLE, ours: PayPal, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(paypal, ours)
    ours.check()
    assert paypal.tokens == 1

    ours._api._ends_at = 0.0
    ours.check()

    assert paypal.tokens == 2


def test_an_old_token_that_is_refused_is_fetched_anew_once(paypal: DOUBLE, ours: PayPal) -> None:
    ours.check()
    ours._api._fetched_at -= 3600
    paypal.fail("401", path="/v2/")

    ours.begin(order_for(paypal), URLS, key="begin-1")
    assert paypal.tokens == 2

    ours._api._fetched_at -= 3600
    paypal.fail("401", path="/v2/", times=2)
    world.fails(paypal, CompanyRevoked, lambda: ours.begin(order_for(paypal), URLS, key="begin-2"))


@pytest.mark.parametrize(
    "body", [{}, {"access_token": "a b"}, {"access_token": TOKEN, "expires_in": "soon"}, [], None]
)
def test_a_token_that_is_none_is_not_used(
    paypal: DOUBLE, ours: PayPal, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = paypal._token
    monkeypatch.setattr(paypal, "_token", lambda *one: replace(kept(*one), body=body))

    world.fails(paypal, CompanyDown, lambda: ours.begin(order_for(paypal), URLS, key="begin-1"))

    assert _asked(paypal, "/v2/checkout/orders") == []


def test_keys_are_not_shown(ours: PayPal) -> None:
    ours.check()

    shown = f"{ours!r} {ours._api!r} {ours._api._http!r}"
    assert CLIENT_SECRET not in shown
    assert TOKEN not in shown


def test_permissions_that_are_missing_keep_no_gift_away(paypal: DOUBLE, ours: PayPal) -> None:
    paypal.forbidden = {"/v1/reporting/balances", "/v1/customer/disputes"}

    checked = ours.check()

    assert checked.standing == Standing.UP
    assert "Transaction Search" in checked.words
    assert "Disputes" in checked.words
    assert give(paypal, ours).capture.minor == 2500


def test_a_list_that_may_not_be_read_is_no_empty_list(paypal: DOUBLE, ours: PayPal) -> None:
    paypal.forbidden = {"/v1/reporting/transactions"}

    world.fails(paypal, CompanyRevoked, lambda: list(ours.movements(world.since(), _far_off())))


def _far_off() -> Any:
    return world.since().replace(year=2099)


def test_keys_of_another_account_are_told(paypal: DOUBLE) -> None:
    assert paypal.company(merchant_id=MERCHANT).check().standing == Standing.UP
    assert paypal.company(merchant_id="7XBJVEMBJ5BGZ").check().standing == Standing.REVOKED
    checked = paypal.company(merchant_id="", webhook_id="").check()
    assert checked.standing == Standing.UP
    assert "webhook" in checked.words


def test_details_are_checked() -> None:
    told = {"webhook_id": " 1je4291016473214c ", "merchant_id": MERCHANT.lower()}

    assert KIND.check("paypal", told) == (
        MERCHANT,
        {"webhook_id": "1JE4291016473214C", "merchant_id": MERCHANT},
    )
    assert KIND.check("paypal", {}) == ("paypal", {})
    for name, wrong in (("webhook_id", "https://proof.example"), ("merchant_id", "me@proof")):
        with pytest.raises(RailFault) as caught:
            KIND.check("", {name: wrong})
        assert caught.value.field == name


@pytest.mark.parametrize(
    ("client_id", "client_secret"),
    [("short", CLIENT_SECRET), (CLIENT_SECRET, CLIENT_SECRET), ("with a blank" * 3, CLIENT_SECRET)],
)
def test_keys_that_cannot_be_right_are_told(client_id: str, client_secret: str) -> None:
    with pytest.raises(SecretsUnusable) as caught:
        KIND.check_secrets("live", {"client_id": client_id, "client_secret": client_secret})

    assert CLIENT_SECRET not in str(caught.value)


def test_each_mode_has_a_host_of_its_own() -> None:
    assert KIND.bases == {
        "live": "https://api-m.paypal.com",
        "test": "https://api-m.sandbox.paypal.com",
    }
    opened = KIND.open(
        Account(
            mode="live",
            base=KIND.bases["live"],
            account_ref="",
            details={},
            secrets={"client_id": "a" * 20, "client_secret": "b" * 20},
        )
    )
    assert opened.caps == KIND.caps({}) == paypal_account.CAPS
    assert not opened.caps.takes_mandates


# --- what it sends -------------------------------------------------------------------------------


def test_an_event_is_checked_with_the_bytes_that_came(paypal: DOUBLE, ours: PayPal) -> None:
    give(paypal, ours)

    sent = paypal.events()

    assert all(b"10.00" in body and "€".encode() in body for _headers, body in sent)
    told = [each for headers, body in sent for each in ours.read_events(headers, body)]
    assert {each.kind for each in told} == {"CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED"}
    assert {each.remote_id for each in told} == set(paypal.orders)


@pytest.mark.parametrize("fault", ["500", "429", "401", "garbage", "error_in_200", "reset"])
def test_what_cannot_be_checked_now_is_checked_later(
    paypal: DOUBLE, ours: PayPal, fault: str
) -> None:
    give(paypal, ours)
    headers, body = paypal.events()[0]
    paypal.fail(fault, path="verify")

    world.fails(paypal, CannotVerify, lambda: ours.read_events(headers, body))

    assert ours.read_events(headers, body)


def test_without_a_webhook_id_nothing_can_be_checked(paypal: DOUBLE, ours: PayPal) -> None:
    give(paypal, ours)
    headers, body = paypal.events()[0]

    world.fails(
        paypal, CannotVerify, lambda: paypal.company(webhook_id="").read_events(headers, body)
    )


@pytest.mark.parametrize(
    ("field", "expected"), [("/webhook_id", CannotVerify), ("/transmission_time", Forged)]
)
def test_a_wrong_webhook_id_makes_no_event_a_forgery(
    paypal: DOUBLE,
    ours: PayPal,
    field: str,
    expected: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give(paypal, ours)
    headers, body = paypal.events()[0]
    said = paypal.says(400, "VALIDATION_ERROR") | {"details": [{"field": field, "issue": "BAD"}]}
    monkeypatch.setattr(paypal, "_verify", lambda asked, found: Answer(400, said))

    world.fails(paypal, expected, lambda: ours.read_events(headers, body))


def test_what_is_too_large_or_unsigned_is_refused_before_paypal_is_asked(
    paypal: DOUBLE, ours: PayPal
) -> None:
    give(paypal, ours)
    headers, body = paypal.events()[0]
    before = len(paypal.asked)
    large = body[:-1] + b',"x":"' + b"y" * events.MOST_BYTES + b'"}'
    for told, sent in (
        (signed(large), large),
        ({**headers, "paypal-cert-url": "http://api.paypal.com/cert"}, body),
        ({**headers, "paypal-cert-url": "https://evil.example/paypal.com"}, body),
        ({**headers, "paypal-transmission-time": "now\r\nx: y"}, body),
        (headers, b'{"id": "WH-1", "event_type": "A", "resource": NaN}'),
    ):
        world.fails(paypal, Forged, partial(ours.read_events, told, sent))

    assert len(paypal.asked) == before


def test_an_event_about_nothing_of_ours_names_nothing(paypal: DOUBLE, ours: PayPal) -> None:
    for kind, resource in (
        ("BILLING.SUBSCRIPTION.CREATED", {"id": "I-1"}),
        ("PAYMENT.CAPTURE.COMPLETED", {"id": "../../orders"}),
        ("CUSTOMER.DISPUTE.CREATED", {"disputed_transactions": [{}]}),
        ("CHECKOUT.ORDER.APPROVED", {"state": "unnamed"}),
    ):
        body = event_bytes({"id": "WH-9", "event_type": kind, "resource": resource})
        assert ours.read_events(signed(body), body) == []


def test_a_dispute_about_several_gifts_names_each(paypal: DOUBLE, ours: PayPal) -> None:
    disputed = [{"seller_transaction_id": name} for name in ("AAA1", "AAA2")]
    body = event_bytes(
        {
            "id": "WH-9",
            "event_type": "CUSTOMER.DISPUTE.CREATED",
            "resource": {"disputed_transactions": disputed},
        }
    )

    told = ours.read_events(signed(body), body)

    assert [(each.event_id, each.remote_id) for each in told] == [
        ("WH-9", "AAA1"),
        ("WH-9/1", "AAA2"),
    ]


def test_an_issue_is_a_word_for_machines_or_nothing() -> None:
    def said(body: Any) -> str:
        return api.issue_of(http.Answer(422, body, {}))

    assert said({"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "A_1"}]}) == "A_1"
    assert said({"name": "UNPROCESSABLE_ENTITY", "details": []}) == "UNPROCESSABLE_ENTITY"
    assert said({"name": "Jane Doe", "details": [{"issue": "jane@mail.example"}]}) == ""
    assert said({"name": 7, "details": {"issue": "A"}}) == said([]) == said(None) == ""
