"""4.14: what banks tell twice, backwards, in one sum or with one hand: never booked wrongly."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from factories import giving
from factories.camt import entry, part, statement
from factories.desk_forms import Desk
from handpress.donations import actions
from handpress.donations.actions import statements
from handpress.donations.models import BankLine, Movement, Pledge, Rail
from handpress.donations.queries.books import walk
from handpress.donations.queries.lines import words_of
from handpress.donations.statements import NotAStatement, read
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
URL = "/desk/donations/statements/"
_UNDONE: dict[str, Any] = {"sign": "DBIT", "more": "<RvslInd>true</RvslInd>"}


@pytest.fixture
def bank() -> Rail:
    return giving.rail("bank", account_ref=giving.OTHER_IBAN)


@pytest.fixture
def pledge(bank: Rail) -> Pledge:
    return promise(bank)


def promise(bank: Rail) -> Pledge:
    values: dict[str, Any] = {"amount": 2500, "currency": "EUR", "nonce": uuid4()}
    return actions.promise_gift(rail=bank, now=clock.now(), **values)[0]


def bring(bank: Rail, *entries: str | bytes) -> statements.Sheet:
    """Bring a file: of entries, or as it is."""
    whole = next((each for each in entries if isinstance(each, bytes)), b"")
    data = whole or statement(*map(str, entries))
    sheet = statements.bring_statement(bank, data, file_name="may.xml")
    of = ("known", "matched", "waiting", "went", "elsewhere", "pending", "refused")
    assert sheet.found == sum(getattr(sheet, name) for name in of)
    assert list(walk()) == []
    return sheet


def table(*rows: str) -> bytes:
    head = "Buchungstag;Auftraggeber;Verwendungszweck;Betrag;Währung"
    return "\n".join([head, *rows, ""]).encode()


def ofx(memo: str, *, account: str = "0532013000", on: str = "20261126") -> bytes:
    return (
        "OFXHEADER:100\nENCODING:UTF-8\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR"
        f"<BANKACCTFROM><BANKID>37040044<ACCTID>{account}</BANKACCTFROM><BANKTRANLIST><STMTTRN>"
        f"<TRNTYPE>CREDIT<DTPOSTED>{on}<TRNAMT>25.00<FITID>F1<NAME>Mara Quill<MEMO>{memo}"
        "</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    ).encode()


def left() -> list[int]:
    """Return what is left of each gift, in the order of their days."""
    gifts = Movement.objects.filter(of=None).order_by("occurred_on", "pk")
    return [actions.left_of_gift(each) for each in gifts]


# In one sum -------------------------------------------------------------------------------------


def _side(amount: str, words: str, side: str) -> str:
    return part(amount, words).replace("<RmtInf>", f"<CdtDbtInd>{side}</CdtDbtInd><RmtInf>")


@pytest.mark.parametrize(
    "details",
    [
        part("", "{}") + part("", "thanks"),
        "<Btch><NbOfTxs>3</NbOfTxs></Btch>" + part("", "{}"),
        _side("20.00", "{}", "CRDT") + _side("10.00", "x", "DBIT"),
        "<TxDtls><RmtInf>" + "".join(
            f"<Ustrd>{words}</Ustrd>" for words in ("{}", *(each * 500 for each in "abcd"), "more")
        ) + "</RmtInf></TxDtls>",
    ],
    ids=["no sums", "a count alone", "both sides", "words that were cut"],
)  # fmt: skip
def test_what_may_be_of_several_waits_although_it_names_one_promise(
    bank: Rail, pledge: Pledge, details: str
):
    line = entry("30.00", details=details.format(pledge.reference))
    sheet = bring(bank, line)
    assert (sheet.matched, sheet.waiting) == (0, 1)
    assert BankLine.objects.get().amount_minor == 3000


def test_one_payment_that_is_counted_as_one_is_booked(bank: Rail, pledge: Pledge):
    details = f"<Btch><NbOfTxs>1</NbOfTxs></Btch>{part('', pledge.reference)}"
    assert bring(bank, entry("25.00", details=details)).matched == 1


# Backwards --------------------------------------------------------------------------------------


def test_a_gift_that_was_undone_is_undone_whatever_a_file_tells_first(bank: Rail, pledge: Pledge):
    undone = entry("25.00", pledge.reference, name="B2", on="2026-11-27", **_UNDONE)
    bring(bank, undone, entry("25.00", pledge.reference, name="B1"))
    assert left() == [0]
    bring(bank, entry("25.00", pledge.reference, name="B3", **_UNDONE), entry(name="B4"))
    assert left() == [0]


def test_a_gift_that_was_undone_is_undone_whichever_file_was_brought_first(
    bank: Rail, pledge: Pledge
):
    other = promise(bank)
    bring(bank, entry("25.00", pledge.reference, name="B2", on="2026-11-27", **_UNDONE))
    assert bring(bank, entry("25.00", other.reference, name="B0")).matched == 1
    assert bring(bank, entry("25.00", pledge.reference, name="B1")).matched == 1
    assert left() == [2500, 0]
    assert not BankLine.objects.filter(movement=None).exists()
    # The next one is another one.
    assert bring(bank, entry("25.00", pledge.reference, name="B5", on="2026-12-01")).matched == 1
    assert left() == [2500, 0, 2500]


def test_what_was_taken_back_in_september_is_not_what_came_in_october(bank: Rail, pledge: Pledge):
    for month in ("09", "10"):
        bring(bank, entry("25.00", pledge.reference, name=month, on=f"2026-{month}-01"))
    bring(bank, entry("25.00", pledge.reference, name="B9", on="2026-09-05", **_UNDONE))
    assert left() == [0, 2500]


def test_what_was_taken_back_is_taken_back_once_whoever_tells_it(bank: Rail, pledge: Pledge):
    for month in ("09", "10"):
        bring(bank, entry("25.00", pledge.reference, name=month, on=f"2026-{month}-01"))
    for name in ("", "B9"):
        undone = entry("25.00", pledge.reference, name=name, on="2026-10-05", **_UNDONE)
        assert bring(bank, undone).went == 1
    assert left() == [2500, 0]


def test_what_a_report_told_first_is_taken_back_once_when_the_statement_tells_all(
    bank: Rail, pledge: Pledge
):
    bring(bank, entry("25.00", pledge.reference, name="", on="2026-10-05", **_UNDONE))
    gifts = [entry("25.00", pledge.reference, name=f"B{n}", on=f"2026-10-0{n}") for n in (1, 2)]
    bring(bank, *gifts, entry("25.00", pledge.reference, name="B9", on="2026-10-05", **_UNDONE))
    assert left() == [0, 2500]


# Twice ------------------------------------------------------------------------------------------

_ROW = "{day}.11.2026;Mara Quill;{words};25,00;EUR"


@pytest.mark.parametrize("is_backwards", [False, True])
@pytest.mark.parametrize(
    "other", ["a table", "a table of the next day", "OFX", "a report without names"]
)
def test_a_gift_that_two_files_tell_in_their_own_ways_is_booked_once(
    bank: Rail, pledge: Pledge, other: str, is_backwards: bool
):
    files = [
        statement(entry("25.00", pledge.reference, name="B1")),
        {
            "a table": table(_ROW.format(day=26, words=pledge.reference)),
            "a table of the next day": table(_ROW.format(day=27, words=pledge.reference)),
            "OFX": ofx(pledge.reference),
            "a report without names": statement(entry("25.00", pledge.reference, name="")),
        }[other],
    ]
    first, second = files[::-1] if is_backwards else files
    assert bring(bank, first).matched == 1
    assert bring(bank, second).waiting == 1
    assert bring(bank, second).known == 1
    assert Movement.objects.count() == 1


def test_what_waits_and_was_perhaps_told_before_says_so_on_the_desk(
    desk: Desk, bank: Rail, pledge: Pledge
):
    bring(bank, entry("25.00", pledge.reference, name="B1"), entry("7.00", "x", name="B2"))
    bring(
        bank,
        table(
            _ROW.format(day=26, words=pledge.reference),
            "27.11.2026;Mara Quill;x;7,00;EUR",
            "27.11.2026;Mara Quill;x;8,00;EUR",
        ),
    )
    page = desk.client.get(URL).content.decode()
    # Each of the two lines of seven says it of the other, and one of eight of none.
    assert page.count("Perhaps known: the same sum, 26 Nov 2026, is in") == 2
    assert page.count("Perhaps known: the same sum, 27 Nov 2026, is in") == 1


def test_two_gifts_of_a_day_stay_two(bank: Rail, pledge: Pledge):
    nameless = entry("25.00", pledge.reference, name="")
    bring(bank, nameless)
    sheet = bring(bank, nameless, nameless)
    assert (sheet.known, sheet.matched) == (1, 1)
    # In another file of the same bank, by another name.
    named = [entry("25.00", pledge.reference, name=name, on="2026-11-20") for name in ("A", "B")]
    assert [bring(bank, each).matched for each in named] == [1, 1]
    # By a name that comes again on the next day a person has to look.
    again = entry("25.00", pledge.reference, name="B", on="2026-11-21")
    assert bring(bank, again).waiting == 1
    # A week later, from a table.
    assert bring(bank, table("27.11.2026;Mara;again;25,00;EUR")).waiting == 1
    assert Movement.objects.count() == 4


def test_a_file_that_holds_a_statement_twice_is_taken_over_once(bank: Rail, pledge: Pledge):
    one = statement(entry("25.00", pledge.reference, name="B1"), entry("7.00", name="B2")).decode()
    again = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    sheet = bring(bank, one.replace("</BkToCstmrStmt>", f"{again}</BkToCstmrStmt>").encode())
    assert (sheet.matched, sheet.waiting, sheet.known) == (1, 1, 2)
    # Without a name of the bank's, two are two.
    one = statement(entry("9.00", name="")).decode()
    again = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    sheet = bring(bank, one.replace("</BkToCstmrStmt>", f"{again}</BkToCstmrStmt>").encode())
    assert (sheet.waiting, sheet.known) == (2, 0)


# Days, words, accounts --------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "9999-12-31"])
def test_a_day_that_stands_for_none_is_named_and_the_queue_can_be_looked_at(
    desk: Desk, bank: Rail, pledge: Pledge, day: str
):
    sheet = bring(bank, entry("25.00", pledge.reference, on=day), entry("7.00", name="B2", on=day))
    assert sheet.refused == 2
    assert "is no day" in sheet.refusals[0]["why"]
    assert bring(bank, ofx(pledge.reference, on=day.replace("-", ""))).refused == 1
    row = f"{day};Mara Quill;x;25,00;EUR"
    assert bring(bank, table(row, row, "2026-11-26;Mara;x;1,00;EUR")).refused == 2
    assert desk.client.get(URL).status_code == 200
    assert not Movement.objects.exists()


def test_words_in_a_section_of_cdata_are_read(bank: Rail, pledge: Pledge):
    assert bring(bank, ofx(f"<![CDATA[{pledge.reference} <b> & more]]>")).matched == 1
    assert words_of(BankLine.objects.get())["text"] == f"{pledge.reference} <b> & more"
    (line,) = read(ofx("<![CDATA[never closed")).lines
    assert line.minor == 2500


@pytest.mark.parametrize(
    ("account", "is_ours"), [("05-3201.3000", True), ("00", False), ("1300", False), ("3000", True)]
)
def test_an_account_is_known_by_its_figures_and_not_by_two_of_them(
    bank: Rail, pledge: Pledge, account: str, is_ours: bool
):
    if is_ours:
        assert bring(bank, ofx(pledge.reference, account=account)).matched == 1
    else:
        with pytest.raises(NotAStatement, match="of another account"):
            bring(bank, ofx(pledge.reference, account=account))


@pytest.mark.parametrize("form", ["CAMT", "a table"])
def test_a_file_that_is_brought_for_two_ways_to_give_is_booked_once(
    bank: Rail, pledge: Pledge, form: str
):
    """Of one account in two ways of writing; a table does not even say whose it is."""
    other = giving.rail("bank", name="Other", of=bank.sponsor, account_ref="0532013000")
    file = {
        "CAMT": statement(entry("25.00", pledge.reference, name="B1")),
        "a table": table(_ROW.format(day=26, words=pledge.reference)),
    }[form]
    assert bring(other, file).matched == 1
    assert bring(bank, file).waiting == 1
    assert Movement.objects.count() == 1
    # What is told of both, another day, is two.
    assert bring(bank, entry("25.00", pledge.reference, name="B2", on="2026-11-10")).matched == 1
