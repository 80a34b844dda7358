"""Reading what banks hand out: exactly, or with a word on what could not be read."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.camt import entry, part, statement
from handpress.donations.core.amounts import exact_minor
from handpress.donations.statements import LARGEST, MOST_LINES, NotAStatement, identities, read

SAMPLES = Path(__file__).parents[4] / "shared/data/payments/camt/samples"
DAY = date(2026, 11, 26)


def test_an_entry_is_a_line():
    found = read(statement(entry("1234.5", "HP-2222  2222", name="B1")))
    (line,) = found.lines
    assert (line.on, line.minor, line.currency) == (DAY, 123_450, "EUR")
    assert (line.reference, line.payer, line.text) == ("B1", "Mara Quill", "HP-2222 2222")
    assert found.accounts == {"DE89370400440532013000"}


def test_4_14_what_went_is_below_zero_and_what_is_pending_is_no_line():
    found = read(
        statement(
            entry("5.00", sign="DBIT"),
            entry("7.00", status="<Cd>PDNG</Cd>"),
            entry("8.00", status="PDNG"),
            entry("9.00", status="BOOK"),
            entry("6.00", more="<RvslInd>true</RvslInd>"),
        )
    )
    assert [line.minor for line in found.lines] == [-500, 900, 600]
    assert [line.is_reversal for line in found.lines] == [False, False, True]
    assert (found.pending, found.found) == (2, 5)


def test_4_14_a_collective_entry_is_taken_apart_only_where_its_parts_add_up():
    parts = part("10.00", "first", "P1") + part("20.00", "second")
    found = read(statement(entry("30.00", details=parts)))
    assert [(line.minor, line.text, line.reference) for line in found.lines] == [
        (1000, "first", "P1"),
        (2000, "second", "BANK-1#2"),
    ]
    # Each of these stays one line of thirty: never two of thirty, never what does not add up.
    for odd in (
        part("10.00", "first") + part("10.00", "second"),
        part("", "first") + part("", "second"),
    ):
        (line,) = read(statement(entry("30.00", details=odd))).lines
        assert (line.minor, line.text) == (3000, "first second")


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (entry("1.005"), "more decimals"),
        (entry("1.00001"), "more decimals"),
        (entry("0.00"), "nothing"),
        (entry("-5.00"), "below zero"),
        (entry("1,50"), "no sum"),
        (entry("NaN"), "no sum"),
        (entry("9" * 18 + ".00"), "more money"),
        (entry("5", currency="euro"), "currency"),
        (entry(on="2026-02-30"), "no day"),
        (entry(on=""), "day is not said"),
        (entry(sign="XXXX"), "came or went"),
        (entry(status="<Cd>WHAT</Cd>"), "not known"),
    ],
)
def test_4_14_a_line_that_cannot_be_read_is_named_and_the_others_are_taken(odd: str, why: str):
    found = read(statement(entry("1.00"), odd, entry("2.00")))
    assert [line.minor for line in found.lines] == [100, 200]
    (refused,) = found.refused
    assert why in refused.why
    assert refused.place == "DE89370400440532013000, entry 2"


_BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa">]><Document>&a;</Document>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n\x00", "empty"),
        (_BOMB, "entities"),
        (statement(entry())[:-40], "cut short"),
        (b"<?xml version='1.0'?><html/>", "no statement"),
        (statement().replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn"), "CAMT.054"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no text"),
        (b"Dear reader,\nthank you.\n", "No column"),
        (b"Date;Who\n2026-11-26;Mara\n", "No column"),
        (b"OFXHEADER:100\n\n<OFX><STMTRS><STMTTRN><TRNAMT>5", "cut short"),
        (b"OFXHEADER:100\n\n<OFX><SIGNON></OFX>", "no statement"),
        (b"Date,Amount\n" + b"2026-11-26,1.00\n" * (MOST_LINES + 1), "more than 10,000 lines"),
        (b"x" * (LARGEST + 1), "more than 16 MB"),
    ],
)
def test_4_14_what_is_no_statement_is_refused_whole(data: bytes, why: str):
    with pytest.raises(NotAStatement, match=why):
        read(data)


def test_4_14_latin_1_in_xml_is_read_as_it_says():
    text = statement(entry(payer="Jürgen")).decode()
    data = text.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert read(data).lines[0].payer == "Jürgen"


_OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>021000021<ACCTID>12-3456 78<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261130
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261126120000[-5:EST]<TRNAMT>25.00<FITID>F1<NAME>Quill &amp; Co
<MEMO>HP-2222-2222</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261127<TRNAMT>-3,50<FITID>F2<NAME>Café</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>2026<TRNAMT>1.00<FITID>F3</STMTTRN>
</BANKTRANLIST><BANKTRANLISTP><STMTTRNP><TRNAMT>9.00</STMTTRNP></BANKTRANLISTP>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def test_ofx_as_american_banks_write_it():
    found = read(_OFX.encode("cp1252"))
    assert [(line.on.isoformat(), line.minor, line.reference) for line in found.lines] == [
        ("2026-11-26", 2500, "F1"),
        ("2026-11-27", -350, "F2"),
    ]
    assert (found.lines[0].payer, found.lines[0].text) == ("Quill & Co", "HP-2222-2222")
    assert found.lines[1].payer == "Café"
    assert found.accounts == {"12-3456 78"}
    assert (found.pending, len(found.refused)) == (1, 1)


_GERMAN = (
    "Kontoauszug;DE89370400440532013000\n\n"
    "Buchungstag;Valuta;Auftraggeber;Verwendungszweck;Betrag;Währung\n"
    "26.11.2026;26.11.2026;Jürgen Quill;HP-2222-2222 danke;1.234,50;EUR\n"
    "27.11.2026;27.11.2026;Vermieter;Miete;-950,00;EUR\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_german_table_in_any_encoding(encoding: str):
    lines = read(_GERMAN.encode(encoding)).lines
    assert [(line.minor, line.payer) for line in lines] == [
        (123_450, "Jürgen Quill"),
        (-95_000, "Vermieter"),
    ]


def test_tables_of_other_countries():
    british = b"Date,Description,Paid in,Paid out\n13/11/2026,HP22222222,25.00,\n14/11/2026,x,,3\n"
    lines = read(british, currency="GBP").lines
    assert [(line.on.day, line.minor) for line in lines] == [(13, 2500), (14, -300)]
    korean = '거래일시,적요,기재내용,출금액,입금액\n2026.11.26 09:00,이체,김하늘,0,"25,000"\n'
    (line,) = read(korean.encode("cp949"), currency="KRW").lines
    assert (line.minor, line.payer, line.on) == (25_000, "김하늘", DAY)
    american = b"Posting Date,Amount,Description\n11/26/2026,($3.50),x\n11/27/2026,$25.00,y\n"
    assert [line.minor for line in read(american, currency="USD").lines] == [-350, 2500]


def test_what_a_table_leaves_open_is_asked_and_never_guessed():
    either = b"Date,Amount\n11/12/2026,5.00\n"
    with pytest.raises(NotAStatement, match="day first"):
        read(either, currency="EUR")
    assert read(either, currency="EUR", dates="dmy").lines[0].on == date(2026, 12, 11)
    assert read(either, currency="EUR", dates="mdy").lines[0].on == date(2026, 11, 12)
    with pytest.raises(NotAStatement, match="decimal point and some a decimal comma"):
        read(b'Date,Amount\n2026-11-26,5.50\n2026-11-26,"5,50"\n', currency="EUR")
    (refused,) = read(b"Date;Amount\n2026-11-26;1.234\n", currency="KWD").refused
    assert "thousands or decimals" in refused.why
    (refused,) = read(b"Date;Amount\n2026-11-26;12\n").refused
    assert "currency is not said" in refused.why
    (refused,) = read(b"Date;Amount\n2026-11-26;1,00001\n", currency="EUR").refused
    assert refused.place == "line 2"


def test_4_14_two_equal_gifts_of_a_day_are_two_in_every_file():
    once = read(statement(entry(name=""), entry(name=""))).lines
    more = read(statement(entry("9.00", name=""), entry(name=""), entry(name=""))).lines
    first, second = ([identity for identity, _ in identities(lines)] for lines in (once, more))
    assert len(set(first)) == 2
    assert set(first) < set(second)


def test_a_line_is_known_by_the_banks_name_for_it_whatever_else_is_said():
    report = read(statement(entry(words="short", name="B7"))).lines
    later = read(statement(entry(words="all the words", name="B7"))).lines
    assert [one for one, _ in identities(report)] == [one for one, _ in identities(later)]


def test_names_that_come_again_and_those_that_are_none_hide_no_later_line():
    for name in ("NONREF", "not provided", "7"):
        september = read(statement(entry(name=name, on="2026-09-01"))).lines
        october = read(statement(entry(name=name, on="2026-10-01"))).lines
        (first,), (second,) = (
            [each for each, _ in identities(one)] for one in (september, october)
        )
        assert first != second, name
    one, other = (
        read(statement(entry(words=words, name="NONREF"))).lines for words in ("from A", "from B")
    )
    assert [each for each, _ in identities(one)] != [each for each, _ in identities(other)]


def test_a_word_beside_a_sum_says_whether_it_came_or_went():
    table = (
        "Buchungstag;Name;Verwendungszweck;Umsatz;Soll/Haben;Währung\n"
        "13.09.2026;A;x;25,00;S;EUR\n"
        "13.09.2026;B;y;12,00;H;EUR\n"
        "13.09.2026;C;z;-3,00;S;EUR\n"
        "13.09.2026;D;z;-3,00;H;EUR\n"
        "13.09.2026;E;z;4,00;X;EUR\n"
    )
    found = read(table.encode())
    assert [line.minor for line in found.lines] == [-2500, 1200, -300]
    assert [each.place for each in found.refused] == ["line 5", "line 6"]


def test_what_was_taken_back_before_it_came_is_no_line():
    table = "Date,Amount,Currency,State\n" + "".join(
        f"2026-09-21,12.00,EUR,{state}\n"
        for state in ("COMPLETED", "PENDING", "REVERTED", "DECLINED", "FAILED", "Cancelled")
    )
    found = read(table.encode())
    assert (len(found.lines), found.pending) == (1, 5)


def test_each_line_of_a_file_of_several_accounts_says_whose_it_is():
    found = read(_two_accounts())
    assert [(line.account, line.minor) for line in found.lines] == [
        ("DE89370400440532013000", 2500),
        ("GB82WEST12345698765432", 9900),
    ]
    both = _OFX.replace(
        "</STMTTRNRS></BANKMSGSRSV1>",
        "</STMTTRNRS><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>99</BANKACCTFROM>"
        "<BANKTRANLIST><STMTTRN><DTPOSTED>20261126<TRNAMT>7.00<FITID>F1</STMTTRN></BANKTRANLIST>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1>",
    )
    lines = read(both.encode("cp1252")).lines
    assert [line.account for line in lines] == ["12-3456 78", "12-3456 78", "99"]


def _two_accounts() -> bytes:
    one = statement(entry("25.00", name="B1")).decode()
    other = statement(entry("99.00", name="C1"), account="GB82WEST12345698765432").decode()
    part = other[other.index("<Stmt>") : other.index("</BkToCstmrStmt>")]
    return one.replace("</BkToCstmrStmt>", f"{part}</BkToCstmrStmt>").encode()


@given(st.integers(0, 10**15), st.sampled_from(["EUR", "KRW", "KWD"]))
def test_sums_are_exact(minor: int, currency: str):
    exponent = {"EUR": 2, "KRW": 0, "KWD": 3}[currency]
    text = (
        f"{minor // 10**exponent}.{minor % 10**exponent:0{exponent}d}" if exponent else str(minor)
    )
    assert exact_minor(text, currency) == minor


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_or_refused(data: bytes):
    for prefix in (b"", b"<?xml version='1.0'?>", b"OFXHEADER:100\n<OFX>", b"Date;Amount\n"):
        with suppress(NotAStatement):
            read(prefix + data, currency="EUR")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples in ../shared are absent")
@pytest.mark.parametrize("name", ["camt053.v8", "camt053.v2.minimal", "camt052.v8"])
def test_samples_that_others_wrote(name: str):
    found = read((SAMPLES / f"{name}.xml").read_bytes())
    told = json.loads((SAMPLES / f"{name}.json").read_text())
    assert found.found > 0
    assert found.lines or found.pending or not told
    assert not found.refused
