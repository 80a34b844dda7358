"""What is Stripe's alone: keys, what a page is asked for, and what its client must not do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from stripe._api_version import _ApiVersion

from donations.companies import world
from donations.companies.doubles import CANARY
from donations.companies.stripe_dialect import ACCOUNT, KEY, SECRET, VERSION
from donations.companies.stripe_double import StripeDouble
from donations.companies.world import URLS, give, order_for
from handpress.donations.companies.errors import Forged, OutcomeUnknown, Refused
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.companies.stripe import KIND
from handpress.donations.companies.stripe.wire import client_for
from handpress.donations.rails.faults import RailFault

LIVE = {"secret_key": "sk_live_51PgafTB7WZ01zgkW", "webhook_secret": SECRET}
TEST = {"secret_key": KEY, "webhook_secret": SECRET}


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    """Stripe."""
    with StripeDouble() as made:
        yield made


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["sk_live_", "rk_live_"])
def test_real_money_wants_a_real_key(key: str) -> None:
    KIND.check_secrets("live", LIVE | {"secret_key": f"{key}51PgafTB7WZ01zgkW"})


@pytest.mark.parametrize(
    ("mode", "changed"),
    [
        ("live", {"secret_key": KEY}),
        ("live", {"secret_key": "rk_test_51PgafTB7WZ01zgkW"}),
        ("test", {}),
        ("test", {"secret_key": "rk_live_51PgafTB7WZ01zgkW"}),
        ("live", {"secret_key": "pk_live_51PgafTB7WZ01zgkW"}),
        ("live", {"secret_key": "sk_live_short"}),
        ("live", {"secret_key": "sk_live_51Pgaf\nTB7WZ01zgkW"}),
        ("live", {"secret_key": ""}),
        ("live", {"webhook_secret": ""}),
        ("live", {"webhook_secret": "51PgafTB7WZ01zgkW"}),
    ],
)
def test_keys_that_cannot_be_right_are_unusable(mode: str, changed: dict[str, str]) -> None:
    secrets = LIVE | changed

    with pytest.raises(SecretsUnusable) as caught:
        KIND.check_secrets(mode, secrets)

    assert [each for each in secrets.values() if each and each in str(caught.value)] == []


def test_an_account_has_a_name_of_stripes() -> None:
    assert KIND.check(f" {ACCOUNT}\n", {"more": "x"}) == (ACCOUNT, {})
    for wrong in ("", "acct_", "someone@example.org", "acct_1;DROP TABLE"):
        with pytest.raises(RailFault):
            KIND.check(wrong, {})


def test_the_vendors_client_is_read_only_for_an_account() -> None:
    code = (
        "import sys; from handpress.donations.companies import company_kind;"
        "company_kind('stripe'); sys.exit('stripe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- how it is asked ------------------------------------------------------------------------------


def test_the_dialect_stays_whatever_the_client_would_speak(
    double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VERSION == _ApiVersion.CURRENT, "the vendor's dictionaries are of this dialect"
    monkeypatch.setattr(_ApiVersion, "CURRENT", "2099-01-01.zinnia")

    give(double, double.company())

    assert {each.headers["stripe-version"] for each in double.asked} == {VERSION}


def test_nothing_is_asked_of_any_other_host(
    double: StripeDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("stripe._telemetry_id._loaded", False)
    monkeypatch.setattr("stripe._telemetry_id._cached_id", None)
    asked: list[str] = []
    send = requests.Session.send

    def watched(self: requests.Session, request: Any, **kwargs: Any) -> Any:
        asked.append(request.url)
        return send(self, request, **kwargs)

    monkeypatch.setattr(requests.Session, "send", watched)

    company = double.company()
    given = give(double, company, is_monthly=True)
    company.charge(given.mandate, order_for(double), key="charge-1")
    list(company.movements(given.capture.at, given.capture.at))
    company.check()

    assert len(asked) == len(double.asked) > 5
    assert all(each.startswith(f"{double.base}/v1/") for each in asked)
    assert {each.headers["user-agent"] for each in double.asked} == {"Handpress"}
    assert list(tmp_path.iterdir()) == [], "the client has not numbered this machine"


def test_the_client_reaches_its_base_alone(double: StripeDouble) -> None:
    client = client_for(double.base, KEY)

    for base in ("connect", "files", "meter_events"):
        with pytest.raises(stripe.InvalidRequestError):
            client.raw_request("post", "/v1/elsewhere", base=base)
    assert [each.path for each in double.asked] == ["/v1/elsewhere"] * 3
    double.complaints.clear()


def test_two_accounts_keep_their_keys_apart(double: StripeDouble) -> None:
    other = KIND.open(
        Account(
            mode="test",
            base=double.base,
            account_ref="acct_1Another0000000",
            details={},
            secrets=TEST | {"secret_key": "sk_test_another0000"},
        )
    )
    company = double.company()

    company.check()
    other.check()
    company.check()

    keys = [each.headers["authorization"].removeprefix("Bearer ") for each in double.asked]
    assert keys == [KEY, "sk_test_another0000", KEY]
    assert stripe.api_key is None
    double.complaints.clear()


def test_nothing_is_sent_a_second_time_unasked(double: StripeDouble) -> None:
    company = double.company()
    for fault in ("500", "reset", "409", "garbage"):
        double.fail(fault, times=5)
        world.fails(
            double,
            OutcomeUnknown,
            lambda: company.begin(order_for(double), URLS, key="begin-1"),
        )
        double.faults.clear()

    assert len(double.asked) == 4


def test_one_key_for_two_orders_is_refused(double: StripeDouble) -> None:
    company = double.company()
    company.begin(order_for(double), URLS, key="begin-1")

    world.fails(double, Refused, lambda: company.begin(order_for(double), URLS, key="begin-1"))


# --- events -------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", " ", "\u00a0"])
def test_without_a_secret_nothing_is_believed(double: StripeDouble, secret: str) -> None:
    account = Account(
        mode="test",
        base=double.base,
        account_ref=ACCOUNT,
        details={},
        secrets=TEST | {"webhook_secret": secret},
    )
    event = double.event("charge.updated", {"object": "charge", "id": "ch_1"})

    world.fails(
        double, Forged, lambda: KIND.open(account).read_events(*double.signed(event, secret=secret))
    )


def test_an_event_larger_than_any_is_refused(double: StripeDouble) -> None:
    thing = {"object": "charge", "id": "ch_1", "description": "x" * 2_000_000}

    error = world.fails(
        double,
        Forged,
        lambda: double.company().read_events(*double.signed(double.event("charge.updated", thing))),
    )

    assert "larger" in str(error)


# --- what a page is asked for ---------------------------------------------------------------------


def test_a_page_takes_the_sum_as_it_is_and_at_once(double: StripeDouble) -> None:
    order = order_for(double, language="pt-BR", words="Gift " * 100)

    begun = double.company().begin(order, URLS, key="begin-1")

    asked = double.page_asked[begun.remote_id]
    assert asked["mode"] == "payment"
    assert asked["submit_type"] == "donate"
    assert asked["adaptive_pricing"] == {"enabled": "false"}
    assert asked["client_reference_id"] == order.reference
    assert asked["locale"] == "pt-BR"
    assert asked["line_items"][0]["quantity"] == "1"
    assert len(asked["line_items"][0]["price_data"]["product_data"]["name"]) == 250
    payment = asked["payment_intent_data"]
    assert payment["capture_method"] == "automatic"
    assert payment["metadata"] == asked["metadata"]
    assert asked["metadata"]["reference"] == order.reference
    assert "setup_future_usage" not in payment
    assert not {"customer_email", "customer_creation", "expires_at"} & set(asked)
    assert asked["success_url"] == URLS.done
    assert asked["cancel_url"] == URLS.left


@pytest.mark.parametrize(
    ("language", "locale"),
    [("", "auto"), ("de-AT", "de"), ("ko", "ko"), ("eo", "auto"), ("zh-TW", "zh-TW")],
)
def test_a_page_speaks_the_donors_language_where_it_can(
    double: StripeDouble, language: str, locale: str
) -> None:
    begun = double.company().begin(order_for(double, language=language), URLS, key="begin-1")

    assert double.page_asked[begun.remote_id]["locale"] == locale


def test_a_later_gift_is_taken_without_the_donor(double: StripeDouble) -> None:
    company = double.company()
    given = give(double, company, is_monthly=True)
    order = order_for(double, minor=700)

    company.charge(given.mandate, order, key="charge-1")

    (asked,) = [each for each in double.asked if each.path == "/v1/payment_intents"]
    assert asked.headers["idempotency-key"] == "charge-1"
    said = {name: value for name, (value,) in asked.form.items()}
    assert "/".join((said["customer"], said["payment_method"])) == given.mandate
    assert (said["confirm"], said["off_session"]) == ("true", "true")
    assert (said["amount"], said["currency"]) == ("700", "eur")
    assert said["capture_method"] == "automatic"
    assert said["automatic_payment_methods[allow_redirects]"] == "never"
    assert said["metadata[reference]"] == order.reference
    assert CANARY not in asked.body.decode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://elsewhere.example/", "", None])
def test_a_donor_is_sent_to_no_other_page(
    double: StripeDouble, monkeypatch: pytest.MonkeyPatch, url: Any
) -> None:
    company = double.company()

    def new_page(asked: Any, found: Any) -> Any:
        return {**double.desk.make("checkout.session"), "url": url}

    monkeypatch.setattr(double, "_new_page", new_page)

    asked = lambda: company.begin(order_for(double), URLS, key="begin-1")  # noqa: E731
    world.fails(double, OutcomeUnknown, asked)
