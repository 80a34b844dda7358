"""Letters to donors, and the pages that they lead to, are in the donor's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from donations.test_giving import Somebody, bank, somebody
from donations.test_lost_orders import Time, lose, new, old, order, time
from factories import giving
from factories.practicing import practice_company, practice_rail
from handpress.donations import actions
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.following import strand
from handpress.donations.actions.lost_orders import ask_to_change
from handpress.donations.actions.periods import pledge_for
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.letters import (
    gift_link,
    plan_link,
    write_again,
    write_declined,
    write_instructions,
    write_reminder,
    write_still_taken,
    write_thanks,
)
from handpress.donations.models import Donor, Plan, PlanState, Rail
from handpress.donations.receipt_letters import write_receipt
from handpress.lib import clock
from handpress.mail.messages import letter_message
from handpress.mail.models import Letter
from handpress.newsroom.models import Outlet
from handpress.press.catalogues import spoken_now
from handpress.press.site import OutletChoices, as_if_chosen

__all__ = ["bank", "new", "old", "somebody", "time"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
ADDRESS = "noura@reader.example"


def plan_of(language: str, rail: Rail) -> Plan:
    now = clock.now()
    return Plan.objects.create(
        donor=keep_donor({"email": ADDRESS}, language=language),
        rail=rail,
        amount_minor=150_000,
        currency="EUR",
        anchor_day=5,
        next_due=now.date(),
        state=PlanState.ACTIVE,
        began_at=now,
    )


def again(plan: Plan, now: Any) -> None:
    strand(plan, now)
    write_again(plan, now, step=0)


LETTERS: dict[str, Callable[[Plan, Any], object]] = {
    "instructions": lambda plan, now: write_instructions(
        pledge_for(plan, "2026-11")[0], ADDRESS, now
    ),
    "thanks": lambda plan, now: write_thanks(pledge_for(plan, "2026-11")[0], now),
    "reminder": lambda plan, now: write_reminder(plan, pledge_for(plan, "2026-11")[0], now),
    "declined": lambda plan, now: write_declined(
        plan, pledge_for(plan, "2026-11")[0], now, is_last=False
    ),
    "given up": lambda plan, now: write_declined(
        plan, pledge_for(plan, "2026-11")[0], now, is_last=True
    ),
    "again": again,
    "still taken": lambda plan, now: write_still_taken(plan, plan.rail, now, name="7"),
}


@pytest.mark.parametrize("what", LETTERS)
def test_every_letter_is_in_the_donors_language(what: str) -> None:
    rail = giving.rail("stripe" if what == "still taken" else "bank")
    LETTERS[what](plan_of("ar", rail), clock.now())
    letter = Letter.objects.get()
    assert letter.language == "ar"
    assert re.search("[\u0621-\u064a]", letter.subject)
    # Nothing of it is left in the outlet's words; names and addresses are as they are.
    words = re.sub(r"https?://\S+", "", letter.text).partition("\n-- \n")[0]
    assert not re.search(r"\b([Yy]our|[Gg]ift|month|page|[Pp]lease)\b", words), words
    page = BeautifulSoup(letter.html, "html.parser")
    assert page.html
    assert (page.html["lang"], page.html["dir"]) == ("ar", "rtl")
    assert b"Content-Language: ar\r\n" in letter_message(letter)
    assert spoken_now() == ""


@pytest.mark.parametrize(
    ("known", "outlet", "language", "direction", "said"),
    [
        ("es-MX", "en", "es", "ltr", "Su donación"),
        ("", "en", "en", "ltr", "Your gift"),
        ("sw", "en", "en", "ltr", "Your gift"),
        ("sw", "ar", "ar", "rtl", "تبرّعكم"),
        ("en", "ar", "en", "ltr", "Your gift"),
        ("pt_BR", "fr", "fr", "ltr", "Votre don"),
    ],
)
def test_where_nobody_wrote_words_it_is_the_outlets(
    known: str, outlet: str, language: str, direction: str, said: str
) -> None:
    plan = plan_of(known, giving.rail("bank"))
    with as_if_chosen(OutletChoices(language=outlet)):
        write_thanks(pledge_for(plan, "2026-11")[0], clock.now())
    letter = Letter.objects.get()
    assert said in letter.subject
    assert letter.language == language
    assert f'<html lang="{language}" dir="{direction}">' in letter.html


def test_sums_and_days_are_said_as_the_letter_is() -> None:
    plan = plan_of("fr", giving.rail("bank"))
    again(plan, clock.now())
    text = Letter.objects.get().text.replace("\u202f", " ").replace("\xa0", " ")
    assert "1 500 €" in text
    day = plan.reconsent_at
    assert day
    assert re.search(r"jusqu’au \d{1,2} \w+ \d{4}", text), text


def test_a_lost_order_is_asked_for_in_it_and_shown_in_it(time: Time, old: Rail, new: Rail) -> None:
    pledge = order(old)
    Donor.objects.update(language="ar")
    lose(old, new)
    time.pass_by(hours=2)
    assert ask_to_change(time.now) == 1
    letter = Letter.objects.get()
    assert (letter.language, "أمر الدفع الدائم" in letter.subject) == ("ar", True)
    link = re.search(r"/-/gift/\S+", letter.text)
    assert link
    page = BeautifulSoup(Client().get(link[0]).content, "html.parser")
    main = page.select_one("main")
    assert page.html
    assert main
    # The frame is the outlet's, and says so.
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert (main["lang"], main["dir"]) == ("ar", "rtl")
    assert "Skip to content" in page.get_text()
    assert "أُغلق دوننا" in main.get_text()
    assert not re.search(r"\b(account|reference|your)\b", main.get_text(), re.IGNORECASE)
    assert pledge.donor


def test_a_monthly_gifts_page_is_in_it(bank: Rail) -> None:
    plan = plan_of("ko", bank)
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    for answered in (Client().get(link), Client().post(link, {"do": "end"})):
        main = BeautifulSoup(answered.content, "html.parser").select_one("main")
        assert main
        assert (main["lang"], main["dir"]) == ("ko", "ltr")
        assert not re.search(r"\b(gift|your|month)\b", main.get_text(), re.IGNORECASE)
    with as_if_chosen(OutletChoices(language="ko")):
        main = BeautifulSoup(Client().get(link).content, "html.parser").select_one("main")
    assert main
    assert not main.has_attr("lang")


def test_the_language_of_the_form_is_kept_and_spoken_when_the_outlets_is_another(
    somebody: Somebody, bank: Rail
) -> None:
    with as_if_chosen(OutletChoices(language="es")):
        somebody.send(choice="once EUR 500").press(email=ADDRESS).follow()
    assert Donor.objects.get().language == "es"
    donor = Donor.objects.get()
    pledge = donor.pledges.get()
    write_thanks(pledge, clock.now())
    assert [each.language for each in Letter.objects.order_by("pk")] == ["es", "es"]


@pytest.fixture
def speaks_three(db: None) -> None:
    """An outlet that writes in English, Korean and Arabic, and in Swahili, which has no words."""
    Outlet.objects.update_or_create(pk=1, defaults={"languages": "en, ko, sw, ar"})


def options(page: BeautifulSoup) -> list[tuple[str, str, bool]]:
    found = page.select("main select[name=language] option")
    return [(str(one["value"]), one.get_text(), one.has_attr("selected")) for one in found]


@pytest.mark.usefixtures("speaks_three")
def test_a_donor_chooses_the_language_of_letters_on_the_way(somebody: Somebody, bank: Rail) -> None:
    somebody.send(choice="once EUR 500")
    assert options(somebody.page) == [
        ("en", "English", True),
        ("ko", "한국어", False),
        ("ar", "العربية", False),
    ]
    # What went wrong beside it loses nothing of it.
    somebody.press(email="nobody", language="ar")
    assert options(somebody.page)[2] == ("ar", "العربية", True)
    somebody.press(email=ADDRESS, language="ar").follow()
    assert Donor.objects.get().language == "ar"
    letter = Letter.objects.get()
    assert letter.language == "ar"
    main = somebody.page.select_one("main")
    assert main
    assert main["lang"] == "ar"
    # Who fills in the form may have typed somebody else's address: there, none is offered.
    assert options(somebody.page) == []
    # Nor does another choice change what is known of whoever has the address.
    Somebody().send(choice="once EUR 700").press(email=ADDRESS, language="ko").follow()
    assert Donor.objects.get().language == "ar"


@pytest.mark.usefixtures("speaks_three")
@pytest.mark.parametrize("chosen", ["sw", "fr", "../x", "a" * 400])
def test_what_was_not_offered_is_not_kept(somebody: Somebody, bank: Rail, chosen: str) -> None:
    somebody.send(choice="once EUR 500").press(email=ADDRESS, language=chosen).follow()
    donor = Donor.objects.get()
    assert donor.language == "en"
    link = f"/-/plan/{plan_link(plan_of('', bank), clock.now())}"
    assert Client().post(link, {"do": "language", "language": chosen}).status_code == 303
    donor.refresh_from_db()
    assert donor.language == "en"


@pytest.mark.usefixtures("speaks_three")
def test_with_a_companys_fee_it_is_kept_as_well(
    somebody: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice_company(monkeypatch)
    rail = practice_rail()
    Rail.objects.filter(pk=rail.pk).update(details={"fee_percent": "2"}, currency="EUR")
    somebody.send(choice="monthly EUR 2500").press(email=ADDRESS, language="ko", cover="1")
    assert "fee" in somebody.said
    somebody.press()
    assert somebody.response.status_code == 303
    assert Donor.objects.get().language == "ko"


@pytest.mark.usefixtures("speaks_three")
def test_a_donor_chooses_it_on_the_page_of_a_monthly_gift(bank: Rail) -> None:
    plan = plan_of("fr", bank)
    link = f"/-/plan/{plan_link(plan, clock.now())}"
    page = BeautifulSoup(Client().get(link).content, "html.parser")
    # The language that letters are in stands there, whether the outlet writes in it or not.
    assert [(tag, is_on) for tag, _, is_on in options(page)] == [
        ("en", False),
        ("ko", False),
        ("ar", False),
        ("fr", True),
    ]
    for chosen in ("ar", "en"):
        answered = Client().post(link, {"do": "language", "language": chosen}, follow=True)
        page = BeautifulSoup(answered.content, "html.parser")
        main = page.select_one("main")
        assert main
        assert main.get("lang", "en") == chosen
        assert (chosen, True) in [(tag, is_on) for tag, _, is_on in options(page)]
        plan.refresh_from_db()
        assert plan.donor.language == chosen
        write_thanks(pledge_for(plan, "2026-11")[0], clock.now())
        assert Letter.objects.latest("pk").language == chosen
    # An outlet that is in Korean by now writes to them in English.
    with as_if_chosen(OutletChoices(language="ko")):
        write_thanks(pledge_for(plan, "2026-12")[0], clock.now())
    assert Letter.objects.latest("pk").language == "en"


@pytest.mark.usefixtures("speaks_three")
def test_whoever_gives_once_chooses_it_behind_the_link_of_the_letter(
    somebody: Somebody, bank: Rail
) -> None:
    somebody.send(choice="once EUR 500").press(email=ADDRESS).follow()
    link = re.search(r"/-/gift/\S+", Letter.objects.get().text)
    assert link
    page = BeautifulSoup(Client().get(link[0]).content, "html.parser")
    assert ("en", "English", True) in options(page)
    assert Client().post(link[0], {"do": "language", "language": "ar"}).status_code == 303
    assert Donor.objects.get().language == "ar"
    # The link of whoever filled in the form cannot.
    theirs = f"/-/gift/{gift_link(Donor.objects.get().pledges.get(), clock.now())}"
    Client().post(theirs, {"do": "language", "language": "ko"})
    assert Donor.objects.get().language == "ar"


def test_where_the_outlet_has_one_language_nobody_is_asked(somebody: Somebody, bank: Rail) -> None:
    assert options(somebody.send(choice="once EUR 500").page) == []
    plan = plan_of("en", bank)
    page = Client().get(f"/-/plan/{plan_link(plan, clock.now())}")
    assert options(BeautifulSoup(page.content, "html.parser")) == []


def test_a_receipt_by_mail_is_in_it(bank: Rail) -> None:
    plan = plan_of("ar", bank)
    gift = giving.gift(bank, 500, pledge=pledge_for(plan, "2026-11")[0])
    receipt, _ = issue_receipt(gift, now=clock.now())
    assert write_receipt(receipt)
    letter = Letter.objects.get()
    assert letter.language == "ar"
    assert re.search("[\u0621-\u064a]", letter.text)
    assert actions.facts_of(plan.donor)["email"] == ADDRESS
