"""How many words a text has, and the first whole sentences of one. Pure.

No parser of a language: rules that hold for most of what newsrooms write, in any script. Where
they err, they take a sentence too many rather than half of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LEAST_WORDS = 70
MOST_WORDS = 160

# Chinese and Japanese put no blanks between words: as in word processors, a character is a word.
# The desk's script (static/newsroom/excerpt.js) counts by the same two patterns.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{UNSPACED}]|[^\\s{UNSPACED}]+")

_CLOSERS = "\"'”’»›)\\]）」』】〉》"
_END = re.compile(f"(?P<mark>[.!?…؟۔।॥]+|[。！？｡]+)(?P<close>[{_CLOSERS}]*)(?P<blank>\\s*)")
_WIDE = "。！？｡"
_PARTLY = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]+$")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms mx dr prof st sr sra srta jr hon rev gen col capt lt sgt maj gov sen rep pres
    dra ing lic mme mlle mgr hr fr frau nr bzw ca vgl usw
    inc ltd co corp bros vs etc al cf ed eds vol no nos pp p fig art sec ch approx dept est tel
    núm pág págs av avda ud uds ee uu eds op cit ibid
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    """.split()
)
# What may end a sentence as well as stand inside one: a capital behind it decides.
_MAY_END = frozenset("inc ltd co corp etc jr al usw".split())

# In one family, each mark opens or closes, as „ “ and “ ” and » « differ from land to land.
_TURNING = ("“”„‟", "«»", '"')
_OPENING, _CLOSING = "([（「『【〈《", ")]）」』】〉》"
_REACH = 24


class _Marks:
    """Which quotations and brackets have begun and not ended, in what was read so far."""

    def __init__(self) -> None:
        self._turned = [0] * len(_TURNING)
        self._depth = 0

    def read(self, text: str) -> None:
        for number, family in enumerate(_TURNING):
            self._turned[number] += sum(text.count(mark) for mark in family)
        self._depth += sum(text.count(mark) for mark in _OPENING)
        self._depth -= sum(text.count(mark) for mark in _CLOSING)

    def is_open(self) -> bool:
        return self._depth > 0 or any(count % 2 for count in self._turned)


def count_words(text: str) -> int:
    """Return how many words a text has; marks that stand alone are none."""
    return sum(any(c.isalnum() for c in word) for word in _WORD.findall(text))


def first_sentences(
    paragraphs: Sequence[str], *, least: int = LEAST_WORDS, most: int = MOST_WORDS
) -> str:
    """Return the first whole sentences of a text as one paragraph.

    As few as make ``least`` words, and no more than ``most``; a first sentence that is longer is
    taken whole. Whitespace inside a sentence is kept. Costs no more for a long text than for its
    beginning.
    """
    taken = ""
    words = 0
    for sentence in _sentences(paragraphs):
        more = count_words(sentence)
        if not more:
            continue
        if taken and words + more > most:
            break
        taken += _between(taken) + sentence
        words += more
        if words >= least:
            break
    return taken


def split_sentences(paragraph: str) -> list[str]:
    """Return the sentences of one paragraph; a quotation of several is not torn apart."""
    return [sentence for sentence in _cut(paragraph) if sentence]


def _sentences(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield from split_sentences(paragraph)


def _cut(paragraph: str) -> Iterator[str]:
    begin = looked = 0
    marks = _Marks()
    for end in _END.finditer(paragraph):
        marks.read(paragraph[looked : end.end()])
        looked = end.end()
        if _ends_sentence(paragraph, end, marks):
            yield paragraph[begin : end.end("close")].strip()
            begin, marks = end.end(), _Marks()
    yield paragraph[begin:].strip()


def _ends_sentence(paragraph: str, end: re.Match[str], marks: _Marks) -> bool:
    after = paragraph[end.end() : end.end() + 1]
    if not after:
        return True
    if marks.is_open():
        return False
    if end["mark"][0] in _WIDE:
        return not _goes_on(after)
    if not end["blank"] or _goes_on(after):
        return False
    before = paragraph[max(0, end.start() - _REACH) : end.start()]
    return end["mark"] != "." or bool(end["close"]) or not _is_short(before)


def _goes_on(after: str) -> bool:
    """Say whether what follows is no beginning: a small letter, a comma, a dash."""
    return after[0].islower() or after[0] in ",;:–—-،؛、"


def _is_short(before: str) -> bool:
    """Say whether the full stop behind ``before`` is that of an abbreviation or an initial."""
    found = _PARTLY.search(before)
    if not found:
        return False
    word = found[0].casefold()
    if "." in word:
        return word.rpartition(".")[2] not in _MAY_END
    is_initial = len(word) == 1 and found[0].isupper() and found[0] != "I"
    return is_initial or (word in _ABBREVIATIONS and word not in _MAY_END)


def _between(text: str) -> str:
    ends_wide = bool(text) and text[-1] in _WIDE + "」』）】"
    return "" if not text or ends_wide else " "
