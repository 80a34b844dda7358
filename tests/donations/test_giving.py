"""Giving by the form: from the sum to the reference, without a cookie, and nothing asked twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import segno.helpers
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client

from factories import giving
from factories.desk_forms import Desk
from handpress.accounts.models import UseCount
from handpress.donations import actions
from handpress.donations.actions.donors import facts_of
from handpress.donations.actions.giving import give
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.core.asking import MOST, Wish
from handpress.donations.core.limits import LETTER, NETWORK
from handpress.donations.core.references import parse_reference
from handpress.donations.models import Donor, Frequency, Pledge, Rail, SponsorState
from handpress.lib import clock
from handpress.mail.models import Letter
from handpress.press.site import OutletChoices, as_if_chosen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
DONATE = "/-/donate"


class Somebody:
    """Somebody with a browser that takes no cookie and runs no script."""

    def __init__(self) -> None:
        self.client = Client()
        self.response: Any = None

    def send(self, **fields: str) -> Somebody:
        """Send a form."""
        return self.look(self.client.post(DONATE, fields))

    def press(self, number: int = 0, **changes: str) -> Somebody:
        """Send a form of the page as it stands there, with changes."""
        form = self.page.select("main form")[number]
        return self.send(**{**values_of(form), **changes})

    def follow(self) -> Somebody:
        """Go where the answer leads."""
        assert self.response.status_code == 303, self.said
        return self.look(self.client.get(f"/-/{self.response['Location']}"))

    def look(self, response: Any) -> Somebody:
        """Look at an answer: no cookie came with it, and no other page is told of it."""
        self.response = response
        assert not response.cookies
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] in {"no-store", "private, no-cache"}
        return self

    @property
    def page(self) -> BeautifulSoup:
        """The page."""
        return BeautifulSoup(self.response.content, "html.parser")

    @property
    def said(self) -> str:
        """What the page's main part says."""
        main = self.page.select_one("main")
        return " ".join(main.get_text(" ").split()) if main else ""

    def ways(self) -> list[str]:
        """Return the ways that are offered."""
        return [label.get_text(strip=True) for label in self.page.select(".offer .choice")]


def values_of(form: Tag) -> dict[str, str]:
    """Return what a browser would send of a form."""
    return {
        str(field["name"]): str(field.get("value", ""))
        for field in form.select("input[name]")
        if field.get("type") != "radio" or field.has_attr("checked")
    }


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def bank() -> Rail:
    """An account in Germany, of a sponsor who receives gifts."""
    return giving.rail("bank", account_ref=giving.OTHER_IBAN, details={"bic": "COBADEFFXXX"})


def test_a_gift_by_bank_transfer(somebody: Somebody, bank: Rail):
    drive = giving.campaign()
    somebody.send(choice="once EUR 2500")
    assert somebody.ways() == ["By bank transfer"]
    assert "no other company stands in between" in somebody.said
    assert not Pledge.objects.exists()
    somebody.press().follow()
    pledge = Pledge.objects.get()
    assert (pledge.amount_minor, pledge.currency, pledge.frequency) == (2500, "EUR", "once")
    assert (pledge.rail, pledge.campaign, pledge.donor) == (bank, drive, None)
    reference = somebody.page.select_one(".large")
    assert reference
    assert parse_reference(reference.get_text()) == pledge.reference
    assert "DE89 3704 0044 0532 0130 00" in somebody.said
    assert "counts as soon as the money is here" in somebody.said
    assert somebody.page.select_one("figure.code svg")
    assert not Donor.objects.exists()
    assert not Letter.objects.exists()


def test_the_code_holds_the_transfer_and_nothing_else(
    somebody: Somebody, bank: Rail, monkeypatch: Any
):
    made: list[dict[str, Any]] = []
    real = segno.helpers.make_epc_qr

    def make(**values: Any) -> Any:
        made.append(values)
        return real(**values)

    monkeypatch.setattr(segno.helpers, "make_epc_qr", make)
    somebody.send(choice="once EUR 100500").press().follow()
    (code,) = made
    assert (code["name"], code["iban"], code["bic"]) == (
        bank.sponsor.legal_name,
        giving.OTHER_IBAN,
        "COBADEFFXXX",
    )
    assert str(code["amount"]) == "1005.00"
    assert code["reference"].startswith("RF")
    assert code["text"] is None


def test_every_month_is_a_standing_order_and_never_chosen_beforehand(
    somebody: Somebody, bank: Rail
):
    somebody.look(somebody.client.get(DONATE))
    checked = [str(field["value"]) for field in somebody.page.select("input[type=radio][checked]")]
    assert checked == ["once"]
    somebody.send(choice="other", amount="12,50", frequency="monthly").press().follow()
    assert Pledge.objects.get().frequency == Frequency.MONTHLY
    assert "standing order" in somebody.said
    assert "€12.50 every month" in somebody.said


def test_cheques_have_a_slip_and_are_not_offered_for_every_month(somebody: Somebody, bank: Rail):
    giving.rail("cheque", of=bank.sponsor)
    giving.rail("cash", of=bank.sponsor)
    somebody.send(choice="monthly EUR 500")
    assert somebody.ways() == ["By bank transfer"]
    somebody.send(choice="once EUR 500")
    assert somebody.ways() == ["By bank transfer", "By cheque"]
    cheque = Rail.objects.get(kind="cheque")
    somebody.press(way=str(cheque.pk)).follow()
    assert "1 Quay Port" in somebody.said
    assert "Print this page" in somebody.said
    assert somebody.page.select_one("figure.code") is None


def test_a_link_opens_where_the_donor_is_told_and_not_by_itself(somebody: Somebody):
    giving.rail("link")
    somebody.send(choice="once USD 500")
    assert "Gifts in USD" not in somebody.said
    somebody.press().follow()
    link = somebody.page.select_one("main a.button")
    assert link
    assert (link["href"], link["rel"]) == ("https://give.example/us", ["noreferrer"])


# What is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Please choose an amount, or write one."),
        ({"choice": "other"}, "Please choose an amount, or write one."),
        ({"choice": "other", "amount": "abc"}, "“abc” cannot be read as an amount"),
        ({"amount": "-5"}, "“-5” cannot be read"),
        ({"amount": "NaN"}, "“NaN” cannot be read"),
        ({"amount": "1e9"}, "“1e9” cannot be read"),
        ({"amount": "1.00499"}, "cannot be read"),
        ({"amount": "9" * 59}, "cannot be read"),
        ({"amount": "9" * 150}, "cannot be read"),
        ({"amount": "1,000,000,000.01"}, "more than this form takes"),
        ({"choice": "once EUR 9223372036854775807"}, "Please choose an amount"),
        ({"amount": "0,00"}, "A gift is more than nothing."),
        ({"amount": "5 $"}, "“5 $” cannot be read"),
        ({"amount": "5", "currency": "USD"}, "Gifts in USD cannot be taken now"),
        ({"choice": "once USD 500"}, "Gifts in USD cannot be taken now"),
        ({"choice": "once EUR 500", "amount": "7"}, "You chose €5 and also wrote “7”"),
        ({"amount": "<script>"}, "“<script>” cannot be read"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    somebody: Somebody, bank: Rail, fields: dict[str, str], said: str
):
    Rail.objects.update(currency="EUR")
    somebody.send(**fields)
    assert somebody.response.status_code == 400
    assert said in somebody.said
    field = somebody.page.select_one("#amount")
    assert field
    assert field["value"] == fields.get("amount", "")[:200]
    assert b"<script" not in somebody.response.content
    assert not Pledge.objects.exists()


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1 234,50 €", 123450),
        ("1.005", 100500),
        ("١٢٣٤٫٥٠", 123450),
        ("EUR 25", 2500),
    ],
)
def test_4_6_amounts_are_read_as_people_write_them_and_shown_before_they_count(
    somebody: Somebody, bank: Rail, typed: str, minor: int
):
    somebody.send(choice="other", amount=typed)
    assert values_of(somebody.page.select("main form")[0])["choice"] == f"once EUR {minor}"
    shown = somebody.page.select_one(".sum")
    assert shown
    assert re.sub("[^0-9]", "", shown.get_text()).ljust(6, "0") == str(minor).ljust(6, "0")


def test_4_6_what_can_be_read_in_two_ways_is_asked(somebody: Somebody):
    giving.rail("bank", currency="KWD", account_ref="12-3456 78")
    somebody.send(amount="1.234", currency="KWD")
    assert "can be read in two ways" in somebody.said
    sums = [values_of(form)["choice"] for form in somebody.page.select("main form")]
    assert sums == ["once KWD 1234000", "once KWD 1234"]
    somebody.press(1)
    assert somebody.ways() == ["By bank transfer"]


def test_a_way_and_an_address_are_asked_for_again_and_kept(somebody: Somebody, bank: Rail):
    giving.rail("cheque", of=bank.sponsor)
    somebody.send(choice="once EUR 500")
    somebody.press(email="nobody")
    assert somebody.response.status_code == 400
    assert "Please choose a way to give." in somebody.said
    assert "This is no whole e-mail address" in somebody.said
    assert values_of(somebody.page.select("main form")[0])["email"] == "nobody"
    somebody.press(way="999999", email="")
    assert "Please choose a way to give." in somebody.said
    somebody.press(way=str(bank.pk), email="mara@gmail.con")
    assert "Did you mean mara@gmail.com?" in somebody.said
    somebody.press().follow()
    assert Letter.objects.get().to == "mara@gmail.con"


def test_the_sum_can_be_changed_on_the_way(somebody: Somebody, bank: Rail):
    somebody.send(choice="other", amount="12,50")
    somebody.press(1)
    assert somebody.page.select_one("input[name=amount]")
    assert somebody.response.status_code == 200


def test_a_trap_that_was_sprung_keeps_what_stands_there(somebody: Somebody, bank: Rail):
    somebody.send(choice="once EUR 1000", website="http://spam.example")
    assert somebody.response.status_code == 400
    chosen = somebody.page.select_one("input[value='once EUR 1000']")
    assert chosen
    assert chosen.has_attr("checked")


def test_without_any_way_the_form_says_so(somebody: Somebody):
    somebody.look(somebody.client.get(DONATE))
    assert "will be announced here" in somebody.said
    somebody.send(choice="once EUR 500")
    assert "will be announced here" in somebody.said
    somebody.look(somebody.client.get("/-/gift/nonsense"))
    assert somebody.response.status_code == 404


def test_get_and_head_write_nothing(somebody: Somebody, bank: Rail):
    somebody.client.get(DONATE, {"choice": "once EUR 500", "way": str(bank.pk)})
    somebody.client.head(DONATE)
    assert somebody.client.put(DONATE).status_code == 405
    assert not Pledge.objects.exists()


# Once -----------------------------------------------------------------------------------------


def test_4_5_a_form_sent_again_is_the_same_promise_and_the_same_letter(
    somebody: Somebody, bank: Rail
):
    cheque = giving.rail("cheque", of=bank.sponsor)
    somebody.send(choice="once EUR 500")
    page = values_of(somebody.page.select("main form")[0]) | {"email": "mara@proof.example"}
    where = {somebody.send(**{**page, "way": str(bank.pk)}).response["Location"] for _ in range(3)}
    first = Pledge.objects.get()
    assert Letter.objects.count() == 1
    for link in where:
        somebody.look(somebody.client.get(f"/-/{link}"))
        assert first.reference[2:6] in somebody.said
    # Back, and another way: another promise.
    somebody.send(**{**page, "way": str(cheque.pk)}).follow()
    assert "By cheque" in somebody.said
    assert Pledge.objects.count() == 2


@pytest.mark.usefixtures("committed")
@pytest.mark.django_db(transaction=True)
def test_4_5_eight_at_the_same_moment_are_one_promise(bank: Rail):
    nonce, now = uuid4(), clock.now()

    def send(_: int) -> int | None:
        try:
            wish = Wish(500, "EUR", "once")
            pledge = give(wish, bank, nonce=nonce, network="192.0.2.1", now=now)
            return pledge.pk if pledge else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(send, range(8)))
    assert found == {Pledge.objects.get().pk}


def test_a_stamp_of_yesterday_is_made_anew_and_nothing_lost(
    somebody: Somebody, bank: Rail, monkeypatch: Any
):
    somebody.send(choice="once EUR 500")
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr("handpress.donations.views.giving.clock.now", lambda: later)
    somebody.press(way=str(bank.pk), email="mara@proof.example")
    assert somebody.response.status_code == 400
    assert "open for more than a day" in somebody.said
    assert values_of(somebody.page.select("main form")[0])["email"] == "mara@proof.example"
    somebody.press().follow()
    assert Pledge.objects.count() == 1


def test_4_9_a_flood_fills_no_book_and_stands_in_nobodys_way(somebody: Somebody, bank: Rail):
    for _ in range(NETWORK.count + 5):
        somebody.send(choice="once EUR 500").press().follow()
        assert "DE89 3704 0044 0532 0130 00" in somebody.said
    assert Pledge.objects.count() == NETWORK.count
    # Shown without a reference of its own; nobody claims that it is written down.
    assert "written down" not in somebody.said
    assert somebody.page.select_one(".large") is None
    marks = [str(value) for row in UseCount.objects.values() for value in row.values()]
    assert not any("127.0.0.1" in value for value in marks)


def test_4_9_a_mailbox_gets_few_letters_whoever_asks(bank: Rail):
    for number in range(LETTER.count + 4):
        network = f"192.0.2.{number}"
        one = Somebody()
        one.client = Client(REMOTE_ADDR=network)
        one.send(choice="once EUR 500").press(email="mara@proof.example").follow()
    assert Pledge.objects.count() == LETTER.count + 4
    assert Letter.objects.count() == LETTER.count
    assert Donor.objects.count() == 1


# Who gave, and what became of it -----------------------------------------------------------------


def test_an_address_is_sealed_and_the_letter_names_no_account(somebody: Somebody, bank: Rail):
    somebody.send(choice="once EUR 500").press(email="Mara@Proof.example").follow()
    row = Donor.objects.get()
    assert facts_of(row) == {"email": "Mara@proof.example"}
    assert Pledge.objects.get().donor == row
    assert not any("proof.example" in str(value) for value in vars(row).values())
    letter = Letter.objects.get()
    for text in (letter.text, letter.html):
        assert "DE89" not in text.replace(" ", "")
        assert "gift" in text
    link = re.search(r"/-/gift/\S+", letter.text)
    assert link
    somebody.look(somebody.client.get(link[0]))
    assert "DE89" in somebody.said


def test_a_donors_language_is_that_of_the_page_where_they_first_left_their_address(
    somebody: Somebody, bank: Rail
):
    # Known from a list of before.
    actions.keep_donor({"email": "ana@proof.example"}, language="ko")
    for language, address in (("es", "mara"), ("es", "ana"), ("fr", "mara"), ("fr", "noe")):
        with as_if_chosen(OutletChoices(language=language)):
            somebody.send(choice="once EUR 500").press(email=f"{address}@proof.example").follow()

    spoken = {facts_of(row)["email"][:4]: row.language for row in Donor.objects.all()}
    assert spoken == {"mara": "es", "ana@": "ko", "noe@": "fr"}
    pledge = Pledge.objects.filter(donor__language="es").latest("pk")
    gift = giving.gift(bank, 500, pledge=pledge)
    receipt, _ = issue_receipt(gift, now=clock.now())
    assert receipt.language == "es"


def test_a_gift_is_pending_until_money_moved(somebody: Somebody, bank: Rail):
    somebody.send(choice="once EUR 500").press().follow()
    here = somebody.response.wsgi_request.path
    pledge = Pledge.objects.get()
    giving.gift(bank, 200, pledge=pledge)
    somebody.look(somebody.client.get(here))
    assert "A part of it has come" in somebody.said
    assert "DE89" in somebody.said
    giving.gift(bank, 300, pledge=pledge)
    somebody.look(somebody.client.get(here))
    assert somebody.said.startswith("Thank you!")
    assert "DE89" not in somebody.said


def test_4_11_a_sponsor_who_is_gone_is_shown_to_nobody_and_the_sum_is_kept(
    somebody: Somebody, bank: Rail
):
    somebody.send(choice="once EUR 2500")
    open_form = values_of(somebody.page.select("main form")[0])
    somebody.press().follow()
    here = somebody.response.wsgi_request.path
    new = giving.sponsor("The New Body", state=SponsorState.DRAFT)
    giving.rail("bank", of=new)
    actions.suspend_sponsor(bank.sponsor, now=clock.now(), successor=new)
    somebody.look(somebody.client.get(here))
    assert "takes no gifts any more" in somebody.said
    assert "DE89" not in somebody.said
    assert "€25" in somebody.said
    somebody.press()
    assert "The New Body" in somebody.said
    somebody.press().follow()
    assert "GB82" in somebody.said
    # A form that was open meanwhile: asked again, with the sum.
    somebody.send(**{**open_form, "way": str(bank.pk)})
    assert somebody.response.status_code == 400
    assert "Please choose a way to give." in somebody.said
    assert "€25" in somebody.said


def test_sums_that_strangers_write_add_up_to_no_error(desk: Desk, bank: Rail):
    for _ in range(NETWORK.count):
        Somebody().send(amount=str(MOST // 100), currency="EUR").press().follow()
    page = desk.client.get("/desk/donations/overview/").content.decode()
    assert "€20,000,000,000.00" in page


def test_a_link_that_was_altered_opens_nothing(somebody: Somebody, bank: Rail):
    somebody.send(choice="once EUR 500").press()
    link = somebody.response["Location"]
    other = giving.rail("cheque", of=bank.sponsor)
    actions.promise_gift(rail=other, amount=700, currency="EUR", nonce=uuid4(), now=clock.now())
    number = str(Pledge.objects.latest("pk").pk)
    forged = re.sub(r"pledge-\d+", f"pledge-{number}", link)
    assert forged != link
    somebody.look(somebody.client.get(f"/-/{forged}"))
    assert somebody.response.status_code == 404


def test_a_campaign_that_is_over_keeps_nobody_from_giving(somebody: Somebody, bank: Rail):
    giving.campaign(ends_at=clock.now() - timedelta(days=1))
    somebody.send(choice="once EUR 500").press().follow()
    assert Pledge.objects.get().campaign is None
