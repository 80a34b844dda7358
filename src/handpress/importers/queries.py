"""Finding what was imported before."""

from __future__ import annotations

from collections.abc import Sequence

from handpress.importers.core.incoming import IncomingArticle
from handpress.importers.core.matching import KnownArticle, Match, match_articles
from handpress.importers.models import ImportRecord
from handpress.lib.batches import batched

_COLUMNS = ("remote_id", "headline_key", "excerpt_key")


def match_records(
    articles: Sequence[IncomingArticle],
) -> list[tuple[Match, ImportRecord | None]]:
    """Return for each incoming article what it is and the record of its former import, if any.

    Three queries for every few hundred articles.
    """
    records = _candidates(articles)
    known = [
        KnownArticle(
            id=record.pk,
            remote_id=record.remote_id,
            headline_key=record.headline_key,
            excerpt_key=record.excerpt_key,
            excerpt=record.incoming["excerpt"],
        )
        for record in records.values()
    ]
    matches = match_articles(articles, known)
    return [(match, records.get(match.known_id or 0)) for match in matches]


def _candidates(articles: Sequence[IncomingArticle]) -> dict[int, ImportRecord]:
    kinds = {article.kind for article in articles}
    found: dict[int, ImportRecord] = {}
    for column in _COLUMNS:
        values = {getattr(article, column) for article in articles}
        for some in batched(sorted(values), 300):
            rows = ImportRecord.objects.filter(kind__in=kinds, **{f"{column}__in": some})
            for record in rows.select_related("article", "article__source"):
                found.setdefault(record.pk, record)
    return dict(sorted(found.items()))
