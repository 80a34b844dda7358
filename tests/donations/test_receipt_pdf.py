"""A receipt as PDF/UA: tagged, with title and language; what donors write is never markup."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from factories import giving
from factories.papers import undone
from factories.pdfs import bare, shown, streams
from factories.receipts import FACTS, receipt
from handpress.donations import receipt_pdf, receipt_tasks, sealing
from handpress.donations.actions.receipts import drop_old_keys
from handpress.donations.core.receipt_words import Paper, text_of
from handpress.donations.models import Receipt
from handpress.donations.queries.receipts import paper_of_receipt
from handpress.donations.receipt_pdf import NoFont, pdf_of
from handpress.donations.receipt_tasks import (
    FAILED,
    NO_FONT,
    has_pdf,
    make_waiting_pdfs,
    pdf_bytes,
    try_again,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOSTILE = [
    '#import "@preview/x:1.0.0": y',
    '#panic("no") #read("/etc/passwd")',
    "*bold* _slant_ `raw` = head",
    "$x^2$ \\ \\u{41} \\\\ ~ --- ...",
    "] [ } { ) ( ]]] // /* <label> @ref 'q' \"q\"",
    "https://example.org/" + "long" * 45,
    "x" * 200,
    "{number} {name} %s %(x)s {{ 1 }}",
    "-1. + 2. / 3. = ==",
]


def paper(**changes: Any) -> Paper:
    values: dict[str, Any] = {
        "language": "en",
        "title": "Receipt 2026-17",
        "issuer": ("The Readers’ Association", "1 Quay"),
        "to_label": "To",
        "to": ("Ann Example", "7 Birdcage Walk"),
        "facts": (("Issued on", "27 November 2026"),),
        "columns": ("Day", "Reference", "Amount"),
        "rows": (("26 November 2026", "HP-7K2M-Q9RB", "€25.00"),),
        "total": ("Total", "€25.00"),
        "words": ("Thank you!",),
        "signature": "Signed",
    }
    return Paper(**values | changes)


@pytest.mark.parametrize(
    ("language", "tag"), [("en", b"en"), ("en-US", b"en-US"), ("ar", b"ar"), ("de", b"de")]
)
def test_a_pdf_is_tagged_with_title_and_language(language: str, tag: bytes) -> None:
    whole = streams(pdf_of(paper(language=language), NOW))
    assert whole.startswith(b"%PDF-1.7")
    for mark in (
        b"/StructTreeRoot",
        b"/MarkInfo",
        b"/Marked true",
        b"/DisplayDocTitle true",
        b"/Lang(" + tag + b")",
        b"<pdfuaid:part>1</pdfuaid:part>",
        b'<rdf:li xml:lang="x-default">Receipt 2026-17</rdf:li>',
    ):
        assert mark in whole, mark
    for role in (b"/H1", b"/P", b"/Table", b"/TH", b"/TD", b"/TR"):
        assert role in whole, role


def test_the_text_is_there_as_text() -> None:
    said = bare(shown(pdf_of(paper(), NOW)))
    for words in ("The Readers’ Association", "Ann Example", "Receipt 2026-17", "HP-7K2M-Q9RB"):
        assert bare(words) in said, said


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_donor_writes_is_never_markup(name: str) -> None:
    made = pdf_of(paper(to=(name, name), words=(name,), facts=((name, name),)), NOW)
    said = bare(shown(made))
    # Ligatures are one glyph for several letters; the table says which.
    assert said.count(bare(name)) == 5, said
    assert b"/URI" not in streams(made)


def test_the_same_paper_is_the_same_bytes() -> None:
    assert pdf_of(paper(), NOW) == pdf_of(paper(), NOW)
    assert pdf_of(paper(), NOW) != pdf_of(paper(title="Receipt 2026-18"), NOW)


def test_a_long_list_goes_over_pages() -> None:
    rows = tuple((f"{n}", f"HP-{n}", "€1.00") for n in range(200))
    made = pdf_of(paper(rows=rows), NOW)
    assert len(re.findall(rb"/Type\s*/Page\b", streams(made))) > 3


def test_a_receipt_takes_less_than_a_second_and_a_half() -> None:
    pdf_of(paper(), NOW)
    start = time.perf_counter()
    for number in range(10):
        pdf_of(paper(title=f"Receipt 2026-{number}"), NOW)
    assert (time.perf_counter() - start) / 10 < 1.5


@pytest.mark.parametrize("name", ["김철수", "दीपा", "\U000f0000"])
def test_letters_without_a_font_are_refused_and_not_told(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NoFont) as refusal:
        pdf_of(paper(to=(name,)), NOW, own_fonts_only=True)
    assert not str(refusal.value)
    assert refusal.value.__cause__ is None
    assert pdf_of(paper(to=("Αθηνά Жанна Łucja",)), NOW, own_fonts_only=True)


# In the background -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
def test_pdfs_are_made_in_the_background_once_and_sealed() -> None:
    rows = [receipt(), receipt(), receipt()]
    assert not has_pdf(rows[0])
    assert pdf_bytes(rows[0]) == b""
    assert [make_waiting_pdfs(limit=2), make_waiting_pdfs(), make_waiting_pdfs()] == [2, 1, 0]
    row = Receipt.objects.get(pk=rows[0].pk)
    made = pdf_bytes(row)
    assert made.startswith(b"%PDF")
    assert row.pdf_sha256 == hashlib.sha256(made).hexdigest()
    assert b"%PDF" not in bytes(row.pdf)
    assert made == pdf_of(paper_of_receipt(row), row.issued_at)
    for words in (FACTS["name"], "Receipt 2026-1", "€25.00"):
        assert bare(words) in bare(shown(made))
    assert not receipt_tasks.make_pdf(row)
    drop_old_keys(row.keep_until.replace(year=2040))  # type: ignore[union-attr]
    row.refresh_from_db()
    assert (has_pdf(row), pdf_bytes(row), make_waiting_pdfs()) == (False, b"", 0)


@pytest.mark.django_db
def test_where_no_font_is_the_text_stands_alone(
    own_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = receipt({"name": "김철수", "email": "kim@example.org"})
    others = receipt()

    def without_fonts(paper: Paper, issued_at: datetime) -> bytes:
        return pdf_of(paper, issued_at, own_fonts_only=True)

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.DEBUG):
        patch.setattr(receipt_tasks, "pdf_of", without_fonts)
        assert make_waiting_pdfs() == 2
    assert "김" not in caplog.text
    row.refresh_from_db()
    others.refresh_from_db()
    assert (row.pdf_sha256, has_pdf(row), has_pdf(others)) == (NO_FONT, False, True)
    assert "김철수" in text_of(paper_of_receipt(row))
    assert make_waiting_pdfs() == 0
    assert (try_again(others), try_again(row)) == (False, True)
    if "Noto Serif CJK KR" not in receipt_pdf._setting(own_fonts_only=False).families:
        pytest.skip("no Korean font is installed here")
    row.refresh_from_db()
    assert make_waiting_pdfs() == 1
    row.refresh_from_db()
    assert has_pdf(row)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
def test_a_receipt_that_fails_hinders_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [receipt(), receipt(), receipt()]
    with undone():
        giving.drop_rules()
        Receipt.objects.filter(pk=rows[1].pk).update(sealed="damaged")

        def fails(paper: Paper, issued_at: datetime) -> bytes:
            if paper.title == "Receipt 2026-1":
                raise receipt_pdf.NoPdf
            return pdf_of(paper, issued_at)

        monkeypatch.setattr(receipt_tasks, "pdf_of", fails)
        assert make_waiting_pdfs() == 3
        for row in rows:
            row.refresh_from_db()
        assert [row.pdf_sha256 for row in rows[:2]] == [FAILED, FAILED]
        assert has_pdf(rows[2])


def test_a_fault_inside_typst_ends_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What a fault in Rust is in Python."""

    class Broken:
        def __init__(self, fault: BaseException) -> None:
            self.fault = fault

        def compile_with_warnings(self, **values: object) -> None:
            raise self.fault

    for fault, expected in ((PanicException(), receipt_pdf.NoPdf), (KeyboardInterrupt(),) * 2):
        setting = receipt_pdf._Setting(Broken(fault), frozenset())  # type: ignore[arg-type]
        monkeypatch.setattr(receipt_pdf, "_setting", lambda setting=setting, **_: setting)
        kind = expected if isinstance(expected, type) else type(expected)
        with pytest.raises(kind):
            pdf_of(paper(), NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
def test_without_the_key_all_wait(caplog: pytest.LogCaptureFixture) -> None:
    giving.sponsor()
    row = receipt()
    kept = sealing.key_file().rename(sealing.key_file().with_name("safe"))
    assert make_waiting_pdfs() == 0
    assert "receipt_key_unusable" in caplog.text
    kept.rename(sealing.key_file())
    assert make_waiting_pdfs() == 1
    row.refresh_from_db()
    assert has_pdf(row)
