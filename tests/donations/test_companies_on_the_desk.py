"""Companies on the desk: added with their keys, seen, compared; 4.19 and two people for refunds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from donations.companies import world as companies
from donations.companies.btcpay_books import KEY, STORE
from donations.companies.doubles import Double
from factories import giving
from factories.desk_forms import Desk
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.donations.actions import keep_donor, refunds
from handpress.donations.actions.absorbing import absorb_told
from handpress.donations.actions.collecting import pledge_for
from handpress.donations.actions.plans import start_plan
from handpress.donations.actions.pledges import write_pledge
from handpress.donations.actions.pulses import check_rail
from handpress.donations.companies.contract import Order, Told, Urls
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.formats import csv_rows
from handpress.donations.models import (
    Attempt,
    Collecting,
    CompanyEvent,
    Health,
    Movement,
    Plan,
    PlanState,
    Rail,
    RefundAsked,
    RemoteName,
)
from handpress.donations.queries.books import trial_balance
from handpress.donations.queries.donors import all_about
from handpress.donations.queries.gifts import gifts, line_of
from handpress.donations.tasks import work_due, work_once
from handpress.lib import clock
from handpress.mail.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
WAYS = "/desk/donations/ways/"


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return practice_company(monkeypatch)


@pytest.fixture
def coins() -> Iterator[Double]:
    with companies.double_of("btcpay") as made:
        yield made


def page(desk: Desk, url: str) -> str:
    response = desk.client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def captured(rail: Rail, company: Faulty, minor: int = 2500, name: str = "one") -> Movement:
    at = clock.now() - timedelta(days=2)
    told = Told(kind=Kind.CAPTURE, remote_id=name, minor=minor, currency="EUR", at=at)
    return absorb_told(rail, [told]).new[0]


def taken(rail: Rail, company: Faulty, minor: int = 2500) -> Movement:
    """Return a gift that the company took."""
    order = Order(reference="HP0", minor=minor, currency="EUR", words="")
    begun = company.begin(order, Urls("https://a/", "https://a/", "https://a/"), key=str(minor))
    company.book.pay(begun.remote_id, clock.now())
    found = company.look_up(begun.remote_id)
    assert found
    return next(each for each in absorb_told(rail, found.movements).new if each.kind == "capture")


# --- keys -------------------------------------------------------------------------------


def keys(folder: Path, name: str = "stripe", **values: str) -> None:
    file = folder / "keys" / "rails" / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()))
    file.chmod(0o600)


STRIPE = {
    "name": "Cards",
    "secret_name": "stripe",
    "mode": "live",
    "account_ref": "acct_1A2b3C4d5E6f7G8h",
    "currency": "EUR",
    "fee_percent": "1,5",
    "fee_fixed": "0.25",
    "exposure": "2000",
    "state": "enabled",
    "position": "5",
}


BTCPAY = {
    "name": "Coins",
    "secret_name": "btcpay",
    "mode": "live",
    "store_id": STORE,
    "state": "enabled",
    "position": "5",
}


def test_4_19_a_company_is_offered_with_its_own_keys_alone(desk: Desk, own_folder: Path):
    sponsor = giving.sponsor()
    url = f"{WAYS}sponsor/{sponsor.pk}/stripe/"

    def refused() -> str:
        said = desk.client.post(url, STRIPE).content.decode()
        assert not Rail.objects.exists()
        return said

    assert "secret_key and webhook_secret missing" in refused()
    keys(own_folder, secret_key="sk_test_" + "a" * 24, webhook_secret="whsec_" + "b" * 32)
    assert "is a key for trials, and this way takes real money" in refused()
    keys(own_folder, secret_key="sk_live_" + "a" * 24, webhook_secret="whsec_" + "b" * 32)
    (own_folder / "keys" / "rails" / "stripe.toml").chmod(0o644)
    assert "can be read by others" in refused()
    (own_folder / "keys" / "rails" / "stripe.toml").chmod(0o600)
    assert desk.client.post(url, STRIPE).status_code == 302
    rail = Rail.objects.get()
    assert rail.is_offered
    assert rail.hook
    assert rail.details == {"fee_percent": "1.5", "fee_fixed": "0.25", "fee_fixed_minor": 25}
    assert rail.exposure_limit_minor == 200_000
    for shown in (
        page(desk, f"{WAYS}{rail.pk}/"),
        page(desk, f"/desk/donations/companies/{rail.pk}/"),
    ):
        assert "sk_live_" not in shown
        assert "whsec_" not in shown
    # A live key on a trial is refused as well.
    assert (
        "is a key for real money"
        in desk.client.post(f"{WAYS}{rail.pk}/", {**STRIPE, "mode": "test"}).content.decode()
    )


def test_keys_may_come_from_the_environment(
    desk: Desk, own_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HANDPRESS_RAIL_STRIPE_SECRET_KEY", "sk_live_" + "a" * 24)
    monkeypatch.setenv("HANDPRESS_RAIL_STRIPE_WEBHOOK_SECRET", "whsec_" + "b" * 32)
    sponsor = giving.sponsor()
    # A percentage is shown as it is written, not in powers of ten.
    fee = {"fee_percent": "10,0"}
    url = f"{WAYS}sponsor/{sponsor.pk}/stripe/"
    assert desk.client.post(url, {**STRIPE, **fee}).status_code == 302
    assert 'name="fee_percent" value="10"' in page(desk, f"{WAYS}{Rail.objects.get().pk}/")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("secret_name", "../secret", "Small letters, figures"),
        ("account_ref", "mine", "acct_"),
        ("fee_percent", "fifty", "below fifty"),
        ("fee_percent", "50", "below fifty"),
        ("fee_fixed", "a lot", "cannot be read as an amount"),
        ("exposure", "NaN", "cannot be read as an amount"),
        ("currency", "EU", "as banks do"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Desk, own_folder: Path, field: str, value: str, words: str
):
    keys(own_folder, secret_key="sk_live_" + "a" * 24, webhook_secret="whsec_" + "b" * 32)
    sponsor = giving.sponsor()
    said = desk.client.post(f"{WAYS}sponsor/{sponsor.pk}/stripe/", {**STRIPE, field: value})
    assert words in said.content.decode()
    assert not Rail.objects.exists()


def test_no_treasurer_can_have_a_key_sent_to_a_server_that_they_type(
    desk: Desk, own_folder: Path, coins: Double
):
    keys(own_folder, "btcpay", api_key="a" * 40, webhook_secret="b" * 20)
    url = f"{WAYS}sponsor/{giving.sponsor().pk}/btcpay/"
    mine = "https://pay.proof.example"
    typed = {**BTCPAY, "base": mine}

    assert "server missing: write it into" in desk.client.post(url, typed).content.decode()
    keys(own_folder, "btcpay", api_key="a" * 40, webhook_secret="b" * 20, server=f"{mine}/")
    # Neither a way of one's own with the same keys, nor another address for the one that is there.
    theirs = {**typed, "base": "https://evil.example"}
    refused = desk.client.post(url, theirs).content.decode()
    assert f"It cannot be offered: its key is kept for {mine}" in refused
    assert desk.client.post(url, typed).status_code == 302
    rail = Rail.objects.get()
    there = f"{WAYS}{rail.pk}/"
    assert "kept for" in desk.client.post(there, theirs).content.decode()
    # A way that is not offered is asked after as well, and in whatever manner the row was changed.
    assert desk.client.post(there, {**theirs, "state": "paused"}).status_code == 302
    Rail.objects.update(details={**rail.details, "base": coins.base})
    assert check_rail(Rail.objects.get(), clock.now()) == Health.REVOKED
    assert coins.asked == []
    assert f"kept for {mine}" in page(desk, "/desk/donations/companies/")
    keys(own_folder, "btcpay", api_key=KEY, webhook_secret="b" * 20, server=coins.base)
    Rail.objects.update(details={"base": coins.base, "store_id": STORE})
    assert check_rail(Rail.objects.get(), clock.now()) != Health.UP
    assert coins.asked


def test_every_kind_of_way_has_a_form(desk: Desk, company: Faulty):
    sponsor = giving.sponsor()
    said = page(desk, WAYS)
    for kind in ("debit", "stripe", "paypal", "mollie", "gocardless", "btcpay", "practice"):
        url = f"{WAYS}sponsor/{sponsor.pk}/{kind}/"
        assert url in said
        assert "<form" in page(desk, url)


def test_the_practice_company_is_in_the_demo_alone(desk: Desk):
    sponsor = giving.sponsor()
    url = f"{WAYS}sponsor/{sponsor.pk}/practice/"
    assert url not in page(desk, WAYS)
    assert desk.client.get(url).status_code == 404


# --- what is seen ---------------------------------------------------------------------------


def test_what_lies_with_a_company_and_that_it_is_too_much(desk: Desk, company: Faulty):
    rail = practice_rail(exposure_limit_minor=2000)
    captured(rail, company)
    work_once(clock.now())
    for url in ("/desk/donations/companies/", "/desk/donations/overview/"):
        said = page(desk, url)
        assert "€25.00" in said
        assert "works" in said
    assert "More lies there than you said should" in page(desk, "/desk/donations/companies/")


def test_a_comparison_books_what_was_missing_and_says_what_differs(desk: Desk, company: Faulty):
    rail = practice_rail()
    company.book.move("capture", "", 1500, "EUR", clock.now() - timedelta(hours=3))
    captured(rail, company, name="ours alone")
    url = f"/desk/donations/companies/{rail.pk}/"
    desk.client.post(url, {"do": "compare"})
    assert Movement.objects.filter(kind=Kind.CAPTURE).count() == 2
    said = page(desk, url)
    assert "1 were missing and are booked" in said
    assert "ours alone" in said
    assert "It is in our books, and not there" in said
    movements = Movement.objects.count()
    desk.client.post(url, {"do": "compare"})
    assert Movement.objects.count() == movements


def test_events_are_seen_and_looked_up_once_more(desk: Desk, company: Faulty):
    rail = practice_rail()
    event = CompanyEvent.objects.create(
        rail=rail, event_id="e1", remote_id="pay_1", kind="payment.done", state="failed"
    )
    url = f"/desk/donations/companies/{rail.pk}/"
    assert "payment.done" in page(desk, url)
    desk.client.post(url, {"do": "replay", "event": str(event.pk)})
    event.refresh_from_db()
    assert event.state == "new"
    for forged in ("", "x", "²", "999999", "9" * 40):
        assert desk.client.post(url, {"do": "replay", "event": forged}).status_code == 404


def monthly(rail: Rail) -> Plan:
    """Return a monthly gift of ten euros, just begun."""
    return start_plan(
        donor=keep_donor({"email": "a@reader.example"}),
        rail=rail,
        amount=1000,
        currency="EUR",
        campaign=None,
        collecting=Collecting.MANDATE,
        now=clock.now(),
    )


def test_a_plan_is_seen_and_ended_for_somebody_who_telephones(desk: Desk, company: Faulty):
    plan = monthly(practice_rail())
    plan.state, plan.began_at = PlanState.ACTIVE, clock.now()
    plan.save()
    pledge_for(plan, "2026-10")
    said = page(desk, "/desk/donations/monthly/")
    assert "€10.00" in said
    url = f"/desk/donations/monthly/{plan.pk}/"
    said = page(desk, url)
    assert "2026-10" in said
    assert "a@reader" not in said
    for step, state in (("pause", "paused"), ("resume", "needs_reconsent"), ("end", "cancelled")):
        desk.client.post(url, {"do": step})
        plan.refresh_from_db()
        assert plan.state == state, step


def test_donors_of_another_system_are_written_to_when_one_says_so(desk: Desk, company: Faulty):
    rail = practice_rail()
    plan = start_plan(
        donor=keep_donor({"email": "a@reader.example"}),
        rail=rail,
        amount=1000,
        currency="EUR",
        campaign=None,
        collecting=Collecting.MANDATE,
        now=clock.now(),
    )
    plan.state = PlanState.NEEDS_RECONSENT
    plan.save()
    work_due(clock.now())
    assert not Letter.objects.exists()
    assert "Nobody was written to yet" in page(desk, "/desk/donations/monthly/")
    for _ in range(2):
        desk.client.post("/desk/donations/monthly/")
        work_due(clock.now())
    assert Letter.objects.count() == 1
    assert "Nobody was written to yet" not in page(desk, "/desk/donations/monthly/")


# --- giving back -----------------------------------------------------------------------------


def refund(desk: Desk, gift: Movement, amount: str, key: str = "") -> Any:
    url = f"/desk/donations/gifts/{gift.pk}/refund/"
    form = page(desk, url)
    number = key or form.split('name="key" value="')[1].split('"')[0]
    return desk.client.post(url, {"key": number, "amount": amount, "on": "2026-11-26", "fee": ""})


def test_what_a_company_took_goes_back_by_the_company(desk: Desk, company: Faulty):
    rail = practice_rail()
    gift = taken(rail, company)
    assert refund(desk, gift, "10").status_code == 302
    assert not Movement.objects.filter(kind=Kind.REFUND).exists()
    attempt = Attempt.objects.get()
    assert attempt.key == f"hp-refund-{RefundAsked.objects.get().pk}"
    assert "the company is asked within seconds" in page(desk, f"/desk/donations/gifts/{gift.pk}/")
    work_once(clock.now())
    assert company.asked.count("give_back") == 1
    # What is under way or done is no more there to be given back.
    assert "more than is left" in refund(desk, gift, "20").content.decode()


def test_a_refund_that_did_not_reach_the_donor_is_seen_and_can_be_made_anew(
    desk: Desk, company: Faulty, caplog: pytest.LogCaptureFixture
):
    rail = practice_rail()
    gift = taken(rail, company)
    refund(desk, gift, "25")
    work_once(clock.now())
    gone = line_of(gifts().get())
    assert (gone.left, gone.state) == (0, "given back")
    company.book.move("refund_back", gift.remote_id, 2500, "EUR", clock.now())
    found = company.look_up(gift.remote_id)
    assert found
    for _ in range(2):
        absorb_told(rail, found.movements, now=clock.now())
    assert caplog.text.count("refund_came_back") == 1
    back = line_of(gifts().get())
    assert (back.left, back.state) == (2500, "")
    assert "did not reach the donor" in page(desk, f"/desk/donations/gifts/{gift.pk}/")
    assert not [each for each in trial_balance() if each.minor and "Refunds" in each.code]
    assert refund(desk, gift, "25").status_code == 302


def test_the_overview_warns_of_what_is_taken_though_nobody_wants_it(desk: Desk, company: Faulty):
    rail = practice_rail()
    plan = monthly(rail)
    plan.state, plan.ended_at = PlanState.CANCELLED, clock.now()
    plan.save()
    RemoteName.objects.create(rail=rail, kind="subscription", remote_id="sub_1", plan=plan)
    assert "nobody wants any more" not in page(desk, "/desk/donations/overview/")
    at = clock.now()
    told = Told(
        kind=Kind.CAPTURE,
        remote_id="one",
        minor=1000,
        currency="EUR",
        at=at,
        reference="sub_1",
    )
    (gift,) = absorb_told(rail, [told], now=at).new
    said = page(desk, "/desk/donations/overview/")
    assert "A company still takes monthly gifts that nobody wants any more" in said
    assert f"/desk/donations/gifts/{gift.pk}/" in said
    assert f"/desk/donations/monthly/{plan.pk}/" in said
    assert "a@reader" not in said
    back = Told(kind=Kind.REFUND, remote_id="back", minor=-1000, currency="EUR", at=at, of="one")
    absorb_told(rail, [told, back], now=at)
    assert "nobody wants any more" not in page(desk, "/desk/donations/overview/")


def test_what_was_added_for_the_fee_is_shown_and_exported_once(desk: Desk, company: Faulty):
    rail = practice_rail()
    donor = keep_donor({"email": "a@reader.example"})
    common: dict[str, Any] = {"rail": rail, "currency": "EUR", "campaign": None, "donor": donor}
    pledge, _ = write_pledge(amount=2561, cover=61, nonce=uuid4(), **common)
    plain, _ = write_pledge(amount=700, nonce=uuid4(), **common)
    at = clock.now()
    told = [
        Told(
            kind=Kind.CAPTURE,
            remote_id=each.reference,
            minor=each.amount_minor,
            currency="EUR",
            at=at,
            reference=each.reference,
        )
        for each in (pledge, plain)
    ]
    fee = Told(
        kind=Kind.FEE, remote_id="fee", minor=-60, currency="EUR", at=at, of=pledge.reference
    )
    absorb_told(rail, [*told, fee])
    with_fee, without = (
        Movement.objects.get(pledge=each, kind="capture") for each in (pledge, plain)
    )
    said = page(desk, f"/desk/donations/gifts/{with_fee.pk}/")
    assert "€25.61 (of which €0.61 to cover the company’s fee)" in said
    assert "to cover" not in page(desk, f"/desk/donations/gifts/{without.pk}/")
    header, *rows = csv_rows()
    shown = [dict(zip(header, row, strict=True)) for row in rows]
    assert [each["amount"] for each in shown if each["for_fee"]] == ["-25.61"]
    assert [each["for_fee"] for each in shown if each["for_fee"]] == ["0.61"]
    promises = all_about(donor)["promises"]
    assert sorted(each["of_which_for_the_fee"] for each in promises) == ["0.00", "0.61"]


def test_above_the_limit_a_second_person_has_to_agree(desk: Desk, company: Faulty):
    bank = giving.rail("bank")
    gift = giving.gift(bank, 100_000)
    assert refund(desk, gift, "900").status_code == 302
    asked = RefundAsked.objects.get()
    assert asked.state == "asked"
    assert not Movement.objects.filter(kind=Kind.REFUND).exists()
    desk.client.post("/desk/donations/refunds/", {"refund": str(asked.pk), "do": "agree"})
    asked.refresh_from_db()
    assert asked.state == "asked", "whoever asked cannot agree"
    assert "more than is left" in refund(desk, gift, "200").content.decode()
    second: Any = get_user_model().objects.create_superuser("second", "b@x.example", "a phrase too")
    other = Client()
    other.force_login(second)
    other.post("/desk/donations/refunds/", {"refund": str(asked.pk), "do": "agree"})
    assert Movement.objects.get(kind=Kind.REFUND).amount_minor == -90_000
    other.post("/desk/donations/refunds/", {"refund": str(asked.pk), "do": "agree"})
    assert Movement.objects.filter(kind=Kind.REFUND).count() == 1
    assert sum(each.minor for each in trial_balance()) == 0


def test_a_refused_refund_moves_nothing(desk: Desk):
    gift = giving.gift(giving.rail("bank"), 100_000)
    user: Any = get_user_model().objects.get(username="editor")
    second: Any = get_user_model().objects.create_user("second", "b@x.example", "a phrase too")
    values: Any = {"amount": 90_000, "fee": 0, "on": giving.DAY, "now": clock.now()}
    asked, _ = refunds.ask_refund(gift, key="k1", by=user, **values)
    with pytest.raises(refunds.SamePerson):
        refunds.answer_refund(asked, agrees=True, by=user, now=clock.now())
    assert refunds.answer_refund(asked, agrees=False, by=second, now=clock.now())
    assert not refunds.answer_refund(asked, agrees=True, by=second, now=clock.now())
    assert not Movement.objects.filter(kind=Kind.REFUND).exists()
    with pytest.raises(RefusedMovement):
        refunds.ask_refund(gift, key="k2", by=user, **{**values, "amount": 100_001})
