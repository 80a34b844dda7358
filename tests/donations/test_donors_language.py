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
from handpress.donations import actions
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.following import strand
from handpress.donations.actions.lost_orders import ask_to_change
from handpress.donations.actions.periods import pledge_for
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.letters import (
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


def test_a_receipt_by_mail_is_in_it(bank: Rail) -> None:
    plan = plan_of("ar", bank)
    gift = giving.gift(bank, 500, pledge=pledge_for(plan, "2026-11")[0])
    receipt, _ = issue_receipt(gift, now=clock.now())
    assert write_receipt(receipt)
    letter = Letter.objects.get()
    assert letter.language == "ar"
    assert re.search("[\u0621-\u064a]", letter.text)
    assert actions.facts_of(plan.donor)["email"] == ADDRESS
