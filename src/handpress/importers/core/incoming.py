"""What a reader of outside material hands over: plain frozen values, before anything is stored."""

import hashlib
from dataclasses import dataclass
from datetime import date

from handpress.lib.text import fold


class RefusedFile(Exception):
    """A file that cannot be read as what it was taken for. Nothing of it is used.

    ``reason`` says what was found, ``remedy`` what to do; both are whole sentences.
    """

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(name, reason, remedy)
        self.name = name
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.name}: {self.reason} Nothing was taken from this file. {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingArticle:
    """One article as it came; ``headline`` and ``excerpt`` are kept character for character.

    ``dateline``, ``source_name`` and ``published_on`` are what the excerpt's own opening states
    ("" and None where it states nothing), recognised without taking them out of the excerpt.

    ``kind`` and ``remote_id`` name its origin: no two articles of one page share them.
    ``headline_key`` and ``excerpt_key`` stand for its words, and find it in a later copy of the
    page even when one of the two has changed there (see ``matching``).
    """

    kind: str
    remote_id: str
    headline_key: str
    excerpt_key: str
    topic_name: str
    topic_slug: str
    position: int
    """1 for the newest of its page, which stands first."""
    headline: str
    excerpt: str
    dateline: str = ""
    source_name: str = ""
    published_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAppeal:
    """A fundraising appeal, words exact. ``compact`` is empty where the page has one form only."""

    heading: str
    full: tuple[str, ...]
    compact: tuple[str, ...]

    def blocks(self) -> tuple[str, ...]:
        """Return heading and paragraphs in the order of the page they came from."""
        compact = (self.heading, *self.compact) if self.compact else ()
        return (self.heading, *self.full, *compact)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingPitch:
    """The invitation to the digest, words exact."""

    heading: str
    paragraphs: tuple[str, ...]

    def blocks(self) -> tuple[str, ...]:
        """Return heading and paragraphs in the order of the page they came from."""
        return (self.heading, *self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """A saved topic page, read whole.

    ``lead_in`` is what stood above the topic (a skip link), ``foot`` all that stood below the last
    article, both verbatim. ``appeal`` and ``pitch`` are what was recognised in the foot, and
    ``unplaced`` those of its blocks that belong to neither.
    """

    name: str
    lead_in: tuple[str, ...]
    topic_name: str
    topic_slug: str
    articles: tuple[IncomingArticle, ...]
    foot: tuple[str, ...] = ()
    appeal: IncomingAppeal | None = None
    pitch: IncomingPitch | None = None
    unplaced: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the page as text again: its blocks, one blank line between, no final newline."""
        pairs = (block for one in self.articles for block in (one.headline, one.excerpt))
        return "\n\n".join([*self.lead_in, self.topic_name, *pairs, *self.foot])


def words_key(*texts: str) -> str:
    """Return 32 hex digits that stand for the words of some texts.

    Case, white space of every kind and the way accents are encoded make no difference.
    """
    joined = "\n".join(fold(text) for text in texts)
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
