"""Plain SQL for the press's hot paths, the same on SQLite and PostgreSQL.

Building a query through Django's ORM costs several times what these small queries cost to run,
and one publish runs some thirty of them. Values that a query takes from outside are always bound.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]


def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Run a query and return its rows."""
    database = connections[DEFAULT_DB_ALIAS]
    if _is_unwatched_sqlite(database):
        return _ask_sqlite(database, sql, parameters)
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _is_unwatched_sqlite(database: BaseDatabaseWrapper) -> bool:
    """Say whether the database is SQLite, and nobody counts or refuses what it is asked."""
    is_watched = database.execute_wrappers or database.queries_logged
    return database.vendor == "sqlite" and not is_watched


def _ask_sqlite(
    database: Any, sql: str, parameters: Sequence[Any], *, at_once: bool = True
) -> list[Row]:
    """Ask past Django's cursor, which takes three times as long as SQLite does to answer.

    Unless ``at_once``, ``parameters`` are many rows of them, and nothing is answered.
    """
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        line = database.connection
        ask = line.execute if at_once else line.executemany
        return ask(_with_marks(sql), parameters).fetchall()


@lru_cache(maxsize=500)
def _with_marks(sql: str) -> str:
    """Write parameters as SQLite knows them, as Django's own cursor does."""
    return re.sub(r"(?<!%)%s", "?", sql).replace("%%", "%")


def fetch_for(sql: str, ids: Collection[int], *more: Any) -> list[Row]:
    """Run a query in which ``IN_IDS`` stands for "is one of these ids"; ``more`` binds the rest.

    The statement reads the same for any number of ids, so the database compiles it once.
    ``UTF8_OF(column)`` stands for a long text as bytes: those that are printed as they are need
    not become characters in between.
    """
    return fetch(*_for_ids(sql, ids, more)) if ids else []


def execute_for(sql: str, ids: Collection[int], *more: Any) -> int:
    """Run a statement as `fetch_for` runs a query; return how many rows it changed."""
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(*_for_ids(sql, ids, more))
        return int(cursor.rowcount)


def _for_ids(sql: str, ids: Collection[int], more: Sequence[Any]) -> tuple[str, list[Any]]:
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    # JSON, written by hand: its general encoder takes longer than the question.
    bound = f"[{','.join(map(str, ids))}]" if vendor == "sqlite" else list(ids)
    return _worded(sql, vendor), [bound, *more]


_UTF8_OF = re.compile(r"UTF8_OF\(([^)]*)\)")


@lru_cache(maxsize=200)
def _worded(sql: str, vendor: str) -> str:
    """Return a query in the words of a database."""
    if vendor == "sqlite":
        sql = sql.replace("IN_IDS", "IN (SELECT value FROM json_each(%s))")
        return _UTF8_OF.sub(r"CAST(\1 AS BLOB)", sql)
    return _UTF8_OF.sub(r"convert_to(\1, 'UTF8')", sql.replace("IN_IDS", "= ANY(%s)"))


def execute(sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run a statement that returns nothing."""
    database = connections[DEFAULT_DB_ALIAS]
    if _is_unwatched_sqlite(database):
        _ask_sqlite(database, sql, parameters)
        return
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)


def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement once for each row of parameters."""
    some = list(rows)
    if not some:
        return
    database = connections[DEFAULT_DB_ALIAS]
    if _is_unwatched_sqlite(database):
        _ask_sqlite(database, sql, some, at_once=False)
        return
    with database.cursor() as cursor:
        cursor.executemany(sql, some)


def union_all(one: str, parameters: Sequence[Sequence[Any]]) -> list[Row]:
    """Run a query once for each row of parameters, as one statement; at most a few hundred."""
    if not parameters:
        return []
    parts = " UNION ALL ".join(
        f"SELECT * FROM ({one}) AS part{number}"  # noqa: S608
        for number in range(len(parameters))
    )
    return fetch(parts, [value for row in parameters for value in row])


def as_moment(value: Any) -> datetime | None:
    """Return a moment as the database hands it over: from SQLite without its zone, UTC."""
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_uuid(value: Any) -> UUID:
    """Return a UUID as the database hands it over: SQLite keeps text."""
    return value if isinstance(value, UUID) else UUID(value)
