"""What is Mollie's alone: its keys, its hints, refunds that take days, mandates with a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from donations.companies.doubles import Asked
from donations.companies.mollie_books import KEY, PROFILE, TOKEN, example
from donations.companies.mollie_double import DOUBLE
from donations.companies.world import URLS, give, looked_up, order_for
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company, Standing, State
from handpress.donations.companies.errors import (
    Declined,
    Forged,
    OutcomeUnknown,
    Unsupported,
)
from handpress.donations.companies.mollie import telling
from handpress.donations.companies.mollie.events import read_hint
from handpress.donations.companies.mollie.facts import locale_of
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.rails.faults import RailFault

KIND = company_kind("mollie")


@pytest.fixture
def double() -> Iterator[DOUBLE]:
    with DOUBLE() as made:
        yield made


@pytest.fixture
def company(double: DOUBLE) -> Company:
    return double.company()


def sent(double: DOUBLE, method: str, path: str) -> list[Asked]:
    return [each for each in double.asked if each.method == method and each.path == path]


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("live", KEY),
        ("test", KEY.replace("test_", "live_")),
        ("live", ""),
        ("test", "sk_test_51H8x"),
        ("test", f"{KEY}\r\nx-more: 1"),
        ("test", "test_kurz"),
    ],
)
def test_a_key_of_the_other_mode_or_of_nobody_is_unusable(mode: str, key: str) -> None:
    with pytest.raises(SecretsUnusable) as caught:
        KIND.check_secrets(mode, {"api_key": key})

    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(("mode", "key"), [("test", KEY), ("live", TOKEN), ("test", TOKEN)])
def test_a_good_key_is_taken(mode: str, key: str) -> None:
    KIND.check_secrets(mode, {"api_key": key})


def test_a_token_needs_a_profile(double: DOUBLE) -> None:
    with pytest.raises(SecretsUnusable, match="pfl_"):
        double.company(key=TOKEN, profile="")


def test_an_account_is_a_profile() -> None:
    assert KIND.check(f"  {PROFILE} ", {"other": 1}) == (PROFILE, {})
    for wrong in ("", "org_12345678", "pfl_../x", PROFILE + "\nx"):
        with pytest.raises(RailFault) as caught:
            KIND.check(wrong, {})
        assert caught.value.field == "account_ref"


def test_both_modes_ask_the_same_host() -> None:
    assert set(KIND.bases.values()) == {"https://api.mollie.com"}
    assert set(KIND.bases) == {"live", "test"}


# --- checking -------------------------------------------------------------------------------------


def test_a_key_of_another_profile_is_not_ours(double: DOUBLE) -> None:
    checked = double.company(profile="pfl_somebodyElse").check()

    assert checked.standing == Standing.REVOKED
    assert PROFILE in checked.words


@pytest.mark.parametrize(
    ("status", "mode", "standing"),
    [
        ("verified", "live", Standing.UP),
        ("blocked", "live", Standing.REVOKED),
        ("blocked", "test", Standing.REVOKED),
        ("unverified", "live", Standing.REVOKED),
        ("unverified", "test", Standing.UP),
    ],
)
def test_a_profile_that_takes_nothing_is_revoked(
    double: DOUBLE, status: str, mode: str, standing: Standing
) -> None:
    double.profile["status"] = status

    assert double.company(key=TOKEN, mode=mode).check().standing == standing


def test_a_token_tells_that_payouts_are_held(double: DOUBLE) -> None:
    company = double.company(key=TOKEN, mode="live")
    assert company.check().standing == Standing.UP

    double.block_payouts()
    held = company.check()
    double.onboarding["canReceivePayments"] = False
    closed = company.check()

    assert held.standing == Standing.PAYOUTS_BLOCKED
    assert held.words
    assert closed.standing == Standing.REVOKED


def test_a_token_that_may_not_ask_about_payouts_is_up(double: DOUBLE) -> None:
    double.fail("401", path="/v2/onboarding/me")

    assert double.company(key=TOKEN, mode="live").check().standing == Standing.UP


# --- what is sent ---------------------------------------------------------------------------------


def test_a_payment_names_where_to_go_and_who_is_told(double: DOUBLE, company: Company) -> None:
    order = order_for(double, minor=1050, language="de-AT", words="G" * 300)

    company.begin(order, URLS, key="begin-1")

    (asked,) = sent(double, "POST", "/v2/payments")
    assert asked.json == {
        "amount": {"currency": "EUR", "value": "10.50"},
        "description": "G" * 255,
        "metadata": {"reference": order.reference},
        "redirectUrl": URLS.done,
        "cancelUrl": URLS.left,
        "webhookUrl": URLS.events,
        "locale": "de_AT",
    }


def test_nothing_about_the_donor_is_sent(double: DOUBLE, company: Company) -> None:
    given = give(double, company, is_monthly=True)
    company.charge(given.mandate, order_for(double), key="charge-1")

    everything = b"".join(each.body for each in double.asked)
    assert b"canary" not in everything
    assert b"mail.example" not in everything


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("en", "en_GB"),
        ("en-US", "en_US"),
        ("de", "de_DE"),
        ("de-CH", "de_CH"),
        ("fr-CA", "fr_FR"),
        ("nb", "nb_NO"),
        ("ko", ""),
        ("", ""),
    ],
)
def test_a_language_is_a_locale_where_mollie_has_one(language: str, locale: str) -> None:
    assert locale_of(language) == locale


def test_later_gifts_are_told_about_where_the_first_was(double: DOUBLE, company: Company) -> None:
    given = give(double, company, is_monthly=True)

    company.charge(given.mandate, order_for(double), key="charge-1")

    first, later = (each.json for each in sent(double, "POST", "/v2/payments"))
    assert later["webhookUrl"] == first["webhookUrl"] == URLS.events
    assert first["sequenceType"] == "first"
    assert given.mandate == f"{first['customerId']}/{later['mandateId']}"


def test_a_mandate_without_a_payment_is_unsupported(double: DOUBLE, company: Company) -> None:
    assert not company.caps.agrees_without_paying
    with pytest.raises(Unsupported):
        company.begin(order_for(double, is_monthly=True, is_for_later=True), URLS, key="begin-1")
    assert double.asked == []


def test_a_customer_that_is_gone_gives_nothing(double: DOUBLE, company: Company) -> None:
    given = give(double, company, is_monthly=True)
    double.customers.clear()

    with pytest.raises(Declined) as caught:
        company.charge(given.mandate, order_for(double), key="charge-1")

    assert caught.value.again is None
    assert len(sent(double, "POST", "/v2/payments")) == 1


# --- keys that make a request one -----------------------------------------------------------------


def test_a_key_that_came_with_something_else_is_unknown(double: DOUBLE, company: Company) -> None:
    company.begin(order_for(double), URLS, key="begin-1")

    with pytest.raises(OutcomeUnknown):
        company.begin(order_for(double), URLS, key="begin-1")

    assert len(double.payments) == 1


# --- mandates -------------------------------------------------------------------------------------


def test_a_mandate_is_looked_up_by_its_name(double: DOUBLE, company: Company) -> None:
    given = give(double, company, is_monthly=True)

    told = looked_up(company, given.mandate)
    double.mandates[given.mandate]["status"] = "pending"
    waiting = looked_up(company, given.mandate)
    company.end_mandate(given.mandate)
    ended = looked_up(company, given.mandate)

    assert told.state == State.DONE
    assert told.mandate == given.told.mandate
    assert told.mandate is not None
    assert told.mandate.words == "account that ends in 0000"
    assert waiting.mandate is not None
    assert not waiting.mandate.is_active
    assert (ended.state, ended.movements) == (State.FAILED, frozenset())
    assert ended.mandate is not None
    assert not ended.mandate.is_active


def test_a_card_is_known_by_its_last_digits() -> None:
    mandate = example("customer_mandate_single")
    mandate["details"] = {"cardHolder": "John Doe", "cardNumber": "6787", "cardLabel": "Visa"}

    told = telling.mandate_of("cst_8wmqcHMN4U", mandate)

    assert (told.remote_id, told.words) == (
        "cst_8wmqcHMN4U/mdt_h3gAaD5zP",
        "card that ends in 6787",
    )


# --- hints ----------------------------------------------------------------------------------------


def test_a_flood_of_hints_is_one_a_minute() -> None:
    at = datetime(2026, 11, 27, 12, 0, 3, tzinfo=UTC)
    within = [read_hint(b"id=tr_7UhSN1zuXS", at + timedelta(seconds=n)) for n in range(50)]
    later = read_hint(b"id=tr_7UhSN1zuXS", at + timedelta(seconds=60))
    other = read_hint(b"id=tr_7UhSN1zuXT", at)

    assert len(set(within)) == 1
    assert later.event_id != within[0].event_id
    assert other.event_id != within[0].event_id
    assert later.remote_id == within[0].remote_id == "tr_7UhSN1zuXS"


def test_what_is_no_hint_is_forged(double: DOUBLE, company: Company) -> None:
    give(double, company)
    for what, headers, body in double.forged_events():
        with pytest.raises(Forged):
            company.read_events(headers, body)
            pytest.fail(what)
