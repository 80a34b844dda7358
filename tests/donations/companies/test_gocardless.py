"""What is GoCardless's alone: its own signature, its keys, what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from donations.companies import world
from donations.companies.gocardless_double import GoCardlessDouble
from donations.companies.gocardless_world import FIXTURES, SECRET
from donations.companies.world import URLS, give, looked_up, order_for
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Checked, Company, Standing, State
from handpress.donations.companies.errors import (
    CompanyDown,
    Forged,
    OutcomeUnknown,
)
from handpress.donations.companies.gocardless import events
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails import RailFault

KIND = company_kind("gocardless")


@pytest.fixture
def double() -> Iterator[GoCardlessDouble]:
    with GoCardlessDouble() as made:
        yield made


@pytest.fixture
def company(double: GoCardlessDouble) -> Company:
    return double.company()


VENDORS_SECRET = "ED7D658C-D8EB-4941-948B-3973214F2D49"
VENDORS_SIGNATURE = "2693754819d3e32d7e8fcb13c729631f316c6de8dc1cf634d6527f1c07276e7e"


def test_what_the_vendor_signed_is_understood() -> None:
    if not FIXTURES.is_dir():
        pytest.skip("the vendor's signed webhook is not in ../shared/data: NOT TESTED")
    body = (FIXTURES / "webhook_body.json").read_bytes().strip()
    headers = {"webhook-signature": VENDORS_SIGNATURE}

    (event,) = events.read(headers, body, VENDORS_SECRET)

    assert (event.event_id, event.remote_id) == ("EV00BD05TB8K63", "MD000AMA19XGEC")
    assert event.kind == "mandates.created"
    with pytest.raises(Forged):
        events.read(headers, body + b" ", VENDORS_SECRET)


def test_an_empty_secret_signs_nothing(double: GoCardlessDouble) -> None:
    body = b'{"events": []}'
    headers, _ = double.signed(body, "")
    for secret in ("", "  "):
        with pytest.raises(Forged, match="no secret"):
            events.read(headers, body, secret)


def test_what_is_signed_and_no_list_of_events_is_refused(double: GoCardlessDouble) -> None:
    for body in (b"[1]", b"{}", b'{"events": [{"id": "EV1"}]}', b"\xff", b"[" * 90_000):
        headers, _ = double.signed(body)
        with pytest.raises(Forged, match="no list of events"):
            events.read(headers, body, SECRET)


@pytest.mark.parametrize(
    ("mode", "token", "secret", "is_good"),
    [
        ("live", "live_abc", "s", True),
        ("test", "sandbox_abc", "s", True),
        ("live", "sandbox_abc", "s", False),
        ("test", "live_abc", "s", False),
        ("live", "a partner's", "s", True),
        ("live", "live_abc", " ", False),
    ],
)
def test_keys_fit_the_mode(mode: str, token: str, secret: str, is_good: bool) -> None:
    secrets = {"access_token": token, "webhook_secret": secret}
    if is_good:
        KIND.check_secrets(mode, secrets)
        return
    with pytest.raises(SecretsUnusable) as caught:
        KIND.check_secrets(mode, secrets)
    assert token not in str(caught.value)


def test_a_creditors_number_is_looked_at() -> None:
    assert KIND.check("", {"creditor": " CR123 "}) == ("", {"creditor": "CR123"})
    assert KIND.check("", {"x": 1}) == ("", {})
    with pytest.raises(RailFault):
        KIND.check("", {"creditor": "../CR1"})


@pytest.mark.parametrize(
    ("account", "changed", "standing"),
    [
        ("CR123", {}, Standing.UP),
        ("CR999", {}, Standing.REVOKED),
        ("", {"verification_status": "in_review"}, Standing.PAYOUTS_BLOCKED),
        ("", {"links": {"default_eur_payout_account": None}}, Standing.PAYOUTS_BLOCKED),
    ],
)
def test_the_creditor_is_checked(
    double: GoCardlessDouble, account: str, changed: dict[str, Any], standing: Standing
) -> None:
    double.things["creditors"]["CR123"] |= changed
    checked = double.company(creditor=account).check()
    assert isinstance(checked, Checked)
    assert checked.standing == standing


def test_only_what_is_needed_is_asked(double: GoCardlessDouble) -> None:
    company = double.company(creditor="CR123")
    order = order_for(double, language="ko-KR")
    company.begin(order, URLS, key="begin-1")
    company.begin(order_for(double, language="de-AT"), URLS, key="begin-2")
    company.begin(order_for(double, is_monthly=True), URLS, key="begin-3")

    one, page, _, second_page, monthly, _ = [each.json for each in double.asked]
    request = one["billing_requests"]
    assert request["links"] == {"creditor": "CR123"}
    assert "mandate_request" not in request
    assert request["metadata"] == request["payment_request"]["metadata"]
    assert request["metadata"] == {"reference": order.reference}
    assert order.reference in request["payment_request"]["description"]
    flow = page["billing_request_flows"]
    assert (flow["redirect_uri"], flow["exit_uri"]) == (URLS.done, URLS.left)
    assert "language" not in flow
    flow = second_page["billing_request_flows"]
    assert flow["language"] == "de"
    asked = monthly["billing_requests"]
    assert asked["mandate_request"]["metadata"] == asked["metadata"]


def test_nothing_is_tried_twice_by_itself(double: GoCardlessDouble, company: Company) -> None:
    double.fail("500", times=9)
    world.fails(
        double, OutcomeUnknown, lambda: company.begin(order_for(double), URLS, key="begin-1")
    )
    world.fails(double, CompanyDown, company.check)
    assert [each.method for each in double.asked] == ["POST", "GET"]


def test_no_proxy_of_the_surroundings_is_asked(
    double: GoCardlessDouble, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert company.check().standing == Standing.UP


def test_what_a_key_made_before_is_unknown_while_it_cannot_be_seen(
    double: GoCardlessDouble, company: Company
) -> None:
    given = give(double, company, is_monthly=True)
    order = order_for(double)
    first = company.charge(given.mandate, order, key="charge-1")
    double.fail("429", method="GET", path="^/payments/")

    world.fails(
        double, OutcomeUnknown, lambda: company.charge(given.mandate, order, key="charge-1")
    )

    assert company.charge(given.mandate, order, key="charge-1").remote_id == first.remote_id


def test_a_page_that_cannot_be_made_moves_nothing(
    double: GoCardlessDouble, company: Company
) -> None:
    order = order_for(double)
    double.fail("500", path="flows")
    world.fails(double, OutcomeUnknown, lambda: company.begin(order, URLS, key="begin-1"))

    begun = company.begin(order, URLS, key="begin-1")

    assert len(double.things["billing_requests"]) == 1
    assert looked_up(company, begun.remote_id).state == State.OPEN


def test_a_page_leads_to_what_it_is_for(double: GoCardlessDouble, company: Company) -> None:
    begun = company.begin(order_for(double), URLS, key="begin-1")
    (page,) = double.things["billing_request_flows"]
    assert looked_up(company, page) == looked_up(company, begun.remote_id)
    assert company.look_up("BRF404") is None


def test_a_payment_without_metadata_is_known_by_its_words(
    double: GoCardlessDouble, company: Company
) -> None:
    given = give(double, company)
    double.things["payments"][given.capture.remote_id]["metadata"] = {}
    assert looked_up(company, given.capture.remote_id).reference == given.order.reference
