"""Outline, ids and tables of a body, whatever was pasted in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.lib.html import clean_html
from handpress.newsroom.core.marks import BACK, SAID, TABLE, marked
from handpress.newsroom.core.markup import Tidier, tokens


def tidy(*fragments: str) -> list[str]:
    tidier = Tidier()
    return [tidier.tidy(clean_html(fragment)) for fragment in fragments]


@pytest.mark.parametrize(
    ("given_levels", "levels"),
    [
        ("2 3 2", "2 3 2"),
        ("4", "2"),
        ("3 3 2", "2 2 2"),
        ("2 4 3 4", "2 3 3 4"),
        ("6 5 2 6", "2 2 2 3"),
    ],
)
def test_headings_skip_no_level(given_levels: str, levels: str):
    (html,) = tidy("".join(f"<h{n}>x</h{n}><p>y</p>" for n in given_levels.split()))
    assert re.findall(r"<h(\d)>x</h\1>", html) == levels.split()


def test_the_outline_goes_on_from_one_block_to_the_next():
    assert tidy("<h2>a</h2>", "<h4>b</h4>") == ["<h2>a</h2>", "<h3>b</h3>"]


def test_an_id_is_given_once():
    first, second = tidy('<p id="a">x</p><p id="a">y</p>', '<h2 id="a">z</h2><p id="b">z</p>')
    assert first == '<p id="a">x</p><p>y</p>'
    assert second == '<h2>z</h2><p id="b">z</p>'


def test_empty_paragraphs_and_headings_go():
    assert tidy("<p></p><h2> </h2><p>a</p><p>&nbsp;<br></p><p><br/></p>") == ["<p>a</p>"]
    kept = '<p id="here"></p><p>a&nbsp;&nbsp;</p>'
    assert tidy(kept) == [kept]


def test_a_pasted_table_has_room_to_scroll_and_a_name():
    (html,) = tidy("<p>a</p><table><tr><td>1<table><tr><td>2</table></table><p>b</p>")
    assert html.count('<div class="table-scroll" role="region" tabindex="0"') == 1
    assert f'aria-label="{marked(TABLE, "1")}"{marked(SAID)}>' in html
    assert html.count(f"<table{marked(BACK)}>") == 1
    assert html.endswith("</table></div><p>b</p>")


def test_no_two_tables_have_the_same_name():
    tidier = Tidier()
    labels = [tidier.scroller(caption) for caption in ("", "", "Rents", "Rents")]
    assert [re.findall('aria-label="([^"]*)"', label)[0] for label in labels] == [
        marked(TABLE, "1"),
        marked(TABLE, "2"),
        "Rents",
        "Rents (4)",
    ]


@given(st.lists(st.sampled_from(["<b>", "</b>", "<", ">", '"', "a", "<table>", "</table>", "&"])))
def test_tokens_are_the_whole_fragment(parts: list[str]):
    html = clean_html(f"<p title='{''.join(parts)}'>" + "".join(parts))
    assert "".join(tokens(html)) == html
