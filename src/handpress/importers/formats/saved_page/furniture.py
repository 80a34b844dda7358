"""What the saved pages of one archive have in common: the surest way to know boilerplate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from handpress.importers.formats.saved_page import refusals
from handpress.importers.formats.saved_page.anatomy import find_topic
from handpress.importers.formats.saved_page.blocks import (
    Block,
    is_running_text,
    read_as_articles,
    texts_of,
)
from handpress.importers.formats.saved_page.foot import WINDOW

_ENOUGH_TOPICS = 2
_ENOUGH_TOPICS_FOR_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class SharedFoot:
    """The blocks that some pages of different topics all end with."""

    blocks: tuple[str, ...]
    lead_in: tuple[str, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class Furniture:
    """The shared feet of an import, by their last block."""

    feet: Mapping[str, SharedFoot] = field(default_factory=dict)

    def foot_start(self, blocks: Sequence[Block], body: int) -> int:
        """Return where the foot begins that this page shares with others; the end if none."""
        shared = self.feet.get(blocks[-1].text)
        if shared is None or len(shared.blocks) > len(blocks) - body - 2:
            return len(blocks)
        start = len(blocks) - len(shared.blocks)
        if texts_of(blocks[start:]) != shared.blocks:
            return len(blocks)
        if (start - body) % 2 and is_running_text(blocks[start].text):
            start += 1  # The last excerpt is shared, too, but not its headline.
        return start

    def refuse_cut_page(self, blocks: Sequence[Block], topic: int) -> None:
        """Raise Refusal when a page without foot begins as others do that have one."""
        lead_in = texts_of(blocks[:topic])
        for shared in self.feet.values():
            if len(shared.blocks) > 1 and lead_in and shared.lead_in == lead_in:
                raise refusals.foot_missing(shared.pages, shared.blocks[0])

    def refuse_cut_foot(self, blocks: Sequence[Block]) -> None:
        """Raise Refusal when a page, itself without a shared foot, stops inside one."""
        for shared in self.feet.values():
            for start in range(max(0, len(blocks) - len(shared.blocks)), len(blocks)):
                if blocks[start].text != shared.blocks[0]:
                    continue
                *whole, last = texts_of(blocks[start:])
                expected = shared.blocks[len(whole)]
                if tuple(whole) == shared.blocks[: len(whole)] and expected.startswith(last):
                    raise refusals.cut_inside_foot(blocks[-1].line, last)


@dataclass(slots=True)
class _Gathering:
    foot: tuple[str, ...]
    lead_in: tuple[str, ...]
    topics: set[str]
    pages: int = 1


def learn_from_blocks(pages: Iterable[Sequence[Block]]) -> Furniture:
    """Find the feet that pages of different topics share; keeps one foot of each kind."""
    gatherings: dict[str, _Gathering] = {}
    for blocks in pages:
        topic = find_topic(blocks)
        if topic is None:
            continue
        low = max(topic + 3, len(blocks) - WINDOW)
        foot = texts_of(blocks[low:])
        if not foot:
            continue
        lead_in = texts_of(blocks[:topic])
        known = gatherings.get(foot[-1])
        if known is None:
            gatherings[foot[-1]] = _Gathering(foot, lead_in, {blocks[topic].text})
            continue
        known.foot = _common_end(known.foot, foot)
        known.lead_in = _common_end(known.lead_in[::-1], lead_in[::-1])[::-1]
        known.topics.add(blocks[topic].text)
        known.pages += 1
    return Furniture(
        {
            last: SharedFoot(one.foot, one.lead_in, one.pages)
            for last, one in gatherings.items()
            if _is_furniture(one)
        }
    )


def _is_furniture(gathering: _Gathering) -> bool:
    """Tell whether what pages share is a foot, and not some articles filed under all the topics.

    Two pages may well share their oldest article, or only its excerpt; hardly three.
    """
    foot = gathering.foot
    of_articles = read_as_articles(foot) or (
        is_running_text(foot[0]) and read_as_articles(foot[1:])
    )
    return len(gathering.topics) >= (_ENOUGH_TOPICS_FOR_ARTICLES if of_articles else _ENOUGH_TOPICS)


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return one[len(one) - length :]
