"""The blocks of a saved page, and what a block reads like by its shape alone."""

import re
from collections.abc import Sequence
from typing import NamedTuple

LONG = 200
"""Weight from which a single line is running text rather than a headline."""
_SENTENCE_LONG = 90
_EXCERPT_WEIGHT = 80
_SENTENCE_WEIGHT = 12
_WIDE_WEIGHT = 3

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_CLOSERS = "\"'”’»›“‘)]}」』）】*_" + _INVISIBLE
_FULL_STOPS = tuple(".…。．｡؟۔।॥։።။።᠃" + ":：")
_SENTENCE_ENDS = (*_FULL_STOPS, *"!?！？‽⁇⁈⁉")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_UNPUNCTUATED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"[^\W_]")
_MARKUP = re.compile(
    r"(?:#{1,6}\s|<[!/?a-zA-Z]|[*+•|>-]\s|//|/\*|```|=[=\w]|-{3}|\*[*\w]|\.\.\s|https?://\S+\s*$"
    r"|(?:from [\w.]+ )?import [\w.]+|(?:class|def) \w+[(:]|\t|  )"
)
_LAID_OUT = re.compile(r"\n(?:\t|  )|^(?:\t|  )[^\n]*\n")
_CODE_ENDS = ("{", "}", ";", "=", "\\", ",", "|", "->", "::")


class Block(NamedTuple):
    """A paragraph as it stands in the file, and the line that it begins in."""

    text: str
    line: int


def split_blocks(text: str) -> list[Block]:
    """Split a text at its blank lines; a line of invisible characters only is blank as well.

    A block keeps every character; lines that no blank line parts belong to one block.
    """
    blocks: list[Block] = []
    lines: list[str] = []
    number = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace() and line.strip(_INVISIBLE):
            lines.append(line)
        elif lines:
            blocks.append(Block("\n".join(lines), number - len(lines)))
            lines = []
    if lines:
        blocks.append(Block("\n".join(lines), number - len(lines) + 1))
    return blocks


def weigh(text: str) -> int:
    """Measure a text in Latin letters; one of East Asia says three times as much."""
    if len(text) >= LONG:
        return len(text)
    return len(text) + (_WIDE_WEIGHT - 1) * len(_WIDE.findall(text))


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends as sentences end, in any script that ends them visibly."""
    return _last_words(text).endswith(_SENTENCE_ENDS)


def _last_words(text: str) -> str:
    ending = text[-40:]
    while ending != (shorter := ending.rstrip().rstrip(_CLOSERS)):
        ending = shorter
    return ending


def marks_sentences(text: str) -> bool:
    """Tell whether the script that a text ends in has a sign for the end of a sentence."""
    return _UNPUNCTUATED.search(text[-40:]) is None


def is_running_text(text: str) -> bool:
    """Tell whether a block is too much for a headline: lines, length, or a long full sentence."""
    if "\n" in text or len(text) >= LONG:
        return True
    weight = weigh(text)
    return weight >= LONG or (weight > _SENTENCE_LONG and _last_words(text).endswith(_FULL_STOPS))


def is_heading(text: str) -> bool:
    """Tell whether a block can be a headline: one line of words, neither text nor source code."""
    return (
        not is_running_text(text)
        and _WORD.search(text) is not None
        and _MARKUP.match(text) is None
        and not text.rstrip().endswith(_CODE_ENDS)
    )


def is_article(headline: str, excerpt: str) -> bool:
    """Tell whether two blocks read like a headline and its excerpt; indented lines are none."""
    return (
        is_heading(headline)
        and _LAID_OUT.search(excerpt) is None
        and (
            is_running_text(excerpt)
            or (ends_sentence(excerpt) and weigh(excerpt) >= _SENTENCE_WEIGHT)
            or (weigh(excerpt) >= _EXCERPT_WEIGHT and len(excerpt) > len(headline))
        )
    )


def read_as_articles(texts: Sequence[str]) -> bool:
    """Tell whether texts are nothing but headlines, each with its excerpt."""
    return len(texts) % 2 == 0 and all(map(is_article, texts[::2], texts[1::2]))


def texts_of(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the texts of some blocks."""
    return tuple(block.text for block in blocks)
