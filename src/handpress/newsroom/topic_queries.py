"""What the desk wants to know of topics; a constant number of queries for any number of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet

from handpress.newsroom.derive import newsroom_zone
from handpress.newsroom.followers import followers_of, in_words
from handpress.newsroom.models import Article, ArticleTopic, Topic
from handpress.newsroom.redirects import pages_given_out


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic in numbers. ``place`` counts from one among all topics, in their order."""

    articles: int = 0
    last_at: datetime | None = None
    followers: str = ""
    place: int = 0
    topics: int = 0


Counter = Callable[[Collection[int]], Mapping[int, tuple[int, datetime | None]]]
"""Gets topic ids; returns for each that has any its public articles and the date of the newest."""

_counters: list[Counter] = []


def count_with(counter: Counter) -> None:
    """Let whoever keeps listings count; to count the filings takes seconds in a large archive."""
    _counters[:] = [counter]


def facts_of(topics: Collection[int]) -> dict[int, TopicFacts]:
    """Return the facts of topics by id. Counted are public articles, as they are printed."""
    counted = {pk: found for count in _counters for pk, found in count(topics).items()}
    order = list(Topic.objects.order_by("position", "name", "pk").values_list("pk", flat=True))
    places = {pk: place for place, pk in enumerate(order, start=1)}
    follow = followers_of(topics)
    return {
        pk: TopicFacts(
            *counted.get(pk, (0, None)), in_words(follow[pk]), places.get(pk, 0), len(order)
        )
        for pk in topics
    }


# Before a merge ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MergeEffects:
    """What merging a topic into another will do, in numbers."""

    articles: int
    """Articles of the merged topic, drafts included."""
    already: int
    """Those that are filed under the other one too."""
    pages: int
    """Numbered pages whose addresses will lead to the other topic."""
    aliases: int
    """Former addresses that lead to the merged topic now."""
    features: int


def effects_of_merge(topic: Topic, into: Topic) -> MergeEffects:
    """Foresee a merge."""
    rows = ArticleTopic.objects.filter(topic=topic)
    other = ArticleTopic.objects.filter(topic=into).values("article_id")
    return MergeEffects(
        articles=rows.count(),
        already=rows.filter(article_id__in=other).count(),
        pages=pages_given_out(topic) if topic.last_published_at else 0,
        aliases=topic.aliases.count(),
        features=topic.features.count(),
    )


# Before a split ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """Which articles of a topic are meant. What is left empty does not narrow it."""

    words: str = ""
    source: int | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    """The last day that counts, as the newsroom counts its days."""


def articles_of_topic(topic: Topic, search: Search) -> QuerySet[Article]:
    """Return the articles of a topic that match, newest first; each word must be in one."""
    found = Article.objects.filter(article_topics__topic=topic)
    for word in search.words.split():
        found = found.filter(Q(headline__icontains=word) | Q(excerpt__icontains=word))
    if search.source:
        found = found.filter(source_id=search.source)
    if search.language is not None:
        found = found.filter(language=search.language)
    if search.since:
        found = found.filter(published_at__gte=_moment(search.since, time.min))
    if search.until:
        found = found.filter(published_at__lte=_moment(search.until, time.max))
    return found.order_by("-sort_at_us", "-pk")


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, newsroom_zone())


def languages_of(topic: Topic) -> list[str]:
    """Return the language tags that articles of a topic have; "" is the outlet's own."""
    rows = Article.objects.filter(article_topics__topic=topic).order_by()
    return sorted(rows.values_list("language", flat=True).distinct())
