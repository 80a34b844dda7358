"""Footnotes: marks and notes become links that lead there and back."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from handpress.newsroom.core.marks import BACK, SAID, said_at_marks
from handpress.newsroom.core.notes import with_notes, without_note_marks
from handpress.newsroom.core.paragraphs import running_text


def noted(*fragments: str) -> BeautifulSoup:
    said = said_at_marks("".join(with_notes(fragments)), _say)
    return BeautifulSoup(said, "html.parser")


def _say(what: str, number: str) -> str:
    return "" if what in {SAID, BACK} else f"{what} {number}".strip()


def test_a_mark_leads_to_its_note_and_back():
    page = noted("<p>It rose.[^1]</p><p>Then fell.</p><p>[^1]: By <i>two</i> metres.</p>")
    (mark,) = page.select("p sup > a[role=doc-noteref]")
    (note,) = page.select("section[role=doc-endnotes] > ol > li")
    (back,) = note.select("a[role=doc-backlink]")
    assert mark.get_text() == "1"
    assert mark["href"] == f"#{note['id']}"
    assert back["href"] == f"#{mark['id']}"
    assert note.decode_contents().startswith("By <i>two</i> metres. <a ")
    assert page.select_one("section h2").get_text() == "notes"  # type: ignore[union-attr]
    assert [p.get_text() for p in page.select("p")] == ["It rose.\u20601", "Then fell."]


def test_notes_are_numbered_as_the_text_comes_to_them():
    page = noted(
        "<p>[^b]: Second.</p><p>One[^a] two[^b].</p>",
        "<blockquote><p>Three[^쪽지].</p></blockquote>",
        "<p>[^a]: First.</p><p>[^쪽지]: Third.</p>",
    )
    assert [li.get_text()[:-2] for li in page.select("li")] == ["First.", "Second.", "Third."]
    assert [a.get_text() for a in page.select("sup a")] == ["1", "2", "3"]
    assert page.find_all("section")[-1] == page.find_all(recursive=False)[-1]


def test_a_note_may_be_named_twice_and_leads_back_to_both():
    page = noted("<p>a[^1] b[^2] c[^1]</p><p>[^1]: X.</p><p>[^2]: Y.</p>")
    assert [a.get_text() for a in page.select("sup a")] == ["1", "2", "1"]
    first = page.select("li")[0].select("a[role=doc-backlink]")
    assert [a["href"] for a in first] == [f"#{a['id']}" for a in page.select("sup a")[::2]]
    assert [a["aria-label"] for a in first] == ["to-text 1", "to-text 1.2"]
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)) == 5


def test_what_has_no_other_half_stays_the_text_that_it_is():
    fragments = ["<p>a[^1] b[^lost]</p><p>[^1]: X.</p><p>[^alone]: Y.</p>"]
    page = noted(*fragments)
    assert [p.get_text() for p in page.select("p")] == ["a\u20601 b[^lost]", "[^alone]: Y."]
    assert len(page.select("li")) == 1
    for text in ("<p>array[^1] and [^x]</p>", "<p>[^1]: nobody asked</p>", "<p>no notes</p>", ""):
        assert with_notes([text]) == [text]


def test_a_second_note_of_the_same_name_is_not_lost():
    page = noted("<p>a[^1]</p><p>[^1]: X.</p><p>[^1]: Another.</p>")
    assert [p.get_text() for p in page.select("p")][1:] == ["[^1]: Another."]


def test_code_and_links_and_attributes_are_left_alone():
    before = (
        '<p title="[^1]">a <code>x[^1]</code> <a href="#y">[^1]</a></p><pre><code>[^1]</code></pre>'
    )
    out = with_notes([f"{before}<p>b[^1]</p><p>[^1]: X [^1].</p>"])
    assert out[0].startswith(before)
    assert len(re.findall("doc-noteref", out[0])) == 1
    assert out[1].count("[^1]") == 1


def test_a_mark_that_is_raised_already_is_not_raised_twice():
    (mark,) = noted("<p>a<sup>[^1]</sup></p><p>[^1]: X.</p>").select("p > sup")
    assert not mark.select("sup")
    assert mark.select("a[role=doc-noteref]")


def test_imported_footnotes_keep_their_ids_and_ours_take_others():
    imported = '<p><sup><a href="#note-1" id="ref-1">1</a></sup> b[^x]</p><p id="note-1">Old.</p>'
    page = noted(imported, "<p>[^x]: New.</p>")
    assert page.select('a[href="#note-1"]#ref-1')
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)) == 4
    (mark,) = page.select("a[role=doc-noteref]")
    assert page.select(f"li[id='{str(mark['href'])[1:]}']")


def test_the_words_alone_have_no_numbers():
    html = with_notes(["<p>It rose.[^1] Then</p><p>[^1]: X.</p>"])[0]
    assert without_note_marks(html).replace("</sup>", "") == "<p>It rose. Then</p>"


def test_an_excerpt_is_made_of_the_words_alone():
    blocks = [
        {"type": "text", "value": "<p>It rose.[^1] Then fell.</p><p>[^1]: By <i>two</i>.</p>"}
    ]
    assert running_text(blocks) == ["It rose. Then fell."]
