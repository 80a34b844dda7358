"""An archive of invented articles, the same for the same size and seed: `python bench/corpus.py`.

The text is made of English words in English sentences, so that it compresses about as prose does.
Articles come as a stream, oldest first, and are never held: memory does not grow with their number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import zlib
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import accumulate
from uuid import UUID

import words

SEED = 20_261_121
TOPICS = 200
SOURCES = 80
CONTRIBUTORS = 50
EXCERPT_WORDS = 110
BODY_WORDS = (570, 830)
"""A body ends with the paragraph that reaches its length: 600 to 900 words."""
FIRST_DAY = datetime(2014, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(2025, 12, 31, tzinfo=UTC)
# Of a hundred articles 30 stand under one topic, 40 under two, and so on: 2.15 on average.
TOPICS_EACH = (1,) * 30 + (2,) * 40 + (3,) * 17 + (4,) * 11 + (5,) * 2
_SENTENCES = 24_000
_HEADLINES = 4_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; the first ones hold the most articles."""

    slug: str
    name: str
    description: str
    uuid: UUID


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet that articles first appeared in."""

    slug: str
    name: str
    url: str
    credit_line: str
    licence: str


@dataclass(frozen=True, slots=True)
class Article:
    """One invented article. ``topics`` are slugs, the primary one first; ``body`` is HTML."""

    number: int
    slug: str
    headline: str
    excerpt: str
    body: str
    published_at: datetime
    dateline: str
    topics: tuple[str, ...]
    source: str
    source_url: str
    contributors: tuple[str, ...]
    correction: tuple[datetime, str] | None
    uuid: UUID

    def as_json(self) -> bytes:
        """Return one line of JSON that states all of it."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False).encode() + b"\n"


class Corpus:
    """An archive of ``size`` articles with its topics, sources and contributors."""

    def __init__(self, size: int, seed: int = SEED) -> None:
        self.size = size
        self.seed = seed
        self._sentences = _sentences(seed)
        self._headlines = _headlines(seed)

    @cached_property
    def topics(self) -> list[Topic]:
        """All topics, the most frequent first."""
        dice = random.Random(f"{self.seed} topics")
        names = [f"{field} {subject}" for subject in words.SUBJECTS for field in words.FIELDS]
        dice.shuffle(names)
        return [
            Topic(_slug(name), name, _PROSE.sentence(dice), _uuid(dice)) for name in names[:TOPICS]
        ]

    @cached_property
    def sources(self) -> list[Source]:
        """All sources."""
        dice = random.Random(f"{self.seed} sources")
        names = [f"The {place} {paper}" for place in words.PLACES for paper in words.PAPERS]
        found = []
        for name in dice.sample(names, SOURCES):
            slug = _slug(name)
            url = f"https://{slug}.example/"
            found.append(Source(slug, name, url, f"First published by {name}.", "CC BY 4.0"))
        return found

    @cached_property
    def contributors(self) -> list[str]:
        """The names of all contributors."""
        dice = random.Random(f"{self.seed} contributors")
        names = [
            f"{given} {family}" for given in words.GIVEN_NAMES for family in words.FAMILY_NAMES
        ]
        return dice.sample(names, CONTRIBUTORS)

    def articles(self) -> Iterator[Article]:
        """Yield the articles, oldest first."""
        for number in range(self.size):
            yield self.article(number)

    def article(self, number: int) -> Article:
        """Return one article; numbers from ``size`` on are newer than all of `articles`."""
        dice = random.Random(self.seed * 1_000_003 + number)
        headline = dice.choice(self._headlines)
        source = dice.choice(self.sources)
        slug = f"{_slug(headline)}-{number}"
        published_at = self._published_at(number, dice)
        return Article(
            number=number,
            slug=slug,
            headline=headline,
            excerpt=self._excerpt(dice),
            body=self._body(dice, source),
            published_at=published_at,
            dateline=dice.choice(words.PLACES) if dice.random() < 0.6 else "",
            topics=self._topics_of_one(dice),
            source=source.slug,
            source_url=f"{source.url}{published_at.year}/{slug}",
            contributors=tuple(dice.sample(self.contributors, dice.choice((1, 1, 1, 2)))),
            correction=self._correction(published_at, dice),
            uuid=_uuid(dice),
        )

    def _published_at(self, number: int, dice: random.Random) -> datetime:
        """Dates rise with the number; beyond the corpus's end they go on a minute apart."""
        if number >= self.size:
            return LAST_DAY + timedelta(minutes=1 + number - self.size)
        share = (number + dice.random()) / self.size
        moment = FIRST_DAY + share * (LAST_DAY - FIRST_DAY)
        return moment.replace(microsecond=0)

    def _topics_of_one(self, dice: random.Random) -> tuple[str, ...]:
        chosen: dict[str, None] = {}
        count = dice.choice(TOPICS_EACH)
        while len(chosen) < count:
            place = bisect(self._topic_weights, dice.random() * self._topic_weights[-1])
            chosen[self.topics[place].slug] = None
        return tuple(chosen)

    @cached_property
    def _topic_weights(self) -> list[float]:
        return list(accumulate(1 / rank for rank in range(1, TOPICS + 1)))

    def _excerpt(self, dice: random.Random) -> str:
        found: list[str] = []
        while len(found) < EXCERPT_WORDS:
            found += dice.choice(self._sentences).split()
        return " ".join(found[:EXCERPT_WORDS]).rstrip(".,”") + " ..."

    def _body(self, dice: random.Random, source: Source) -> str:
        left = dice.randint(*BODY_WORDS)
        blocks = []
        while left > 0:
            sentences = [dice.choice(self._sentences) for _ in range(dice.randint(2, 5))]
            left -= sum(sentence.count(" ") + 1 for sentence in sentences)
            if len(blocks) == 2:
                link = f'<a href="{source.url}" rel="noopener noreferrer">{source.name}</a>'
                sentences.append(f"The full series is at {link}.")
            blocks.append(f"<p>{' '.join(sentences)}</p>")
            if len(blocks) % 6 == 4:
                blocks.append(f"<h2>{dice.choice(self._headlines)}</h2>")
        return "\n".join(blocks)

    def _correction(
        self, published_at: datetime, dice: random.Random
    ) -> tuple[datetime, str] | None:
        if dice.random() >= 0.02:
            return None
        return published_at + timedelta(days=dice.randint(1, 9)), dice.choice(self._sentences)


class _Prose:
    """Sentences of plain grammar. Within a class of words the first are the most frequent."""

    def __init__(self) -> None:
        self._weights: dict[int, list[float]] = {}

    def sentence(self, dice: random.Random) -> str:
        """Return one sentence of about eighteen words."""
        text = dice.choice(self._SHAPES)(self, dice)
        return text[0].upper() + text[1:]

    def headline(self, dice: random.Random) -> str:
        """Return a headline of eight words or so."""
        person, thing = self._pick(words.PEOPLE, dice), self._thing(dice)
        done, place = self._pick(words.DID, dice), dice.choice(words.PLACES)
        shapes = (
            f"{place} {person} {done} {thing} after {self._thing(dice)} {self._happened(dice)}",
            f"How {self._a(thing)} {done} the {self._thing(dice)} of {place}",
            f"{self._thing(dice)} that {place} {done}: {self._a(person)} remembers the {thing}",
            f"No {thing} for the {self._quality(dice)} {person} as {place} {self._happened(dice)}",
        )
        text = dice.choice(shapes)
        return text[0].upper() + text[1:]

    def _pick(self, among: Sequence[str], dice: random.Random) -> str:
        weights = self._weights.get(id(among))
        if weights is None:
            weights = list(accumulate(1 / (place + 4) for place in range(len(among))))
            self._weights[id(among)] = weights
        return among[bisect(weights, dice.random() * weights[-1])]

    def _thing(self, dice: random.Random) -> str:
        return self._pick(words.THINGS, dice)

    def _quality(self, dice: random.Random) -> str:
        return self._pick(words.QUALITIES, dice)

    def _happened(self, dice: random.Random) -> str:
        return self._pick(words.HAPPENED, dice)

    def _a(self, noun: str) -> str:
        return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"

    def _noun(self, dice: random.Random, *, of: Sequence[str] = words.THINGS) -> str:
        noun = self._pick(of, dice)
        if dice.random() < 0.55:
            noun = f"{self._quality(dice)} {noun}"
        return f"the {noun}" if dice.random() < 0.7 else self._a(noun)

    def _where(self, dice: random.Random) -> str:
        if dice.random() < 0.4:
            return f"in {dice.choice(words.PLACES)}"
        return f"{self._pick(words.BETWEEN, dice)} {self._noun(dice)}"

    def _clause(self, dice: random.Random) -> str:
        who = self._noun(dice, of=words.PEOPLE)
        return f"{who} {self._pick(words.DID, dice)} {self._noun(dice)} {self._where(dice)}"

    def _plain(self, dice: random.Random) -> str:
        then = f"and {self._noun(dice)} {self._happened(dice)} {self._pick(words.WAYS, dice)}"
        return f"{self._clause(dice)}, {then}."

    def _quoted(self, dice: random.Random) -> str:
        who = f"{dice.choice(words.GIVEN_NAMES)} {dice.choice(words.FAMILY_NAMES)}"
        role = self._noun(dice, of=words.PEOPLE)
        said = self._pick(words.SAID, dice)
        line = self._clause(dice)
        return f"“{line[0].upper()}{line[1:]},” {said} {who}, {role} {self._where(dice)}."

    def _counted(self, dice: random.Random) -> str:
        share = f"{dice.randint(2, 97)} per cent"
        year = dice.randint(1961, 2025)
        loss = f"{self._noun(dice)} lost {share} of its {self._thing(dice)}"
        return f"in {year} {loss}, {self._said(dice)}."

    def _dated(self, dice: random.Random) -> str:
        day = dice.choice(words.DAYS)
        because = f"because {self._noun(dice)} {self._happened(dice)} {self._where(dice)}"
        return f"on {day} {self._clause(dice)} {because}."

    def _although(self, dice: random.Random) -> str:
        return f"although {self._clause(dice)}, {self._noun(dice)} {self._happened(dice)} anyway."

    def _said(self, dice: random.Random) -> str:
        return f"{self._noun(dice, of=words.PEOPLE)} {self._pick(words.SAID, dice)}"

    _SHAPES: Sequence[Callable[[_Prose, random.Random], str]] = (
        _plain,
        _plain,
        _quoted,
        _counted,
        _dated,
        _although,
    )


_PROSE = _Prose()


@cache
def _sentences(seed: int) -> list[str]:
    dice = random.Random(f"{seed} sentences")
    return [_PROSE.sentence(dice) for _ in range(_SENTENCES)]


@cache
def _headlines(seed: int) -> list[str]:
    dice = random.Random(f"{seed} headlines")
    return [_PROSE.headline(dice) for _ in range(_HEADLINES)]


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


def _slug(text: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in text.lower())
    return "-".join(part for part in kept.split("-") if part)[:80].strip("-")


def digest_of(corpus: Corpus) -> tuple[str, int, float]:
    """Return sha256 and bytes of the whole corpus as JSON lines, and how well its bodies pack."""
    digest, size, plain, packed = hashlib.sha256(), 0, 0, 0
    about = [asdict(topic) for topic in corpus.topics], [asdict(one) for one in corpus.sources]
    digest.update(json.dumps(about, default=str).encode())
    for article in corpus.articles():
        line = article.as_json()
        digest.update(line)
        size += len(line)
        if article.number < 200:
            plain += len(article.body)
            packed += len(zlib.compress(article.body.encode(), 6))
    return digest.hexdigest(), size, plain / max(packed, 1)


def main() -> int:
    """Make a corpus and say what it is; with --out write it as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("size", type=int, help="how many articles")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=argparse.FileType("wb"), help="write JSON lines here")
    options = parser.parse_args()
    corpus = Corpus(options.size, options.seed)
    if options.out:
        for article in corpus.articles():
            options.out.write(article.as_json())
    sha256, size, ratio = digest_of(corpus)
    print(f"{options.size:,} articles, {size / 1e6:,.1f} MB, sha256 {sha256}")
    print(f"a body shrinks to 1/{ratio:.2f} (deflate, level 6)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
