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
_RUNS_OF = """
    SELECT listing, (place - 1) / {size} + 1 AS number, at_us, article_id FROM (
        SELECT listing, at_us, article_id,
            row_number() OVER (PARTITION BY listing ORDER BY at_us, article_id) AS place,
            count(*) OVER (PARTITION BY listing) AS articles
        FROM {placed} AS placed WHERE listing <> 0
    ) AS counted
    WHERE (place - 1) % {size} = 0 AND place + {size} - 1 <= articles
"""
_LENGTHS_OF = """
    SELECT listing, count(*) AS articles FROM {placed} AS placed
    WHERE listing <> 0 GROUP BY listing
"""

_PLACEMENTS = "listing, at_us, article_id"
_RUNS = "listing, number, at_us, article_id"
_LENGTHS = "listing, articles"


def _runs(placed: str) -> str:
    return _RUNS_OF.format(placed=placed, size=CARDS_PER_PAGE)


def _lengths(placed: str) -> str:
    return _LENGTHS_OF.format(placed=placed)


def rebuild_listings() -> None:
    """Make every listing anew from the newsroom's rows."""
    # In the order of the table's own index: many times cheaper than in the order of the rows.
    in_order = f"SELECT * FROM ({_TRUE_PLACEMENTS}) AS made ORDER BY {_PLACEMENTS}"  # noqa: S608
    with connection.cursor() as cursor:
        for table, columns, rows in (
            (_PLACEMENT, _PLACEMENTS, in_order),
            (_RUN, _RUNS, _runs(_PLACEMENT)),
            (_LENGTH, _LENGTHS, _lengths(_PLACEMENT)),
        ):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            cursor.execute(f"INSERT INTO {table} ({columns}) {rows}")


def listing_differences() -> Sequence[str]:
    """Return a sentence for each listing table that is not what the newsroom's rows say."""
    true = f"({_TRUE_PLACEMENTS})"
    found = []
    with connection.cursor() as cursor:
        for table, columns, rows, where in (
            (_PLACEMENT, _PLACEMENTS, _TRUE_PLACEMENTS, ""),
            (_RUN, _RUNS, _runs(true), ""),
            (_LENGTH, _LENGTHS, _lengths(true), "WHERE articles > 0"),
        ):
            kept = f"SELECT {columns} FROM {table} {where}"  # noqa: S608
            should = f"SELECT {columns} FROM ({rows}) AS made"  # noqa: S608
            for left, right, words in (
                (kept, should, "rows too many"),
                (should, kept, "rows missing"),
            ):
                cursor.execute(f"SELECT count(*) FROM ({left} EXCEPT {right}) AS d")  # noqa: S608
                number = cursor.fetchone()[0]
                if number:
                    found.append(f"{table}: {number} {words}")
    return found
