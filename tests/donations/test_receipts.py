"""Receipts of one gift: what counts, what stands on them, and how they are taken back."""

from __future__ import annotations

import pytest
from django.db.models import Sum

from factories import giving
from factories.receipts import FACTS, NOW, given_by, receipt, taken_back
from handpress.donations import actions
from handpress.donations.actions.receipts import (
    issue_receipt,
    void_receipt,
)
from handpress.donations.core.movements import Kind
from handpress.donations.core.receipt_words import text_of
from handpress.donations.core.receipts import RefusedReceipt, recipient
from handpress.donations.models import Receipt, ReceiptKind, Sponsor
from handpress.donations.queries.receipts import (
    faults_of_receipts,
    number_of,
    outdated,
    paper_of_receipt,
    receipt_of,
    receipts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def text(row: Receipt) -> str:
    return text_of(paper_of_receipt(row))


# One gift --------------------------------------------------------------------------------------


def test_a_gift_gets_one_receipt_with_the_next_number() -> None:
    rail = giving.rail()
    donor = actions.keep_donor(FACTS)
    gift = given_by(donor, rail, 2500)
    first, is_new = issue_receipt(gift, now=NOW)
    assert (is_new, number_of(first), first.kind, first.total_minor) == (
        True, "2026-1", ReceiptKind.SINGLE, 2500,
    )  # fmt: skip
    assert issue_receipt(gift, now=NOW) == (first, False)
    second, _ = issue_receipt(given_by(donor, rail), now=NOW)
    assert number_of(second) == "2026-2"
    other = giving.rail("cash", of=giving.sponsor("Another"))
    assert number_of(issue_receipt(given_by(donor, other), now=NOW)[0]) == "2026-1"
    said = text(first)
    for words in (
        "Receipt 2026-1",
        "Zuleika Canary",
        "7 Birdcage Walk",
        "€25.00",
        "November 26, 2026",
    ):
        assert words in said, said
    assert "not tax-deductible" in said
    assert [*receipts("2026-1")] == [Receipt.objects.get(sponsor=other.sponsor), first]
    assert [*receipts("2")] == [second]
    assert not receipts("Zuleika")
    assert not receipts("", year=2025)


def test_the_name_may_be_told_for_this_receipt_alone() -> None:
    gift = giving.gift(giving.rail(), 2500)
    with pytest.raises(RefusedReceipt, match="needs a name"):
        issue_receipt(gift, now=NOW)
    assert not Receipt.objects.exists()
    row, _ = issue_receipt(gift, now=NOW, to=recipient("Ben", "1 Lane\n2 Town"))
    assert (row.donor, "Ben\n1 Lane\n2 Town" in text(row)) == (None, True)


def test_4_11_names_are_as_they_were_on_the_day() -> None:
    row = receipt()
    before = text(row)
    sponsor = row.sponsor
    sponsor.legal_name, sponsor.tax_id, sponsor.address = "Renamed", "12-3456789", "9 New Road"
    sponsor.save()
    assert row.donor
    row.refresh_from_db()
    assert text(row) == before
    assert (row.sponsor_name, row.sponsor_tax_id) == ("The Readers’ Association", "")
    later = receipt({"email": FACTS["email"], "name": "Married"})
    assert (later.sponsor_name, later.sponsor_tax_id) == ("Renamed", "12-3456789")
    assert "9 New Road" in text(later)
    assert "Married" in text(later)


def test_a_receipt_counts_what_is_left() -> None:
    rail, donor = giving.rail("cheque"), actions.keep_donor(FACTS)
    gift = given_by(donor, rail, 2500)
    actions.refund_gift(gift, amount=700, key="r", on=giving.DAY)
    row, _ = issue_receipt(gift, now=NOW)
    assert row.total_minor == 1800
    assert "What was given back is not counted." in text(row)
    for undoing in (
        lambda each: actions.refund_gift(each, amount=2500, key="all", on=giving.DAY),
        lambda each: actions.bounce_cheque(each, key="b", on=giving.DAY),
        lambda each: actions.undo(each, on=giving.DAY),
        lambda each: taken_back(each, -2500),
    ):
        other = given_by(donor, rail, 2500)
        undoing(other)
        with pytest.raises(RefusedReceipt, match="Nothing is left"):
            issue_receipt(other, now=NOW)
    won = given_by(donor, rail, 2500)
    taken_back(won, -2500)
    taken_back(won, 2500, Kind.DISPUTE_WON)
    assert issue_receipt(won, now=NOW)[0].total_minor == 2500
    assert Receipt.objects.count() == 2


def test_a_trial_and_a_refund_get_none() -> None:
    donor = actions.keep_donor(FACTS)
    trial = given_by(donor, giving.rail("cash", mode="test"))
    with pytest.raises(RefusedReceipt, match="a trial"):
        issue_receipt(trial, now=NOW)
    refund, _ = actions.refund_gift(
        given_by(donor, giving.rail()), amount=1, key="r", on=giving.DAY
    )
    with pytest.raises(RefusedReceipt, match="for a gift"):
        issue_receipt(refund, now=NOW)


def test_the_forms_of_tax_offices_ask_for_what_they_need() -> None:
    rail, donor = giving.rail(), actions.keep_donor(FACTS)
    gift = given_by(donor, rail, 2500)
    sponsor = rail.sponsor

    def change(**values: str) -> None:
        Sponsor.objects.filter(pk=sponsor.pk).update(**values)

    change(receipt_profile="de")
    with pytest.raises(RefusedReceipt, match=r"sponsor’s address.*tax number.*exemption"):
        issue_receipt(gift, now=NOW)
    change(receipt_profile="nowhere")
    with pytest.raises(RefusedReceipt, match="“nowhere”"):
        issue_receipt(gift, now=NOW)
    change(receipt_profile="us_501c3", tax_id="123456789")
    row, _ = issue_receipt(gift, now=NOW, in_return="a cup\nworth $5")
    assert (row.profile, row.language) == ("us_501c3", "en-US")
    assert "EIN: 12-3456789" in text(row)
    assert "November 26, 2026" in text(row)
    assert "received: a cup worth $5" in text(row)
    change(receipt_profile="de", address="1 Kai, Hafen", tax_words="Freigestellt am 1.2.2025.")
    german, _ = issue_receipt(given_by(donor, rail, 2501), now=NOW)
    assert "fünfundzwanzig Euro und ein Cent" in text(german)
    assert "26. November 2026" in text(german)
    with pytest.raises(RefusedReceipt, match="EUR alone"):
        issue_receipt(given_by(donor, rail, currency="USD"), now=NOW)


def test_a_receipt_is_in_the_donors_language_where_the_theme_has_it() -> None:
    rail = giving.rail()
    for tag, language, word in (
        ("ko", "ko", "영수증 2026-1\n"),
        ("fr-CA", "fr-CA", "Établi le\u00a0: 27 novembre 2026\n"),
        ("ar", "ar", "الإيصال 2026-3\n"),
        ("nl", "en", "Receipt 2026-4\n"),
    ):
        donor = actions.keep_donor({"name": tag}, language=tag)
        row, _ = issue_receipt(given_by(donor, rail, 2500, currency="KRW"), now=NOW)
        assert row.language == language
        assert word in text(row)


# Taking back -----------------------------------------------------------------------------------


def test_4_17_a_refund_after_a_receipt_is_shown_and_the_receipt_replaced() -> None:
    row = receipt()
    gift = row.lines.get().movement
    assert outdated() == []
    actions.refund_gift(gift, amount=500, key="r", on=giving.DAY)
    (found,) = outdated()
    assert (found.receipt, found.stands, found.counts) == (row, 2500, 2000)
    assert outdated(row) == [found]
    assert issue_receipt(gift, now=NOW) == (row, False)
    void, is_new = void_receipt(row, "some was given back", now=NOW)
    assert (is_new, number_of(void), void.total_minor, void.kind) == (
        True, "2026-2", -2500, ReceiptKind.VOID,
    )  # fmt: skip
    assert void_receipt(row, "again", now=NOW) == (void, False)
    assert outdated() == []
    assert receipt_of(gift) is None
    for words in ("2026-1", "Reason: some was given back", "€25.00", "Zuleika Canary"):
        assert words in text(void)
    anew, is_new = issue_receipt(gift, now=NOW)
    assert (is_new, number_of(anew), anew.total_minor) == (True, "2026-3", 2000)
    assert Receipt.objects.aggregate(sum=Sum("total_minor"))["sum"] == 2000
    with pytest.raises(RefusedReceipt, match="not taken back itself"):
        void_receipt(void, "x", now=NOW)
    with pytest.raises(RefusedReceipt, match="Say why"):
        void_receipt(anew, " \n", now=NOW)
    assert list(faults_of_receipts()) == []
