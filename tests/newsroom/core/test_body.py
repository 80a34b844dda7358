"""From blocks to the HTML of a body."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from handpress.lib.html import ROOT_MARK, WORD_MARK
from handpress.newsroom.core.body import BodyTools, Picture, needs_standfirst, render_body
from handpress.newsroom.core.marks import TABLE, marked, said_at_marks

PICTURE = Picture((("a-640.webp", 640), ("a-1280.webp", 1280)), 1280, 853, "A tug", "Wren")
TOOLS = BodyTools({7: PICTURE}, "https://courier.example/")


def body(*blocks: tuple[str, Any]) -> str:
    return render_body([{"type": kind, "value": value} for kind, value in blocks], TOOLS)


def soup(*blocks: tuple[str, Any]) -> BeautifulSoup:
    return BeautifulSoup(body(*blocks), "html.parser")


def table(*rows: list[str], **options: Any) -> tuple[str, dict[str, Any]]:
    return "table", {"data": list(rows), **options}


def test_blocks_stand_one_below_the_other():
    html = body(("text", "<p>a</p>\r\n<p>b</p>"), ("text", ""), ("html", "<p onclick='x'>c</p>"))
    assert html == "<p>a</p>\n<p>b</p>\n<p>c</p>"


def test_a_quote_has_its_speaker():
    page = soup(("quote", {"text": "One.\r\n\r\nTwo <b>.", "attribution": "Ada & Co"}))
    assert [p.get_text() for p in page.select("blockquote:not([class]) p")] == ["One.", "Two <b>."]
    assert page.select_one("blockquote footer").get_text() == "Ada & Co"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("quote", "is_pulled"),
    [
        ("“They simply let the pumps run dry.”", True),
        ("THEY simply let\nthe pumps run dry", True),
        ("They let the pumps run dry.", False),
        ("they", False),
    ],
)
def test_a_quote_of_the_text_itself_is_for_the_eye_alone(quote: str, is_pulled: bool):
    text = ("text", "<p>She said: “They <i>simply</i> let the pumps run dry.” Nobody came.</p>")
    page = soup(text, ("quote", {"text": quote, "attribution": ""}))
    assert bool(page.select('blockquote.pull[aria-hidden="true"]')) is is_pulled


def test_a_picture_says_what_it_shows_and_who_made_it():
    page = soup(("image", {"image": 7, "alt": "", "caption": "Idle.", "credit": ""}))
    image = page.select_one("figure > img")
    assert image is not None
    assert (image["alt"], image["width"]) == ("A tug", "1280")
    assert page.select_one("figcaption").get_text() == "Idle. Wren"  # type: ignore[union-attr]
    assert soup(("image", {"image": 7, "decorative": True})).select('img[alt=""]')
    assert body(("image", {"image": 8})) == ""


def test_a_table_is_reachable_and_says_what_it_is():
    page = soup(table(["Year", "Rent"], ["2020", "7"], table_caption="Rents & fees"))
    region = page.select_one("div.table-scroll[role=region][tabindex='0']")
    assert region is not None
    assert region["aria-label"] == "Rents & fees"
    assert [th["scope"] for th in page.select("thead th")] == ["col", "col"]
    nameless = soup(table(["a"], ["b"]), table(["c"], ["d"]))
    assert [str(tag["aria-label"]) for tag in nameless.select(".table-scroll")] == [
        marked(TABLE, "1"),
        marked(TABLE, "2"),
    ]


def test_columns_of_figures_are_known():
    page = soup(
        table(
            ["Year", "Rent", "Share", "Note"],
            ["Kiln Street", "€1,200.50", "29%", "3 rooms"],
            ["Weir", "−7", "", "none"],
            first_col_is_header=True,
        )
    )
    assert [th.get_text() for th in page.select("thead .figure")] == ["Rent", "Share"]
    assert [td.get_text() for td in page.select("tbody .figure")] == ["€1,200.50", "29%", "−7", ""]
    assert [th["scope"] for th in page.select("tbody th")] == ["row", "row"]


def test_rows_may_be_uneven_or_missing():
    assert body(table()) == ""
    page = soup(table(["a", "b"], ["1"], [None, "2"], first_row_is_table_header=False))  # type: ignore[list-item]
    assert [len(row.select("td")) for row in page.select("tbody tr")] == [2, 1, 2]


def test_code_reads_from_left_to_right_in_every_article():
    assert body(("code", {"text": "a <= b"})) == (
        '<pre dir="ltr" translate="no"><code>a &lt;= b</code></pre>'
    )


def test_an_embed_is_a_link():
    page = soup(("embed", {"url": "https://v.example/1?a=1&b=2", "title": "A <film>"}))
    assert page.select_one(".embed a")["href"] == "https://v.example/1?a=1&b=2"  # type: ignore[index]
    assert body(("embed", {"url": "javascript:x", "title": "y"})) == ""


def test_notes_of_all_blocks_are_gathered_at_the_end():
    page = soup(
        ("text", "<p>Rose[^1].</p><p>[^1]: A note.</p>"),
        table(["Year"], ["2020[^2]"], table_caption="Rents[^3]"),
        ("text", "<p>[^2]: Another.</p><p>[^3]: A third.</p>"),
    )
    assert [a.get_text() for a in page.select("[role=doc-noteref]")] == ["1", "2", "3"]
    assert [li.get_text()[:-2] for li in page.select("li")] == ["A note.", "A third.", "Another."]
    assert page.select_one(".table-scroll")["aria-label"] == "Rents"  # type: ignore[index]


def test_what_was_pasted_cannot_speak_for_the_theme():
    mark = f"{WORD_MARK}said{WORD_MARK}{ROOT_MARK}"
    html = body(
        ("text", f"<p title='{mark}'>{mark}</p>"),
        ("quote", {"text": mark + "x", "attribution": mark}),
        ("code", {"text": mark}),
        table([mark], [mark], table_caption=f"{mark}x"),
        ("embed", {"url": "https://v.example/", "title": mark, "note": mark}),
    )
    assert f"{WORD_MARK}said" not in html
    assert ROOT_MARK not in html
    assert "⟦" not in said_at_marks(html, lambda what, number: "⟦")


def test_the_excerpt_is_not_said_twice():
    words = "It rose by two metres in a night, they say on the quay, and fell again by noon."
    noted = words.replace("night,", "night,[^1]")
    html = body(("text", f"<p>{noted}</p><p>[^1]: By whom?</p>"))
    assert not needs_standfirst(words, html)
    assert not needs_standfirst(words, body(("text", f"<h2>Salt Quay, Monday</h2><p>{words}</p>")))
    assert needs_standfirst("Something else altogether.", html)
    assert needs_standfirst(words, body(("text", f"<p>{'No. ' * 90}</p><p>{words}</p>")))
