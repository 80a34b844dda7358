"""Monthly gifts whose way is gone, as their donors meet them: one plan, one way, nothing taken that
was not agreed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from donations.test_giving import Somebody
from donations.test_giving_by_company import (
    actions_link,
    begun,
    company,
    later,
    page_of,
    pay,
    rail,
    somebody,
    work,
)
from factories import giving
from factories.practicing import Faulty, practice_rail
from handpress.donations import actions
from handpress.donations.core.movements import Kind
from handpress.donations.letters import again_link, plan_link
from handpress.donations.models import (
    Answer,
    Attempt,
    Collecting,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanLetter,
    PlanState,
    Pledge,
    Purpose,
    Rail,
    Reconsent,
    Sponsor,
)
from handpress.donations.queries.plans import funnel
from handpress.lib import clock
from handpress.mail.models import Letter

__all__ = ["company", "later", "rail", "somebody"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def successor(*, with_company: bool = True) -> Rail:
    """Return the bank of a new sponsor, who has a company too."""
    new = giving.sponsor("A new roof")
    if with_company:
        practice_rail(of=new, account_ref="other", name="New card")
    return giving.rail("bank", of=new, account_ref=giving.OTHER_IBAN)


def lose(rail: Rail, to: Sponsor | None = None) -> None:
    assert actions.suspend_sponsor(rail.sponsor, now=clock.now(), successor=to)


def by_letter(somebody: Somebody, rail: Rail, company: Faulty) -> Plan:
    """Return a monthly gift by a company that takes nothing by itself, as PayPal."""
    company.changes = {"takes_mandates": False}
    plan = begun(somebody, rail, company)
    company.changes = {}
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    return plan


def captures() -> int:
    return Movement.objects.filter(kind=Kind.CAPTURE).count()


def settle() -> None:
    Attempt.objects.exclude(state__in=["done", "dead", "declined"]).update(look_at=clock.now())
    work()


def buttons(somebody: Somebody) -> list[tuple[str, str]]:
    """Return where the forms of a page lead, and by which button."""
    return [
        (str(form["action"]), form.select("button")[0].get_text(" ", strip=True))
        for form in somebody.page.select("main form")
    ]


def same_page(somebody: Somebody, address: str) -> Somebody:
    return somebody.look(somebody.client.get(urlsplit(address).path))


# --- the sum ----------------------------------------------------------------------------------


def test_less_than_a_company_takes_is_refused_in_the_words_of_the_form(
    somebody: Somebody, rail: Rail, company: Faulty
):
    plan = begun(somebody, rail, company)
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    for amount in ("0.02", "2.99"):
        refused = somebody.client.post(link, {"do": "change", "amount": amount})
        assert refused.status_code == 400
        said = somebody.look(refused).said
        assert "cannot be taken at the moment. Other sums or currencies can." in said
        assert "The least by this way is €3." in said
        assert f'value="{amount}"' in refused.content.decode()
    plan.refresh_from_db()
    assert plan.amount_minor == 1000
    assert somebody.client.post(link, {"do": "change", "amount": "3"}).status_code == 303
    plan.refresh_from_db()
    assert plan.amount_minor == 300


def test_by_a_standing_order_every_sum_will_do(somebody: Somebody, rail: Rail, company: Faulty):
    plan = begun(somebody, rail, company)
    Plan.objects.update(rail=giving.rail("bank"), collecting=Collecting.STANDING_ORDER)
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    assert somebody.client.post(link, {"do": "change", "amount": "2"}).status_code == 303


# --- by a letter, nothing is taken by itself --------------------------------------------------


def test_who_pays_one_letter_agrees_to_nothing_more(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    """The company could take it by itself, and this donor has chosen letters."""
    plan = by_letter(somebody, rail, company)
    later(days=31)
    work()
    pledge = Pledge.objects.latest("pk")
    pay(company, page_of(somebody.client.post(actions_link(pledge))))
    settle()
    page = Attempt.objects.get(pledge=pledge)
    assert (page.asked["order"]["is_monthly"], "consent" in page.asked) == (False, False)
    assert captures() == 2
    plan.refresh_from_db()
    assert (plan.collecting, Mandate.objects.count()) == (Collecting.REMINDER, 0)
    later(days=62)
    work()
    assert "charge" not in company.asked


def test_who_agrees_anew_is_shown_what_to(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = by_letter(somebody, rail, company)
    lose(rail, successor().sponsor)
    work()
    plan.refresh_from_db()
    link = f"/-/again/{again_link(plan, clock.now())}"
    assert (
        "I agree that €10.00 is taken every month until I end it." in same_page(somebody, link).said
    )
    new = Rail.objects.get(name="New card")
    pay(company, page_of(somebody.client.post(link, {"do": "agree", "way": str(new.pk)})))
    settle()
    mandate = Mandate.objects.get(state=MandateState.ACTIVE)
    assert (mandate.rail, len(mandate.consent)) == (new, 64)
    plan.refresh_from_db()
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.MANDATE)


# --- letters that are lost with their company -------------------------------------------------


def test_gifts_by_letter_are_asked_anew_like_the_others(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = by_letter(somebody, rail, company)
    lose(rail, successor().sponsor)
    work()
    plan.refresh_from_db()
    assert plan.state == PlanState.NEEDS_RECONSENT
    assert PlanLetter.objects.filter(plan=plan, about="again-0").count() == 1
    assert funnel(clock.now()).asked == 1
    later(days=40)
    work()
    plan.refresh_from_db()
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    work()
    assert PlanLetter.objects.filter(plan=plan, about__startswith="remind-").count() == 1


def test_a_way_that_is_revoked_asks_anew_when_it_is_due_and_once(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = by_letter(somebody, rail, company)
    giving.rail("bank", of=rail.sponsor)
    Rail.objects.filter(pk=rail.pk).update(state="revoked")
    later(days=31)
    work()
    plan.refresh_from_db()
    assert (plan.state, plan.wave) == (PlanState.NEEDS_RECONSENT, 1)
    for _ in range(3):
        later(days=31)
        work()
        work()
    plan.refresh_from_db()
    assert (plan.state, plan.wave) == (PlanState.ACTIVE, 1)
    assert PlanLetter.objects.filter(about__startswith="remind-").count() == 3


def test_late_money_by_the_lost_way_does_not_bring_it_back(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = by_letter(somebody, rail, company)
    later(days=31)
    work()
    company.changes = {"takes_mandates": False}
    page = page_of(somebody.client.post(actions_link(Pledge.objects.latest("pk"))))
    lose(rail, successor().sponsor)
    pay(company, page)
    settle()
    assert captures() == 2
    plan.refresh_from_db()
    assert plan.state == PlanState.NEEDS_RECONSENT


# --- after thirty days: the page of a month ---------------------------------------------------


@pytest.fixture
def fallen(somebody: Somebody, rail: Rail, company: Faulty, later: Any) -> Plan:
    """A monthly gift that is asked for by letters since nobody answered, and this month's."""
    plan = begun(somebody, rail, company)
    later(days=10)
    lose(rail, successor().sponsor)
    for _ in range(2):
        work()
        later(days=31)
    work()
    plan.refresh_from_db()
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.REMINDER)
    assert plan.rail == rail
    return plan


def test_the_page_of_a_month_offers_what_works_and_there_is_one_plan(
    somebody: Somebody, fallen: Plan, company: Faulty, later: Any
):
    pledge = Pledge.objects.latest("pk")
    gift = actions_link(pledge)
    same_page(somebody, gift)
    assert "takes no gifts any more" in somebody.said
    assert somebody.ways() == ["By practice card, without money", "By bank transfer"]
    assert "You give for this month alone." in somebody.said
    assert "I agree that" not in somebody.said
    assert "-/donate" not in str(buttons(somebody))
    new = Rail.objects.get(name="New card")
    pay(company, page_of(somebody.client.post(gift, {"do": "agree", "way": str(new.pk)})))
    settle()
    fallen.refresh_from_db()
    pledge.refresh_from_db()
    assert (pledge.rail, fallen.rail) == (new, new)
    assert Movement.objects.filter(pledge=pledge, kind=Kind.CAPTURE).count() == 1
    assert (fallen.collecting, Plan.objects.count()) == (Collecting.REMINDER, 1)
    assert not Mandate.objects.exclude(state=MandateState.ENDED).exists()
    assert Reconsent.objects.get().answer == Answer.AGREED
    # The next letter leads straight on.
    later(days=31)
    work()
    following = actions_link(Pledge.objects.latest("pk"))
    assert ("By practice card" in buttons(same_page(somebody, following))[0][1]) is True
    assert page_of(somebody.client.post(following)).startswith("/-/practice/")


def test_by_bank_a_month_becomes_a_standing_order(somebody: Somebody, fallen: Plan, later: Any):
    gift = actions_link(Pledge.objects.latest("pk"))
    bank = Rail.objects.get(kind="bank")
    somebody.client.post(gift, {"do": "agree", "way": str(bank.pk)})
    fallen.refresh_from_db()
    assert (fallen.collecting, fallen.rail) == (Collecting.STANDING_ORDER, bank)
    assert "DE89 3704 0044 0532 0130 00" in same_page(somebody, gift).said


def test_no_way_and_a_wrong_one_are_said(somebody: Somebody, fallen: Plan):
    pledge = Pledge.objects.latest("pk")
    gift = actions_link(pledge)
    refused = somebody.client.post(gift, {"do": "agree", "way": str(pledge.rail_id)})
    assert refused.status_code == 400
    assert "Please choose a way to give." in somebody.look(refused).said
    Sponsor.objects.update(state="suspended", suspended_at=clock.now())
    said = same_page(somebody, gift).said
    assert "There is no other way just now." in said
    assert buttons(somebody) == []


def test_a_letter_leads_somewhere_or_is_not_written(somebody: Somebody, fallen: Plan, later: Any):
    letters = PlanLetter.objects.filter(about__startswith="remind-")
    before = letters.count()
    Sponsor.objects.update(state="suspended", suspended_at=clock.now())
    later(days=65)
    work()
    assert letters.count() == before
    Sponsor.objects.filter(legal_name="A new roof").update(state="live", suspended_at=None)
    work()
    work()
    assert letters.count() == before + 1


def test_another_way_does_not_begin_a_second_plan(somebody: Somebody, rail: Rail, company: Faulty):
    """Somebody at a company's page goes back and chooses another."""
    somebody.send(choice="monthly EUR 1000")
    somebody.press(0, way=str(rail.pk), email="a@reader.example")
    pledge = Pledge.objects.get()
    practice_rail(of=rail.sponsor, account_ref="other", name="New card", position=9)
    gift = actions_link(pledge)
    same_page(somebody, gift)
    assert [button for _, button in buttons(somebody)][-1] == "Choose another way"
    assert "-/donate" not in str(buttons(somebody))
    somebody.look(somebody.client.post(gift, {"do": "other"}))
    assert len(somebody.ways()) == 2
    assert "I agree that €10.00 is taken every month" in somebody.said
    new = Rail.objects.get(name="New card")
    pay(company, page_of(somebody.client.post(gift, {"do": "agree", "way": str(new.pk)})))
    settle()
    plan = Plan.objects.get()
    assert (plan.state, plan.rail, plan.collecting) == (PlanState.ACTIVE, new, Collecting.MANDATE)
    assert captures() == 1


def test_what_is_being_taken_is_not_paid_beside(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, rail, company)
    later(days=31)
    from handpress.donations.tasks import work_due

    work_due(clock.now())
    pledge = Attempt.objects.get(purpose=Purpose.CHARGE).pledge
    gift = actions_link(pledge)
    said = same_page(somebody, gift).said
    assert "please do not pay twice" in said
    assert buttons(somebody) == []
    for fields in ({}, {"do": "other"}, {"do": "agree", "way": str(rail.pk)}):
        assert "/-/practice/" not in page_of(somebody.client.post(gift, fields))
    assert Attempt.objects.filter(pledge=pledge).count() == 1
    work()
    assert captures() == 2
    assert plan.pledges.count() == 2


# --- nobody takes over ------------------------------------------------------------------------


def test_nobody_is_written_to_before_there_is_a_way(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, rail, company)
    lose(rail)
    letters = Letter.objects.count()
    for _ in range(5):
        work()
        later(days=9)
    assert Letter.objects.count() == letters
    plan.refresh_from_db()
    assert plan.state == PlanState.NEEDS_RECONSENT
    link = f"/-/again/{again_link(plan, clock.now())}"
    said = same_page(somebody, link).said
    assert "there is no other yet. As soon as there is one, we write to you." in said
    assert buttons(somebody) == [(link.rpartition("/")[2], "End it")]
    # Then they go out, and the thirty days begin.
    successor()
    work()
    work()
    assert [each.about for each in PlanLetter.objects.all()] == ["again-0"]
    later(days=8)
    work()
    assert PlanLetter.objects.count() == 2
    plan.refresh_from_db()
    assert plan.state == PlanState.NEEDS_RECONSENT


# --- days left, and afterwards ----------------------------------------------------------------


def test_letters_say_how_many_days_are_left(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    begun(somebody, rail, company)
    lose(rail, successor().sponsor)
    ends_at = clock.now() + timedelta(days=30)
    said = []
    for days in (0, 7, 14):
        later(days=days)
        work()
        letter = Letter.objects.filter(subject__contains="needs you once more").latest("pk")
        said.append(" ".join(letter.text.split()))
    day = f"{ends_at.day} {ends_at:%B} {ends_at.year}"
    for text, left in zip(said, (30, 23, 9), strict=True):
        assert f"days left: {left}" in text
        assert "thirty days" not in text
        assert day in text or f"{ends_at:%B} {ends_at.day}, {ends_at.year}" in text


def test_who_has_not_answered_is_offered_the_ways_after_the_thirty_days_too(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, rail, company)
    later(days=10)
    lose(rail, successor().sponsor)
    work()
    later(days=21)
    work()
    plan.refresh_from_db()
    link = f"/-/again/{again_link(plan, clock.now())}"
    later(days=12)
    work()
    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    said = same_page(somebody, link).said
    assert "You have answered" not in said
    assert "a letter asks you for each month’s gift" in said
    assert len(somebody.ways()) == 2
    new = Rail.objects.get(name="New card")
    pay(company, page_of(somebody.client.post(link, {"do": "agree", "way": str(new.pk)})))
    settle()
    plan.refresh_from_db()
    assert (plan.rail, plan.collecting) == (new, Collecting.MANDATE)
    assert "You have answered this letter" in same_page(somebody, link).said


# --- by bank ----------------------------------------------------------------------------------


def test_agreed_by_bank_it_is_one_standing_order_under_one_reference(
    somebody: Somebody, rail: Rail, company: Faulty, later: Any
):
    plan = begun(somebody, rail, company)
    later(days=10)
    bank = successor()
    lose(rail, bank.sponsor)
    work()
    plan.refresh_from_db()
    link = f"/-/again/{again_link(plan, clock.now())}"
    there = page_of(somebody.client.post(link, {"do": "agree", "way": str(bank.pk)}))
    same_page(somebody, there)
    reference = somebody.page.select_one(".large")
    assert reference
    assert "DE89 3704 0044 0532 0130 00" in somebody.said
    assert "Set up a standing order" in somebody.said
    plan.refresh_from_db()
    assert (plan.state, plan.collecting) == (PlanState.ACTIVE, Collecting.STANDING_ORDER)
    pledges = Pledge.objects.count()
    for _ in range(3):
        later(days=31)
        work()
    assert not PlanLetter.objects.filter(about__startswith="remind-").exists()
    assert Pledge.objects.count() == pledges
    # Each month comes under it, and the page stays, as do the ways to it.
    pledge = Pledge.objects.latest("pk")
    for month in range(2):
        giving.gift(bank, 1000, pledge=pledge, key=f"m{month}")
    assert "It has come. Thank you!" in same_page(somebody, there).said
    assert "DE89" in somebody.said
    assert buttons(somebody) == []
    answered = f"/-/again/{again_link(plan, clock.now())}"
    for page in (f"/-/plan/{plan_link(plan, clock.now())}", answered):
        shown = BeautifulSoup(somebody.client.get(page).content, "html.parser")
        (way,) = shown.select("main .onward a")
        assert "DE89" in same_page(somebody, f"/-/{str(way['href'])[3:]}").said
