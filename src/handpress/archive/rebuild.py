"""Placements, runs and lengths from scratch, in a few statements; and whether they are true."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from handpress.archive.models import EVERYTHING, Length, Placement, Run
from handpress.newsroom.core.addresses import CARDS_PER_PAGE
from handpress.newsroom.models import Article, ArticleTopic, Topic

_ARTICLE = Article._meta.db_table
_FILED = ArticleTopic._meta.db_table
_TOPIC = Topic._meta.db_table
_PLACEMENT = Placement._meta.db_table
_RUN = Run._meta.db_table
_LENGTH = Length._meta.db_table

_TRUE_PLACEMENTS = f"""
    SELECT {EVERYTHING} AS listing, a.sort_at_us AS at_us, a.id AS article_id
    FROM {_ARTICLE} a WHERE a.live
    UNION ALL
    SELECT f.topic_id, a.sort_at_us, a.id FROM {_FILED} f
    JOIN {_ARTICLE} a ON a.id = f.article_id JOIN {_TOPIC} t ON t.id = f.topic_id
    WHERE a.live AND t.live
"""  # noqa: S608
_TRUE_RUNS = f"""
    SELECT listing, (place - 1) / {CARDS_PER_PAGE} + 1 AS number, at_us, article_id FROM (
        SELECT listing, at_us, article_id,
            row_number() OVER (PARTITION BY listing ORDER BY at_us, article_id) AS place,
            count(*) OVER (PARTITION BY listing) AS articles
        FROM ({_TRUE_PLACEMENTS}) AS placed WHERE listing <> {EVERYTHING}
    ) AS counted
    WHERE (place - 1) % {CARDS_PER_PAGE} = 0 AND place + {CARDS_PER_PAGE - 1} <= articles
"""  # noqa: S608
_TRUE_LENGTHS = f"""
    SELECT listing, count(*) AS articles FROM ({_TRUE_PLACEMENTS}) AS placed
    WHERE listing <> {EVERYTHING} GROUP BY listing
"""  # noqa: S608

_TABLES = (
    (_PLACEMENT, "listing, at_us, article_id", _TRUE_PLACEMENTS, ""),
    (_RUN, "listing, number, at_us, article_id", _TRUE_RUNS, ""),
    (_LENGTH, "listing, articles", _TRUE_LENGTHS, "WHERE articles > 0"),
)


def rebuild_listings() -> None:
    """Make every listing anew from the newsroom's rows."""
    with connection.cursor() as cursor:
        for table, columns, true_rows, _ in _TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            cursor.execute(f"INSERT INTO {table} ({columns}) {true_rows}")


def listing_differences() -> Sequence[str]:
    """Return a sentence for each listing table that is not what the rows say."""
    found = []
    with connection.cursor() as cursor:
        for table, columns, true_rows, where in _TABLES:
            kept = f"SELECT {columns} FROM {table} {where}"  # noqa: S608
            should = f"SELECT {columns} FROM ({true_rows}) AS made"  # noqa: S608
            for left, right, words in (
                (kept, should, "rows too many"),
                (should, kept, "rows missing"),
            ):
                cursor.execute(f"SELECT count(*) FROM ({left} EXCEPT {right}) AS d")  # noqa: S608
                number = cursor.fetchone()[0]
                if number:
                    found.append(f"{table}: {number} {words}")
    return found
