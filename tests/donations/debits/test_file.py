"""The file for the bank: as the schema wants it, the same for the same debits, and no wrong one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sepaxml
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.debits import (
    FIRST,
    LATER,
    Creditor,
    Debit,
    NotADebit,
    WrongNumber,
    check_account,
    check_creditor_id,
    check_mandate_id,
    is_banking_day,
    make_file,
    next_banking_day,
    sepa_text,
)
from handpress.donations.debits.days import easter

NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
XSD = Path(sepaxml.__file__).parent / "schemas" / "pain.008.001.08.xsd"
CREDITOR = Creditor(
    name="Förderkreis & Freunde",
    iban="DE89370400440532013000",
    creditor_id="DE98ZZZ09999999999",
    bic="COBADEFFXXX",
)
ONE = Debit(
    place="mandate M-1",
    name="Émile Zöla",
    iban="FR1420041010050500013M02606",
    minor=1250,
    mandate_id="M-1",
    signed_on=date(2026, 1, 2),
    sequence=LATER,
    reference="HP7K2MQ9RB",
    words="The Proof 2026-12",
)
TWO = replace(
    ONE, place="mandate M-2", mandate_id="M-2", sequence=FIRST, minor=5, reference="HP7K2MQ9RC"
)


def made(*debits: Debit, creditor: Creditor = CREDITOR) -> bytes:
    return make_file(
        creditor,
        debits,
        message_id="HP7-20261215-1",
        collect_on=date(2026, 12, 15),
        made_at=datetime(2026, 11, 27, 10, 30, 15),
    )


def texts(file: bytes, path: str) -> list[str]:
    found = ET.fromstring(file).iterfind(f".//{path}", NS)
    return [each.text or "" for each in found]


def test_it_is_as_the_schema_wants_it() -> None:
    xmlschema.XMLSchema(str(XSD)).validate(made(ONE, TWO).decode())


def test_it_says_who_collects_what_from_whom_and_when() -> None:
    file = made(ONE, TWO)

    assert texts(file, "p:GrpHdr/p:MsgId") == ["HP7-20261215-1"]
    assert texts(file, "p:GrpHdr/p:CreDtTm") == ["2026-11-27T10:30:15"]
    assert texts(file, "p:GrpHdr/p:NbOfTxs") == ["2"]
    assert texts(file, "p:GrpHdr/p:CtrlSum") == ["12.55"]
    assert texts(file, "p:SeqTp") == ["FRST", "RCUR"]
    assert texts(file, "p:PmtInfId") == ["HP7-20261215-1-1", "HP7-20261215-1-2"]
    assert texts(file, "p:BtchBookg") == ["false", "false"]
    assert texts(file, "p:ReqdColltnDt") == ["2026-12-15", "2026-12-15"]
    assert texts(file, "p:LclInstrm/p:Cd") == ["CORE", "CORE"]
    assert texts(file, "p:Cdtr/p:Nm") == ["Foerderkreis + Freunde"] * 2
    assert texts(file, "p:CdtrAgt//p:BICFI") == ["COBADEFFXXX"] * 2
    assert texts(file, "p:CdtrSchmeId//p:Othr/p:Id") == ["DE98ZZZ09999999999"] * 2
    assert texts(file, "p:EndToEndId") == ["HP7K2MQ9RC", "HP7K2MQ9RB"]
    assert texts(file, "p:InstdAmt") == ["0.05", "12.50"]
    assert texts(file, "p:MndtId") == ["M-2", "M-1"]
    assert texts(file, "p:DtOfSgntr") == ["2026-01-02"] * 2
    assert texts(file, "p:Dbtr/p:Nm") == ["Emile Zoela"] * 2
    assert texts(file, "p:DbtrAcct//p:IBAN") == ["FR1420041010050500013M02606"] * 2
    assert texts(file, "p:Ustrd")[1] == "HP7K2MQ9RB The Proof 2026-12"


def test_the_same_debits_are_the_same_file() -> None:
    assert made(ONE, TWO) == made(TWO, ONE)
    assert made(ONE) != made(ONE, TWO)
    assert texts(made(ONE, creditor=replace(CREDITOR, bic="")), "p:CdtrAgt//p:Id") == [
        "NOTPROVIDED"
    ]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iban": "FR1420041010050500013M02607"}, "check digits"),
        ({"iban": "FR14200410100505"}, "check digits"),
        ({"iban": ""}, "no IBAN"),
        ({"iban": "GB82WEST12345698765432"}, "outside the European Economic Area"),
        ({"iban": "<FR14>"}, "too short"),
        ({"name": "☃ ☃"}, "whose account"),
        ({"name": " "}, "whose account"),
        ({"minor": 0}, "sum"),
        ({"minor": -5}, "sum"),
        ({"minor": 10**12}, "sum"),
        ({"mandate_id": "M" * 36}, "35 signs"),
        ({"mandate_id": "Ä1"}, "35 signs"),
        ({"mandate_id": ""}, "35 signs"),
    ],
)
def test_what_cannot_be_collected_is_named_and_not_its_account(
    changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotADebit, match=re.escape(why)) as caught:
        made(TWO, replace(ONE, place="row 7", **changed))
    assert caught.value.place == "row 7"
    iban = str(changed.get("iban", ""))
    assert not iban or iban not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Jürgen Groß", "Juergen Gross"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("김철수", "GimCheolSu"),
        ("Νίκος", "Nikos"),
        ("O’Neill “Bob”; Co.", "O'Neill 'Bob', Co."),
        ("a\nb\t<c>", "a b c"),
        ("§ 1 & 2", "1 + 2"),
    ],
)
def test_names_are_written_in_the_signs_of_banks(text: str, written: str) -> None:
    assert sepa_text(text, 70) == written


@given(st.text(max_size=200), st.integers(1, 140))
def test_any_text_comes_out_in_the_signs_of_banks(text: str, most: int) -> None:
    found = sepa_text(text, most)
    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]*", found)
    assert len(found) <= most
    assert found == found.strip()


def test_numbers_are_checked() -> None:
    assert check_account(" fr14 2004 1010 0505 0001 3m02 606 ") == "FR1420041010050500013M02606"
    assert check_creditor_id("de98 ZZZ 0999 9999 999") == "DE98ZZZ09999999999"
    for wrong in ("DE97ZZZ09999999999", "DE98ZZZ", "", "DE98ZZZ0999999999<"):
        with pytest.raises(WrongNumber):
            check_creditor_id(wrong)
    assert check_mandate_id(" 2026/117 ".strip()) == "2026/117"
    for wrong in ("/1", "1/", "1//2", "a b", "x" * 36):
        with pytest.raises(WrongNumber):
            check_mandate_id(wrong)


def test_banks_rest_on_holidays() -> None:
    known = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known
    rest = ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25", "2026-11-28"]
    assert not any(is_banking_day(date.fromisoformat(day)) for day in rest)
    assert is_banking_day(date(2026, 12, 24))
    assert next_banking_day(date(2026, 12, 25)) == date(2026, 12, 28)
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(map(is_banking_day, year)) == 256
