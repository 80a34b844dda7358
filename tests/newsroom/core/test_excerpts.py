"""The rule behind "Take the first sentences", and the count of words."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handpress.newsroom
from handpress.newsroom.core.excerpts import (
    UNSPACED,
    count_words,
    first_sentences,
    split_sentences,
)
from handpress.newsroom.core.paragraphs import paragraphs_of, running_text

SCRIPT = Path(handpress.newsroom.__file__).parent / "static/newsroom/excerpt.js"


@pytest.mark.parametrize(
    "sentences",
    [
        ["It rained.", "Then it stopped."],
        ["Who knew?", "Nobody!", "Well…", "Some did."],
        ["Dr. Ada N. Quill of St. Orle, Jr., came at 5 p.m. on Oct. 3.", "She left."],
        ["It costs 3.50 a litre, e.g. in Port No. 4.", "So they say."],
        ["The U.S. Navy came.", "The U.N. Council left."],
        ["They sold it to Varrow Inc.", "Then they left."],
        ["“Stop!” he cried.", "“Why?” she said.", "He did not know."],
        ["“We waited. Nobody came,” she said.", "They left."],
        ["He said: “We waited. Nobody came.”", "They left."],
        ['"We waited. Nobody came."', "They left."],
        ["« Attendez ! On arrive », dit-elle.", "Ils partent."],
        ["„Halt. Sofort“, rief er.", "Dann z.B. nichts."],
        ["(He was late. So was she.)", "They met."],
        ["¿Quién sabe?", "La Sra. Luz del núm. 4 lo sabe."],
        ["어제 비가 왔다.", "오늘은 맑다.", "“내일은? 모른다”고 그는 말했다."],
        ["昨日は雨だった。", "「今日は晴れる。きっと」と彼女は言った。", "誰も知らない！"],
        ["他说：“等一等。没人来。”", "他们走了。"],
        ["هطل المطر أمس.", "هل توقف؟", "نعم، توقف."],
        ["کل بارش ہوئی۔", "آج دھوپ ہے۔"],
        ["Plan A is dead.", "So is I."],
        ["The word... then went on.", "It ended."],
        ["It rained!!!", "It stopped?!", "Yes."],
    ],
)
def test_sentences_are_told_apart(sentences: list[str]):
    wide = any(sentence[-1] in "。！」”" and count_words(sentence) > 4 for sentence in sentences)
    glue = "" if wide and "。" in "".join(sentences) else " "
    assert split_sentences(glue.join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("— … !", 0),
        ("One, two — three.", 3),
        ("It's mother-in-law's.", 2),
        ("어제 비가 왔다.", 3),
        ("昨日は雨だった。", 7),
        ("هطل المطر أمس.", 3),
        ("iPhone 15を買う", 5),
        ("a\u00a0b\tc\nd", 4),
    ],
)
def test_words_are_counted(text: str, words: int):
    assert count_words(text) == words


def test_the_script_counts_by_the_same_rule():
    ranges = "".join(f"\\u{ord(c):04x}" if c != "-" else c for c in UNSPACED)
    assert f'"{ranges}"' in SCRIPT.read_text()


def sentence(words: int) -> str:
    return " ".join(["Word", *["word"] * (words - 1)]) + "."


@pytest.mark.parametrize(
    ("lengths", "taken"),
    [
        ([30, 30, 30, 30], 3),
        ([70, 70], 1),
        ([69, 91, 10], 2),
        ([69, 92], 1),
        ([400, 10], 1),
        ([10, 10], 2),
        ([20, 300, 20], 1),
        ([], 0),
    ],
)
def test_as_many_whole_sentences_as_fit(lengths: list[int], taken: int):
    sentences = [sentence(length) for length in lengths]
    assert first_sentences(sentences) == " ".join(sentences[:taken])
    assert first_sentences([" ".join(sentences)]) == " ".join(sentences[:taken])


def test_paragraphs_of_wide_scripts_are_joined_without_a_blank():
    assert first_sentences(["雨。", "晴。"]) == "雨。晴。"


@given(st.lists(st.text(alphabet="Ab1 .!?…。「」“”\"'()«»\u00a0\n؟", max_size=60), max_size=5))
def test_what_is_taken_stands_in_the_text_and_nothing_is_between(paragraphs: list[str]):
    for paragraph in paragraphs:
        whole = "".join("".join(split_sentences(paragraph)).split())
        assert whole == "".join(paragraph.split())
    taken = "".join(first_sentences(paragraphs).split())
    said = "".join(
        "".join(one for one in split_sentences(p) if count_words(one)) for p in paragraphs
    )
    assert "".join(said.split()).startswith(taken)


def test_a_long_text_without_an_end_is_quick():
    # Where time grew with the square of the length, this would take minutes.
    started = time.process_time()
    first_sentences(["“word. " * 20_000])
    first_sentences(["Mr. " * 50_000])
    assert time.process_time() - started < 30


def test_headings_lists_and_quotations_are_no_running_text():
    html = (
        "<h2>Head</h2><p>One <b>bold</b>\n word.<br>Two.</p><ul><li>item</li></ul>"
        "<blockquote><p>said</p></blockquote><div>Three &amp; four</div>bare<br><br>end"
        "<table><tr><td>cell</td></tr></table><script>bad()</script><p></p>"
    )
    assert paragraphs_of(html) == ["One bold word. Two.", "Three & four", "bare", "end"]


def test_only_text_and_legacy_html_run():
    blocks: list[dict[str, Any]] = [
        {"type": "quote", "value": {"text": "No."}},
        {"type": "text", "value": "<p>Yes.</p>"},
        {"type": "html", "value": "<p>Older.</p>"},
        {"type": "text", "value": None},
    ]
    assert running_text(blocks) == ["Yes.", "Older."]


@pytest.mark.parametrize(
    "html", ["</ul></p>", "<ul>", "<p", "<![CDATA[", "<!--", "&#0;", "<b></i>"]
)
def test_odd_html_does_no_harm(html: str):
    assert isinstance(paragraphs_of(html), list)
    assert re.search("after", " ".join(paragraphs_of(f"{html}</ul><p>after</p>"))) or "<" in html
