"""What donors are promised about money, from the form to what comes of it months later."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from donations.test_giving import Somebody, values_of
from donations.test_giving_anew import captures, lose, same_page, settle, successor
from donations.test_giving_by_company import (
    actions_link,
    begun,
    company,
    later,
    page_of,
    pay,
    somebody,
    work,
)
from factories import giving
from factories.practicing import Faulty, practice_rail
from handpress.donations.actions.mandates import enter_mandate
from handpress.donations.actions.sponsors import suspend_sponsor
from handpress.donations.companies.contract import Checked, Standing
from handpress.donations.companies.errors import CompanyDown
from handpress.donations.letters import again_link, plan_link
from handpress.donations.models import (
    Collecting,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RailHealth,
    Sponsor,
)
from handpress.donations.queries.plans import giving_now
from handpress.lib import clock

__all__ = ["company", "later", "somebody"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

FEES = {"fee_percent": "1.4", "fee_fixed": "0.25", "fee_fixed_minor": 25}


@pytest.fixture
def rail(company: Faulty) -> Rail:
    """A company of which it is known what it keeps."""
    return practice_rail(details=FEES)


@pytest.fixture
def plain(company: Faulty) -> Rail:
    """A company of which it is not known what it keeps."""
    return practice_rail()


# --- who pays the fee too ---------------------------------------------------------------------


def test_the_sum_that_is_kept_is_the_one_without_the_fee(
    somebody: Somebody, rail: Rail, company: Faulty
):
    giving.rail("bank", of=rail.sponsor)
    practice_rail(of=rail.sponsor, account_ref="other", details=FEES)
    somebody.send(choice="once EUR 2500").press(way=str(rail.pk), cover="1")
    company.before = [CompanyDown("x")]
    assert somebody.press().response.status_code == 503
    assert "€25.61" not in somebody.said
    other = Rail.objects.get(account_ref="other")
    somebody.press(way=str(other.pk), cover="1")
    assert "€25.61" in somebody.said
    page_of(somebody.press().response)
    assert list(Pledge.objects.order_by("pk").values_list("amount_minor", "cover_minor")) == [
        (2561, 61),
        (2561, 61),
    ]


def test_whoever_pays_the_fee_every_month_is_seen_to_do_so_every_month(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    somebody.send(choice="monthly EUR 1000")
    somebody.press(way=str(rail.pk), email="a@reader.example", cover="1")
    print(somebody.said)
    pay(company, page_of(somebody.press().response))
    settle()
    for _ in range(2):
        later(days=31)
        work()
    shares = Pledge.objects.order_by("pk").values_list("amount_minor", "cover_minor")
    assert list(shares) == [(1040, 40)] * 3


# --- a company that hands nothing on ----------------------------------------------------------


def test_nothing_is_taken_by_a_company_that_keeps_what_it_takes(
    somebody: Somebody, plain: Rail, company: Faulty, later: Any, monkeypatch: pytest.MonkeyPatch
):
    begun(somebody, plain, company)
    kept = Checked(Standing.PAYOUTS_BLOCKED, "payouts are off")
    with monkeypatch.context() as blocked:
        blocked.setattr(type(company), "check", lambda self: kept)
        later(minutes=10)
        work()
        later(days=31)
        for _ in range(5):
            work()
            later(hours=1)
        assert RailHealth.objects.get().state == "payouts_blocked"
        assert (captures(), company.asked.count("charge")) == (1, 0)
    for _ in range(6):
        work()
        later(minutes=30)
    assert RailHealth.objects.get().state == "up"
    assert (captures(), company.asked.count("charge")) == (2, 1)


# --- a way that is lost -----------------------------------------------------------------------


def test_the_first_letter_leads_on_until_it_is_answered(
    somebody: Somebody, plain: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, plain, company)
    later(days=10)
    bank = successor()
    lose(plain, bank.sponsor)
    work()
    plan.refresh_from_db()
    link = f"/-/again/{again_link(plan, clock.now())}"
    later(days=45)
    work()
    plan.refresh_from_db()
    assert plan.collecting == Collecting.REMINDER
    assert "By bank transfer" in same_page(somebody, link).ways()
    page_of(somebody.client.post(link, {"do": "agree", "way": str(bank.pk)}))
    assert "You have answered this letter" in same_page(somebody, link).said


def test_whom_no_mail_reaches_waits_and_is_not_counted_as_giving(later: Any):
    details = {"creditor_id": "DE98ZZZ09999999999", "days_before": 14}
    way = giving.rail("debit", account_ref=giving.OTHER_IBAN, currency="EUR", details=details)
    plans = [
        enter_mandate(
            way,
            facts={"name": "Ana", "address": "1 Quay", "email": email, "iban": giving.OTHER_IBAN},
            amount=1000,
            day=1,
            signed_on=clock.now().date(),
            nonce=uuid4(),
            now=clock.now(),
        )[0]
        for email in ("", "a@reader.example")
    ]
    new = giving.rail("bank", of=giving.sponsor("A new roof"))
    lose(way, new.sponsor)
    for _ in range(5):
        work()
        later(days=8)
    by_post, by_mail = (Plan.objects.get(pk=plan.pk) for plan in plans)
    assert (by_mail.state, by_mail.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    assert by_post.state == PlanState.NEEDS_RECONSENT
    assert giving_now() == [("EUR", 1, 1000)]
    assert not Pledge.objects.filter(plan=by_post).exists()


def test_handed_back_within_the_hour_is_taken_back(
    somebody: Somebody, plain: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, plain, company)
    new = successor().sponsor
    lose(plain, new)
    later(minutes=10)
    work()
    back = Sponsor.objects.get(pk=plain.sponsor_id)
    assert suspend_sponsor(new, now=clock.now(), successor=back)
    plan.refresh_from_db()
    assert (plan.state, plan.rail) == (PlanState.ACTIVE, plain)
    later(days=31)
    work()
    assert captures() == 2


# --- a lost account ---------------------------------------------------------------------------


def test_no_account_that_is_lost_is_shown_to_who_gives_every_month(
    somebody: Somebody, rail: Rail, company: Faulty
):
    bank = giving.rail("bank", of=rail.sponsor)
    somebody.send(choice="monthly EUR 1000").press(way=str(bank.pk)).follow()
    assert "GB82" in somebody.said
    pledge = Pledge.objects.get()
    giving.gift(bank, 1000, pledge=pledge)
    assert "GB82" in same_page(somebody, actions_link(pledge)).said
    lose(bank)
    said = same_page(somebody, actions_link(pledge)).said
    assert "GB82" not in said
    assert "Please do not send money to the account that you were shown" in said


def test_what_is_agreed_to_is_shown_with_the_sum_that_is_taken(
    somebody: Somebody, rail: Rail, company: Faulty
):
    somebody.send(choice="monthly EUR 1000")
    somebody.press(way=str(rail.pk), email="a@reader.example", cover="1")
    forms = [form.get_text(" ", strip=True) for form in somebody.page.select("main form")]
    for form, words in zip(forms, ("€10.40", "€10.00"), strict=True):
        assert f"I agree that {words} is taken every month until I end it." in form
    # Once there is nothing to agree to.
    somebody.send(choice="once EUR 1000").press(way=str(rail.pk), cover="1")
    assert "I agree" not in somebody.said


def test_nobody_agrees_that_is_taken_what_a_letter_asks_for(
    somebody: Somebody, rail: Rail, company: Faulty
):
    company.changes = {"takes_mandates": False}
    somebody.send(choice="monthly EUR 1000")
    assert "I agree" not in somebody.said
    assert "a company needs it for monthly gifts" in somebody.said


def test_whoever_changes_the_sum_says_nothing_of_a_fee(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    somebody.send(choice="monthly EUR 1000")
    somebody.press(way=str(rail.pk), email="a@reader.example", cover="1")
    pay(company, page_of(somebody.press().response))
    settle()
    plan = Plan.objects.get()
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    assert somebody.client.post(link, {"do": "change", "amount": "20"}).status_code == 303
    later(days=31)
    work()
    last = Pledge.objects.latest("pk")
    assert (last.amount_minor, last.cover_minor) == (2000, 0)


def test_on_the_page_of_a_gift_another_way_is_without_the_fee(
    somebody: Somebody, rail: Rail, company: Faulty
):
    giving.rail("bank", of=rail.sponsor)
    somebody.send(choice="once EUR 2500").press(way=str(rail.pk), cover="1")
    page_of(somebody.press().response)
    same_page(somebody, actions_link(Pledge.objects.get()))
    assert "€25.61" in somebody.said
    (form,) = [
        one for one in somebody.page.select("main form") if str(one["action"]).endswith("donate")
    ]
    assert values_of(form) == {"choice": "once EUR 2500"}


def test_a_server_of_our_own_leads_to_no_other_host(somebody: Somebody):
    """Of pay.news.co.uk the last two names are everybody's in that country."""
    base = {"base": "https://pay.news.co.uk:8443", "store_id": "9" * 24}
    giving.rail("btcpay", account_ref="pay.news.co.uk:8443/9", currency="GBP", details=base)
    somebody.send(choice="once GBP 2500")
    assert somebody.ways() == ["By Bitcoin"]
    policy = somebody.response["Content-Security-Policy"]
    (leads_to,) = [one.split()[1:] for one in policy.split("; ") if one.startswith("form-action")]
    assert leads_to == ["'self'", "https://pay.news.co.uk:8443"]
