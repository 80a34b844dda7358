"""The treasurer's receipts: written, read, taken back, a year at once; who may; what it costs."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import ModelLogEntry

from factories import giving
from factories.desk_forms import Desk
from factories.receipts import FACTS, NEXT_YEAR, NOW, given_by, receipt
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations import actions, sealing
from handpress.donations.actions.receipts import drop_old_keys, void_receipt
from handpress.donations.models import Receipt, Sponsor
from handpress.donations.queries.donors import all_about
from handpress.donations.receipt_tasks import make_waiting_pdfs
from handpress.mail.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def page(desk: Desk, name: str, *args: Any, **query: Any) -> BeautifulSoup:
    answer = desk.client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def words(soup: Any) -> str:
    return " ".join(soup.get_text(" ").split())


def send(desk: Desk, name: str, /, *args: Any, query: str = "", **changes: Any) -> Any:
    """Fill in a form as a browser would, and send it."""
    url = reverse(name, args=args) + query
    soup = BeautifulSoup(desk.client.get(url).content.decode(), "html.parser")
    form: Any = soup.select_one("form.dn-form")
    fields = {
        one["name"]: one.get("value", "")
        for one in form.select("input[name]")
        if one.get("type") not in {"radio", "checkbox"} or one.has_attr("checked")
    }
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        fields[select["name"]] = chosen.get("value", "") if chosen else ""
    for area in form.select("textarea[name]"):
        fields[area["name"]] = area.get_text().removeprefix("\n")
    return desk.client.post(url, {**fields, **changes})


def it_is(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let it be another moment for the page of a year; sessions know nothing of it."""
    stopped = SimpleNamespace(now=lambda: moment)
    monkeypatch.setattr("handpress.donations.views.receipt_years.clock", stopped)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let mail leave."""
    for place in ("receipt_steps", "receipt_years"):
        monkeypatch.setattr(f"handpress.donations.views.{place}.can_mail", lambda: True)


@pytest.mark.usefixtures("mail")
def test_a_receipt_is_written_read_taken_back_and_written_anew(desk: Desk) -> None:
    donor = actions.keep_donor(FACTS)
    gift = given_by(donor, giving.rail(), 2500)
    gifts_page = page(desk, "donations_gift", gift.pk)
    assert gifts_page.select_one(f"a[href='{reverse('donations_receipt_issue', args=[gift.pk])}']")
    form = words(page(desk, "donations_receipt_issue", gift.pk))
    assert "€25.00" in form
    assert "To zuleika@canary.example. Nothing is attached." in form
    answer = send(desk, "donations_receipt_issue", gift.pk, in_return="a cup")
    row = Receipt.objects.get()
    assert answer["Location"] == reverse("donations_receipt", args=[row.pk])
    assert not Letter.objects.exists()
    soup = page(desk, "donations_receipt", row.pk)
    paper: Any = soup.select_one("pre.dn-paper")
    assert (paper["lang"], paper["dir"]) == ("en", "ltr")
    assert "To:\nZuleika Canary\n7 Birdcage Walk\n" in paper.get_text()
    assert "a cup" in paper.get_text()
    assert "The PDF is made in the background" in words(soup)
    file = reverse("donations_receipt_file", args=[row.pk, "pdf"])
    assert desk.client.get(file).status_code == 404
    make_waiting_pdfs()
    pdf = desk.client.get(file)
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == 'attachment; filename="receipt-2026-1.pdf"'
    text = desk.client.get(reverse("donations_receipt_file", args=[row.pk, "txt"]))
    assert text.content.decode() == paper.get_text()
    assert desk.client.get(f"{file[:-3]}exe").status_code == 404
    # The gift's page leads here, and so does the form, for whoever asks again.
    assert "2026-1" in words(page(desk, "donations_gift", gift.pk))
    there = desk.client.get(reverse("donations_receipt_issue", args=[gift.pk]))
    assert there["Location"] == answer["Location"]

    actions.refund_gift(gift, amount=500, key="r", on=giving.DAY)
    for name, args in (("donations_receipts", ()), ("donations_receipt", (row.pk,))):
        alarm: Any = page(desk, name, *args).select_one("[role=alert]")
        assert "ake it back" in words(alarm)
    assert "to be taken back" in words(page(desk, "donations_gift", gift.pk))
    assert "Nothing was saved" in send(desk, "donations_receipt_void", row.pk).content.decode()
    send(desk, "donations_receipt_void", row.pk, reason="a refund", by_mail="on")
    (letter,) = Letter.objects.all()
    assert "Cancellation 2026-2" in letter.subject
    assert "Reason: a refund" in letter.text
    assert "taken back by 2026-2" in words(page(desk, "donations_receipts", q="2026-1"))
    anew = page(desk, "donations_receipt", row.pk)
    assert anew.find("a", string="Write a new one")
    send(desk, "donations_receipt_issue", gift.pk, name="Zuleika C.", by_mail="on")
    assert "€20.00" in words(page(desk, "donations_receipt", Receipt.objects.get(number=3).pk))
    assert Letter.objects.count() == 2
    assert "Zuleika C." in words(page(desk, "donations_receipts"))
    logged = list(ModelLogEntry.objects.filter(action__startswith="handpress.receipt").values())
    assert len(logged) == 3
    assert "uleika" not in repr(logged)


def test_receipts_are_found_by_number_and_year(desk: Desk) -> None:
    for _ in range(3):
        receipt()
    assert len(page(desk, "donations_receipts").select("tbody tr")) == 3
    (row,) = page(desk, "donations_receipts", q="2026-2", year="2026").select("tbody tr")
    assert "2026-2" in words(row)
    assert "No receipt is found" in words(page(desk, "donations_receipts", year="1999"))
    assert "No receipt is found" in words(page(desk, "donations_receipts", q="<b>"))


def test_what_the_form_of_receipt_lacks_is_said_before(desk: Desk) -> None:
    gift = given_by(actions.keep_donor({"name": "Ann"}), giving.rail(), 2500)
    sponsor = gift.rail.sponsor
    Sponsor.objects.update(receipt_profile="de")
    soup = page(desk, "donations_receipt_issue", gift.pk)
    assert "needs the sponsor’s address" in words(soup)
    assert not soup.select_one("form.dn-form")
    answer = send(
        desk,
        "donations_receipts_of_sponsor",
        sponsor.pk,
        address="1 Kai\r\nHafen",
        tax_id="12/345/67890",
        tax_words="Freigestellt am 1.2.2025.",
        year_begins_month="7",
        zone="Europe/Berlin",
    )
    assert answer.status_code == 302
    sponsor.refresh_from_db()
    assert (sponsor.receipt_profile, sponsor.year_begins_month, sponsor.zone) == (
        "de", 7, "Europe/Berlin",
    )  # fmt: skip
    wanting = send(desk, "donations_receipt_issue", gift.pk)
    assert "required" in wanting.content.decode()
    assert not page(desk, "donations_receipt_issue", gift.pk).select("[name=in_return]")
    assert send(desk, "donations_receipt_issue", gift.pk, address="1 Weg").status_code == 302
    soup = page(desk, "donations_receipt", Receipt.objects.get().pk)
    paper: Any = soup.select_one("pre")
    assert "1 Kai\nHafen" in paper.get_text()
    assert paper["lang"] == "de"


def test_a_year_is_written_at_once_and_goes_on_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, mail: None
) -> None:
    rail = giving.rail()
    for number in range(3):
        given_by(actions.keep_donor({**FACTS, "email": f"d{number}@canary.example"}), rail, 1000)
    it_is(monkeypatch, NOW)
    soup = page(desk, "donations_receipt_year")
    assert "is not over yet" in words(soup)
    assert not soup.select_one("form.dn-form")
    url = reverse("donations_receipt_year")
    asked = {"sponsor": rail.sponsor.pk, "year": 2026}
    desk.client.post(url, asked)
    assert not Receipt.objects.exists()
    it_is(monkeypatch, NEXT_YEAR)
    told = words(page(desk, "donations_receipt_year"))
    assert "0 of 3 annual receipts are written" in told
    assert "3 receipts for 3 donors" in told
    assert "3 gifts: €30.00" in told
    monkeypatch.setattr("handpress.donations.views.receipt_years._SECONDS", -1)
    answer = desk.client.post(url, {**asked, "letters": "1"})
    assert Receipt.objects.count() == Letter.objects.count() == 1
    soup = BeautifulSoup(desk.client.get(answer["Location"]).content.decode(), "html.parser")
    form: Any = soup.select_one("form[data-goes-on]")
    assert "Go on" in words(form)
    assert "1 of 3 annual receipts are written" in words(soup)
    while soup.select_one("form[data-goes-on]"):
        form = soup.select_one("form[data-goes-on]")
        fields = {one["name"]: one["value"] for one in form.select("input[name]")}
        answer = desk.client.post(url, fields)
        soup = BeautifulSoup(desk.client.get(answer["Location"]).content.decode(), "html.parser")
    assert Receipt.objects.count() == Letter.objects.count() == 3
    assert "Nothing is left to be written" in words(soup)
    assert "3 receipts of this year are written" in words(soup)
    assert "PDFs still to be made 3" in words(soup)


def test_donors_who_get_none_are_named_and_can_be_helped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    it_is(monkeypatch, NEXT_YEAR)
    rail = giving.rail(of=giving.sponsor(receipt_profile="us_501c3", tax_id="12-3456789"))
    donor = actions.keep_donor({"email": "only@mail.example"})
    given_by(donor, rail, 1000)
    soup = page(desk, "donations_receipt_year")
    link: Any = soup.find("a", string=f"Donor {donor.pk}")
    assert "needs a name" in words(soup)
    assert link["href"] == reverse("donations_donor_facts", args=[donor.uuid])
    send(desk, "donations_donor_facts", donor.uuid, name="Ann", address="1 Way\r\nTown")
    donor.refresh_from_db()
    assert actions.facts_of(donor) == {
        "email": "only@mail.example", "name": "Ann", "address": "1 Way\r\nTown",
    }  # fmt: skip
    assert "1 receipt for 1 donor" in words(page(desk, "donations_receipt_year"))
    send(desk, "donations_donor_facts", donor.uuid, name="")
    donor.refresh_from_db()
    assert "name" not in actions.facts_of(donor)
    actions.erase_donor(donor)
    url = reverse("donations_donor_facts", args=[donor.uuid])
    assert desk.client.get(url).status_code == 404


def test_the_donors_page_leads_to_receipts_and_the_file_holds_them(desk: Desk) -> None:
    row = receipt()
    assert row.donor
    soup = page(desk, "donations_donor", row.donor.uuid)
    assert soup.select_one(f"a[href='{reverse('donations_receipt', args=[row.pk])}']")
    (told,) = all_about(row.donor)["receipts"]
    assert told["number"] == "2026-1"
    assert "Zuleika Canary" in told["text"]
    actions.erase_donor(row.donor)
    assert "Zuleika" in words(page(desk, "donations_receipt", row.pk))
    assert row.keep_until
    drop_old_keys(row.keep_until.replace(year=2099))
    shown = words(page(desk, "donations_receipt", row.pk))
    assert "The time is over" in shown
    assert "Zuleika" not in shown
    assert (
        desk.client.get(reverse("donations_receipt_file", args=[row.pk, "txt"])).status_code == 404
    )


def test_without_the_key_the_desk_says_so(desk: Desk) -> None:
    row = receipt()
    make_waiting_pdfs()
    sealing.key_file().rename(sealing.key_file().with_name("safe"))
    assert "is missing" in words(page(desk, "donations_receipt", row.pk))
    assert page(desk, "donations_receipts").select("tbody tr")
    answer = send(desk, "donations_receipt_void", row.pk, reason="x")
    assert "is missing" in answer.content.decode()
    assert (
        desk.client.get(reverse("donations_receipt_file", args=[row.pk, "pdf"])).status_code == 404
    )
    assert Receipt.objects.count() == 1


def test_where_no_font_is_the_desk_says_so_and_can_try_again(desk: Desk) -> None:
    row = receipt()
    Receipt.objects.filter(pk=row.pk).update(pdf_sha256="no font")
    assert "no font on this server" in words(page(desk, "donations_receipt", row.pk))
    desk.client.post(reverse("donations_receipt", args=[row.pk]))
    row.refresh_from_db()
    assert row.pdf_sha256 == ""


def test_only_who_keeps_the_money_gets_in(desk: Desk) -> None:
    row = receipt()
    gift = given_by(row.donor, row.sponsor.rails.get())
    assert row.donor
    urls = [
        reverse("donations_receipts"),
        reverse("donations_receipt", args=[row.pk]),
        reverse("donations_receipt_void", args=[row.pk]),
        reverse("donations_receipt_issue", args=[gift.pk]),
        reverse("donations_receipt_year"),
        reverse("donations_receipts_of_sponsor", args=[row.sponsor_id]),
        reverse("donations_receipt_file", args=[row.pk, "txt"]),
        reverse("donations_donor_facts", args=[row.donor.uuid]),
    ]
    for role, status in ((Role.TREASURER, 200), (Role.EDITOR, 302), (Role.REPORTER, 302)):
        client = desk_of(staff(role, f"a-{role.value}")).client
        assert {client.get(url).status_code for url in urls} == {status}, role


def test_the_list_costs_the_same_whatever_it_holds(desk: Desk) -> None:
    def cost() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            desk.client.get(reverse("donations_receipts"))
        return len(captured)

    first = receipt()
    actions.refund_gift(first.lines.get().movement, amount=1, key="first", on=giving.DAY)
    void_receipt(receipt(), "x", now=NOW)
    cost()
    before = cost()
    for number in range(6):
        row = receipt()
        actions.refund_gift(row.lines.get().movement, amount=1, key=f"r{number}", on=giving.DAY)
        void_receipt(receipt(), "x", now=NOW)
    assert cost() == before
    assert before < 22
