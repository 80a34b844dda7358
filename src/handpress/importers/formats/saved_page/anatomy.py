"""Where the parts of a saved page begin and end."""

from collections.abc import Sequence

from handpress.importers.formats.saved_page import refusals, wording
from handpress.importers.formats.saved_page.blocks import (
    Block,
    ends_sentence,
    is_article,
    is_heading,
    is_running_text,
    marks_sentences,
    weigh,
)
from handpress.importers.formats.saved_page.foot import FEWEST_MENU_LINES, SHORT

_LONGEST_LEAD_IN = 12
_TOPIC_WEIGHT = 120


def find_topic(blocks: Sequence[Block]) -> int | None:
    """Return which block is the topic: it stands right above the first headline and excerpt.

    Above it may stand a skip link and a menu's short lines, nothing else.
    """
    first = 0
    while first < len(blocks) and wording.is_skip_link(blocks[first].text):
        first += 1
    for topic in range(first, min(first + _LONGEST_LEAD_IN, len(blocks) - 2)):
        if _begins_articles(blocks, topic):
            return topic
        if not _is_menu_line(blocks[topic].text):
            return None
    return None


def _begins_articles(blocks: Sequence[Block], topic: int) -> bool:
    name = blocks[topic].text
    if not is_heading(name) or weigh(name) > _TOPIC_WEIGHT:
        return False
    headline, excerpt, *after = (block.text for block in blocks[topic + 1 : topic + 4])
    return is_article(headline, excerpt) and (not after or not is_running_text(after[0]))


def _is_menu_line(text: str) -> bool:
    return "\n" not in text and weigh(text) <= SHORT and not ends_sentence(text)


def find_end_of_articles(blocks: Sequence[Block], body: int, stop: int) -> int:
    """Return where the articles end that begin at ``body``; ``stop`` is where the foot begins.

    Between the two only a menu's lines may stand. Raise Refusal where the pattern of headline and
    excerpt breaks, or the file ends on a headline.
    """
    if body >= stop:
        raise refusals.only_foot()
    end = body
    for i in range(body, stop, 2):
        if not is_heading(blocks[i].text):
            break
        if i + 1 < stop and is_article(blocks[i].text, blocks[i + 1].text):
            end = i + 2
    between = [block.text for block in blocks[end:stop]]
    if not all(wording.is_trimming(text) for text in between):
        _refuse_broken_pattern(blocks, body, end, stop)
    if end == body:
        raise refusals.only_foot()
    return end


def _refuse_broken_pattern(blocks: Sequence[Block], body: int, end: int, stop: int) -> None:
    rest = blocks[end:stop]
    has_foot = stop < len(blocks)
    if all(wording.is_trimming(block.text) or _is_menu_line(block.text) for block in rest) and (
        has_foot or len(rest) >= FEWEST_MENU_LINES
    ):
        return
    if len(rest) == 1 and is_heading(rest[0].text):
        raise refusals.headline_without_excerpt(rest[0].line, rest[0].text)
    if len(rest) == 2 and not has_foot and is_heading(rest[0].text):
        raise refusals.cut_inside_text(rest[1].line, rest[1].text)
    broken = next(
        (rest[i] for i in range(0, len(rest), 2) if not is_heading(rest[i].text)), rest[-1]
    )
    raise refusals.pattern_broken(broken.line, broken.text, (end - body) // 2)


def check_last_excerpt(excerpts: Sequence[Block]) -> None:
    """Raise Refusal when the last of some excerpts seems to be cut off, at the end of the file.

    Where most of the others end no sentence either, the page has them so.
    """
    last = excerpts[-1]
    if ends_sentence(last.text) or not marks_sentences(last.text):
        return
    others = excerpts[:-1]
    if 2 * sum(ends_sentence(one.text) for one in others) >= len(others):
        raise refusals.cut_inside_text(last.line, last.text)
