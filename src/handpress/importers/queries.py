"""Finding what was imported before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from handpress.importers.core.incoming import IncomingArticle
from handpress.importers.models import ImportRecord
from handpress.lib.batches import batched


def match_records(articles: Sequence[IncomingArticle]) -> list[ImportRecord | None]:
    """Return for each incoming article the record of its former import, or None.

    An article is known by its identity; failing that by its headline, failing that by its
    excerpt, as long as exactly one record not claimed otherwise has it. Three queries for every
    few hundred articles.
    """
    kinds = {article.kind for article in articles}
    matched: dict[int, ImportRecord] = {}
    claimed: set[int] = set()
    for column in ("remote_id", "headline_key", "excerpt_key"):
        waiting = [i for i in range(len(articles)) if i not in matched]
        values = [getattr(articles[i], column) for i in waiting]
        records = _records_by(column, values, kinds)
        times = Counter(values)
        for i, value in zip(waiting, values, strict=True):
            free = [record for record in records.get(value, ()) if record.pk not in claimed]
            if len(free) == 1 and (column == "remote_id" or times[value] == 1):
                matched[i] = free[0]
                claimed.add(free[0].pk)
    return [matched.get(i) for i in range(len(articles))]


def _records_by(
    column: str, values: Iterable[str], kinds: set[str]
) -> dict[str, list[ImportRecord]]:
    found: dict[str, list[ImportRecord]] = defaultdict(list)
    for some in batched(sorted({value for value in values if value}), 300):
        rows = ImportRecord.objects.filter(kind__in=kinds, **{f"{column}__in": some})
        for record in rows.select_related("article", "article__source"):
            found[getattr(record, column)].append(record)
    return found
