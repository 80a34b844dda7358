"""Bringing outside material into the newsroom: idempotent, in bulk, with a balance sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from django.db import transaction

from handpress.importers.core.incoming import IncomingArticle, RefusedFile, SavedPage
from handpress.importers.core.matching import Match
from handpress.importers.core.merging import day_of, incoming_words, plan_changes
from handpress.importers.core.order import PlaceHint, order_keys
from handpress.importers.models import ImportRecord
from handpress.importers.queries import match_records
from handpress.lib.batches import batched
from handpress.newsroom.actions import next_topic_position
from handpress.newsroom.core.addresses import DAY, UNKNOWN, microseconds
from handpress.newsroom.derive import newsroom_zone
from handpress.newsroom.models import Article, ArticleTopic, Source, Topic

_AT_ONCE = 500

Notify = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What became of some things: found = imported + unchanged + updated + refused."""

    found: int = 0
    imported: int = 0
    unchanged: int = 0
    updated: int = 0
    refused: int = 0

    def add(self, outcome: str) -> None:
        """Count one thing found with its outcome."""
        self.found += 1
        setattr(self, outcome, getattr(self, outcome) + 1)

    @property
    def is_balanced(self) -> bool:
        """Whether everything found is accounted for."""
        return self.found == self.imported + self.unchanged + self.updated + self.refused

    def as_json(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class BalanceSheet:
    """The account that an import gives of itself."""

    articles: Tally = field(default_factory=Tally)
    topics: Tally = field(default_factory=Tally)


def import_page(
    page: SavedPage, *, now: datetime, sheet: BalanceSheet, notify: Notify = lambda count: None
) -> None:
    """Bring one saved topic page in; all of it or, should anything fail, nothing.

    Articles keep the order of the page. A known article is changed only where the page has
    changed since it was last imported and no editor has changed the same words. Raise RefusedFile
    where what is known tells that the page was cut off.
    """
    with transaction.atomic():
        matches = match_records(page.articles)
        _refuse_cut_copy(page, matches)
        topic = _take_topic(page, sheet)
        keys = _sort_keys(matches, now)
        new = []
        for (match, record), key in zip(matches, keys, strict=True):
            if record is None:
                new.append((match, key))
                continue
            is_changed = _update(record, match, key, topic)
            sheet.articles.add("updated" if is_changed else "unchanged")
            notify(1)
        for some in batched(new, _AT_ONCE):
            _create(some, topic)
            sheet.articles.found += len(some)
            sheet.articles.imported += len(some)
            notify(len(some))


def _refuse_cut_copy(page: SavedPage, matches: Sequence[tuple[Match, ImportRecord | None]]) -> None:
    """A page that stops after a sentence reads as a whole one, unless its last article is known."""
    match, record = matches[-1]
    text = match.article.excerpt.rstrip()
    if page.foot or record is None or text == record.article.excerpt.rstrip():
        return
    if record.article.excerpt.startswith(text):
        raise RefusedFile(
            page.name,
            "The file seems to be cut off: it ends inside the excerpt of "
            f"“{record.article.headline}”, which is known to go on.",
            "Save the page again as plain text, whole, and import the new file. If the excerpt was "
            "shortened, shorten it on the desk first.",
        )


def _take_topic(page: SavedPage, sheet: BalanceSheet) -> Topic:
    topic = Topic.objects.filter(name=page.topic_name).first()
    topic = topic or Topic.objects.filter(slug=page.topic_slug).first()
    topic = topic or Topic.objects.filter(aliases__slug=page.topic_slug).first()
    sheet.topics.add("unchanged" if topic else "imported")
    return topic or Topic.objects.create(
        name=page.topic_name, slug=page.topic_slug, position=next_topic_position()
    )


def _sort_keys(matches: Sequence[tuple[Match, ImportRecord | None]], now: datetime) -> list[int]:
    hints = [
        PlaceHint(
            stated_us=_stated_us(match.article, record),
            known_us=record.article.sort_at_us if record else None,
        )
        for match, record in matches
    ]
    return order_keys(hints, now_us=microseconds(now))


def _stated_us(incoming: IncomingArticle, record: ImportRecord | None) -> int | None:
    if record and record.article.published_at:
        # An editor may have dated it better than its page did.
        return record.article.sort_at_us
    if incoming.published_on is None:
        return None
    return microseconds(datetime.combine(incoming.published_on, time(12), UTC))


def _create(pairs: Sequence[tuple[Match, int]], topic: Topic) -> None:
    sources = _take_sources({match.article.source_name for match, _ in pairs} - {""})
    articles = [_new_article(match.article, key, sources) for match, key in pairs]
    Article.objects.bulk_create(articles)
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article=article, topic=topic, sort_order=0) for article in articles
    )
    ImportRecord.objects.bulk_create(
        ImportRecord(
            kind=match.article.kind,
            remote_id=match.remote_id,
            headline_key=match.article.headline_key,
            excerpt_key=match.article.excerpt_key,
            article=article,
            incoming=incoming_words(match.article),
        )
        for article, (match, _) in zip(articles, pairs, strict=True)
    )


def _new_article(incoming: IncomingArticle, key: int, sources: dict[str, Source]) -> Article:
    article = Article(
        headline=incoming.headline,
        excerpt=incoming.excerpt,
        dateline=incoming.dateline,
        source=sources.get(incoming.source_name),
        live=True,
        sort_at_us=key,
    )
    _date(article, incoming_words(incoming))
    return article


def _date(article: Article, words: dict[str, Any]) -> None:
    day = day_of(words)
    article.published_precision = DAY if day else UNKNOWN
    article.published_at = datetime.combine(day, time(12), UTC) if day else None


def _take_sources(names: set[str]) -> dict[str, Source]:
    return {name: Source.objects.get_or_create(name=name)[0] for name in sorted(names)}


def _update(record: ImportRecord, match: Match, key: int, topic: Topic) -> bool:
    """Bring a known article up to its page; return whether the article changed."""
    words = incoming_words(match.article)
    article = record.article
    changes = plan_changes(record.incoming, _present_words(article), words)
    is_moved = article.sort_at_us != key and article.published_at is None
    is_filed = _file_under(article, topic, record, words)
    if changes or is_moved:
        _apply(article, changes, words, key)
    _remember(record, match, words)
    return bool(changes or is_moved or is_filed)


def _present_words(article: Article) -> dict[str, Any]:
    zone = UTC if article.published_precision == DAY else newsroom_zone()
    day = article.published_at and article.published_at.astimezone(zone).date()
    return {
        "headline": article.headline,
        "excerpt": article.excerpt,
        "dateline": article.dateline,
        "source_name": article.source.name if article.source else "",
        "published_on": day.isoformat() if day else None,
    }


def _apply(article: Article, changes: dict[str, Any], words: dict[str, Any], key: int) -> None:
    for word in ("headline", "excerpt", "dateline"):
        setattr(article, word, changes.get(word, getattr(article, word)))
    if "source_name" in changes:
        article.source = _take_sources({changes["source_name"]} - {""}).get(changes["source_name"])
    if "published_on" in changes:
        _date(article, words)
    if article.published_at is None or "published_on" in changes:
        article.sort_at_us = key
    article.save()


def _file_under(
    article: Article, topic: Topic, record: ImportRecord, words: dict[str, Any]
) -> bool:
    """File under the page's topic, unless it was once and an editor has taken it out since."""
    known = record.incoming.get("topics", [])
    words["topics"] = sorted({*known, *words["topics"]})
    if set(words["topics"]) == set(known):
        return False
    last = ArticleTopic.objects.filter(article=article).count()
    _, is_new = ArticleTopic.objects.get_or_create(
        article=article, topic=topic, defaults={"sort_order": last}
    )
    return is_new


def _remember(record: ImportRecord, match: Match, words: dict[str, Any]) -> None:
    if record.incoming == words and record.remote_id == match.remote_id:
        return
    record.incoming = words
    record.remote_id = match.remote_id
    record.headline_key = match.article.headline_key
    record.excerpt_key = match.article.excerpt_key
    record.save()
