"""What the demo newsroom is made of: frozen plain values, without Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Block = dict[str, Any]
"""One block of a body: ``type`` is text (html), quote (text, attribution), image (file, alt,
caption, credit), table (caption, header, rows) or code (text)."""


@dataclass(frozen=True, slots=True)
class DemoTopic:
    slug: str
    name: str
    description: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class DemoSource:
    slug: str
    name: str
    url: str
    description: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class DemoContributor:
    slug: str
    name: str
    bio: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class DemoByline:
    """A contributor on an article; ``role`` is empty for the plain writer of it."""

    slug: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class DemoCorrection:
    corrected_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class DemoImage:
    """A picture in `IMAGES`, with the words that go with it in this place."""

    file: str
    alt: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """``precision`` is exact, day or unknown. ``sort_at`` is always set; ``published_at`` is None
    when the day is unknown. ``has_own_excerpt``: it is not the first sentences of the body.
    """

    slug: str
    headline: str
    excerpt: str
    has_own_excerpt: bool
    language: str
    published_at: datetime | None
    precision: str
    sort_at: datetime
    dateline: str
    topics: tuple[str, ...]
    contributors: tuple[DemoByline, ...]
    source: str
    source_url: str
    credit: str
    licence: str
    image: DemoImage | None
    blocks: tuple[Block, ...]
    corrections: tuple[DemoCorrection, ...]


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A page that stands by itself; a small ``position`` comes first at the foot."""

    slug: str
    title: str
    description: str
    position: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class DemoCost:
    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    heading: str
    full: tuple[str, ...]
    compact: tuple[str, ...]
    language: str
    starts_at: datetime
    ends_at: datetime
    currency: str
    goal_minor: int
    raised_minor: int
    monthly_costs: tuple[DemoCost, ...]


@dataclass(frozen=True, slots=True)
class DemoPitch:
    heading: str
    paragraphs: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class DemoNewsroom:
    """``giving`` has the shape of the ``[giving]`` table of ``handpress.toml``."""

    name: str
    tagline: str
    language: str
    footer: tuple[str, ...]
    topics: tuple[DemoTopic, ...]
    sources: tuple[DemoSource, ...]
    contributors: tuple[DemoContributor, ...]
    articles: tuple[DemoArticle, ...]
    pages: tuple[DemoPage, ...]
    campaign: DemoCampaign
    pitch: DemoPitch
    giving: dict[str, Any]
