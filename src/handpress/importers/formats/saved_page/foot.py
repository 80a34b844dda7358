"""The foot of a saved page: the appeal in two forms, the digest pitch, and what else stands there.

The compact form of an appeal says what the full form says, under the same heading, in other
paragraphs. That needs no words to be known and is looked for first. Next come the blocks that the
pages of one archive have in common (see ``furniture``), and last the wording of headings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handpress.importers.core.incoming import IncomingAppeal, IncomingPitch
from handpress.importers.formats.saved_page import refusals, wording
from handpress.importers.formats.saved_page.blocks import (
    Block,
    ends_sentence,
    is_heading,
    is_running_text,
    marks_sentences,
    read_as_articles,
    texts_of,
    weigh,
)
from handpress.lib.text import fold

WINDOW = 100
"""No foot has more blocks than this."""
SHORT = 40
"""Weight up to which a line may be a menu's."""
FEWEST_MENU_LINES = 3
"""A page that is cut off can end in a headline and the beginning of an excerpt: in two lines."""
_MOST_PARAGRAPHS = 8
_CLOSING = 12
_LONG_LINE = 80


@dataclass(frozen=True, slots=True)
class AppealSpan:
    """Where an appeal in two forms stands: both its headings, and the first block after it."""

    first: int
    second: int
    end: int


@dataclass(frozen=True, slots=True)
class Foot:
    """What was recognised in the blocks below the last article."""

    appeal: IncomingAppeal | None
    pitch: IncomingPitch | None
    unplaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading and the paragraphs under it."""

    start: int
    heading: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)

    @property
    def speaks(self) -> bool:
        return any(
            is_running_text(one) or ends_sentence(one) or weigh(one) >= _LONG_LINE
            for one in self.paragraphs
        )

    @property
    def asks(self) -> bool:
        return self.speaks and wording.asks_for_gifts(self.heading, self.text)

    @property
    def offers(self) -> bool:
        return self.speaks and wording.offers_digest(self.heading, self.text)

    @property
    def is_menu(self) -> bool:
        return all(
            wording.is_trimming(one) or (weigh(one) <= SHORT and not ends_sentence(one))
            for one in (self.heading, *self.paragraphs)
        )


def find_appeal(blocks: Sequence[Block], topic: int) -> AppealSpan | None:
    """Find an appeal that stands in two forms, below the topic or what was taken for it.

    Raise Refusal when the file ends inside the second form.
    """
    pairs = [
        (first, second)
        for first, second in _repeated_headings(blocks, max(topic, len(blocks) - WINDOW))
        if 2 <= second - first <= _MOST_PARAGRAPHS + 1
    ]
    for first, second in pairs:
        end = _end_of_same_words(blocks, first, second)
        if end is not None:
            return AppealSpan(first, second, end)
    for first, second in reversed(pairs):
        end = _end_of_other_words(blocks, first, second)
        if end is not None:
            return AppealSpan(first, second, end)
    return None


def _repeated_headings(blocks: Sequence[Block], low: int) -> Iterator[tuple[int, int]]:
    last_seen: dict[str, int] = {}
    for i in range(low, len(blocks)):
        text = blocks[i].text
        if is_heading(text):
            if text in last_seen:
                yield last_seen[text], i
            last_seen[text] = i


def _end_of_same_words(blocks: Sequence[Block], first: int, second: int) -> int | None:
    """Return where the second form ends, if it repeats the words of the first."""
    heading, *full = texts_of(blocks[first:second])
    words = fold(" ".join(full))
    # One article may be listed twice; then nothing but the wording tells it from an appeal.
    could_be_articles = read_as_articles([heading, *full]) and not _asks(heading, full)
    compact: list[str] = []
    for block in blocks[second + 1 : second + 1 + 2 * _MOST_PARAGRAPHS]:
        compact.append(block.text)
        so_far = fold(" ".join(compact))
        if so_far == words:
            is_listed_twice = could_be_articles and compact == full
            return None if is_listed_twice else second + 1 + len(compact)
        if not words.startswith(so_far):
            return None
    if second + 1 + len(compact) == len(blocks) and not could_be_articles:
        raise refusals.cut_inside_foot(blocks[-1].line, blocks[-1].text)
    return None


def _end_of_other_words(blocks: Sequence[Block], first: int, second: int) -> int | None:
    """Return where the second form ends, if the two cannot be articles of one headline."""
    heading, *full = texts_of(blocks[first:second])
    form = next(_split_sections(blocks, second))
    if not form.speaks:
        return None
    could_be_articles = read_as_articles([heading, *full]) and read_as_articles(
        [heading, *form.paragraphs]
    )
    if could_be_articles and not _asks(heading, full):
        return None
    return second + 1 + len(form.paragraphs)


def _asks(heading: str, paragraphs: Sequence[str]) -> bool:
    return wording.asks_for_gifts(heading, "\n".join(paragraphs))


def find_closing_sections(blocks: Sequence[Block], body: int) -> int:
    """Return where sections begin that are known by their wording as appeal or pitch; else the end.

    They count only as the last of the page, with nothing but a menu's lines among them. A last
    line that means nothing may be the beginning of one more paragraph: ``read_foot`` sees to it.
    """
    end = len(blocks)
    for start in range(max(body, end - _CLOSING), end):
        if (start - body) % 2 or not is_heading(blocks[start].text):
            continue
        sections = list(_split_sections(blocks, start))
        known = [one for one in sections if one.asks or one.offers]
        if not sections[-1].paragraphs:
            sections.pop()
        if not known or sections[0] != known[0]:
            continue
        if all(one in known or one.is_menu for one in sections):
            return start
    return end


def _split_sections(blocks: Sequence[Block], start: int) -> Iterator[_Section]:
    """Split blocks at their headings; right below a heading, a short line is a paragraph."""
    section_start, paragraphs = start, list[str]()
    for i in range(start + 1, len(blocks)):
        text = blocks[i].text
        is_below_heading = not paragraphs and not wording.is_trimming(blocks[section_start].text)
        starts_section = is_heading(text) and not ends_sentence(text) and not is_below_heading
        if starts_section or wording.is_trimming(text):
            yield _Section(section_start, blocks[section_start].text, tuple(paragraphs))
            section_start, paragraphs = i, []
        else:
            paragraphs.append(text)
    if start < len(blocks):
        yield _Section(section_start, blocks[section_start].text, tuple(paragraphs))


def read_foot(
    blocks: Sequence[Block], start: int, span: AppealSpan | None, *, is_shared: bool
) -> Foot:
    """Read the blocks from ``start`` as the foot of the page.

    ``is_shared`` says that other pages of the archive have the same foot: then it is whole, and
    its last section is taken for the pitch even where the wording is not known. Raise Refusal
    when a long last paragraph stops in the middle of a sentence.
    """
    rest = start if span is None else span.end
    sections = list(_split_sections(blocks, rest))
    pitch = _pick_pitch(sections, guess=span is not None or is_shared)
    asking = None if span else next((one for one in sections if one.asks and one != pitch), None)
    if not is_shared:
        pitch = _check_ending(blocks, pitch)
        _check_ending(blocks, asking)
        if asking is not None and pitch is None:
            _check_lines_below(blocks, asking)
    placed = [one for one in (pitch, asking) if one is not None]
    unplaced = [*texts_of(blocks[start : span.first if span else start])]
    for section in sections:
        if section not in placed:
            unplaced += [section.heading, *section.paragraphs]
    return Foot(
        appeal=_read_appeal(blocks, span, asking),
        pitch=IncomingPitch(heading=pitch.heading, paragraphs=pitch.paragraphs) if pitch else None,
        unplaced=tuple(unplaced),
    )


def _pick_pitch(sections: Sequence[_Section], *, guess: bool) -> _Section | None:
    speaking = [one for one in sections if one.speaks]
    offering = [one for one in speaking if one.offers]
    others = [one for one in speaking if not one.asks] if guess else []
    return next(reversed(offering or others), None)


def _read_appeal(
    blocks: Sequence[Block], span: AppealSpan | None, asking: _Section | None
) -> IncomingAppeal | None:
    if span is not None:
        return IncomingAppeal(
            heading=blocks[span.first].text,
            full=texts_of(blocks[span.first + 1 : span.second]),
            compact=texts_of(blocks[span.second + 1 : span.end]),
        )
    if asking is not None:
        return IncomingAppeal(heading=asking.heading, full=asking.paragraphs, compact=())
    return None


def _check_ending(blocks: Sequence[Block], section: _Section | None) -> _Section | None:
    """Return a section unless it is the file's last and stops inside a sentence.

    A short line may lack its full stop; but it may also be cut off, so it is not used.
    """
    if section is None or section.start + len(section.paragraphs) + 1 < len(blocks):
        return section
    ending = section.paragraphs[-1]
    if ends_sentence(ending) or not marks_sentences(ending):
        return section
    if weigh(ending) >= _LONG_LINE:
        raise refusals.cut_inside_foot(blocks[-1].line, blocks[-1].text)
    return None


def _check_lines_below(blocks: Sequence[Block], asking: _Section) -> None:
    """Raise Refusal when an appeal in one form goes on with a line or two that mean nothing."""
    below = blocks[asking.start + 1 + len(asking.paragraphs) :]
    odd = [block for block in below if not wording.is_trimming(block.text)]
    if 0 < len(odd) < FEWEST_MENU_LINES:
        raise refusals.cut_inside_foot(odd[-1].line, odd[-1].text)
