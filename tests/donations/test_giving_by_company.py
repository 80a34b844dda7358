"""Giving by a company, as a donor meets it: 4.3, 4.5, 4.13."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations.test_giving import Somebody, values_of
from factories import giving
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.donations import actions
from handpress.donations.actions.asking_anew import ask_again
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    OutcomeUnknown,
)
from handpress.donations.core.movements import Kind
from handpress.donations.letters import FALLS_AFTER, again_link, plan_link
from handpress.donations.models import (
    Attempt,
    Collecting,
    Mandate,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RailHealth,
    Reconsent,
)
from handpress.donations.queries.plans import funnel
from handpress.donations.tasks import work_due, work_once
from handpress.lib import clock
from handpress.mail.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return practice_company(monkeypatch)


@pytest.fixture
def rail(company: Faulty) -> Rail:
    return practice_rail()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass."""
    held = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: held[0])

    def pass_by(**some: float) -> None:
        held[0] += timedelta(**some)

    return pass_by


def page_of(response: Any) -> str:
    assert response.status_code == 303, BeautifulSoup(response.content, "html.parser").main
    return str(response["Location"])


def pay(company: Faulty, location: str) -> None:
    company.book.pay(location.rpartition("/")[2], clock.now())


def give(somebody: Somebody, rail: Rail, choice: str = "once EUR 2500", **more: str) -> Any:
    somebody.send(choice=choice)
    return somebody.press(0, way=str(rail.pk), **more).response


def work() -> None:
    work_due(clock.now())
    for _ in range(3):
        work_once(clock.now())


def begun(somebody: Somebody, rail: Rail, company: Faulty, email: str = "a@reader.example") -> Plan:
    """Return a monthly gift of ten euros whose first gift came."""
    pay(company, page_of(give(somebody, rail, "monthly EUR 1000", email=email)))
    Attempt.objects.update(look_at=clock.now())
    work()
    return Plan.objects.latest("pk")


# --- once -----------------------------------------------------------------------------


def test_a_gift_by_a_company(somebody: Somebody, rail: Rail, company: Faulty, later: Any):
    drive = giving.campaign()
    location = page_of(give(somebody, rail, email="a@reader.example"))
    assert location.startswith("/-/practice/pay_")
    assert not Movement.objects.exists()
    assert not Letter.objects.exists(), "its company's page is all that one needs"
    pledge = Pledge.objects.get()
    gift = actions_link(pledge)
    assert "not heard from the company yet" in somebody.look(somebody.client.get(gift)).said
    pay(company, location)
    later(seconds=30)
    work()
    assert {(each.kind, each.amount_minor) for each in Movement.objects.all()} == {
        (Kind.CAPTURE, 2500),
        (Kind.FEE, -60),
    }
    capture = Movement.objects.get(kind=Kind.CAPTURE)
    assert (capture.pledge, capture.campaign) == (pledge, drive)
    assert "It has come. Thank you!" in somebody.look(somebody.client.get(gift)).said
    assert Letter.objects.count() == 1
    later(days=1)
    work()
    assert Movement.objects.count() == 2
    assert Letter.objects.count() == 1


def actions_link(pledge: Pledge) -> str:
    from handpress.donations.letters import gift_link

    return f"/-/gift/{gift_link(pledge, clock.now())}"


def test_4_5_the_same_form_again_leads_to_the_same_page(
    somebody: Somebody, rail: Rail, company: Faulty
):
    somebody.send(choice="once EUR 2500")
    fields = {**values_of(somebody.page.select("main form")[0]), "way": str(rail.pk)}
    pages = {page_of(somebody.client.post("/-/donate", fields)) for _ in range(4)}
    assert len(pages) == 1
    assert company.asked == ["begin"]
    assert Pledge.objects.count() == Attempt.objects.count() == 1


def test_nothing_of_the_donor_goes_to_the_company(somebody: Somebody, rail: Rail, company: Faulty):
    page_of(give(somebody, rail, email="secret@reader.example"))
    assert "secret@reader" not in str(Attempt.objects.values_list("asked", "url", "key"))
    dump = "\n".join(company.book._file.iterdump())
    assert "secret@reader" not in dump


def test_the_fee_is_paid_only_by_who_wants_to_and_shown_exactly(
    somebody: Somebody, company: Faulty
):
    rail = practice_rail(details={"fee_percent": "1.4", "fee_fixed": "0.25", "fee_fixed_minor": 25})
    somebody.send(choice="once EUR 2500")
    box = somebody.page.select_one("input[name=cover]")
    assert box is not None
    assert not box.has_attr("checked")
    somebody.press(way=str(rail.pk), cover="1")
    assert "€25.61" in somebody.said
    assert "about €0.61 is for the company’s fee, and €25 reaches us" in somebody.said
    assert not Pledge.objects.exists()
    page_of(somebody.press().response)
    pledge = Pledge.objects.get()
    assert (pledge.amount_minor, pledge.cover_minor) == (2561, 61)
    # The other button is the sum without it.
    somebody.send(choice="once EUR 2500").press(way=str(rail.pk), cover="1")
    page_of(somebody.press(1).response)
    assert Pledge.objects.latest("pk").amount_minor == 2500


def test_small_gifts_do_not_go_by_a_company(somebody: Somebody, rail: Rail):
    giving.rail("bank", of=rail.sponsor)
    somebody.send(choice="other", amount="2.99", currency="EUR", frequency="once")
    assert somebody.ways() == ["By bank transfer"]
    somebody.send(choice="other", amount="3", currency="EUR", frequency="once")
    assert len(somebody.ways()) == 2


def test_a_rail_on_trial_is_offered_to_nobody(somebody: Somebody, company: Faulty):
    practice_rail(mode="test")
    somebody.send(choice="once EUR 2500")
    assert "will be announced" in somebody.said


# --- 4.3: a company that fails --------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [CompanyDown("x"), OutcomeUnknown("x"), CompanyRevoked("x")],
    ids=lambda e: type(e).__name__,
)
def test_4_3_a_company_that_fails_leaves_the_other_ways_and_the_sum(
    somebody: Somebody, rail: Rail, company: Faulty, error: Any
):
    giving.rail("bank", of=rail.sponsor)
    company.before = [error]
    response = give(somebody, rail)
    assert response.status_code == 503
    assert "does not answer just now. Nothing was taken" in somebody.said
    assert somebody.ways() == ["By bank transfer"]
    somebody.press().follow()
    assert "€25" in somebody.said


def test_4_3_after_two_failures_nobody_is_shown_it_and_three_good_checks_bring_it_back(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    giving.rail("bank", of=rail.sponsor)
    company.before = [CompanyDown("x"), CompanyDown("x")]
    give(somebody, rail)
    give(somebody, rail, "once EUR 3000")
    assert RailHealth.objects.get().state == "down"
    assert somebody.send(choice="once EUR 2500").ways() == ["By bank transfer"]
    for _ in range(3):
        later(seconds=70)
        work_once(clock.now())
    assert RailHealth.objects.get().state == "up"
    assert len(somebody.send(choice="once EUR 2500").ways()) == 2


def test_4_3_a_closed_account_is_off_at_once(somebody: Somebody, rail: Rail, company: Faulty):
    giving.rail("bank", of=rail.sponsor)
    company.before = [CompanyRevoked("status 401")]
    give(somebody, rail)
    assert RailHealth.objects.get().state == "revoked"
    assert somebody.send(choice="once EUR 2500").ways() == ["By bank transfer"]


def test_a_page_that_was_left_can_be_gone_on_to(somebody: Somebody, rail: Rail, company: Faulty):
    first = page_of(give(somebody, rail))
    gift = actions_link(Pledge.objects.get())
    somebody.look(somebody.client.get(gift))
    assert page_of(somebody.client.post(gift)) == first
    company.book.fail(first.rpartition("/")[2], "card_declined")
    Attempt.objects.update(look_at=clock.now())
    work()
    assert "It was not paid, and nothing was taken" in somebody.look(somebody.client.get(gift)).said
    second = page_of(somebody.client.post(gift))
    assert second != first
    pay(company, second)
    Attempt.objects.update(look_at=clock.now())
    work()
    assert "It has come" in somebody.look(somebody.client.get(gift)).said
    # Nothing more can be paid by it.
    assert "/-/practice/" not in page_of(somebody.client.post(gift))


# --- every month ----------------------------------------------------------------------


def test_every_month_needs_an_address_and_says_what_is_agreed_to(
    somebody: Somebody, rail: Rail, company: Faulty
):
    somebody.send(choice="monthly EUR 1000")
    assert "I agree that €10.00 is taken every month until I end it." in somebody.said
    somebody.press(way=str(rail.pk))
    assert somebody.response.status_code == 400
    assert "A gift every month needs an address" in somebody.said
    assert not Plan.objects.exists()


def test_a_monthly_gift_is_taken_each_month_and_ended_in_two_clicks(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, rail, company)
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.MANDATE)
    assert Mandate.objects.get().words == "practice card 4242"
    for month in range(1, 4):
        later(days=31)
        work()
        assert Movement.objects.filter(kind=Kind.CAPTURE).count() == month + 1
    assert Pledge.objects.filter(plan=plan).values("period").distinct().count() == 4
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    said = somebody.look(somebody.client.get(link)).said
    assert "practice card 4242" in said
    assert page_of(somebody.client.post(link, {"do": "change", "amount": "12,50"}))
    plan.refresh_from_db()
    assert plan.amount_minor == 1250
    assert somebody.client.post(link, {"do": "change", "amount": "lots"}).status_code == 400
    somebody.client.post(link, {"do": "pause"})
    later(days=40)
    work()
    assert Movement.objects.filter(kind=Kind.CAPTURE).count() == 4
    somebody.client.post(link, {"do": "resume"})
    later(days=31)
    work()
    assert Movement.objects.filter(kind=Kind.CAPTURE).count() == 5
    somebody.look(somebody.client.post(link, {"do": "end"}))
    assert "End your monthly gift?" in somebody.said
    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    somebody.client.post(link, {"do": "end-now"})
    plan.refresh_from_db()
    assert plan.state == PlanState.CANCELLED
    work()
    assert not company.book.is_active(Mandate.objects.get().remote_id)
    later(days=62)
    work()
    assert Movement.objects.filter(kind=Kind.CAPTURE).count() == 5


def test_no_get_changes_a_plan(somebody: Somebody, rail: Rail, company: Faulty):
    plan = begun(somebody, rail, company)
    before = list(Plan.objects.values())
    for query in ("", "?do=end-now", "?do=pause"):
        somebody.client.get(f"/-/plan/{plan_link(plan, clock.now())}{query}")
        somebody.client.head(f"/-/plan/{plan_link(plan, clock.now())}{query}")
    assert list(Plan.objects.values()) == before


def test_a_company_without_mandates_is_asked_for_by_letter(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    company.changes = {"takes_mandates": False}
    plan = begun(somebody, rail, company)
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    letters = Letter.objects.count()
    later(days=31)
    work()
    work()
    assert Letter.objects.count() == letters + 1
    assert "charge" not in company.asked
    pledge = Pledge.objects.latest("pk")
    pay(company, page_of(somebody.client.post(actions_link(pledge))))
    Attempt.objects.update(look_at=clock.now())
    work()
    assert Movement.objects.filter(kind=Kind.CAPTURE, pledge=pledge).count() == 1


# --- 4.13: agreeing anew --------------------------------------------------------------


@pytest.fixture
def stranded(somebody: Somebody, rail: Rail, company: Faulty, later: Any) -> Plan:
    """A monthly gift whose sponsor is lost ten days after it was taken; a successor is there."""
    plan = begun(somebody, rail, company)
    later(days=10)
    successor = giving.sponsor("A new roof")
    practice_rail(of=successor, account_ref="other", name="New card")
    giving.rail("bank", of=successor, account_ref=giving.OTHER_IBAN)
    actions.suspend_sponsor(rail.sponsor, now=clock.now(), successor=successor)
    plan.refresh_from_db()
    return plan


def test_4_11_letters_go_once_and_again_after_a_week_and_three(stranded: Plan, later: Any):
    assert (stranded.state, stranded.wave) == (PlanState.NEEDS_RECONSENT, 1)
    letters = Letter.objects.count()
    for days, expected in ((0, 1), (1, 1), (6, 2), (7, 2), (7, 3), (5, 3)):
        later(days=days)
        work()
        ask_again(clock.now())
        assert Letter.objects.count() == letters + expected, days
    later(days=FALLS_AFTER.days)
    work()
    stranded.refresh_from_db()
    assert (stranded.state, stranded.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    with CaptureQueriesContext(connection) as asked:
        steps = funnel(clock.now())
    assert len(asked) == 1
    assert (steps.asked, steps.by_letter, steps.agreed) == (1, 1, 0)


def test_4_13_agreeing_anew_takes_nothing_before_its_day(
    somebody: Somebody, stranded: Plan, company: Faulty, later: Any
):
    due = stranded.next_due
    link = f"/-/again/{again_link(stranded, clock.now())}"
    for _ in range(2):
        somebody.look(somebody.client.get(link))
        assert "a@reader" not in somebody.said
    assert Reconsent.objects.get().answer == ""
    new = Rail.objects.get(name="New card")
    location = page_of(somebody.client.post(link, {"do": "agree", "way": str(new.pk)}))
    assert Reconsent.objects.get().answer == "opened"
    captures = Movement.objects.filter(kind=Kind.CAPTURE)
    pay(company, location)
    Attempt.objects.update(look_at=clock.now())
    work()
    stranded.refresh_from_db()
    assert (stranded.state, stranded.rail, stranded.next_due) == (PlanState.ACTIVE, new, due)
    assert captures.count() == 1
    assert Reconsent.objects.get().answer == "agreed"
    assert "This is done" in somebody.look(somebody.client.get(link)).said
    assert "This is done" in somebody.look(somebody.client.post(link, {"do": "agree"})).said
    later(days=21)
    work()
    assert captures.count() == 2
    assert captures.latest("pk").rail == new


def test_4_13_links_that_do_nothing(somebody: Somebody, stranded: Plan, later: Any):
    link = again_link(stranded, clock.now())
    for wrong in (
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        "nothing",
        plan_link(stranded, clock.now()),
    ):
        assert somebody.client.get(f"/-/again/{wrong}").status_code == 404
    later(days=3661)
    assert somebody.client.post(f"/-/again/{link}", {"do": "end-now"}).status_code == 404
    actions.erase_donor(stranded.donor)
    fresh = again_link(stranded, clock.now())
    assert somebody.client.get(f"/-/again/{fresh}").status_code == 404


def test_4_13_ending_it_there_is_two_clicks(somebody: Somebody, stranded: Plan):
    link = f"/-/again/{again_link(stranded, clock.now())}"
    somebody.client.post(link, {"do": "end"})
    stranded.refresh_from_db()
    assert stranded.state == PlanState.NEEDS_RECONSENT
    somebody.client.post(link, {"do": "end-now"})
    stranded.refresh_from_db()
    assert stranded.state == PlanState.CANCELLED
    assert Reconsent.objects.get().answer == "declined"


def test_old_letters_of_a_former_wave_do_nothing(stranded: Plan, somebody: Somebody):
    link = again_link(stranded, clock.now())
    Plan.objects.filter(pk=stranded.pk).update(wave=2)
    assert somebody.client.get(f"/-/again/{link}").status_code == 404
