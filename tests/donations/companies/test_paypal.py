"""What is PayPal's alone: orders, captures and refunds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from donations.companies import paypal_schema, world
from donations.companies.paypal_double import DOUBLE
from donations.companies.world import URLS, give, looked_up, of_kind, order_for, reference
from handpress.donations.companies.contract import State
from handpress.donations.companies.errors import (
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.paypal.account import PayPal
from handpress.donations.core.movements import Kind

CAPTURE = "/capture$"


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


def _approved(paypal: DOUBLE, ours: PayPal) -> str:
    begun = ours.begin(order_for(paypal), URLS, key=f"begin-{reference()}")
    paypal.donor_pays(begun.remote_id)
    return begun.remote_id


def test_requests_are_held_against_paypals_own_schema() -> None:
    if not paypal_schema.is_there():
        pytest.skip("PayPal's OpenAPI is not in ../shared/data: requests NOT HELD AGAINST IT")

    def faults(body: dict[str, Any]) -> list[str]:
        return paypal_schema.faults_of_request(
            "POST", "/v2/checkout/orders", query={}, headers={}, body=json.dumps(body).encode()
        )

    unit = {"amount": {"currency_code": "EUR", "value": "10.00"}}
    assert faults({"intent": "CAPTURE", "purchase_units": [unit]}) == []
    assert faults({"intent": "capture", "purchase_units": [unit]})
    assert faults({"intent": "CAPTURE", "purchase_units": [unit | {"custom": "x"}]})
    assert faults({"intent": "CAPTURE", "purchase_units": []})


# --- beginning ---------------------------------------------------------------------------------


def test_an_order_says_what_it_must_and_nothing_of_the_donor(paypal: DOUBLE, ours: PayPal) -> None:
    order = order_for(paypal, minor=1250, language="de", words="  Gabe an\nThe Proof ")

    ours.begin(order, URLS, key="begin-7")

    (asked,) = _asked(paypal, "/v2/checkout/orders")
    assert asked.headers["paypal-request-id"] == "begin-7"
    assert asked.json == {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "amount": {"currency_code": "EUR", "value": "12.50"},
                "custom_id": order.reference,
                "invoice_id": order.reference,
                "description": "Gabe an The Proof",
            }
        ],
        "payment_source": {
            "paypal": {
                "experience_context": {
                    "return_url": URLS.done,
                    "cancel_url": URLS.left,
                    "shipping_preference": "NO_SHIPPING",
                    "user_action": "PAY_NOW",
                    "locale": "de-DE",
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("language", "locale"),
    [("pt-BR", "pt-BR"), ("pt", "pt-PT"), ("ko", "ko-KR"), ("nb", "no-NO"), ("eo", None)],
)
def test_a_language_is_told_where_paypal_speaks_it(
    paypal: DOUBLE, ours: PayPal, language: str, locale: str | None
) -> None:
    ours.begin(order_for(paypal, language=language), URLS, key="begin-1")

    source = paypal.asked[-1].json["payment_source"]["paypal"]
    assert source["experience_context"].get("locale") == locale


def test_long_words_are_cut_between_letters(paypal: DOUBLE, ours: PayPal) -> None:
    ours.begin(order_for(paypal, words="기부 " * 60), URLS, key="begin-1")

    told = paypal.asked[-1].json["purchase_units"][0]["description"]
    assert 100 < len(told.encode()) <= 127
    assert set(told) == set("기부 ")


@pytest.mark.parametrize("issue", ["PAYEE_ACCOUNT_RESTRICTED", "PAYEE_ACCOUNT_LOCKED_OR_CLOSED"])
def test_an_account_that_is_closed_is_no_mere_refusal(
    paypal: DOUBLE, ours: PayPal, issue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal, "_create", lambda asked, found: paypal._no(issue))
    with pytest.raises(CompanyRevoked, match=issue):
        ours.begin(order_for(paypal), URLS, key="begin-1")

    monkeypatch.setattr(paypal, "_create", lambda asked, found: paypal._no("DUPLICATE_INVOICE_ID"))
    with pytest.raises(Refused, match="DUPLICATE_INVOICE_ID"):
        ours.begin(order_for(paypal), URLS, key="begin-2")


def test_a_page_elsewhere_than_https_is_no_page(
    paypal: DOUBLE, ours: PayPal, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = {"href": "http://paypal.example/checkoutnow", "rel": "payer-action", "method": "GET"}
    monkeypatch.setattr(paypal, "link", lambda rel, path: link | {"rel": rel})
    kept = paypal._create

    def elsewhere(asked: Any, found: Any) -> Any:
        answer = kept(asked, found)
        answer.body["links"][1]["href"] = link["href"]
        return answer

    monkeypatch.setattr(paypal, "_create", elsewhere)
    with pytest.raises(OutcomeUnknown):
        ours.begin(order_for(paypal), URLS, key="begin-1")


# --- capturing ---------------------------------------------------------------------------------


def test_looking_at_what_was_approved_completes_it_once(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    assert paypal.moved() == {}

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda one: looked_up(one, name), [paypal.company() for _ in "1234"]))
    looked_up(ours, name)

    assert {each.state for each in told} == {State.DONE}
    assert len({each.movements for each in told}) == 1
    assert list(paypal.moved().values()) == [2500]
    keys = {each.headers["paypal-request-id"] for each in _asked(paypal, "/capture")}
    assert len(keys) == 1
    assert name in keys.pop()


@pytest.mark.parametrize("fault", ["reset_after", "500_after", "garbage", "cut"])
def test_a_capture_whose_answer_is_lost_was_one(paypal: DOUBLE, ours: PayPal, fault: str) -> None:
    name = _approved(paypal, ours)
    paypal.fail(fault, path=CAPTURE)

    world.fails(paypal, OutcomeUnknown, lambda: ours.look_up(name))

    assert looked_up(ours, name).state == State.DONE
    assert list(paypal.moved().values()) == [2500]


def test_one_that_was_captured_meanwhile_is_looked_at_again(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    stale = ours._api.get(f"/v2/checkout/orders/{name}")
    looked_up(ours, name)
    stale["update_time"] = "2020-01-01T00:00:00Z"
    get = ours._api.get
    answers = iter([stale])
    ours._api.get = lambda path, **more: next(answers, None) or get(path, **more)  # type: ignore[method-assign]

    told = looked_up(ours, name)

    assert told.state == State.DONE
    assert of_kind(told, Kind.CAPTURE)


def test_a_card_that_is_declined_leaves_the_page_open(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    paypal.declines = ["INSTRUMENT_DECLINED"]

    told = looked_up(ours, name)

    assert (told.state, told.code, told.movements) == (
        State.OPEN,
        "INSTRUMENT_DECLINED",
        frozenset(),
    )
    paypal.pass_time(60)
    paypal.donor_pays(name)
    assert looked_up(ours, name).state == State.DONE


@pytest.mark.parametrize("issue", ["PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", "NEW_IN_2030"])
def test_what_cannot_be_captured_has_failed(paypal: DOUBLE, ours: PayPal, issue: str) -> None:
    name = _approved(paypal, ours)
    paypal.declines = [issue]

    told = looked_up(ours, name)

    assert (told.state, told.code, told.movements) == (State.FAILED, issue, frozenset())
    assert told.reference
    _forgive_new_words(paypal)


def test_a_closed_account_at_the_capture_is_told(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    paypal.declines = ["PAYEE_ACCOUNT_RESTRICTED"]

    world.fails(paypal, CompanyRevoked, lambda: ours.look_up(name))
    _forgive_new_words(paypal)


def _forgive_new_words(paypal: DOUBLE) -> None:
    """Let the double have said why nothing was captured in words that the schema lacks."""
    paypal.complaints = [each for each in paypal.complaints if "$.details" not in each]


def test_what_others_sell_by_the_same_keys_is_not_captured(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    paypal.orders[name]["purchase_units"][0] |= {"custom_id": "shop-77", "invoice_id": "77"}

    told = looked_up(ours, name)

    assert (told.state, told.movements, told.reference) == (State.OPEN, frozenset(), "")
    assert _asked(paypal, "/capture") == []


def test_money_that_is_not_sure_is_pending(paypal: DOUBLE, ours: PayPal) -> None:
    paypal.pends_for = "ECHECK"
    name = _approved(paypal, ours)

    told = looked_up(ours, name)
    assert (told.state, told.code, told.movements) == (State.PENDING, "ECHECK", frozenset())
    assert list(ours.movements(world.since(), world.since().replace(year=2099))) == []

    paypal.settle(name)
    assert looked_up(ours, name).state == State.DONE


def test_pending_money_that_does_not_come_has_failed(paypal: DOUBLE, ours: PayPal) -> None:
    paypal.pends_for = "ECHECK"
    name = _approved(paypal, ours)
    looked_up(ours, name)
    next(iter(paypal.captures.values()))["status"] = "DECLINED"

    told = looked_up(ours, name)

    assert (told.state, told.code, told.movements) == (State.FAILED, "ECHECK", frozenset())


def test_a_gift_that_is_complained_of_was_given(paypal: DOUBLE, ours: PayPal) -> None:
    given = give(paypal, ours)
    capture = paypal.captures[given.capture.remote_id]
    capture |= {"status": "PENDING", "status_details": {"reason": "BUYER_COMPLAINT"}}

    told = looked_up(ours, given.begun.remote_id)

    assert told.state == State.DONE
    assert told.movements == given.told.movements


def test_an_order_that_paypal_has_forgotten_is_unknown(paypal: DOUBLE, ours: PayPal) -> None:
    name = _approved(paypal, ours)
    del paypal.orders[name]

    assert ours.look_up(name) is None
