"""What is BTCPay Server's alone: its address, its keys, its events, its description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from donations.companies.btcpay_books import KEY, SECRET, STORE
from donations.companies.btcpay_double import DOUBLE
from donations.companies.btcpay_schema import faults_of, faults_of_query
from donations.companies.world import URLS, give, looked_up, order_for
from handpress.donations.companies import company_kind
from handpress.donations.companies.btcpay.addresses import AddressUnusable, server_address
from handpress.donations.companies.btcpay.events import is_signed
from handpress.donations.companies.contract import Begun, Company, Standing
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

KIND = company_kind("btcpay")
_LONG_AGO, _FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def double() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def company(double: DOUBLE) -> Company:
    return double.company()


def begun(double: DOUBLE, company: Company, **changed: Any) -> Begun:
    return company.begin(order_for(double, **changed), URLS, key="begin-1")


def sums(company: Company, name: str) -> list[int]:
    """Return what is told of an invoice, in the order in which it came."""
    told = looked_up(company, name).movements
    return [each.minor for each in sorted(told, key=lambda each: (each.at, each.remote_id))]


# --- its address and its keys ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" https://Pay.Example.ORG/ ", "https://pay.example.org"),
        ("https://example.org/btcpay/", "https://example.org/btcpay"),
        ("https://pay.example.org:8443", "https://pay.example.org:8443"),
        ("https://pay.example.org:443/", "https://pay.example.org"),
        ("https://8.8.8.8", "https://8.8.8.8"),
    ],
)
def test_a_servers_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert server_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "pay.example.org",
        "http://pay.example.org",
        "https://localhost",
        "https://shop.localhost",
        "https://127.0.0.1",
        "https://10.0.0.7",
        "https://192.168.1.20:23000",
        "https://169.254.169.254",
        "https://[::1]",
        "https://2130706433",
        "https://999.1.1.1",
        "https://name@pay.example.org",
        "https://name:word@pay.example.org",
        "https://@pay.example.org",
        "https://pay.example.org/?a=1",
        "https://pay.example.org?",
        "https://pay.example.org/#x",
        "https://pay.example.org/a b",
        "https://pay.example.org/\r\nhost: x",
        "https://pay.example.org/../x%2f",
        "https://pay.example.org:99999",
        "https://p\u0430y.example.org",
        "https://pay_.example.org",
        "https://.example.org",
        "ftp://pay.example.org",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_servers_address_is_refused(typed: str) -> None:
    with pytest.raises(AddressUnusable) as caught:
        server_address(typed)
    assert str(caught.value)
    with pytest.raises(RailFault) as fault:
        KIND.check("", {"base": typed, "store_id": STORE})
    assert fault.value.field == "base"


def test_an_account_is_a_server_and_a_store() -> None:
    details = {"base": "https://Pay.example.org/", "store_id": f" {STORE} ", "more": 1}

    account_ref, kept = KIND.check("whatever", details)

    assert account_ref == f"pay.example.org/{STORE}"
    assert kept == {"base": "https://pay.example.org", "store_id": STORE}
    assert KIND.caps(kept).host == "pay.example.org"
    for wrong in ("", "../stores", STORE + "/x", "0OIl" * 8):
        with pytest.raises(RailFault) as fault:
            KIND.check("", {**details, "store_id": wrong})
        assert fault.value.field == "store_id"


def test_no_host_is_fixed() -> None:
    assert KIND.bases == {}


@pytest.mark.parametrize("field", ["api_key", "webhook_secret"])
@pytest.mark.parametrize("value", ["", "short", "with a blank in it, and long", f"{SECRET}\n"])
def test_keys_that_are_none_are_unusable(field: str, value: str) -> None:
    with pytest.raises(SecretsUnusable) as caught:
        KIND.check_secrets("live", {"api_key": KEY, "webhook_secret": SECRET, field: value})
    assert field in str(caught.value)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "store"),
    [
        ("", STORE),
        ("http://pay.example.org", STORE),
        ("http://127.0.0.1:80@pay.example.org", STORE),
        ("https://pay.example.org", ""),
        ("https://pay.example.org", "../x"),
    ],
)
def test_an_account_without_a_server_or_a_store_does_not_open(base: str, store: str) -> None:
    account = Account(
        mode="live",
        base=base,
        account_ref="",
        details={"store_id": store},
        secrets={"api_key": KEY, "webhook_secret": SECRET, "server": base},
    )
    with pytest.raises(SecretsUnusable):
        KIND.open(account)


@pytest.mark.parametrize("server", ["https://pay.example.org", "pay.example.org", "http://x.y", ""])
def test_a_key_goes_to_the_server_it_is_kept_for_alone(double: DOUBLE, server: str) -> None:
    with pytest.raises(SecretsUnusable) as caught:
        double.company(server=server).check()
    assert "server" in str(caught.value)
    assert double.asked == [], "the key was sent to a server that somebody typed"
    assert double.company(server=double.base).check().standing == Standing.UP


@pytest.mark.parametrize(
    ("declared", "base", "opens"),
    [
        ("https://Pay.Example.org:443/", "https://pay.example.org", True),
        ("https://example.org/btcpay", "https://example.org/btcpay", True),
        ("https://example.org/btcpay", "https://example.org/other", False),
        ("https://example.org", "https://example.org:8443", False),
        ("https://example.org", "https://example.org.evil.example", False),
    ],
)
def test_a_server_is_the_same_whole(declared: str, base: str, opens: bool) -> None:
    account = Account(
        mode="live",
        base=base,
        account_ref="",
        details={"store_id": STORE},
        secrets={"api_key": KEY, "webhook_secret": SECRET, "server": declared},
    )
    if opens:
        assert KIND.open(account).kind == "btcpay"
    else:
        with pytest.raises(SecretsUnusable):
            KIND.open(account)


def test_a_store_that_is_gone_takes_nothing(double: DOUBLE, company: Company) -> None:
    other = double.company(store_id=STORE[::-1])
    assert company.check().standing == Standing.UP

    checked = other.check()

    assert checked.standing == Standing.REVOKED
    assert "store" in checked.words
    double.complaints.clear()


# --- events ---------------------------------------------------------------------------------------


def test_the_signature_is_hmac_with_sha256() -> None:
    """The vector is the second of RFC 4231, section 4.3."""
    right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert is_signed(b"what do ya want for nothing?", right, "Jefe")
    assert not is_signed(b"what do ya want for nothing!", right, "Jefe")
    assert not is_signed(b"what do ya want for nothing?", right, "jefe")
    assert not is_signed(b"what do ya want for nothing?", right.removeprefix("sha256="), "Jefe")


def test_an_empty_secret_signs_nothing() -> None:
    _, body = DOUBLE.signed({}, "")
    headers, _ = DOUBLE.signed({}, "")

    assert not is_signed(body, headers["btcpay-sig"], "")


def test_a_delivery_that_comes_again_is_one_more_look(double: DOUBLE, company: Company) -> None:
    given = give(double, company)
    (headers, body), *_ = double.events()
    (first,) = company.read_events(headers, body)
    event = json.loads(body) | {"deliveryId": "anew", "isRedelivery": True}

    (again,) = company.read_events(*double.signed(event))

    assert again.event_id != first.event_id
    assert again.remote_id == first.remote_id == given.begun.remote_id


@pytest.mark.parametrize(
    "changed",
    [
        {"invoiceId": "__test__8f14e45f__test__"},
        {"type": "InvoiceCreated"},
        {"type": "PayoutCreated", "invoiceId": None},
        {"deliveryId": ""},
        {"deliveryId": "x" * 500},
        {"storeId": STORE[::-1]},
    ],
)
def test_what_is_about_nothing_of_ours_names_nothing(
    double: DOUBLE, company: Company, changed: dict[str, Any]
) -> None:
    give(double, company)
    event = json.loads(double.events()[0][1])

    assert company.read_events(*double.signed(event | changed)) == []


# --- the description ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 25, "currency": "EUR"},
        {"amount": "25.00", "currency": 7},
        {"amount": "25.00", "price": "25.00"},
        {"checkout": {"redirectUrl": "https://x.example"}},
        {"checkout": {"expirationMinutes": "60"}},
        {"metadata": "HP7K2MQ9RB"},
        [],
    ],
)
def test_the_description_refuses_what_is_wrong(wrong: Any) -> None:
    assert list(faults_of("CreateInvoiceRequest", wrong))


def test_the_description_knows_what_is_asked() -> None:
    invoices = f"/api/v1/stores/{STORE}/invoices"
    assert list(faults_of_query(invoices, {"take": ["x"]}))
    assert list(faults_of_query(invoices, {"startDate": ["2026-11-27"]}))
    assert list(faults_of_query(invoices, {"includePaymentMethods": ["1"]}))
    assert list(faults_of_query(invoices, {"order": ["x"]}))
    assert list(faults_of_query(f"{invoices}/abc/payments", {}))
    assert not list(faults_of_query(f"{invoices}/abc/payment-methods", {}))
