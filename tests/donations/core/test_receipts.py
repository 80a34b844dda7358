"""Receipts: years, what counts, what each form needs, and what stands on the paper."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.movements import Kind
from handpress.donations.core.receipt_german import euros_in_words, german_paper, number_in_words
from handpress.donations.core.receipt_words import (
    ANNUAL,
    SINGLE,
    VOID,
    Facts,
    Former,
    Line,
    Paper,
    Speech,
    paper_of,
    text_of,
)
from handpress.donations.core.receipts import (
    PROFILES,
    Done,
    Issuer,
    Recipient,
    counted,
    day_in,
    days_of_year,
    fiscal_year_of,
    keep_until,
    one_line,
    receipt_faults,
    recipient,
    sponsor_faults,
)

DAY = date(2026, 11, 26)
ISSUER = Issuer(
    name="The Readers’ Association",
    address=("1 Quay", "Port"),
    tax_id="12-3456789",
    tax_words="Exempt since 2001.",
)
TO = Recipient("Ann Example", ("7 Birdcage Walk",))


def say(language: str = "en") -> Speech:
    def translate(text: str, **values: object) -> str:
        return text.format(**values)

    return Speech(language, translate, date.isoformat, lambda minor, code: f"{minor} {code}")


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "number": "2026-17",
        "kind": SINGLE,
        "profile": "plain",
        "issuer": ISSUER,
        "to": TO,
        "currency": "EUR",
        "lines": (Line(day=DAY, minor=2500, came=2500, reference="HP-7K2M-Q9RB"),),
        "issued_on": date(2026, 11, 27),
        "first": date(2026, 1, 1),
        "last": date(2026, 12, 31),
    }
    return Facts(**values | changes)


# Years -----------------------------------------------------------------------------------------


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(1, 12))
def test_every_day_belongs_to_the_year_that_holds_it(day: date, month: int) -> None:
    year = fiscal_year_of(day, month)
    first, last = days_of_year(year, month)
    assert first <= day <= last
    assert first.month == month
    assert days_of_year(year + 1, month)[0].toordinal() == last.toordinal() + 1
    assert (last.year - first.year, first.year) in {(0, year), (1, year)}


def test_4_17_the_same_moment_is_of_two_years_in_two_zones() -> None:
    moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    days = [day_in(moment, ZoneInfo(name)) for name in ("Pacific/Auckland", "Pacific/Honolulu")]
    assert [fiscal_year_of(day, 1) for day in days] == [2027, 2026]
    assert [fiscal_year_of(day, 7) for day in days] == [2026, 2026]


def test_a_receipt_is_kept_ten_years_after_its_year() -> None:
    assert keep_until(2026, 1) == date(2036, 12, 31)
    assert keep_until(2026, 7) == date(2037, 6, 30)
    assert keep_until(2019, 3) == date(2030, 2, 28)


# What counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([], 1000),
        ([Done(Kind.REFUND, -300), Done(Kind.REFUND, -300)], 400),
        ([Done(Kind.REFUND, -300, 300)], 1000),
        ([Done(Kind.CHEQUE_BOUNCE, -1000)], 0),
        ([Done(Kind.DISPUTE, -1000)], 0),
        ([Done(Kind.DISPUTE, -1000), Done(Kind.DISPUTE_WON, 600)], 600),
        ([Done(Kind.REFUND, -400), Done(Kind.REFUND_BACK, 400)], 1000),
        ([Done(Kind.REVERSAL, -1000)], 0),
        ([Done(Kind.FEE, -35)], 1000),
        ([Done(Kind.REFUND, -300), Done(Kind.DISPUTE, -1000)], 0),
    ],
)
def test_a_receipt_counts_what_is_left_of_the_gift(done: list[Done], left: int) -> None:
    assert counted(1000, done) == left


# Names -----------------------------------------------------------------------------------------


@given(st.text(max_size=400))
def test_a_name_is_one_line_that_turns_nothing_round(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert line == one_line(line)
    assert "\n" not in line
    assert not set("\u202e\u2066\x00\x1b\u2028") & set(line)


def test_an_address_has_lines() -> None:
    told = recipient(" Ann\nTotal: 1000 ", "7 Walk\r\n\r\n \x07Port\u202e\n" + "x\n" * 20)
    assert told.name == "Ann Total: 1000"
    assert told.address[:2] == ("7 Walk", "Port")
    assert len(told.address) == 8


# Forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "changes", "words"),
    [
        ("plain", {"name": "X"}, []),
        ("us_501c3", {"tax_id": ""}, ["tax number"]),
        ("us_501c3", {"tax_id": "123"}, ["no EIN"]),
        ("us_501c3", {}, []),
        ("de", {}, []),
        ("de", {"address": (), "tax_words": ""}, ["address", "exemption"]),
    ],
)
def test_what_a_sponsor_lacks(profile: str, changes: dict[str, Any], words: list[str]) -> None:
    issuer = Issuer(
        **{"name": "N", "address": ("A",), "tax_id": "12-3456789", "tax_words": "W"} | changes
    )
    faults = sponsor_faults(PROFILES[profile], issuer)
    assert len(faults) == len(words)
    for fault, word in zip(faults, words, strict=True):
        assert word in fault


@pytest.mark.parametrize(
    ("profile", "changes", "word"),
    [
        ("plain", {"to": Recipient("")}, "a name"),
        ("de", {"to": Recipient("Ann")}, "donor’s address"),
        ("de", {"currency": "USD"}, "EUR alone"),
        ("de", {"in_return": "a cup"}, "something for"),
        ("de", {"rails": {"btcpay"}}, "coins"),
        ("us_501c3", {"rails": {"bank", "btcpay"}}, "coins"),
    ],
)
def test_what_a_receipt_lacks(profile: str, changes: dict[str, Any], word: str) -> None:
    given_: dict[str, Any] = {"to": TO, "currency": "EUR", "rails": {"bank"}} | changes
    (fault,) = receipt_faults(PROFILES[profile], given_.pop("to"), **given_)
    assert word in fault
    assert not receipt_faults(PROFILES["plain"], TO, currency="XAF", rails={"btcpay"})


# Papers ----------------------------------------------------------------------------------------


def test_the_text_of_a_single_receipt() -> None:
    assert text_of(paper_of(facts(), say())) == (
        "Receipt 2026-17\n"
        "\n"
        "The Readers’ Association\n1 Quay\nPort\n"
        "\n"
        "To:\nAnn Example\n7 Birdcage Walk\n"
        "\n"
        "Issued on: 2026-11-27\n"
        "Tax number: 12-3456789\n"
        "Day of the gift: 2026-11-26\n"
        "Reference of the gift: HP-7K2M-Q9RB\n"
        "Amount: 2500 EUR\n"
        "\n"
        "The Readers’ Association received this gift. Thank you!\n"
        "\n"
        "Exempt since 2001.\n"
        "\n"
        "Whether a gift lowers your taxes depends on the law where you live.\n"
    )


def test_without_a_tax_number_nothing_is_deductible() -> None:
    issuer = Issuer(name="We", tax_words="Fully deductible!")
    text = text_of(paper_of(facts(issuer=issuer), say()))
    assert "Gifts to We are not tax-deductible." in text
    assert "Fully" not in text
    assert "Tax number" not in text


def test_an_annual_receipt_lists_and_adds_up() -> None:
    lines = (
        Line(day=DAY, minor=2500, came=2500, reference="HP-1"),
        Line(day=DAY, minor=700, came=1000),
    )
    text = text_of(paper_of(facts(kind=ANNUAL, lines=lines), say()))
    assert "Gifts of: 2026-01-01 to 2026-12-31" in text
    assert (
        "2026-11-26  HP-1  2500 EUR\n2026-11-26  –  700 EUR\n\nSum of the gifts: 3200 EUR" in text
    )
    assert "received these gifts" in text
    assert "What was given back is not counted." in text


def test_the_american_form() -> None:
    text = text_of(paper_of(facts(profile="us_501c3"), say("en-US")))
    assert "EIN: 12-3456789" in text
    assert "section 501(c)(3) of the Internal Revenue Code" in text
    assert "No goods or services were provided in exchange for this contribution." in text
    given_ = text_of(paper_of(facts(profile="us_501c3", in_return="a cup, worth $5"), say()))
    assert "the donor received: a cup, worth $5" in given_
    assert "No goods" not in given_


def test_the_german_form() -> None:
    lines = (Line(day=DAY, minor=132_280, came=132_280),)
    text = text_of(german_paper(facts(profile="de", lines=lines), say("de")))
    for words in (
        "Art der Zuwendung: Geldzuwendung",
        "Betrag in Ziffern: 132280 EUR",
        "Betrag in Buchstaben: eintausenddreihundertzweiundzwanzig Euro und achtzig Cent",
        "Tag der Zuwendung: 2026-11-26",
        "Verzicht auf die Erstattung von Aufwendungen: nein",
        "Exempt since 2001.",
        "den amtlich vorgeschriebenen Vordruck",
        "Ort, Datum und Unterschrift",
    ):
        assert words in text, words
    annual = text_of(german_paper(facts(profile="de", kind=ANNUAL), say("de")))
    assert "Zeitraum der Zuwendungen: 2026-01-01 bis 2026-12-31" in annual
    assert "keine andere gültige Bestätigung" in annual


@pytest.mark.parametrize("make", [paper_of, german_paper])
def test_a_void_names_what_it_takes_back_and_why(make: Any) -> None:
    former = Former(number="2026-17", issued_on=date(2026, 11, 27), minor=2500)
    void = facts(number="2026-18", kind=VOID, lines=(), former=former, reason="a wrong name")
    text = text_of(make(void, say()))
    assert "2026-18" in text.splitlines()[0]
    for words in ("2026-17", "2026-11-27", "2500 EUR", "a wrong name", "Ann Example"):
        assert words in text
    assert "_" not in text


def test_a_paper_outlives_being_stored() -> None:
    import json

    paper = paper_of(facts(kind=ANNUAL), say())
    assert Paper.from_json(json.loads(json.dumps(paper.as_json()))) == paper


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "null"),
        (1, "eins"),
        (16, "sechzehn"),
        (17, "siebzehn"),
        (21, "einundzwanzig"),
        (30, "dreißig"),
        (101, "einhunderteins"),
        (1100, "eintausendeinhundert"),
        (21_000, "einundzwanzigtausend"),
        (101_000, "einhunderteintausend"),
        (1_000_001, "eine Million eins"),
        (2_000_000_000, "zwei Milliarden"),
        (1_000_000_000_000, "eins" + "-null" * 12),
    ],
)
def test_numbers_in_german_words(number: int, words: str) -> None:
    assert number_in_words(number) == words


def test_numbers_have_words_of_their_own() -> None:
    words = {number_in_words(number) for number in range(30_000)}
    assert len(words) == 30_000
    assert euros_in_words(101) == "ein Euro und ein Cent"
    assert euros_in_words(200) == "zwei Euro"
