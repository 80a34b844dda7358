"""Files that are refused: why, in words, and never half read."""

import pickle

import pytest

from factories.saved_pages import (
    APPEAL_FULL,
    APPEAL_HEADING,
    FOOT,
    FOREIGN_FOOT,
    NBSP,
    PITCH_HEADING,
    SamplePage,
    every_cut,
    make_excerpt,
    make_headline,
    make_page,
)
from handpress.importers.core.incoming import RefusedFile
from handpress.importers.formats.saved_page import decoding, read_saved_page
from handpress.importers.formats.saved_page.blocks import ends_sentence

PAGE = make_page()
ACCENTED = make_page(topic="Région des Marées").text().replace("council", "conseil général à Noël")
HEADLINE, EXCERPT = make_headline(500), make_excerpt(500)


def refuse(data: bytes | str, *, name: str = "page.txt") -> RefusedFile:
    data = data.encode() if isinstance(data, str) else data
    with pytest.raises(RefusedFile) as refusal:
        read_saved_page(data, name=name)
    return refusal.value


def test_a_refusal_says_what_happened_what_is_safe_and_what_to_do():
    refused = refuse(b"", name="north.txt")
    assert str(refused) == (
        "north.txt: The file is empty. Nothing was taken from this file. "
        "Save the page again as plain text, whole, and import the new file."
    )
    copy = pickle.loads(pickle.dumps(refused))
    assert str(copy) == str(refused)


@pytest.mark.parametrize(
    "data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", "\u00a0\n"]
)
def test_empty_files(data):
    assert refuse(data).reason == "The file is empty."


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PAGE.text().encode("utf-16"), "seems to be UTF-16."),
        (PAGE.text().encode("utf-16-le"), "seems to be UTF-16LE without a mark"),
        (PAGE.text().encode("utf-16-be"), "seems to be UTF-16BE without a mark"),
        (PAGE.text().encode("utf-32"), "seems to be UTF-32."),
        (ACCENTED.encode("latin-1", "ignore"), "seems to be Latin-1"),
        (ACCENTED.encode("cp1252", "ignore"), "seems to be Windows-1252"),
        ("Порт\n\nНовости порта\n\nПорт открыт.".encode("koi8-r"), "in an older encoding"),
        ("항구\n\n항구 소식\n\n항구가 다시 열렸다.".encode("euc-kr"), "in an older encoding"),
    ],
)
def test_other_encodings(data, words):
    refused = refuse(data, name="a page.txt")
    assert words in refused.reason
    assert "UTF-8" in refused.remedy


def test_the_remedy_for_an_encoding_can_be_typed():
    refused = refuse(ACCENTED.encode("latin-1", "ignore"), name="it's $HOME.txt")
    assert (
        "iconv -f ISO-8859-1 -t UTF-8 'it'\"'\"'s $HOME.txt' > 'it'\"'\"'s $HOME.txt.utf8.txt'"
        in refused.remedy
    )


def test_damaged_utf8_is_located():
    whole, broken = "“".encode(), b"\xe2\x80"
    data = PAGE.data().replace(whole, broken, 1)
    byte = PAGE.data().index(whole)
    line = data[:byte].count(b"\n") + 1
    assert f"damaged: byte {byte + 1}, in line {line}, belongs" in refuse(data).reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
        (b"{\\rtf1\\ansi North Coast}", "an RTF document"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an office document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "an image"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "binary data"),
        (PAGE.data() + b"\x00", "binary data"),
        (bytes(range(256)) * 40, "binary data"),
        (PAGE.data().replace(b"March", b"\x1b[1mMarch", 1), "control character U+001B"),
        (PAGE.data().replace(b"March", b"\x0cMarch", 1), "control character U+000C"),
        (PAGE.data().replace(b"March", "\uffff".encode(), 1), "control character U+FFFF"),
    ],
)
def test_binary_files(data, words):
    assert words in refuse(data).reason


@pytest.mark.parametrize("end", ["\r", "\r\r\n", "\n\r"])
def test_carriage_returns_alone(end):
    assert "carriage return" in refuse(PAGE.text().replace("\n", end)).reason


def test_files_beyond_all_measure(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_BYTES", 2**20)
    assert "more than 1 MB" in refuse(b"x" * (2**20 + 1)).reason


ESSAY = "\n\n".join(["On Tides", "By A Keeper", *(make_excerpt(n) for n in range(5))])


@pytest.mark.parametrize(
    "text",
    [
        ESSAY,
        "\n\n".join(make_excerpt(n) for n in range(6)),
        "Dear all,\n\nthe harbour is closed today.\n\nYours,\n\nthe keepers",
        "one word",
        "North Coast\n\nFerry Crews Vote",
        "date,topic,words\n2019-05-04,North Coast,112\n2019-05-05,South Coast,98\n",
        "2019-05-04 10:00:01 INFO start\n2019-05-04 10:00:02 INFO done\n" * 20,
        "<!DOCTYPE html>\n<html><body>\n\n<h1>North</h1>\n\n<p>Text.</p></body></html>",
        "<div>\n\n<h1>North</h1>\n\n<p>Text.</p>\n\n</div>",
        f"# North Coast\n\n## Boats\n\n{make_excerpt(1)}\n\n## Wells\n\n{make_excerpt(2)}",
        f"North Coast\n===========\n\nBoats\n-----\n\n{make_excerpt(1)}",
        "import os\n\nimport sys\n\nclass Boat:\n    def sail(self):\n        return 1\n",
        "from os import path\n\nfrom sys import argv\n\n@cache\ndef sail():\n    return 1\n",
        '{\n\n  "topic": "North Coast",\n\n  "articles": []\n\n}',
        "- boats\n\n- wells\n\n- mills\n\n- towers",
        "A\n\nB\n\nC\n\nD\n\nE\n\nF",
    ],
)
def test_what_is_no_such_page(text):
    refused = refuse(text)
    assert (
        "not a saved topic page" in refused.reason
        or "breaks" in refused.reason
        or ("instead of the text" in refused.reason)
    )


@pytest.mark.parametrize("lead_in", [(), ("Skip to content",)])
@pytest.mark.parametrize("foot", [FOOT, FOREIGN_FOOT, FOOT[:-2], ("Older posts", *FOOT)])
def test_a_page_without_articles(lead_in, foot):
    bare = make_page(articles=0, lead_in=lead_in, foot=foot).text()
    assert "holds no article" in refuse(bare).reason


def test_a_foot_alone():
    assert "holds no article" in refuse("\n\n".join(FOOT)).reason


def page_with(*pairs: tuple[str, ...], foot: tuple[str, ...] = FOOT) -> str:
    blocks = [block for pair in pairs for block in pair]
    return "\n\n".join(["Skip to content", "North Coast", *blocks, *foot])


@pytest.mark.parametrize("foot", [(), FOOT], ids=["bare", "with foot"])
@pytest.mark.parametrize(
    "middle",
    [(HEADLINE,), (EXCERPT,), (HEADLINE, EXCERPT, EXCERPT), (HEADLINE, HEADLINE, EXCERPT)],
    ids=["no excerpt", "no headline", "two paragraphs", "two headlines"],
)
@pytest.mark.parametrize("place", [1, 7, 14])
def test_a_broken_pattern_is_located(middle, place, foot):
    pairs: list[tuple[str, ...]] = list(PAGE.articles)
    pairs.insert(place, middle)
    text = page_with(*pairs, foot=foot)
    refused = refuse(text)
    if place == 1 and middle == (EXCERPT,):
        assert "does not begin with a topic, then headline and excerpt" in refused.reason
    else:
        assert "pattern of headline and excerpt breaks" in refused.reason
        assert "mend it there" in refused.remedy


def test_a_headline_without_excerpt_at_the_end():
    refused = refuse(page_with(*PAGE.articles, (HEADLINE,), foot=()))
    assert "no excerpt follows the last headline" in refused.reason
    assert HEADLINE[:50] in refused.reason
    assert "line 65" in refused.reason


@pytest.mark.parametrize("articles", [1, 2, 15])
def test_an_excerpt_that_stops_in_the_middle_of_a_sentence(articles):
    data = make_page(articles=articles, foot=()).text()
    for cut in (data[:-1], data[:-9], data[:-1] + NBSP, data[:-1] + "\n"):
        assert "stops in the middle of a sentence" in refuse(cut).reason


def test_a_file_that_stops_inside_a_character():
    data = PAGE.data()
    assert (
        "in the middle of a character" in refuse(data[: data.rindex("\u00a0".encode()) + 1]).reason
    )


def test_excerpts_that_never_end_a_sentence_are_no_sign_of_a_cut():
    bare = tuple((headline, excerpt.rstrip(".”“")) for headline, excerpt in PAGE.articles)
    page = SamplePage(lead_in=(), topic="North Coast", articles=bare, foot=())
    assert len(read_saved_page(page.data(), name="page.txt").articles) == 15


def test_a_script_without_full_stops_is_no_sign_of_a_cut():
    excerpt = "ท่าเรือเปิดอีกครั้งแล้ว และเรือทุกลำกลับมาก่อนฤดูใบไม้ผลิ ชาวบ้านร้องเพลงตลอดทั้งคืนจนน้ำลง " * 2
    text = f"ชายฝั่งเหนือ\n\nท่าเรือเปิดแล้ว\n\n{excerpt}"
    assert len(read_saved_page(text.encode(), name="page.txt").articles) == 1


def test_no_cut_page_is_taken_for_a_whole_one():
    """Cut anywhere: refused, or all articles whole; but that a text may end after a sentence."""
    sample = make_page(articles=4)
    whole, data = list(sample.articles), sample.data()
    refused = 0
    for cut in every_cut(data):
        try:
            page = read_saved_page(cut, name="page.txt")
        except RefusedFile:
            refused += 1
            continue
        articles = [(one.headline, one.excerpt) for one in page.articles]
        assert articles[:-1] == whole[: len(articles) - 1]
        headline, excerpt = articles[-1]
        assert headline == whole[len(articles) - 1][0]
        assert whole[len(articles) - 1][1].startswith(excerpt)
        assert ends_sentence(excerpt)
    assert refused > 0.9 * len(data)


@pytest.mark.parametrize(
    "foot",
    [
        (*FOOT[:-1], FOOT[-1][:90]),
        (*FOOT[:6], FOOT[6][:50]),
        (*FOOT[:5], FOOT[5][:10]),
        FOOT[:5],
        FOOT[:4],
        (*FOOT[:3], APPEAL_HEADING[:-3]),
        (APPEAL_HEADING, *APPEAL_FULL[:1], APPEAL_FULL[1][:100]),
        (APPEAL_HEADING, *APPEAL_FULL[:1], APPEAL_FULL[1][:12]),
        (PITCH_HEADING, FOOT[-1][:100]),
    ],
)
def test_a_foot_that_is_cut_off(foot):
    assert (
        "cut off: it stops inside the foot" in refuse(page_with(*PAGE.articles, foot=foot)).reason
    )
