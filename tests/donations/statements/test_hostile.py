"""4.14: files that are no statement, or one to choke on: refused soon, whole, in words."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from factories import giving
from factories.camt import entry, statement
from factories.desk_forms import Desk
from handpress.donations.core.tables import MOST_COLUMNS, NotATable, rows_of
from handpress.donations.models import BankLine, BankStatement, Movement, Rail
from handpress.donations.statements import MOST_LINES, NotAStatement, camt, read, table

_HEAD = b"Date,Amount,Currency\n"
_ROW = b"2026-11-26,1.00,EUR\n"
_OFX = b"OFXHEADER:100\n\n<OFX>"
MEGABYTE = 2**20


def _zipped(data: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("camt.xml", data)
    return file.getvalue()


HOSTILE = {
    "tabs": (b"x" + b"\t" * MEGABYTE, "characters, and 262,144 are the most"),
    "one line": (b"x" * 10 * MEGABYTE, "characters, and 262,144 are the most"),
    "columns": (b"," * 100_000 + b"\n" + _ROW, "100,001 columns, and 500 are the most"),
    "columns under names": (_HEAD + _ROW + b"," * 100_000, "100,001 columns, and 500 are the most"),
    "empty lines": (_HEAD + b"\n" * 1_000_000, "more than 100,000 lines"),
    "an open quote": (_HEAD + b'2026-11-26,"1.00\n' + _ROW * 100_000, "no table"),
    "quotes": (b'"' * 10 * MEGABYTE, "no table"),
    "NUL": (_HEAD + b"2026-11-26,1.00,E\x00R\n", "no text"),
    "UTF-16 that is cut": (_HEAD.decode().encode("utf-16")[:-1], "no text"),
    "too long in UTF-16": ((_HEAD + _ROW * 200_000).decode().encode("utf-16"), "more than 100,000"),
    "a ZIP": (_zipped(statement(entry())), "unpack it"),
    "gzip": (gzip.compress(statement(entry())), "unpack it"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n", "is a PDF"),
    "entries": (statement(*["<Ntry/>"] * 200_000), "more than 10,000 lines"),
    "entries to be read": (statement(*[entry()] * 30_000), "more than 10,000 lines"),
    "parts": (statement(entry(details="<TxDtls/>" * 200_000)), "more than 10,000 lines"),
    "accounts": (statement().replace(b"</Stmt>", b"</Stmt>" + b"<Stmt/>" * 200_000), "10,000"),
    "elements": (statement(entry(more="<a>" * 1_100_000)), "more elements than"),
    "OFX in OFX": (_OFX + b"<STMTTRN>" * 900_000 + b"</OFX>", "more than 10,000 lines"),
    "OFX, deep": (_OFX + b"<A>" * 1_100_000 + b"</OFX>", "more elements than"),
    "OFX in no writing": (b"OFXHEADER:100\nCHARSET:undefined\n<OFX></OFX>", "holds no statement"),
}


@pytest.mark.parametrize(("data", "why"), HOSTILE.values(), ids=HOSTILE)
def test_4_14_what_is_there_to_choke_on_is_refused_whole(data: bytes, why: str):
    with pytest.raises(NotAStatement, match=why):
        read(data)


def test_4_14_no_more_is_read_of_what_is_too_large_than_says_so(monkeypatch: pytest.MonkeyPatch):
    """Not by the clock: what costs is not done."""
    taken: list[object] = []
    for reader in (camt, table):
        monkeypatch.setattr(reader, "_take", lambda *of: taken.append(of))
    for data in (statement(*[entry()] * (MOST_LINES + 1)), _HEAD + _ROW * (MOST_LINES + 1)):
        with pytest.raises(NotAStatement, match="more than 10,000 lines"):
            read(data)
    monkeypatch.setattr(table, "folded", taken.append)
    with pytest.raises(NotAStatement, match="columns"):
        read(b",\n" * 50 + b"," * 100_000)
    assert not taken


def test_as_much_as_is_taken_over_at_a_time_is_read():
    assert len(read(_HEAD + _ROW * MOST_LINES).lines) == MOST_LINES
    assert len(read(statement(*[entry()] * MOST_LINES)).lines) == MOST_LINES
    assert len(rows_of("," * (MOST_COLUMNS - 1) + "\n")[0]) == MOST_COLUMNS
    with pytest.raises(NotATable):
        rows_of("," * MOST_COLUMNS)


@pytest.mark.parametrize(
    "rows",
    [
        "26.11.2026;25,00;Für Euch, mit Dank, Eure Mara, bis bald\n",
        '26.11.2026;25,00;"eins | zwei; drei | vier; fünf | sechs"\n',
    ],
)
@pytest.mark.parametrize("above", ["", "Bank\t\t\t\t\t\t\t\n", "Ihre Bank, Berlin, Nord, Mitte\n"])
def test_words_in_a_table_do_not_say_what_stands_between_its_cells(rows: str, above: str):
    text = f"{above}Buchungstag;Betrag;Verwendungszweck\n{rows}"
    (line,) = read(text.encode(), currency="EUR").lines
    assert line.minor == 2500


def test_a_statement_in_utf_16_is_read():
    text = statement(entry(payer="Jürgen")).decode().replace("UTF-8", "UTF-16")
    for encoding in ("utf-16", "utf-16-be"):
        data = text.encode(encoding)
        data = data if encoding == "utf-16" else b"\xfe\xff" + data
        assert read(data).lines[0].payer == "Jürgen"


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("name", ["tabs", "NUL", "a ZIP", "entries", "OFX in no writing"])
def test_4_14_desk_and_command_say_so_and_change_nothing(desk: Desk, tmp_path: Path, name: str):
    bank: Rail = giving.rail("bank", account_ref=giving.OTHER_IBAN)
    data, why = HOSTILE[name]
    file = tmp_path / "may.csv"
    file.write_bytes(data)
    with pytest.raises(CommandError, match=why):
        call_command("fund", "import-statement", str(file), stdout=StringIO())
    sent: dict[str, Any] = {"rail": bank.pk, "file": SimpleUploadedFile("may.csv", data)}
    page = desk.client.post("/desk/donations/statements/", sent)
    assert page.status_code == 200
    assert why in page.content.decode()
    for rows in (BankStatement, BankLine, Movement):
        assert not rows.objects.exists()
